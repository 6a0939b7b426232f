"""The stepping of a table: what waits how long, in which thread results count, and how fetches are cut."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ingest import events as ev
from ingest.machine import Phase, Stage
from ingest.partition import Partition
from ingest.streams.base import StreamEvent, StreamTrouble
from ingest.table_task import RETRY_MS_MAX, RETRY_MS_MIN, TableTask
from segments.commit import Look
from segments.registry import InMemoryRegistry, RegistryUnavailable
from tests.unit.ingest.partition_bench import INCARNATION, Bench


class HeldPool(Executor):
    """Does nothing until it is told to."""

    def __init__(self) -> None:
        self.held: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.held.append(lambda: fn(*args, **kwargs))
        return Future()

    def run(self) -> None:
        while self.held:
            self.held.pop(0)()


class AwayRegistry(InMemoryRegistry):
    """A registry that is away as long as it is told to be, and remembers when it was asked."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.away = True
        self.asked_ms: list[int] = []
        self._bench = bench
        self.create(INCARNATION, {0: bench.first_record()})

    def look(self, incarnation: str, partition: int, sequence: int) -> Look:
        self.asked_ms.append(self._bench.now_ms)
        if self.away:
            raise RegistryUnavailable("session suspended")
        return super().look(incarnation, partition, sequence)


class Stand:
    """A task with one partition."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.pool = HeldPool()
        self.disk_low = False
        self.task = TableTask("clicks", bench.stream, self.pool, lambda: bench.now_ms, lambda: self.disk_low)
        self.partition = bench.partition()
        self.task.order(lambda: self.task.add(self.partition))

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.task.step(0.0)

    def until(self, done: Callable[[Partition], bool]) -> None:
        for _ in range(50):
            self.task.step(0.0)
            if done(self.partition):
                return
        raise AssertionError(f"not after 50 steps: {self.partition.state}")

    @property
    def committed(self) -> list[tuple[int, int]]:
        sequence = self.bench.registry.partitions(INCARNATION)[0].record.sequence
        return [(s.start, s.end) for s in self.bench.registry.steps(INCARNATION, 0, range(sequence))]


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(Bench(tmp_path))


def consuming(partition: Partition) -> bool:
    return partition.state.phase is Phase.CONSUMING


def test_a_partition_is_loaded_claimed_assigned_and_reads(stand: Stand) -> None:
    stand.bench.produce(3)
    stand.steps(3)
    assert stand.partition.state.next_offset == 3
    assert stand.partition.counters["rows"] == 3


def test_segments_end_exactly_at_the_row_limit_however_much_comes_at_once(stand: Stand) -> None:
    stand.until(consuming)
    stand.bench.produce(13)
    stand.steps(1)
    assert [(c.start, c.end) for c in stand.partition.state.closed] == [(0, 5), (5, 10)]
    for _ in range(12):
        stand.pool.run()
        stand.steps(1)
    assert stand.committed == [(0, 5), (5, 10)]
    assert stand.partition.state.next_offset == 13


def test_what_is_fetched_beyond_a_full_queue_is_read_again_later(stand: Stand) -> None:
    """Two closed files may wait: the rest of the fetch is not skipped, it comes again (I2)."""
    stand.until(consuming)
    stand.bench.produce(33)
    stand.steps(3)
    assert stand.partition.state.phase is Phase.BLOCKED
    for _ in range(60):
        stand.pool.run()
        stand.steps(1)
    assert stand.committed == [(start, start + 5) for start in range(0, 30, 5)]
    assert stand.partition.counters["records"] == 33


def test_a_fetch_that_comes_while_nothing_is_taken_leaves_no_hole(stand: Stand) -> None:
    """More than one file's worth arrives between claim and assign; its last piece must not be taken alone (I2)."""
    stand.until(consuming)
    stand.bench.produce(1)
    stand.steps(1)
    stand.bench.produce(12)
    stand.task.order(lambda: stand.task.post(stand.partition, ev.Overtaken("another attempt")))
    stand.until(lambda partition: consuming(partition) and partition.state.next_offset >= 1)
    for _ in range(20):
        stand.pool.run()
        stand.steps(1)
    assert stand.partition.state.next_offset == 13
    assert stand.partition.counters["records"] == 13


