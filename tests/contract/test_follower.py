"""What a host publishes of what a real ZooKeeper says (P21)."""

from __future__ import annotations

import itertools

import pytest

from segments.catalogue import CatalogueReader, CatalogueWriter, ColumnStats, SegmentEntry
from segments.commit import Accepted
from segments.deletion import delete_segments
from segments.history import History, Step, StepKind
from segments.view import ViewNotProven, prove_committed, prove_table
from tableconfigs.source import Pause, StoredTable, TableState
from tests.contract.config_source_suite import a_schema, a_table
from tests.contract.registry_suite import first_record, new_incarnation, next_commit
from tests.crash.partition_world import disk_full
from zk import paths
from zk.client import client_for
from zk.follower import Follower
from zk.registry import ZooKeeperRegistry
from zk.session import Session
from zk.table_configs import ZooKeeperConfigSource
from zk.transaction import Committed, Delete, Operation, SetData, run
from zk.zxid_memory import ZxidMemory

NAME = "clicks_REALTIME"
SOON_S = 10


class Files:
    """The files of this host: all of them, but those in `missing`."""

    def __init__(self) -> None:
        self.missing: set[int] = set()
        self.opened: list[int] = []

    def locate(self, step: Step, table: StoredTable) -> SegmentEntry | None:
        self.opened.append(step.sequence)
        if step.sequence in self.missing:
            return None
        assert step.name is not None
        assert step.digest is not None
        return SegmentEntry(
            name=step.name,
            sequence=step.sequence,
            start=step.start,
            end=step.end,
            rows=step.rows,
            rejects=step.rejects,
            path=f"/data/{table.incarnation}/{step.uri}",
            size_bytes=step.size_bytes,
            digest=step.digest,
            schema_version=step.schema_version,
            attempt=step.attempt,
            created_ms=step.created_ms,
            committed_ms=step.committed_ms,
            time_min_ms=step.time_min_ms,
            time_max_ms=step.time_max_ms,
            columns={"n": ColumnStats(step.start, step.end, 0)},
            blooms=[],
        )


class Host:
    """A cluster's administrator and committer on one session, and a following host on another."""

    def __init__(self, zk_root, folder) -> None:
        self.root, self.folder, self.files = zk_root, folder, Files()
        self.session = Session(zk_root)
        self.session.start()
        self.registry = ZooKeeperRegistry(self.session)
        self.source = ZooKeeperConfigSource(self.session)
        self.reader = CatalogueReader(folder)
        self._stack: list[CatalogueWriter | Session | Follower] = []

    def follow(self, root: str | None = None, memory=None) -> Follower:
        session = Session(root or self.root, memory=memory)
        session.start()
        writer = CatalogueWriter(self.folder)
        clock = itertools.count(1)
        follower = Follower(session, writer, self.files.locate, lambda: next(clock), self.reader.read())
        follower.start()
        self._stack += [writer, session, follower]
        self.following = session
        return follower

    def stop_following(self) -> None:
        while self._stack:
            self._stack.pop().close()

    def create_table(self, partitions: int = 1, name: str = NAME) -> str:
        incarnation = new_incarnation()
        table = a_table(name.removesuffix("_REALTIME"), incarnation=incarnation)
        self.source.put_table(table, None)
        self.registry.create(incarnation, {partition: first_record() for partition in range(partitions)})
        return incarnation

    def drop_table(self, name: str = NAME) -> None:
        """P2."""
        found = self.source.table(name)
        version = self.source.put_table(found.value.model_copy(update={"state": TableState.DELETING}), found.version)
        self.registry.delete_partitions(found.value.incarnation)
        self.source.delete_table(name, version)

    def commit(self, incarnation: str, partition: int = 0) -> Step:
        commit = next_commit(self.registry, incarnation, partition)
        assert isinstance(self.registry.commit(commit), Accepted)
        return commit.step

    def published(self, name: str = NAME):
        return self.reader.read().tables[name]

    def close(self) -> None:
        self.stop_following()
        self.session.close()


