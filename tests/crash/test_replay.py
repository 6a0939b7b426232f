"""A replay that dies, loses its answer, or meets another one: every record is in the table once (I1, I5, P11, P12)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.replay_decoding import Outcome
from ingest.replaying import Overtaken, TableGone
from segments.registry import RegistryUnavailable
from tests.crash.replay_world import INCARNATION, POINTS, Faults, Killed, World
from upkeep.sweep import dead, parsed_keys

KINDS = ("good", "text", "words", "drop")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.consume(*KINDS, "good", "text")
    return made


def outcomes(world: World) -> dict[int, Outcome]:
    return {one.offset: one.outcome for one in world.replay().judged}


def test_a_replay_is_a_step_of_an_empty_range(world: World) -> None:
    before = world.current.record
    assert outcomes(world) == {
        1: Outcome.ACCEPTED,
        2: Outcome.REJECTED,
        3: Outcome.FILTERED,
        5: Outcome.ACCEPTED,
    }
    (step,) = world.registry.steps(INCARNATION, 0, [before.sequence])
    assert (step.start, step.end, step.rows, step.origin) == (6, 6, 2, "replayed")
    assert (step.config_version, step.schema_version, step.predecessor) == (2, 2, before.last_attempt)
    after = world.current.record
    assert after == before.model_copy(update={"sequence": before.sequence + 1, "last_attempt": step.attempt})
    world.assert_each_record_once(replayed=True)


def test_what_is_settled_is_not_replayed_again_and_nothing_is_committed_for_it(world: World) -> None:
    world.replay()
    sequence = world.current.record.sequence
    assert outcomes(world) == {2: Outcome.REJECTED}
    assert world.current.record.sequence == sequence


@pytest.mark.parametrize("point", POINTS)
def test_a_replay_that_dies_anywhere_is_repeated_and_doubles_nothing(point: str, world: World) -> None:
    with pytest.raises(Killed):
        world.replay(Faults(die_at=point))
    world.assert_each_record_once(replayed=False)
    world.replay()
    world.assert_each_record_once(replayed=True)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_looked_after(when: str, world: World) -> None:
    assert world.replay(Faults(lose_answer=when)).segment is not None
    world.assert_each_record_once(replayed=True)
    assert outcomes(world) == {2: Outcome.REJECTED}


def test_of_two_replays_of_one_chain_one_wins(world: World) -> None:
    with pytest.raises(Overtaken):
        world.replay(Faults(between=world.replay))
    world.assert_each_record_once(replayed=True)


def test_a_replay_planned_on_an_old_chain_does_not_even_begin(world: World) -> None:
    old = world.entry()
    world.replay()
    with pytest.raises(Overtaken):
        world.replay(published=old)
    world.assert_each_record_once(replayed=True)


def test_a_commit_of_the_partition_in_between_wins_and_the_next_round_takes_its_rejects_too(world: World) -> None:
    with pytest.raises(Overtaken):
        world.replay(Faults(between=lambda: world.consume("text", "good")))
    world.assert_each_record_once(replayed=False)
    world.replay()
    world.assert_each_record_once(replayed=True)


def test_of_a_dropped_table_nothing_is_replayed(world: World) -> None:
    with pytest.raises(TableGone):
        world.replay(Faults(between=lambda: world.registry.drop(INCARNATION)))


def test_what_a_loser_left_is_swept_and_the_winner_stays(world: World) -> None:
    with pytest.raises(Overtaken):
        world.replay(Faults(between=world.replay))
    keys = parsed_keys(world.store.list(""))
    steps = {
        ((INCARNATION, 0), step.sequence): step
        for step in world.registry.steps(INCARNATION, 0, range(world.current.record.sequence))
    }
    lost = dead(keys, {INCARNATION}, steps)
    assert len(lost) == 2
    for key in lost:
        world.store.retire(key)
    world.assert_each_record_once(replayed=True)


HAPPENINGS = st.one_of(
    st.tuples(st.just("consume"), st.lists(st.sampled_from(KINDS), min_size=1, max_size=5)),
    st.tuples(st.just("die"), st.sampled_from(POINTS)),
    st.tuples(st.just("lose"), st.sampled_from(["before", "after"])),
    st.tuples(st.just("race"), st.sampled_from(["replay", "consume"])),
)


@settings(max_examples=40, deadline=None)
@given(happenings=st.lists(HAPPENINGS, max_size=8))
def test_whatever_happens_every_record_is_in_the_table_once(happenings: list[tuple[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for what, how in happenings:
            _happen(world, what, how)
            world.assert_each_record_once(replayed=False)
        world.replay()
        world.assert_each_record_once(replayed=True)


def _happen(world: World, what: str, how: object) -> None:
    if what == "consume":
        assert isinstance(how, list)
        world.consume(*how)
        return
    others: dict[str, Callable[[], object]] = {
        "replay": world.replay,
        "consume": lambda: world.consume("text", "good", "drop"),
    }
    faults = {
        "die": lambda: Faults(die_at=str(how)),
        "lose": lambda: Faults(lose_answer=str(how)),
        "race": lambda: Faults(between=others[str(how)]),
    }
    try:
        world.replay(faults[what]())
    except (Killed, Overtaken, RegistryUnavailable):
        return
