"""One partition performed: the row limit is met exactly, and nothing is ever stepped over."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ingest import events as ev
from ingest.machine import Action, Phase, Stage
from ingest.partition import TROUBLE_RETRY_MS
from ingest.state import Wishes
from ingest.streams.base import Fetched, split
from segments.registry import RegistryUnavailable
from tests.crash.partition_world import disk_full
from tests.unit.ingest.partition_bench import INCARNATION, TOPIC, Bench, actions, do, payloads, recipe, take


def fetched(offsets: list[int], next_offset: int) -> Fetched:
    at = np.array(offsets, np.int64)
    return Fetched(0, payloads(len(offsets)), at, at, next_offset, 1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_fetch_is_split_between_records_and_trailing_markers_stay_with_the_rest() -> None:
    first, rest = split(fetched([10, 11, 15], 20), 2)
    assert (list(first.offsets), first.next_offset) == ([10, 11], 15)
    assert (list(rest.offsets), rest.next_offset) == ([15], 20)


def test_the_first_piece_ends_where_the_row_limit_does(bench: Bench) -> None:
    partition = bench.consuming()
    piece, rest = partition.fitting(fetched([0, 1, 2, 3, 4, 5, 6], 7))
    assert len(piece.payloads) == 5
    assert rest is not None
    assert list(rest.offsets) == [5, 6]


def test_what_fits_is_not_split(bench: Bench) -> None:
    partition = bench.consuming()
    whole = fetched([0, 1, 2, 3, 4], 9)
    assert partition.fitting(whole) == (whole, None)


def test_what_is_not_taken_now_is_not_split_so_that_no_later_piece_is_taken_alone(bench: Bench) -> None:
    """Between two pieces the partition may be assigned anew: the second one would leave a hole (I2)."""
    partition = bench.partition()
    do(partition, Action.LOAD)
    do(partition, Action.CLAIM)
    whole = fetched(list(range(9)), 9)
    assert partition.fitting(whole) == (whole, None)
    assert partition.take(whole) is None


def test_records_that_are_there_already_are_not_appended_again(bench: Bench) -> None:
    partition = bench.consuming()
    take(partition, fetched([0, 1, 2], 3))
    assert partition.take(fetched([1, 2], 3)) is None
    event = take(partition, fetched([1, 2, 3], 4))
    assert isinstance(event, ev.Appended)
    assert (event.rows, event.next_offset) == (4, 4)


def test_rows_are_counted_and_never_subtracted_from_offsets(bench: Bench) -> None:
    partition = bench.consuming()
    event = take(partition, fetched([3, 40], 100))
    assert isinstance(event, ev.Appended)
    assert (event.rows, event.next_offset) == (2, 100)


def test_rows_of_a_new_config_wait_for_a_file_of_their_own(bench: Bench) -> None:
    """P4: when the next file cannot be opened yet, reading stops instead of mixing configs."""
    partition = bench.consuming()
    partition.recipe = recipe(2)
    assert isinstance(take(partition, fetched([0], 1)), ev.Blocked)
    assert actions(partition) == (Action.ROLL,)
    do(partition, Action.ROLL)
    assert partition.state.file is not None
    assert partition.state.file.schema_version == 2
    assert isinstance(do(partition, Action.SEAL), ev.NothingLeft)
    assert actions(partition) == (Action.ASSIGN,)


def test_a_step_names_the_config_of_its_rows_whatever_the_table_has_by_then(bench: Bench) -> None:
    partition = bench.consuming()
    bench.produce(2)
    take(partition, bench.fetch())
    partition.recipe = recipe(2)
    do(partition, Action.ROLL)
    partition.recipe = recipe(3)
    do(partition, Action.ROLL)
    commit_all(partition)
    (step,) = bench.registry.steps(INCARNATION, 0, [0])
    assert (step.config_version, step.schema_version) == (1, 1)
    assert bench.registry.partitions(INCARNATION)[0].record.schema_version == 3


def commit_all(partition) -> None:
    while partition.state.closed:
        do(partition, partition.next_actions(partition.facts())[0])


def test_nothing_is_left_in_the_sealing_folder_after_a_commit(bench: Bench) -> None:
    partition = bench.consuming()
    bench.topics[TOPIC].append(0, b"{no json")
    bench.produce(1)
    take(partition, bench.fetch())
    do(partition, Action.ROLL)
    commit_all(partition)
    (step,) = bench.registry.steps(INCARNATION, 0, [0])
    assert (step.rows, step.rejects) == (1, 1)
    assert list((bench.folder / "sealing").iterdir()) == []


def test_who_leaves_consuming_reads_no_more(bench: Bench) -> None:
    partition = bench.consuming()
    bench.produce(3)
    partition.apply(ev.Paused("maintenance"))
    assert bench.stream.fetch(10, 0.0) == []


def test_a_full_disk_takes_nothing_and_is_tried_again_after_a_while(bench: Bench) -> None:
    partition = bench.consuming()
    with disk_full():
        event = take(partition, fetched([0, 1], 2))
    assert event == ev.Blocked("the disk is full; free space and it goes on by itself", bench.now_ms + TROUBLE_RETRY_MS)
    assert partition.state.next_offset == 0
    assert actions(partition) == ()
    bench.now_ms += TROUBLE_RETRY_MS
    assert actions(partition) == (Action.ASSIGN,)


def test_a_disk_that_fails_blocks_the_partition_and_not_its_thread(bench: Bench) -> None:
    partition = bench.consuming()
    shutil.rmtree(bench.sidecars[0].parent)
    bench.topics[TOPIC].append(0, b"{no json")
    event = take(partition, bench.fetch())
    assert isinstance(event, ev.Blocked)
    assert event.reason.startswith("the disk fails: ")


def test_news_that_the_state_does_not_take_is_only_noted(bench: Bench) -> None:
    partition = bench.partition()
    before = partition.state
    for late in (ev.Resumed(), ev.Stored(), ev.Lost("out of range", ev.Loss.RECORDS)):
        partition.apply(late)
    assert partition.state == before


def test_a_queue_that_is_full_is_named_as_the_reason_for_not_reading(bench: Bench) -> None:
    partition = bench.consuming()
    for start in (0, 5):
        take(partition, fetched(list(range(start, start + 5)), start + 5))
        do(partition, Action.ROLL)
    event = do(partition, Action.UNASSIGN)
    assert isinstance(event, ev.Blocked)
    assert event.reason == "2 closed files wait for their commit, more are not built"


def test_an_overtaken_partition_that_is_paused_comes_to_rest(bench: Bench) -> None:
    """It must not seal and store its files again and again while it may not load them anew."""
    loser, first = bench.consuming(), bench.consuming()
    bench.produce(2)
    records = bench.fetch()
    for partition in (loser, first):
        take(partition, records)
        do(partition, Action.ROLL)
    commit_all(first)
    loser.apply(ev.Wished(Wishes(paused="maintenance")))
    for _ in range(12):
        for action in actions(loser)[:1]:
            if action is not Action.FETCH:
                do(loser, action)
    assert (loser.state.phase, loser.state.closed, loser.state.stage) == (Phase.PAUSED, (), Stage.CLOSED)


class Away:
    """A registry that cannot be reached."""

    def look(self, incarnation: str, partition: int, sequence: int):
        raise RegistryUnavailable("session suspended")


def test_a_registry_that_is_away_is_a_delay_with_its_reason(bench: Bench) -> None:
    bench.registry = Away()  # type: ignore[assignment]
    partition = bench.partition()
    do(partition, Action.LOAD)
    assert (partition.state.phase, partition.state.reason) == (Phase.UNKNOWN, "ZooKeeper is away: session suspended")