@pytest.fixture
def host(zk_root, tmp_path):
    host = Host(zk_root, tmp_path / "catalogue")
    yield host
    host.close()


def shows(sequence: int, partition: int = 0, name: str = NAME):
    """The table is published with `partition` waiting for `sequence`."""
    return lambda tables: (
        name in tables
        and any((entry.partition, entry.sequence) == (partition, sequence) for entry in tables[name].partitions)
    )


def test_a_table_with_its_schemas_and_committed_segments_is_published(host):
    host.source.put_schema(a_schema(version=2, history={1: {"schemaName": "clicks"}}), None)
    incarnation = host.create_table(partitions=2)
    steps = [host.commit(incarnation), host.commit(incarnation)]
    assert host.follow().wait_until(shows(2), SOON_S)
    table = host.published()
    assert (table.name, table.incarnation, table.state, table.config) == (NAME, incarnation, "active", a_table().config)
    assert table.schemas == {1: {"schemaName": "clicks"}, 2: a_schema().definition}
    assert table.schema_version == 2
    waiting, idle = table.partitions
    assert (waiting.first_start, waiting.committed_end, waiting.sequence) == (0, 20, 2)
    assert [(each.name, each.start, each.end) for each in waiting.segments] == [(s.name, s.start, s.end) for s in steps]
    assert (idle.partition, idle.committed_end, idle.segments) == (1, 0, [])
    prove_table(table)


def test_what_happens_later_is_published_as_it_happens(host):
    follower = host.follow()
    assert follower.wait_until(lambda tables: not tables, SOON_S)
    incarnation = host.create_table()
    assert follower.wait_until(shows(0), SOON_S)
    for sequence in range(1, 4):
        host.commit(incarnation)
        assert follower.wait_until(shows(sequence), SOON_S)
    host.registry.create(incarnation, {1: first_record()})
    assert follower.wait_until(shows(0, partition=1), SOON_S)
    host.registry.flag(incarnation, 1, lambda _: {"force_commit": "job-1"})
    assert follower.wait_until(lambda tables: tables[NAME].partitions[1].force_commit == "job-1", SOON_S)
    host.source.put_schema(a_schema(), None)
    assert follower.wait_until(lambda tables: tables[NAME].schemas == {1: a_schema().definition}, SOON_S)
    assert host.published().partitions[0].committed_end == 30


def test_a_deleted_segment_is_out_of_the_catalogue_and_its_range_is_told(host):
    incarnation = host.create_table()
    follower = host.follow()
    for _ in range(2):
        host.commit(incarnation)
    assert follower.wait_until(shows(2), SOON_S)
    delete_segments(host.registry, incarnation, {0: [0]}, "ada")
    assert follower.wait_until(lambda tables: tables[NAME].partitions[0].gaps == [(0, 10, "deleted")], SOON_S)
    assert [each.sequence for each in host.published().partitions[0].segments] == [1]
    prove_committed(host.published().partitions[0])


def test_what_persons_want_of_a_table_is_published(host):
    host.create_table()
    follower = host.follow()
    assert follower.wait_until(shows(0), SOON_S)
    found = host.source.table(NAME)
    pause = Pause(paused=True, comment="upgrade", changed_ms=1, inactive_topics=(1,))
    host.source.put_table(found.value.model_copy(update={"pause": pause}), found.version)
    assert follower.wait_until(lambda tables: tables[NAME].paused == "paused by a person: upgrade", SOON_S)
    assert host.published().paused_topics == {1: "paused by a person: upgrade"}


def test_a_burst_is_published_in_few_generations(host):
    incarnation = host.create_table(partitions=20)
    follower = host.follow()
    assert follower.wait_until(shows(0), SOON_S)
    before = host.reader.read().generation
    for partition in range(20):
        for _ in range(5):
            host.commit(incarnation, partition)
    assert follower.wait_until(
        lambda tables: [entry.sequence for entry in tables[NAME].partitions] == [5] * 20,
        SOON_S,
    )
    assert host.reader.read().generation - before < 100