def test_a_commit_action_runs_in_the_pool_and_its_result_counts_in_the_next_step(stand: Stand) -> None:
    stand.until(consuming)
    stand.bench.produce(5)
    stand.steps(3)
    assert len(stand.pool.held) == 1
    before = stand.partition.state
    stand.pool.run()
    assert stand.partition.state == before
    stand.task.step(0.0)
    assert stand.partition.state.stage is Stage.SEALED


def test_reading_goes_on_while_a_commit_action_takes_long(stand: Stand) -> None:
    stand.until(consuming)
    stand.bench.produce(5)
    stand.steps(2)
    stand.bench.produce(3)
    stand.steps(3)
    assert stand.partition.state.next_offset == 8
    assert len(stand.pool.held) == 1, "one action a lane"


def test_what_cannot_be_done_is_tried_again_after_twice_the_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.registry = registry = AwayRegistry(bench)
    stand = Stand(bench)
    while len(registry.asked_ms) < 9:
        stand.task.step(0.0)
        bench.now_ms += RETRY_MS_MIN
    waits = [after - before for before, after in pairwise(registry.asked_ms)]
    assert waits == [min(RETRY_MS_MIN * 2**times, RETRY_MS_MAX) for times in range(8)]
    assert stand.partition.state.reason == "ZooKeeper is away: session suspended"
    registry.away = False
    bench.now_ms += RETRY_MS_MAX
    stand.until(consuming)


def test_a_store_that_is_away_does_not_hold_up_reading(stand: Stand) -> None:
    stand.until(consuming)
    stand.bench.produce(5)
    stand.steps(2)
    stand.pool.run()
    for sealed in (stand.bench.folder / "sealing").glob("*.parquet"):
        sealed.rename(sealed.with_suffix(".away"))
    stand.steps(1)
    stand.pool.run()
    stand.bench.produce(2)
    stand.steps(2)
    assert stand.partition.state.stage is Stage.SEALED
    assert stand.partition.state.next_offset == 7
    for away in (stand.bench.folder / "sealing").glob("*.away"):
        away.rename(away.with_suffix(".parquet"))
    for _ in range(10):
        stand.bench.now_ms += RETRY_MS_MAX
        stand.steps(1)
        stand.pool.run()
    assert stand.committed == [(0, 5)]


def test_a_disk_reserve_stops_reading_until_there_is_room(stand: Stand) -> None:
    stand.until(consuming)
    stand.disk_low = True
    stand.steps(1)
    assert stand.partition.state.phase is Phase.BLOCKED
    assert "disk" in (stand.partition.state.reason or "")
    stand.bench.produce(2)
    stand.steps(2)
    assert stand.partition.state.next_offset == 0
    stand.disk_low = False
    stand.until(lambda partition: partition.state.phase is Phase.CONSUMING and partition.state.next_offset == 2)
    assert stand.partition.state.reason is None


def test_retention_that_passed_the_next_offset_stops_the_partition_by_name(stand: Stand) -> None:
    stand.bench.produce(10)
    stand.bench.topics["clicks"].start[0] = 4
    stand.until(lambda partition: partition.state.phase is Phase.LOST)
    assert "accept the gap" in (stand.partition.state.reason or "")


def test_trouble_with_the_stream_is_kept_until_records_come_again(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.until(consuming)

    def trouble(records_max: int, wait_s: float) -> list[StreamEvent]:
        return [StreamTrouble(None, "all brokers are down")]

    with monkeypatch.context() as away:
        away.setattr(stand.bench.stream, "fetch", trouble)
        stand.steps(1)
    assert stand.task.trouble == "all brokers are down"
    stand.bench.produce(1)
    stand.steps(1)
    assert stand.task.trouble is None


def test_stopping_keeps_the_files_and_dropping_removes_them(tmp_path: Path) -> None:
    for drop, kept in ((False, 1), (True, 0)):
        stand = Stand(Bench(tmp_path / str(drop)))
        stand.until(consuming)
        stand.task.drop_on_stop = drop
        stand.task.start()
        stand.task.stop()
        assert len(stand.bench.sidecars) == kept
