"""Sweeping and deleting, in memory and on a real ZooKeeper with files: what is litter goes, all else stays (P2, P12)."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from structlog.testing import capture_logs

from segments.commit import Accepted, Rejected, SegmentCommit, plan_commit
from segments.deletion import NotKept, delete_segments, undelete_segments
from segments.identity import PartitionIdentity, attempt_from
from segments.name import SegmentName
from segments.registry import InMemoryRegistry, SegmentRegistry
from segments.stores.base import SegmentStore, key_for, rejects_key
from segments.stores.local import LocalStore
from segments.stores.memory import InMemoryStore
from tableconfigs.control import delete_until, undelete
from tableconfigs.source import InMemoryTableConfigSource, NotFound, StoredTable, TableConfigSource, TableState
from tests.contract.config_source_suite import a_table
from tests.contract.registry_suite import NOW_MS, TOPIC_ID, first_record, new_incarnation, sealed_file
from tests.contract.zk_sessions import started
from upkeep.deletion import Partitions, delete_leftovers, end_retentions, finish_deletion, marked_tables
from upkeep.sweep import DAY_MS, purge, sweep
from zk.registry import ZooKeeperRegistry
from zk.session import Session
from zk.table_configs import ZooKeeperConfigSource
from zk.zxid_memory import ZxidMemory


class Registry(SegmentRegistry, Partitions, Protocol):
    """Everything that is asked of the registry here."""


class MemoryRegistry(InMemoryRegistry):
    delete_partitions = InMemoryRegistry.drop


@dataclass
class House:
    """The stores of one host, and what ingestion does to them."""

    configs: TableConfigSource
    registry: Registry
    store: SegmentStore
    folder: Path
    session: Session | None = None
    created: list[StoredTable] = field(default_factory=list)

    def create_table(self, name: str = "clicks") -> StoredTable:
        table = a_table(name, incarnation=new_incarnation())
        self.configs.put_table(table, None)
        self.registry.create(table.incarnation, {0: first_record()})
        return table

    def mark(self, table: StoredTable) -> StoredTable:
        """The first step of a deletion."""
        found = self.configs.table(table.name_with_type)
        marked = found.value.model_copy(update={"state": TableState.DELETING})
        self.configs.put_table(marked, found.version)
        return marked

    def upload(self, table: StoredTable, sequence: int | None = None) -> str:
        """The key of a new attempt's file, by default at the sequence that the partition waits for."""
        if sequence is None:
            sequence = self.registry.partitions(table.incarnation)[0].record.sequence
        name = str(SegmentName.of("clicks", 0, sequence, NOW_MS))
        identity = PartitionIdentity(table.incarnation, TOPIC_ID, 0)
        key = key_for(identity, sequence, name, attempt_from(secrets.token_bytes(8)))
        for each in (key, rejects_key(key)):
            (self.folder / "sealed").write_bytes(each.encode())
            self.store.put(self.folder / "sealed", each)
            (self.folder / "sealed").unlink()
        return key

    def planned(self, table: StoredTable, key: str) -> SegmentCommit:
        """The commit of the file at `key`."""
        current = self.registry.partitions(table.incarnation)[0]
        sealed = sealed_file(current, 10, attempt=key.split(".")[-2])
        identity = PartitionIdentity(table.incarnation, TOPIC_ID, 0)
        return plan_commit(identity, current, sealed, config_version=1, schema_version=1, now_ms=NOW_MS)

    def commit(self, table: StoredTable) -> str:
        """The key of a segment that is committed."""
        key = self.upload(table)
        assert isinstance(self.registry.commit(self.planned(table, key)), Accepted)
        return key

    def sweep(self, now_ms: int = NOW_MS) -> list[str]:
        stale = self.session.is_server_stale if self.session else bool
        return sweep(self.store, self.registry, self.configs, stale, now_ms)

    def files(self) -> list[str]:
        """Keys of segments that are in use or may come to be."""
        return [key for key in self.store.list("") if not key.endswith(".rejects.parquet")]


