"""F6: an older ZooKeeper snapshot comes back (P13). A host that saw more commits nothing on it."""

from __future__ import annotations

import shutil

from crushpad.managed.zookeeper import start_zookeeper
from segments.commit import Accepted, Refusal, Rejected
from tests.contract.registry_suite import first_record, new_incarnation, next_commit
from tests.contract.zk_sessions import started
from zk.registry import ZooKeeperRegistry
from zk.zxid_memory import ZxidMemory


def test_a_host_that_saw_more_does_not_commit_on_a_restored_snapshot(tmp_path):
    data, backup, memory = tmp_path / "server", tmp_path / "backup", tmp_path / "zxid"
    incarnation = new_incarnation()

    server = start_zookeeper(data)
    with started(f"{server.address}/c", memory=memory) as session:
        registry = ZooKeeperRegistry(session)
        registry.create(incarnation, {0: first_record()})
        assert isinstance(registry.commit(next_commit(registry, incarnation)), Accepted)
    server.stop()
    shutil.copytree(data, backup)

    server = start_zookeeper(data)
    with started(f"{server.address}/c", memory=memory) as session:
        registry = ZooKeeperRegistry(session)
        for _ in range(5):
            assert isinstance(registry.commit(next_commit(registry, incarnation)), Accepted)
    server.stop()

    server = start_zookeeper(backup)
    with started(f"{server.address}/c", memory=memory) as session:
        registry = ZooKeeperRegistry(session)
        fork = next_commit(registry, incarnation)
        assert fork.step.sequence == 1
        assert registry.commit(fork) == Rejected(Refusal.STALE_SERVER)
    with started(f"{server.address}/c") as session:
        registry = ZooKeeperRegistry(session)
        for _ in range(20):
            assert isinstance(registry.commit(next_commit(registry, incarnation)), Accepted)
    with started(f"{server.address}/c", memory=memory) as session:
        assert session.is_server_stale()
        ZxidMemory(memory).accept(session.client.last_zxid)
        registry = ZooKeeperRegistry(session)
        assert isinstance(registry.commit(next_commit(registry, incarnation)), Accepted)
    server.child.kill()
