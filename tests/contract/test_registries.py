"""The registry suite, on memory and on a real ZooKeeper; and what only ZooKeeper shows."""

from __future__ import annotations

import pytest

from segments.commit import Accepted, InDoubt, Refusal, Rejected
from segments.registry import InMemoryRegistry, RegistryUnavailable
from tests.contract.registry_suite import (
    RegistrySuite,
    first_record,
    new_incarnation,
    next_commit,
)
from zk import paths
from zk.client import SessionSettings
from zk.registry import ZooKeeperRegistry
from zk.session import Session
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
    session = Session(zk_root)
    session.start()
    yield session
    session.close()


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
        session = Session(zk_root, memory=memory)
        session.start()
        yield ZooKeeperRegistry(session)
        session.close()

    def test_commits_raise_what_the_host_remembers(self, registry, memory):
        incarnation = new_incarnation()
        registry.create(incarnation, {0: first_record()})
        before = ZxidMemory(memory).read().highest
        assert isinstance(registry.commit(next_commit(registry, incarnation)), Accepted)
        assert ZxidMemory(memory).read().highest > before > 0

    def test_an_older_server_gets_nothing(self, zk_root, memory):
        before = Session(zk_root)
        before.start()
        incarnation = new_incarnation()
        ZooKeeperRegistry(before).create(incarnation, {0: first_record()})
        planned = next_commit(ZooKeeperRegistry(before), incarnation)
        ZxidMemory(memory).note(before.client.last_zxid + 1_000_000)
        before.close()

        after = Session(zk_root, memory=memory)
        after.start()
        registry = ZooKeeperRegistry(after)
        assert registry.commit(planned) == Rejected(Refusal.STALE_SERVER)
        with pytest.raises(RegistryUnavailable, match="older"):
            registry.create(new_incarnation(), {0: first_record()})
        with pytest.raises(RegistryUnavailable, match="older"):
            registry.delete_partitions(incarnation)
        assert registry.partitions(incarnation)[0].record == first_record()
        after.close()

    def test_the_alarm_stays_until_a_person_accepts_the_server(self, registry, memory):
        incarnation = new_incarnation()
        registry.create(incarnation, {0: first_record()})
        remembered = ZxidMemory(memory)
        highest = remembered.read().highest
        remembered.note(highest + 100_000)
        remembered.meet(highest + 1)
        assert registry.commit(next_commit(registry, incarnation)) == Rejected(Refusal.STALE_SERVER)
        remembered.accept(highest)
        assert isinstance(registry.commit(next_commit(registry, incarnation)), Accepted)


class TestServerAway:
    IMPATIENT = SessionSettings(operation_timeout_s=0.2)

    @pytest.fixture
    def registry(self):
        session = Session("127.0.0.1:1/nowhere", self.IMPATIENT)
        session.start()
        yield ZooKeeperRegistry(session)
        session.close()

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
        ours = Session(zk_root, SessionSettings(digest="crushpad:not-an-example-secret"))
        ours.start()
        incarnation = new_incarnation()
        registry = ZooKeeperRegistry(ours)
        registry.create(incarnation, {0: first_record()})
        assert isinstance(registry.commit(next_commit(registry, incarnation)), Accepted)
        stranger = Session(zk_root, SessionSettings(operation_timeout_s=1))
        stranger.start()
        with pytest.raises(RegistryUnavailable, match="NoAuth"):
            ZooKeeperRegistry(stranger).partitions(incarnation)
        stranger.close()
        ours.close()
