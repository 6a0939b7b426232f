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

import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as Phases
from hypothesis import strategies as st

from ingest.machine import Phase
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
