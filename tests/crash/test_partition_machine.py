"""The whole partition machine under schedules of crashes, faults and two owners: invariants I1 to I6 and I8.

A schedule is data: a list of happenings (methods of `World`). What comes of it is checked after each of them; at the end
there are no faults any more, and everything that was produced is in the view exactly once.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as Phases
from hypothesis import strategies as st

from ingest.machine import Phase, Stage
from segments.history import SkipTo
from tableconfigs.ingestion import GapPolicy
from tests.crash.partition_world import TICK_MS, World

MEMORY_DISK = Path("/dev/shm")
STEPS_MAX = 60

Test = TypeVar("Test", bound=Callable[..., None])


@dataclass(frozen=True)
class Happening:
    name: str
    arguments: tuple[Any, ...]

    def __repr__(self) -> str:
        return f"{self.name}{self.arguments!r}"


def happening(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Happening]:
    return st.builds(Happening, st.just(name), st.tuples(*arguments))


owners = st.sampled_from([0, 1])
flags = st.booleans()
kinds = st.sampled_from(["row", "row", "row", "row", "bad", "tombstone", "marker"])

ORDINARY = [
    happening("step", owners, st.integers(1, 9)),
    happening("step", owners, st.integers(1, 9)),
    happening("run", owners, st.integers(1, 8)),
    happening("run", owners, st.integers(1, 8)),
    happening("commit", owners),
    happening("commit", owners),
    st.builds(lambda many: Happening("produce", tuple(many)), st.lists(kinds, min_size=1, max_size=8)),
    st.builds(lambda many: Happening("produce", tuple(many)), st.lists(kinds, min_size=1, max_size=8)),
    happening("publish", owners),
    happening("late"),
]
CRASHES = [
    happening("kill", owners, flags),
    happening("kill_in", owners, st.integers(0, 12)),
    happening("lose_answer", owners, st.sampled_from(["before", "after"])),
]
FAULTS = [
    happening("registry", owners, flags),
    happening("broker", owners, flags),
    happening("store", owners, st.sampled_from(["away", "full", None])),
    happening("disk", owners, flags, flags),
]
ADMINISTRATION = [
    happening("pause", st.sampled_from(["maintenance", None])),
    happening("force_commit", st.sampled_from(["job-1", "job-2"])),
    happening("tell", owners),
    happening("change_config"),
    happening("follow", owners),
    happening("recreate_table"),
]
LOSSES = [
    happening("damage", owners),
    happening("recreate_topic"),
    happening("cut_log", st.integers(1, 6)),
    happening("retain", st.integers(0, 6)),
    happening("skip", st.sampled_from(SkipTo)),
]


def schedules(*groups: Sequence[st.SearchStrategy[Happening]]) -> st.SearchStrategy[list[Happening]]:
    """Lists of short lists: Hypothesis makes single lists short, and shrinks these well."""
    one = st.one_of([one for group in groups for one in group])
    many = st.lists(st.lists(one, min_size=1, max_size=16), max_size=STEPS_MAX // 5)
    return many.map(lambda parts: list(chain.from_iterable(parts))[:STEPS_MAX])


@contextmanager
def world(same_host: bool) -> Iterator[World]:
    folder = tempfile.mkdtemp(prefix="partition-", dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None)
    there = World(Path(folder), same_host)
    try:
        with structlog.testing.capture_logs():
            yield there
    finally:
        for owner in there.owners:
            owner.kill()
        shutil.rmtree(folder)


def play(there: World, schedule: Sequence[Happening]) -> None:
    for one in schedule:
        there.now_ms += TICK_MS
        getattr(there, one.name)(*one.arguments)
        there.checks.after(there.incarnation)


def assert_all_there(there: World) -> None:
    """Nothing waits, nothing is missing; after a crash of everything the answer is the same (I2, I4)."""
    for _ in range(2):
        there.settle()
        for owner in there.owners:
            assert owner.phase is Phase.CONSUMING
            assert owner.partition is not None
            assert owner.partition.state.closed == ()
            assert there.checks.visible_end(owner.host, there.incarnation) == there.log.end
        for number in (0, 1):
            there.kill(number)


def some(examples: int) -> Callable[[Test], Test]:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize="CI" in os.environ,
        phases=set(Phases) - {Phases.explain},
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )


@pytest.fixture
def two_hosts() -> Iterator[World]:
    with world(same_host=False) as there:
        yield there


@pytest.fixture
def one_host() -> Iterator[World]:
    with world(same_host=True) as there:
        yield there


def until(there: World, owner: int, stage: Stage) -> None:
    """Step an owner until its commit lane is at `stage`; the action that follows is submitted and does not run yet."""
    for _ in range(40):
        there.now_ms += TICK_MS
        there.step(owner)
        partition = there.owners[owner].partition
        if partition is not None and partition.state.stage is stage:
            return
        there.commit(owner)
    raise AssertionError(f"never {stage}")


def consumed(there: World, *rows: int) -> World:
    """Both owners consume; each number is so many rows that both have taken in."""
    for owner in (0, 1):
        there.run(owner, 3)
    for count in rows:
        there.produce(*["row"] * count)
    return there


def phase_of(there: World) -> Phase | None:
    return there.owners[0].phase


def test_a_loser_keeps_its_rows_beyond_the_new_end(two_hosts: World) -> None:
    """Its closed file is committed by the other; its open file goes on and nothing is read again."""
    there = consumed(two_hosts, 7)
    there.run(1, 4)
    there.run(0, 10)
    before = there.owners[1].stream.fetched_records
    there.run(1, 12)
    loser = there.owners[1].partition
    assert loser is not None
    assert there.owners[1].phase is Phase.CONSUMING
    assert (loser.state.next_offset, loser.state.closed) == (7, ())
    assert there.owners[1].stream.fetched_records == before
    assert_all_there(there)


def test_a_loser_whose_file_straddles_the_new_end_commits_the_rest_of_it(two_hosts: World) -> None:
    there = consumed(two_hosts, 3)
    there.run(0, 1)
    there.late()
    there.run(0, 1)
    there.produce("row", "row")
    there.run(1, 2)
    there.run(0, 8)
    assert there.record.start == 3
    there.late()
    there.run(1, 12)
    steps = there.checks.registry.steps(there.incarnation, 0, [0, 1])
    assert [(step.start, step.end) for step in steps] == [(0, 3), (3, 5)]
    assert_all_there(there)


def test_a_loser_that_is_behind_catches_up(two_hosts: World) -> None:
    there = consumed(two_hosts, 2)
    there.run(1, 1)
    there.produce(*["row"] * 12)
    there.run(0, 20)
    assert there.record.start == 10
    assert_all_there(there)


def test_a_killed_owner_adopts_its_files_and_reads_nothing_again(one_host: World) -> None:
    there = consumed(one_host, 7)
    there.run(0, 2)
    for torn in (False, True):
        there.kill(0, torn)
        there.run(0, 4)
        assert phase_of(there) is Phase.CONSUMING
        assert there.owners[0].stream.fetched_records == 0
    assert_all_there(there)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("killed", [False, True])
def test_a_lost_answer_is_looked_up(two_hosts: World, when: str, killed: bool) -> None:
    there = consumed(two_hosts, 6)
    there.lose_answer(0, when)
    until(there, 0, Stage.IN_DOUBT)
    if killed:
        there.kill(0)
    there.run(0, 12)
    steps = there.checks.registry.steps(there.incarnation, 0, range(there.record.sequence))
    assert [(step.start, step.end) for step in steps] == [(0, 5)]
    assert_all_there(there)


def test_a_flag_that_flips_under_a_commit_does_not_cost_the_file(two_hosts: World) -> None:
    """P11: the same step with the same attempt is repeated on the version that the administrator left."""
    there = consumed(two_hosts, 6)
    until(there, 0, Stage.CHECKED)
    assert there.owners[0].partition is not None
    commit = there.owners[0].partition.state.commit
    there.force_commit("job-1")
    there.run(0, 4)
    assert commit is not None
    assert there.record.last_attempt == commit.step.attempt
    assert there.record.force_commit == "job-1"
    assert_all_there(there)


def test_a_commit_that_is_under_way_while_the_partition_is_claimed_again_is_found_out(two_hosts: World) -> None:
    there = consumed(two_hosts, 7)
    until(there, 0, Stage.CHECKED)
    for reason in ("maintenance", None):
        there.pause(reason)
        there.tell(0)
        there.step(0)
        there.step(0)
    there.commit(0)
    there.run(0, 12)
    assert phase_of(there) is Phase.CONSUMING
    assert_all_there(there)


def test_a_paused_commit_of_a_dropped_table_changes_nothing_in_the_new_one(two_hosts: World) -> None:
    """P1: the name is the same, the incarnation is not."""
    there = consumed(two_hosts, 6)
    until(there, 0, Stage.CHECKED)
    there.recreate_table()
    there.commit(0)
    assert (there.record.sequence, there.record.start) == (0, 0)
    assert_all_there(there)


def test_what_a_damaged_file_held_is_read_from_kafka_again(two_hosts: World) -> None:
    there = consumed(two_hosts, 5)
    there.run(0, 1)
    there.damage(0)
    there.run(0, 12)
    assert there.owners[0].stream.fetched_records == 10
    assert_all_there(there)


def test_without_kafka_nothing_is_claimed_and_nothing_is_hidden(two_hosts: World) -> None:
    there = consumed(two_hosts, 4)
    there.run(0, 2)
    there.kill(0)
    there.step(0)
    there.broker(0, True)
    there.run(0, 6)
    assert phase_of(there) is Phase.LOADED
    assert there.checks.visible_end(there.owners[0].host, there.incarnation) == 4
    assert_all_there(there)


def test_rows_of_a_topic_that_was_created_again_stay_until_a_person_decides(two_hosts: World) -> None:
    there = consumed(two_hosts, 4)
    there.run(0, 2)
    there.kill(0)
    there.recreate_topic()
    there.run(0, 6)
    assert phase_of(there) is Phase.LOST
    assert there.checks.visible_end(there.owners[0].host, there.incarnation) == 4


def steps_of(there: World) -> list[tuple[str, int, int]]:
    steps = there.checks.registry.steps(there.incarnation, 0, range(there.record.sequence))
    return [(step.kind.value, step.start, step.end) for step in steps]


@pytest.mark.parametrize("lost", [None, "before", "after"])
@pytest.mark.parametrize("points", [None, *range(0, 24, 2)])
def test_a_gap_is_accepted_once_whatever_crashes_and_what_was_read_before_it_is_kept(
    one_host: World, points: int | None, lost: str | None
) -> None:
    """I6: retention passed the partition; its rows are committed, then the gap, then it goes on."""
    there = consumed(one_host, 3)
    there.run(0, 1)
    there.broker(0, True)
    there.produce(*["row"] * 6)
    there.retain(2)
    there.broker(0, False)
    there.run(0, 3)
    assert phase_of(there) is Phase.LOST
    there.skip(SkipTo.SMALLEST)
    there.tell(0)
    if lost is not None:
        there.lose_answer(0, lost)
    if points is not None:
        there.kill_in(0, points)
    there.run(0, 30)
    assert steps_of(there) == [("segment", 0, 3), ("gap", 3, 7)]
    assert there.record.skip is None
    assert phase_of(there) is Phase.CONSUMING
    assert there.checks.visible_end(there.owners[0].host, there.incarnation) in (3, 9)
    assert_all_there(there)


@pytest.mark.parametrize("lost", [None, "before", "after"])
@pytest.mark.parametrize("points", [None, *range(0, 24, 2)])
def test_with_the_policy_accept_a_gap_is_recorded_once_without_a_person_whatever_crashes(
    one_host: World, points: int | None, lost: str | None
) -> None:
    """I6: nothing is left out silently: the step says that the policy did it."""
    one_host.gaps = GapPolicy.ACCEPT
    there = consumed(one_host, 3)
    there.run(0, 1)
    there.broker(0, True)
    there.produce(*["row"] * 6)
    there.retain(2)
    there.broker(0, False)
    if lost is not None:
        there.lose_answer(0, lost)
    if points is not None:
        there.kill_in(0, points)
    there.run(0, 40)
    assert steps_of(there) == [("segment", 0, 3), ("gap", 3, 7)]
    (gap,) = there.checks.registry.steps(there.incarnation, 0, [1])
    assert (gap.who, gap.reason) == ("gapPolicy ACCEPT", "the records are not in Kafka any more")
    assert there.record.skip is None
    assert phase_of(there) is Phase.CONSUMING
    assert_all_there(there)


@pytest.mark.parametrize("loss", ["topic", "log"])
def test_the_policy_accept_never_accepts_that_what_was_read_is_another(one_host: World, loss: str) -> None:
    one_host.gaps = GapPolicy.ACCEPT
    there = consumed(one_host, 3)
    there.run(0, 1)
    there.kill(0)
    if loss == "topic":
        there.recreate_topic()
    else:
        there.cut_log(2)
    there.run(0, 20)
    assert phase_of(there) is (Phase.LOST if loss == "topic" else Phase.CONSUMING)
    assert [kind for kind, _, _ in steps_of(there)] in ([], ["segment"])


@pytest.mark.parametrize("points", [None, *range(0, 24, 2)])
def test_a_pause_commits_what_is_read_and_a_resumption_from_the_largest_offset_says_what_it_left_out(
    one_host: World, points: int | None
) -> None:
    there = consumed(one_host, 3)
    there.run(0, 1)
    there.pause("maintenance")
    there.tell(0)
    if points is not None:
        there.kill_in(0, points)
    for _ in range(15):
        there.run(0, 1)
        there.tell(0)
    assert phase_of(there) is Phase.PAUSED
    assert steps_of(there) == [("segment", 0, 3)]
    there.produce("row", "row")
    there.skip(SkipTo.LARGEST)
    there.pause(None)
    for _ in range(15):
        there.tell(0)
        there.run(0, 1)
    there.produce("row")
    there.run(0, 10)
    assert steps_of(there) == [("segment", 0, 3), ("gap", 3, 5)]
    there.publish(0)
    assert there.checks.visible_end(there.owners[0].host, there.incarnation) == 6
    assert_all_there(there)


@pytest.mark.parametrize("points", [None, *range(0, 16, 2)])
def test_a_wish_for_a_commit_is_granted_once_and_then_forgotten(one_host: World, points: int | None) -> None:
    there = consumed(one_host, 3)
    there.run(0, 1)
    there.force_commit("job-1")
    if points is not None:
        there.kill_in(0, points)
    for _ in range(15):
        there.tell(0)
        there.run(0, 1)
    there.produce("row")
    there.run(0, 3)
    assert there.record.force_commit is None
    assert steps_of(there) == [("segment", 0, 3)]
    assert_all_there(there)


def test_a_topic_that_was_created_again_is_not_accepted_and_the_wish_is_taken_back(one_host: World) -> None:
    there = consumed(one_host, 3)
    there.run(0, 1)
    there.kill(0)
    there.recreate_topic()
    there.run(0, 4)
    there.skip(SkipTo.SMALLEST)
    there.tell(0)
    there.late()
    there.run(0, 4)
    assert there.owners[0].phase is Phase.LOST
    assert (there.record.skip, there.record.start) == (None, 0)


def test_a_log_that_was_cut_is_read_again_when_a_person_accepts_it(one_host: World) -> None:
    there = consumed(one_host, 3)
    there.run(0, 1)
    there.broker(0, True)
    there.cut_log(2)
    there.broker(0, False)
    there.late()
    there.run(0, 6)
    assert phase_of(there) is Phase.LOST
    there.produce("row", "row", "row")
    there.late()
    there.run(0, 3)
    assert phase_of(there) is Phase.LOST, "a log does not become whole by growing again"
    there.skip(SkipTo.SMALLEST)
    there.tell(0)
    there.run(0, 6)
    assert phase_of(there) is Phase.CONSUMING
    assert_all_there(there)


def test_what_was_lost_and_is_there_again_goes_on_by_itself(one_host: World) -> None:
    there = consumed(one_host, 3)
    there.run(0, 1)
    start = dict(there.log.topic.start)
    there.owners[0].stream.unassign([0])
    there.log.topic.start[0] = 4
    there.log.topic.end[0] = 5
    there.owners[0].stream._next[0] = 3
    there.run(0, 2)
    assert phase_of(there) is Phase.LOST
    there.log.topic.start, there.log.topic.end[0] = start, 3
    there.late()
    there.run(0, 5)
    assert phase_of(there) is Phase.CONSUMING
    assert_all_there(there)


@some(250)
@given(st.booleans(), schedules(ORDINARY, CRASHES))
def test_crashes_and_lost_answers(same_host: bool, schedule: list[Happening]) -> None:
    with world(same_host) as there:
        play(there, schedule)
        assert_all_there(there)


@some(250)
@given(st.booleans(), schedules(ORDINARY, CRASHES, FAULTS, ADMINISTRATION))
def test_faults_and_administrators(same_host: bool, schedule: list[Happening]) -> None:
    with world(same_host) as there:
        play(there, schedule)
        assert_all_there(there)


@some(250)
@given(st.booleans(), schedules(ORDINARY, CRASHES, FAULTS, ADMINISTRATION, LOSSES))
def test_losses_are_loud(same_host: bool, schedule: list[Happening]) -> None:
    with world(same_host) as there:
        play(there, schedule)
        if there.loss is None:
            assert_all_there(there)
        else:
            there.settle()
            for owner in there.owners:
                assert owner.phase in (Phase.CONSUMING, Phase.LOST)