@pytest.fixture(params=["memory", "real"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    if request.param == "memory":
        yield House(InMemoryTableConfigSource(), MemoryRegistry(), InMemoryStore(), tmp_path)
        return
    with started(request.getfixturevalue("zk_root"), memory=tmp_path / "zxid") as session:
        store = LocalStore(tmp_path / "store")
        yield House(ZooKeeperConfigSource(session), ZooKeeperRegistry(session), store, tmp_path, session)


# what is swept


def test_committed_files_and_attempts_on_their_way_are_never_swept(house: House) -> None:
    table = house.create_table()
    kept = [house.commit(table), house.commit(table), house.upload(table), house.upload(table)]
    assert house.sweep() == []
    assert house.files() == sorted(kept)


def test_a_table_without_partitions_yet_keeps_its_files(house: House) -> None:
    table = a_table(incarnation=new_incarnation())
    house.configs.put_table(table, None)
    key = house.upload(table, sequence=0)
    assert house.sweep() == []
    assert house.files() == [key]


def test_the_loser_of_a_sequence_is_swept_with_its_rejects_and_kept_under_deleted(house: House) -> None:
    table = house.create_table()
    loser = house.upload(table)
    winner = house.commit(table)
    assert house.sweep() == sorted([loser, rejects_key(loser)])
    assert house.files() == [winner]
    assert list(house.store.list("deleted")) == [f"deleted/{each}" for each in sorted([loser, rejects_key(loser)])]
    assert house.sweep() == []


def test_files_of_an_incarnation_that_is_gone_are_swept(house: House) -> None:
    gone, stays = house.create_table("gone"), house.create_table("stays")
    files = [house.commit(gone), house.upload(gone)]
    kept = house.commit(stays)
    finish_deletion(house.configs, house.registry, house.mark(gone))
    assert set(files) < set(house.sweep())
    assert house.files() == [kept]


def test_files_of_a_table_that_is_on_its_way_out_wait_for_it_to_be_gone(house: House) -> None:
    table = house.create_table()
    key = house.commit(table)
    marked = house.mark(table)
    house.registry.delete_partitions(marked.incarnation)
    assert house.sweep() == []
    assert house.files() == [key]


def test_a_file_of_somebody_else_is_left_alone_and_said(house: House) -> None:
    (house.folder / "note").write_text("not ours")
    house.store.put(house.folder / "note", "somewhere/else/note.txt")
    with capture_logs() as said:
        assert house.sweep() == []
    assert [record["key"] for record in said if "not ours" in record["event"]] == ["somewhere/else/note.txt"]


def test_commits_and_sweeps_at_once_lose_no_committed_file(house: House) -> None:
    table = house.create_table()
    enough = threading.Event()
    swept: list[str] = []

    def sweeping() -> None:
        while not enough.is_set():
            swept.extend(house.sweep())

    thread = threading.Thread(target=sweeping)
    thread.start()
    losers, winners = [], []
    for _ in range(30):
        losers.append(house.upload(table))
        winners.append(house.commit(table))
    enough.set()
    thread.join()
    swept.extend(house.sweep())
    assert house.files() == sorted(winners)
    assert {key for key in swept if not key.endswith(".rejects.parquet")} == set(losers)


# an older registry that came back (P13)


def test_a_file_beyond_its_partition_freezes_sweeping_with_an_alarm(house: House) -> None:
    table = house.create_table()
    loser = house.upload(table)
    winner = house.commit(table)
    proof = house.upload(table, sequence=7)
    with capture_logs() as said:
        assert house.sweep() == []
    (alarm,) = [record for record in said if record["log_level"] == "error"]
    assert alarm["event"] == "nothing is swept: the registry is older than the store"
    assert proof in alarm["keys"]
    assert house.files() == sorted([loser, winner, proof])


def test_a_server_below_the_zxid_that_this_host_has_seen_sweeps_nothing(tmp_path: Path, zk_root: str) -> None:
    """A table that is younger than the restored snapshot looks as if it was gone."""
    memory = tmp_path / "zxid"
    ZxidMemory(memory).note(2**60)
    with started(zk_root, memory=memory) as session:
        configs, registry = ZooKeeperConfigSource(session), ZooKeeperRegistry(session)
        house = House(configs, registry, LocalStore(tmp_path / "store"), tmp_path, session)
        key = house.upload(a_table(incarnation=new_incarnation()), sequence=0)
        assert house.sweep() == []
        assert house.files() == [key]


# segments that a person deleted


def test_a_deleted_segment_can_be_taken_back_until_its_time_has_passed(house: House) -> None:
    table = house.create_table()
    key, kept = house.commit(table), house.commit(table)
    where = (house.registry, table.incarnation, {0: [0]})
    before = house.registry.steps(table.incarnation, 0, [0])

    delete_segments(*where, "ada", keep_until_ms=NOW_MS + 10)
    assert house.sweep(NOW_MS + 9) == []
    undelete_segments(*where, NOW_MS + 9)
    undelete_segments(*where, NOW_MS + 9)
    assert house.registry.steps(table.incarnation, 0, [0]) == before

    delete_segments(*where, "ada", keep_until_ms=NOW_MS + 10)
    with pytest.raises(NotKept):
        undelete_segments(*where, NOW_MS + 10)
    assert house.sweep(NOW_MS + 10) == [], "first it is said that nobody takes it back"
    assert house.sweep(NOW_MS + 10) == sorted([key, rejects_key(key)])
    with pytest.raises(NotKept):
        undelete_segments(*where, NOW_MS)
    assert purge(house.store, NOW_MS, keep_days=7) == [f"deleted/{each}" for each in sorted([key, rejects_key(key)])]
    assert house.files() == [kept]


def test_a_segment_that_was_deleted_without_a_retention_is_not_taken_back(house: House) -> None:
    table = house.create_table()
    house.commit(table)
    delete_segments(house.registry, table.incarnation, {0: [0]}, "ada")
    with pytest.raises(NotKept):
        undelete_segments(house.registry, table.incarnation, {0: [0]}, NOW_MS)
    assert len(house.sweep()) == 2


# how long retired files stay


def test_retired_files_are_deleted_after_their_days(house: House, tmp_path: Path) -> None:
    table = house.create_table()
    loser = house.upload(table)
    winner = house.commit(table)
    house.sweep()
    now = os.stat(tmp_path).st_mtime_ns // 1_000_000
    assert purge(house.store, now + 6 * DAY_MS, keep_days=7) == []
    assert purge(house.store, now + 8 * DAY_MS, keep_days=7) == [
        f"deleted/{each}" for each in sorted([loser, rejects_key(loser)])
    ]
    assert list(house.store.list("deleted")) == []
    assert house.files() == [winner]


def test_a_folder_that_purging_empties_goes_too(tmp_path: Path) -> None:
    house = House(InMemoryTableConfigSource(), MemoryRegistry(), LocalStore(tmp_path / "store"), tmp_path)
    house.upload(a_table(incarnation=new_incarnation()), sequence=0)
    house.sweep()
    purge(house.store, os.stat(tmp_path).st_mtime_ns // 1_000_000 + DAY_MS, keep_days=0)
    assert not (tmp_path / "store" / "deleted").exists()


# taking a table away


def test_a_finished_deletion_leaves_neither_partitions_nor_a_record(house: House) -> None:
    table = house.create_table()
    key = house.upload(table)
    late = house.planned(table, key)
    marked = house.mark(table)
    assert marked_tables(house.configs) == [marked]
    for _ in range(2):
        finish_deletion(house.configs, house.registry, marked)
    assert marked_tables(house.configs) == []
    assert house.configs.tables() == []
    assert house.registry.partitions(table.incarnation) == {}
    assert isinstance(house.registry.commit(late), Rejected)


def test_a_table_that_is_kept_can_be_taken_back_until_its_time_has_passed(house: House) -> None:
    table = house.create_table()
    key = house.upload(table)
    delete_until(house.configs, table.name_with_type, until_ms=1_000)
    end_retentions(house.configs, now_ms=999)
    house.sweep()
    assert (marked_tables(house.configs), house.store.exists(key)) == ([], True)
    assert undelete(house.configs, table.name_with_type) == table
    end_retentions(house.configs, now_ms=2_000)
    assert marked_tables(house.configs) == []

    delete_until(house.configs, table.name_with_type, until_ms=1_000)
    end_retentions(house.configs, now_ms=1_000)
    assert [each.incarnation for each in marked_tables(house.configs)] == [table.incarnation]
    with pytest.raises(NotFound):
        undelete(house.configs, table.name_with_type)


def test_a_deletion_that_died_half_way_is_finished(house: House) -> None:
    table = house.create_table()
    house.registry.delete_partitions(house.mark(table).incarnation)
    for marked in marked_tables(house.configs):
        finish_deletion(house.configs, house.registry, marked)
    assert house.configs.tables() == []


def test_a_late_deletion_does_not_touch_a_table_created_again(house: House) -> None:
    old = house.mark(house.create_table())
    finish_deletion(house.configs, house.registry, old)
    new = house.create_table()
    kept = house.commit(new)
    finish_deletion(house.configs, house.registry, old)
    assert house.configs.table(new.name_with_type).value == new
    assert house.registry.partitions(new.incarnation)[0].record.sequence == 1
    assert house.sweep() == []
    assert house.files() == [kept]


def test_partitions_that_no_table_names_are_removed(house: House) -> None:
    """A worker that had not heard of the deletion yet made them."""
    dropped, stays = house.create_table("dropped"), house.create_table("stays")
    finish_deletion(house.configs, house.registry, house.mark(dropped))
    house.registry.create(dropped.incarnation, {0: first_record(), 1: first_record()})
    assert delete_leftovers(house.configs, house.registry) == [dropped.incarnation]
    assert house.registry.incarnations() == [stays.incarnation]
    assert delete_leftovers(house.configs, house.registry) == []


def test_partitions_of_a_table_that_is_on_its_way_out_are_no_leftovers(house: House) -> None:
    marked = house.mark(house.create_table())
    assert delete_leftovers(house.configs, house.registry) == []
    assert sorted(house.registry.partitions(marked.incarnation)) == [0]
