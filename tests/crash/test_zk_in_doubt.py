"""F7: the answer to a commit does not arrive (P11). Whatever the wire did, what was committed is committed once (I1)."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from queue import SimpleQueue

import pytest

from crushpad.managed.zookeeper import start_zookeeper
from segments.commit import Accepted, InDoubt, Outcome, Refusal, Rejected, Repeat, SegmentCommit, resolve
from segments.registry import RegistryUnavailable, SegmentRegistry
from tableconfigs.source import Put, SourceUnavailable
from tests.contract.config_source_suite import a_schema, a_table
from tests.contract.registry_suite import first_record, new_incarnation, next_commit
from tests.contract.zk_sessions import started
from tests.crash.lossy_proxy import LossyProxy
from zk.client import SessionSettings
from zk.registry import ZooKeeperRegistry
from zk.session import SessionState
from zk.table_configs import ZooKeeperConfigSource

SETTINGS = SessionSettings(session_timeout_s=6, operation_timeout_s=3, reconnect_delay_s=0.01)


@pytest.fixture
def proxy(zookeeper):
    with LossyProxy(zookeeper) as proxy:
        yield proxy


@pytest.fixture
def registry(proxy, zk_root):
    with started(f"{proxy.address}/{zk_root.partition('/')[2]}", SETTINGS) as session:
        session.wait_connected(5)
        yield ZooKeeperRegistry(session)


@pytest.fixture
def direct(zk_root):
    """Somebody else, whose connection is whole."""
    with started(zk_root) as session:
        yield ZooKeeperRegistry(session)


@pytest.fixture
def table(direct):
    incarnation = new_incarnation()
    direct.create(incarnation, {0: first_record()})
    return incarnation


DEAD = (Rejected(Refusal.LOST_RACE), Rejected(Refusal.GONE))


def settle(registry: SegmentRegistry, commit: SegmentCommit, outcome: Outcome) -> Outcome:
    """What a committer does until it knows: look, and repeat the same commit when nothing of it is there."""
    while not isinstance(outcome, Accepted) and outcome not in DEAD:
        verdict = resolve(commit, look(registry, commit))
        if isinstance(verdict, Repeat):
            commit = verdict.commit
            outcome = registry.commit(commit)
        else:
            return verdict
    return outcome


def look(registry: SegmentRegistry, commit: SegmentCommit):
    while True:
        try:
            return registry.look(commit.identity.incarnation, commit.identity.partition, commit.step.sequence)
        except RegistryUnavailable:
            continue


def test_an_answer_that_was_lost_is_in_doubt_and_then_accepted(registry, proxy, table):
    commit = next_commit(registry, table)
    lost = proxy.lose_answer_of_next_multi()
    outcome = registry.commit(commit)
    assert isinstance(outcome, InDoubt)
    assert lost.wait(5)
    version = registry.partitions(table)[0].version
    assert resolve(commit, look(registry, commit)) == Accepted(version)
    assert registry.steps(table, 0, [0]) == [commit.step]


def test_a_request_that_was_lost_is_in_doubt_and_then_repeated(registry, proxy, table):
    commit = next_commit(registry, table)
    lost = proxy.lose_next_multi()
    assert isinstance(registry.commit(commit), InDoubt)
    assert lost.wait(5)
    verdict = resolve(commit, look(registry, commit))
    assert verdict == Repeat(commit)
    assert isinstance(registry.commit(commit), Accepted)
    assert registry.steps(table, 0, [0]) == [commit.step]


def test_a_request_that_was_lost_may_lose_the_race_meanwhile(registry, direct, proxy, table):
    commit, rival = next_commit(registry, table), next_commit(registry, table)
    proxy.lose_next_multi()
    assert isinstance(registry.commit(commit), InDoubt)
    assert isinstance(direct.commit(rival), Accepted)
    assert resolve(commit, look(registry, commit)) == Rejected(Refusal.LOST_RACE)


def test_an_accepted_commit_stays_accepted_after_others_followed(registry, direct, proxy, table):
    commit = next_commit(registry, table)
    proxy.lose_answer_of_next_multi()
    assert isinstance(registry.commit(commit), InDoubt)
    for _ in range(3):
        assert isinstance(direct.commit(next_commit(direct, table)), Accepted)
    assert isinstance(resolve(commit, look(registry, commit)), Accepted)


def test_a_table_dropped_meanwhile_rejects(registry, direct, proxy, table):
    commit = next_commit(registry, table)
    proxy.lose_next_multi()
    assert isinstance(registry.commit(commit), InDoubt)
    direct.delete_partitions(table)
    assert resolve(commit, look(registry, commit)) == Rejected(Refusal.GONE)


def test_over_many_losses_the_chain_has_every_file_once(registry, proxy, table):
    committed = []
    for round_ in range(12):
        commit = next_commit(registry, table, rows=round_ + 1)
        [proxy.lose_answer_of_next_multi, proxy.lose_next_multi, threading.Event][round_ % 3]()
        outcome = settle(registry, commit, registry.commit(commit))
        assert isinstance(outcome, Accepted)
        committed.append(commit.step)
    assert registry.steps(table, 0, range(12)) == committed
    assert registry.partitions(table)[0].record.start == sum(range(1, 13))


def test_two_committers_on_bad_lines_make_one_chain(registry, direct, proxy, table):
    """Both seal the same records; whoever loses goes on at the end of the winner (P15)."""
    sequences = 10

    def seal_until_done(own: SegmentRegistry, faults: list[Callable[[], threading.Event]]) -> None:
        while own.partitions(table)[0].record.sequence < sequences:
            if faults:
                faults.pop()()
            commit = next_commit(own, table)
            settle(own, commit, own.commit(commit))

    faults = [proxy.lose_answer_of_next_multi, proxy.lose_next_multi] * 3
    rivals = [
        threading.Thread(target=seal_until_done, args=(registry, faults)),
        threading.Thread(target=seal_until_done, args=(direct, [])),
    ]
    for each in rivals:
        each.start()
    for each in rivals:
        each.join()
    end = direct.partitions(table)[0].record
    steps = direct.steps(table, 0, range(end.sequence))
    assert [step.start for step in steps] == [0, *(step.end for step in steps[:-1])]
    assert end.start == steps[-1].end
    assert [step.predecessor for step in steps] == [None, *(step.attempt for step in steps[:-1])]


def test_a_fresh_session_that_nobody_mentions_is_a_lost_one(proxy, zk_root):
    with started(f"{proxy.address}/{zk_root.partition('/')[2]}", SETTINGS) as session:
        session.wait_connected(5)
        seen: SimpleQueue[SessionState] = SimpleQueue()
        session.on_state(seen.put)
        proxy.cut(forget_session=True)
        assert [seen.get(timeout=5) for _ in range(3)] == [
            SessionState.SUSPENDED,
            SessionState.LOST,
            SessionState.CONNECTED,
        ]


def test_the_same_session_on_a_new_connection_is_not_lost(proxy, zk_root):
    with started(f"{proxy.address}/{zk_root.partition('/')[2]}", SETTINGS) as session:
        session.wait_connected(5)
        seen: SimpleQueue[SessionState] = SimpleQueue()
        session.on_state(seen.put)
        proxy.cut()
        assert [seen.get(timeout=5) for _ in range(2)] == [SessionState.SUSPENDED, SessionState.CONNECTED]


class TestFrozenServer:
    """F5: a server that is stopped and wakes again may answer late, or apply a commit that nobody waits for."""

    @pytest.fixture
    def server(self, tmp_path):
        server = start_zookeeper(tmp_path)
        yield server
        os.kill(server.child.pid, signal.SIGCONT)
        server.child.kill()

    @pytest.mark.parametrize("operation_timeout_s", [1, 10])
    def test_a_commit_into_a_frozen_server_is_settled_when_it_wakes(self, server, operation_timeout_s):
        settings = SessionSettings(session_timeout_s=10, operation_timeout_s=operation_timeout_s)
        with started(f"{server.address}/c", settings) as session:
            registry = ZooKeeperRegistry(session)
            incarnation = new_incarnation()
            registry.create(incarnation, {0: first_record()})
            commit = next_commit(registry, incarnation)
            os.kill(server.child.pid, signal.SIGSTOP)
            wake = threading.Timer(3, os.kill, (server.child.pid, signal.SIGCONT))
            wake.start()
            outcome = registry.commit(commit)
            assert isinstance(outcome, InDoubt if operation_timeout_s < 3 else Accepted)
            assert isinstance(settle(registry, commit, outcome), Accepted)
            assert registry.steps(incarnation, 0, [0]) == [commit.step]
            assert registry.partitions(incarnation)[0].record == commit.following
            wake.join()


@pytest.mark.parametrize("fault", ["answer", "request"])
def test_schema_and_table_are_both_there_or_neither_whatever_the_wire_did(proxy, zk_root, fault):
    with started(f"{proxy.address}/{zk_root.partition('/')[2]}", SETTINGS) as session, started(zk_root) as direct:
        session.wait_connected(5)
        lost = proxy.lose_answer_of_next_multi() if fault == "answer" else proxy.lose_next_multi()
        with pytest.raises(SourceUnavailable, match="stored both, or neither: look again"):
            ZooKeeperConfigSource(session).put_together(Put(a_schema(), None), Put(a_table(), None))
        assert lost.wait(5)
        source, both = ZooKeeperConfigSource(direct), (["clicks"], ["clicks_REALTIME"])
        assert (source.schemas(), source.tables()) == (both if fault == "answer" else ([], []))