def test_segments_that_were_published_before_are_not_opened_again(host):
    incarnation = host.create_table()
    for _ in range(3):
        host.commit(incarnation)
    assert host.follow().wait_until(shows(3), SOON_S)
    host.stop_following()
    host.files.opened.clear()
    host.commit(incarnation)
    assert host.follow().wait_until(shows(4), SOON_S)
    assert host.files.opened == [3]


def test_a_deleted_table_leaves_and_its_successor_starts_empty(host):
    incarnation = host.create_table()
    host.commit(incarnation)
    follower = host.follow()
    assert follower.wait_until(shows(1), SOON_S)
    host.drop_table()
    assert follower.wait_until(lambda tables: NAME not in tables, SOON_S)
    recreated = host.create_table()
    assert follower.wait_until(shows(0), SOON_S)
    assert host.published().incarnation == recreated
    assert host.published().partitions[0].segments == []
    host.commit(recreated)
    assert follower.wait_until(shows(1), SOON_S)


def test_a_table_that_is_being_deleted_says_so(host):
    host.create_table()
    follower = host.follow()
    found = host.source.table(NAME)
    host.source.put_table(found.value.model_copy(update={"state": TableState.DELETING}), found.version)
    assert follower.wait_until(lambda tables: NAME in tables and tables[NAME].state == "deleting", SOON_S)


def rewrite(host, incarnation: str, steps: list[Step], gone: tuple[int, ...] = ()) -> None:
    """Replace steps and move the history's generation, as one multi (P6)."""
    operations: list[Operation] = [
        SetData(paths.history(incarnation, 0), History(generation=1).encoded(), 0),
        *(SetData(paths.step(incarnation, 0, step.sequence), step.encoded(), 0) for step in steps),
        *(Delete(paths.step(incarnation, 0, sequence)) for sequence in gone),
    ]
    assert isinstance(run(host.session, operations), Committed)


def test_a_deleted_segment_becomes_a_gap(host):
    incarnation = host.create_table()
    first = host.commit(incarnation)
    host.commit(incarnation)
    follower = host.follow()
    assert follower.wait_until(shows(2), SOON_S)
    rewrite(host, incarnation, [first.model_copy(update={"kind": StepKind.DELETED, "reason": "retention"})])
    assert follower.wait_until(lambda tables: len(tables[NAME].partitions[0].segments) == 1, SOON_S)
    assert host.published().partitions[0].gaps == [(0, 10, "retention")]
    prove_table(host.published())


def test_a_merged_step_stands_for_those_that_it_covers(host):
    incarnation = host.create_table()
    steps = [host.commit(incarnation) for _ in range(4)]
    follower = host.follow()
    assert follower.wait_until(shows(4), SOON_S)
    merged = steps[0].model_copy(
        update={"kind": StepKind.MERGED, "covers": (0, 2), "end": 30, "rows": 30, "attempt": "mergedOne"}
    )
    rewrite(host, incarnation, [merged], gone=(1, 2))
    assert follower.wait_until(lambda tables: len(tables[NAME].partitions[0].segments) == 2, SOON_S)
    entry = host.published().partitions[0]
    assert [(each.start, each.end, each.attempt) for each in entry.segments] == [
        (0, 30, "mergedOne"),
        (30, 40, steps[3].attempt),
    ]
    host.commit(incarnation)
    assert follower.wait_until(shows(5), SOON_S)
    prove_table(host.published())


def test_a_segment_whose_file_comes_later_is_held_back_and_then_published(host):
    incarnation = host.create_table()
    host.commit(incarnation)
    follower = host.follow()
    assert follower.wait_until(shows(1), SOON_S)
    host.files.missing = {1}
    other = host.create_table(name="other_REALTIME")
    host.commit(incarnation)
    host.commit(incarnation)
    host.commit(other)
    assert follower.wait_until(lambda tables: 1 in host.files.opened, SOON_S)
    entry = host.published().partitions[0]
    assert (entry.sequence, entry.committed_end) == (1, 10)
    prove_table(host.published())
    host.files.missing = set()
    assert follower.wait_until(shows(3), SOON_S)
    assert host.published().partitions[0].committed_end == 30


