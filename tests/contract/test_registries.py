"""The registry suite, on memory and on a real ZooKeeper; and what only ZooKeeper shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from segments.commit import Accepted, InDoubt, Outcome, Refusal, Rejected
from segments.registry import InMemoryRegistry, RegistryUnavailable
from tests.contract.registry_suite import (
    RegistrySuite,
    first_record,
    new_incarnation,
    next_commit,
)
from tests.contract.zk_sessions import started
from zk import paths
from zk.client import SessionSettings
from zk.registry import ZooKeeperRegistry
from zk.znodes import TOMBSTONE, MalformedZnode
from zk.zxid_memory import ZxidMemory


class TestInMemoryRegistry(RegistrySuite):
    @pytest.fixture
    def registry(self):
        return InMemoryRegistry()

    def drop(self, registry, incarnation):
        registry.drop(incarnation)


@pytest.fixture
def session(zk_root):
    with started(zk_root) as session:
        yield session


class TestZooKeeperRegistry(RegistrySuite):
    @pytest.fixture
    def registry(self, session):
        return ZooKeeperRegistry(session)

    def drop(self, registry, incarnation):
        registry.delete_partitions(incarnation)

    def test_many_partitions_take_several_transactions(self, registry):
        incarnation = new_incarnation()
        registry.create(incarnation, {partition: first_record() for partition in range(1500)})
        assert len(registry.partitions(incarnation)) == 1500
        registry.delete_partitions(incarnation)
        assert registry.partitions(incarnation) == {}

    def test_every_partition_is_born_with_its_history(self, registry, session):
        incarnation = new_incarnation()
        registry.create(incarnation, {7: first_record()})
        assert session.get_all([paths.history(incarnation, 7)])[0].data == b'{"format":1,"generation":0,"manifests":[]}'

    def test_an_interrupted_deletion_has_fenced_committers_and_is_finished_later(self, registry, session, table):
        registry.commit(next_commit(registry, table))
        planned = next_commit(registry, table)
        session.client.set(paths.record(table, 0), TOMBSTONE)
        assert registry.commit(planned) == Rejected(Refusal.MOVED)
        assert registry.look(table, 0, 0).current is None
        assert sorted(registry.partitions(table)) == [1]
        registry.delete_partitions(table)
        registry.delete_partitions(table)
        assert session.client.exists(paths.incarnation(table)) is None

    def test_a_foreign_znode_is_named_not_guessed(self, registry, session, table):
        session.client.set(paths.record(table, 0), b'{"sequence": "many"}')
        with pytest.raises(MalformedZnode, match=rf"{table}/0: sequence"):
            registry.partitions(table)


class TestStaleServer:
    """P13: this host has seen a later state than the server's."""

    @pytest.fixture
    def memory(self, tmp_path):
        return tmp_path / "zxid"

    @pytest.fixture
    def registry(self, zk_root, memory):
        with started(zk_root, memory=memory) as session:
            yield ZooKeeperRegistry(session)

    def test_commits_raise_what_the_host_remembers(self, registry, memory):
        incarnation = new_incarnation()
        registry.create(incarnation, {0: first_record()})
        before = ZxidMemory(memory).read().highest
        assert isinstance(registry.commit(next_commit(registry, incarnation)), Accepted)
        assert ZxidMemory(memory).read().highest > before > 0

    def test_an_older_server_gets_nothing(self, zk_root, memory):
        incarnation = new_incarnation()
        with started(zk_root) as before:
            registry = ZooKeeperRegistry(before)
            registry.create(incarnation, {0: first_record()})
            planned = next_commit(registry, incarnation)
            ZxidMemory(memory).note(before.client.last_zxid + 1_000_000)
        with started(zk_root, memory=memory) as after:
            registry = ZooKeeperRegistry(after)
            assert registry.commit(planned) == Rejected(Refusal.STALE_SERVER)
            with pytest.raises(RegistryUnavailable, match="older"):
                registry.create(new_incarnation(), {0: first_record()})
            with pytest.raises(RegistryUnavailable, match="older"):
                registry.delete_partitions(incarnation)
            assert registry.partitions(incarnation)[0].record == first_record()

    def test_the_alarm_stays_until_a_person_accepts_the_server(self, registry, memory):
        incarnation = new_incarnation()
        registry.create(incarnation, {0: first_record()})
        remembered = ZxidMemory(memory)
        highest = remembered.read().highest
        remembered.note(highest + 100_000)
        remembered.meet(highest + 1, remembered.read())
        assert registry.commit(next_commit(registry, incarnation)) == Rejected(Refusal.STALE_SERVER)
        remembered.accept(highest)
        assert isinstance(registry.commit(next_commit(registry, incarnation)), Accepted)

    def test_processes_that_share_the_memory_do_not_alarm_each_other(self, zk_root, memory):
        def commit_on_new_sessions(incarnation: str) -> list[Outcome]:
            outcomes = []
            for _ in range(5):
                with started(zk_root, memory=memory) as session:
                    registry = ZooKeeperRegistry(session)
                    outcomes.append(registry.commit(next_commit(registry, incarnation)))
            return outcomes

        with started(zk_root) as session:
            tables = [new_incarnation() for _ in range(4)]
            for table in tables:
                ZooKeeperRegistry(session).create(table, {0: first_record()})
        with ThreadPoolExecutor(len(tables)) as pool:
            outcomes = [each for some in pool.map(commit_on_new_sessions, tables) for each in some]
        assert all(isinstance(each, Accepted) for each in outcomes)


class TestServerAway:
    IMPATIENT = SessionSettings(operation_timeout_s=0.2)

    @pytest.fixture
    def registry(self):
        with started("127.0.0.1:1/nowhere", self.IMPATIENT) as session:
            yield ZooKeeperRegistry(session)

    def test_reads_say_that_the_registry_is_unavailable(self, registry):
        with pytest.raises(RegistryUnavailable, match=r"127\.0\.0\.1:1/nowhere"):
            registry.partitions(new_incarnation())

    def test_a_commit_is_in_doubt(self, registry):
        memory = InMemoryRegistry()
        incarnation = new_incarnation()
        memory.create(incarnation, {0: first_record()})
        outcome = registry.commit(next_commit(memory, incarnation))
        assert isinstance(outcome, InDoubt)
        assert "not connected" in outcome.why


class TestAccessControl:
    def test_with_a_digest_nobody_else_reads(self, zk_root):
        incarnation = new_incarnation()
        ours = SessionSettings(digest=SecretStr("crushpad:not-an-example-secret"))
        with started(zk_root, ours) as session, started(zk_root) as stranger:
            registry = ZooKeeperRegistry(session)
            registry.create(incarnation, {0: first_record()})
            assert isinstance(registry.commit(next_commit(registry, incarnation)), Accepted)
            with pytest.raises(RegistryUnavailable, match="NoAuth"):
                ZooKeeperRegistry(stranger).partitions(incarnation)

    @pytest.mark.parametrize("digest", ["", "crushpad", "crushpad:", ":secret"])
    def test_a_digest_that_is_none_is_refused_and_not_shown(self, digest):
        with pytest.raises(ValueError, match="must be user:password") as refused:
            SessionSettings(digest=SecretStr(digest))
        assert "secret" not in str(refused.value)
