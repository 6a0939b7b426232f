"""What events leave in the state, above all those that come when nobody waits for them any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest import events as ev
from ingest.applying import apply
from ingest.machine import Phase, Stage
from ingest.state import ClosedFile, IllegalEvent, OpenFile, State, Wishes
from segments.commit import SealedFile, Versioned
from tests.unit.ingest.partition_bench import Bench

FILE = OpenFile(
    number=3, start=50, next_offset=60, leader_epoch=1, rows=10, size_bytes=900, created_ms=0,
    config_version=1, schema_version=1,
)  # fmt: skip
CLOSED = (ClosedFile(1, 0, 20), ClosedFile(2, 20, 50))


def versioned(tmp_path, start: int = 0) -> Versioned:
    return Versioned(Bench(tmp_path).first_record(start), 4)


def sealed(start: int, end: int) -> SealedFile:
    return SealedFile("clicks__0__0__x", "u", "d", 1, 1, 0, start, end, 1, None, None, "attempt")


@pytest.fixture
def state(tmp_path) -> State:
    return State(phase=Phase.CONSUMING, current=versioned(tmp_path), file=FILE, closed=CLOSED)


def test_a_segment_of_the_oldest_file_moves_the_lane(state: State) -> None:
    after = apply(state, ev.Sealed(sealed(0, 20)))
    assert (after.stage, after.sealed) == (Stage.SEALED, sealed(0, 20))


def test_a_straddling_file_is_sealed_from_the_committed_end_on(state: State, tmp_path) -> None:
    overtaken = replace(state, current=versioned(tmp_path / "other", start=12))
    assert apply(overtaken, ev.Sealed(sealed(12, 20))).stage is Stage.SEALED


@pytest.mark.parametrize(
    "late",
    [ev.Sealed(sealed(20, 50)), ev.NothingLeft(0), ev.NothingLeft(2), ev.Stored(), ev.Doubted("late")],
    ids=lambda event: type(event).__name__,
)
def test_what_a_commit_action_found_out_before_a_claim_is_not_taken_for_now(state: State, late: ev.Event) -> None:
    with pytest.raises(IllegalEvent):
        apply(state, late)


def test_a_file_that_is_committed_already_leaves_the_lane(state: State) -> None:
    assert apply(state, ev.NothingLeft(1)).closed == CLOSED[1:]


def test_a_commit_moves_the_fence_and_the_next_file_comes_up(state: State, tmp_path) -> None:
    following = versioned(tmp_path / "other", start=20)
    after = apply(replace(state, stage=Stage.CHECKED), ev.Committed(following))
    assert (after.stage, after.closed, after.current) == (Stage.CLOSED, CLOSED[1:], following)


def test_who_is_overtaken_keeps_its_files_and_looks_again(state: State) -> None:
    after = apply(replace(state, stage=Stage.IN_DOUBT), ev.Overtaken("another attempt"))
    assert (after.phase, after.stage) == (Phase.UNKNOWN, Stage.CLOSED)
    assert (after.closed, after.file) == (CLOSED, FILE)


def test_damage_drops_all_files_and_looks_again(state: State) -> None:
    after = apply(state, ev.Damaged("a checksum"))
    assert (after.phase, after.closed, after.file) == (Phase.UNKNOWN, (), None)


@pytest.mark.parametrize("stage", [Stage.CHECKED, Stage.IN_DOUBT])
@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.GONE])
def test_losing_a_race_is_taken_in_every_phase(state: State, phase: Phase, stage: Stage) -> None:
    apply(replace(state, phase=phase, stage=stage), ev.Overtaken("another attempt"))


def test_a_topic_that_changed_while_paused_is_lost_not_checked_for_ever(state: State) -> None:
    paused = replace(state, phase=Phase.PAUSED, stage=Stage.STORED)
    assert apply(paused, ev.Lost("created again", ev.Loss.TOPIC)).phase is Phase.LOST


def test_a_delay_changes_nothing_but_the_reason(state: State) -> None:
    assert apply(state, ev.Delayed("away")) == replace(state, reason="away")


def test_a_paused_partition_says_why(state: State) -> None:
    after = apply(state, ev.Paused("maintenance"))
    assert (after.phase, after.reason) == (Phase.PAUSED, "maintenance")


def test_a_record_that_was_loaded_says_what_persons_want_beside_the_tables_pause(state: State, tmp_path) -> None:
    found = versioned(tmp_path / "other")
    record = found.record.model_copy(update={"force_commit": "job-1"})
    before = replace(state, phase=Phase.UNKNOWN, wishes=Wishes(paused="maintenance", skip="largest"))
    after = apply(before, ev.Loaded(Versioned(record, 9)))
    assert after.wishes == Wishes(paused="maintenance", force_commit="job-1")


def test_a_wish_that_was_granted_does_not_take_back_a_commit_that_came_in_between(state: State) -> None:
    assert state.current is not None
    older = Versioned(state.current.record, state.current.version - 1)
    assert apply(state, ev.Granted(older)).current == state.current