def test_a_host_without_the_files_publishes_a_hole_that_no_view_takes(host):
    incarnation = host.create_table()
    host.commit(incarnation)
    host.commit(incarnation)
    host.files.missing = {0}
    follower = host.follow()
    assert follower.wait_until(shows(2), SOON_S)
    with pytest.raises(ViewNotProven, match="hole between 0 and 10"):
        prove_table(host.published())
    host.files.missing = set()
    assert follower.wait_until(lambda tables: len(tables[NAME].partitions[0].segments) == 2, SOON_S)
    prove_table(host.published())


def test_a_znode_that_cannot_be_read_changes_nothing_that_is_published(host):
    incarnation = host.create_table()
    host.commit(incarnation)
    follower = host.follow()
    assert follower.wait_until(shows(1), SOON_S)
    before = host.published()
    good = host.session.get_all([paths.record(incarnation, 0)])[0]
    host.session.client.set(paths.record(incarnation, 0), b"garbage")
    host.create_table(name="other_REALTIME")
    assert follower.wait_until(shows(0, name="other_REALTIME"), SOON_S)
    assert host.published() == before
    host.session.client.set(paths.record(incarnation, 0), good.data)
    host.commit(incarnation)
    assert follower.wait_until(shows(2), SOON_S)


def test_after_a_lost_session_everything_is_read_again(host, zk_root):
    incarnation = host.create_table()
    follower = host.follow()
    assert follower.wait_until(shows(0), SOON_S)
    for sequence in range(1, 4):
        expire(zk_root, host.following)
        host.commit(incarnation)
        assert follower.wait_until(shows(sequence), SOON_S)


def expire(zk_root: str, victim: Session) -> None:
    """End a session from outside: whoever shows its id and password and closes, closes it."""
    client = client_for(zk_root, victim.settings)
    client._session_id, client._session_passwd = victim.client.client_id
    client.start()
    client.stop()
    client.close()


def test_an_older_server_is_not_followed(host, tmp_path):
    """P13: what an old snapshot says would make committed rows vanish."""
    incarnation = host.create_table()
    host.commit(incarnation)
    assert host.follow(memory=tmp_path / "zxid").wait_until(shows(1), SOON_S)
    host.stop_following()
    memory = ZxidMemory(tmp_path / "zxid")
    memory.note(memory.read().highest + 1_000_000)
    generation = host.reader.read().generation
    host.create_table(name="other_REALTIME")
    follower = host.follow(memory=tmp_path / "zxid")
    assert not follower.wait_until(shows(0, name="other_REALTIME"), 0.5)
    assert host.reader.read().generation == generation
    memory.accept(1)
    assert follower.wait_until(shows(0, name="other_REALTIME"), SOON_S)


def test_a_follower_started_before_its_server_keeps_what_was_published(host):
    incarnation = host.create_table()
    host.commit(incarnation)
    assert host.follow().wait_until(shows(1), SOON_S)
    host.stop_following()
    follower = host.follow(root="127.0.0.1:1/away")
    assert not follower.wait_until(lambda tables: True, 0.2)
    assert follower.is_running
    assert host.published().partitions[0].committed_end == 10


def test_a_follower_that_is_closed_runs_no_more(host):
    follower = host.follow()
    assert follower.wait_until(lambda tables: True, SOON_S)
    assert follower.is_running
    host.stop_following()
    assert not follower.is_running


def test_a_follower_outlives_a_full_disk_and_publishes_when_there_is_room(host, monkeypatch):
    monkeypatch.setattr("zk.follower.RETRY_MAX_S", 0.05)
    incarnation = host.create_table()
    follower = host.follow()
    assert follower.wait_until(shows(0), 10)
    with disk_full():
        host.commit(incarnation)
        assert not follower.wait_until(shows(1), 0.3)
        assert follower.is_running
        assert host.published().partitions[0].sequence == 0
    assert follower.wait_until(shows(1), 10)
    assert host.published().partitions[0].sequence == 1
