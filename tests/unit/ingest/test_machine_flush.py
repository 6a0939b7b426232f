"""When a consuming file is closed (contract 3.2), and when nothing more is taken in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest import events as ev
from ingest.applying import apply
from ingest.deciding import flush_reason, next_actions
from ingest.machine import Action, Phase
from ingest.state import ClosedFile, Facts, Limits, OpenFile, State, Wishes
from segments.commit import Versioned
from segments.history import ConsumingRecord

LIMITS = Limits(rows_max=100, age_ms_max=60_000, bytes_max=10_000, closed_files_max=2)
FILE = OpenFile(
    number=3, start=50, next_offset=60, leader_epoch=1, rows=10, size_bytes=900, created_ms=0,
    config_version=1, schema_version=1,
)  # fmt: skip
EMPTY = replace(FILE, next_offset=50, rows=0, size_bytes=400)
FACTS = Facts(now_ms=1_000, config_version=1, schema_version=1)
CLOSED = (ClosedFile(1, 0, 20), ClosedFile(2, 20, 50))
RECORD = ConsumingRecord(
    sequence=0, start=0, leader_epoch=0, topic="clicks", topic_id="t1", config_version=1, schema_version=1, created_ms=0
)


def reading(phase: Phase = Phase.CONSUMING, **changes) -> State:
    return replace(State(phase=phase, file=FILE), **changes)


@pytest.mark.parametrize(
    ("file", "facts", "reason"),
    [
        (FILE, FACTS, None),
        (replace(FILE, rows=99), FACTS, None),
        (replace(FILE, rows=100), FACTS, "rowLimit"),
        (replace(FILE, size_bytes=9_999), FACTS, None),
        (replace(FILE, size_bytes=10_000), FACTS, "indexCapacityThresholdBreached"),
        (FILE, replace(FACTS, now_ms=59_999), None),
        (FILE, replace(FACTS, now_ms=60_000), "timeLimit"),
        (FILE, replace(FACTS, config_version=2), "configChanged"),
        (FILE, replace(FACTS, schema_version=2), "configChanged"),
    ],
)
def test_a_file_is_closed_by_rows_size_age_or_a_new_config(file: OpenFile, facts: Facts, reason: str | None) -> None:
    assert flush_reason(file, LIMITS, facts) == reason


def test_age_closes_no_empty_file() -> None:
    assert flush_reason(EMPTY, LIMITS, replace(FACTS, now_ms=10**9)) is None


def test_age_closes_a_file_that_holds_only_filtered_records() -> None:
    only_offsets = replace(EMPTY, next_offset=51)
    assert flush_reason(only_offsets, LIMITS, replace(FACTS, now_ms=60_000)) == "timeLimit"


def test_a_new_config_closes_an_empty_file_too() -> None:
    """Its schema is the old one: rows of the new config do not fit."""
    assert flush_reason(EMPTY, LIMITS, replace(FACTS, config_version=2)) == "configChanged"


def test_a_due_file_is_closed_before_anything_is_fetched() -> None:
    state = reading(file=replace(FILE, rows=100))
    assert next_actions(state, LIMITS, FACTS) == (Action.ROLL,)


def test_a_full_queue_of_closed_files_stops_reading_and_a_commit_lets_it_go_on() -> None:
    full = reading(closed=CLOSED)
    assert next_actions(full, LIMITS, FACTS) == (Action.SEAL, Action.UNASSIGN)
    blocked = apply(full, ev.Blocked("2 closed files wait"))
    assert next_actions(blocked, LIMITS, FACTS) == (Action.SEAL,)
    room = replace(blocked, closed=CLOSED[1:])
    assert next_actions(room, LIMITS, FACTS) == (Action.SEAL, Action.ASSIGN)


def test_a_full_queue_keeps_a_due_file_open() -> None:
    """More closed files than may wait are never built."""
    state = reading(closed=CLOSED, file=replace(FILE, rows=100))
    assert Action.ROLL not in next_actions(state, LIMITS, FACTS)


def test_a_due_file_is_closed_while_blocked_so_that_it_can_be_committed() -> None:
    state = reading(Phase.BLOCKED, file=replace(FILE, rows=100))
    assert next_actions(state, LIMITS, replace(FACTS, disk_low=True)) == (Action.ROLL,)


def test_the_disk_reserve_stops_reading_but_not_the_commits_that_free_it() -> None:
    low = replace(FACTS, disk_low=True)
    assert next_actions(reading(closed=CLOSED[:1]), LIMITS, low) == (Action.SEAL, Action.UNASSIGN)
    assert next_actions(reading(Phase.BLOCKED), LIMITS, low) == ()
    assert next_actions(reading(Phase.BLOCKED), LIMITS, FACTS) == (Action.ASSIGN,)


def test_a_disk_that_was_full_is_tried_again_after_a_while() -> None:
    blocked = apply(reading(), ev.Blocked("the disk is full", until_ms=2_000))
    assert next_actions(blocked, LIMITS, FACTS) == ()
    assert next_actions(blocked, LIMITS, replace(FACTS, now_ms=2_000)) == (Action.ASSIGN,)


@pytest.mark.parametrize("phase", [Phase.UNKNOWN, Phase.LOADED, Phase.LOST, Phase.GONE])
def test_nothing_is_committed_where_the_partition_is_not_known_or_not_trusted(phase: Phase) -> None:
    assert Action.SEAL not in next_actions(reading(phase, closed=CLOSED), LIMITS, FACTS)


def test_a_paused_partition_commits_what_is_closed_and_reads_nothing() -> None:
    assert next_actions(resting(closed=CLOSED), LIMITS, FACTS) == (Action.SEAL,)


PAUSED = Wishes(paused="maintenance")
SKIP = Wishes(skip="smallest")
FORCED = Wishes(force_commit="job-1")


def resting(**changes) -> State:
    return reading(Phase.PAUSED, **{"file": EMPTY, "wishes": PAUSED, **changes})


def lost(loss: ev.Loss = ev.Loss.RECORDS, **changes) -> State:
    return reading(Phase.LOST, loss=loss, **changes)


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        (reading(Phase.READY, wishes=PAUSED), (Action.PAUSE,)),
        (reading(wishes=PAUSED), (Action.PAUSE,)),
        (reading(Phase.BLOCKED, wishes=PAUSED), (Action.PAUSE,)),
        (reading(wishes=SKIP), (Action.PAUSE,)),
        (resting(file=FILE), (Action.ROLL,)),
        (resting(file=FILE, closed=CLOSED), (Action.SEAL,)),
        (resting(), ()),
        (resting(wishes=Wishes()), (Action.ASSIGN,)),
        (resting(wishes=SKIP, file=FILE), (Action.ROLL,)),
        (resting(wishes=SKIP, closed=CLOSED), (Action.SEAL,)),
        (resting(wishes=SKIP), (Action.SKIP,)),
        (resting(wishes=replace(SKIP, paused="maintenance")), (Action.SKIP,)),
        (lost(), (Action.PROBE,)),
        (lost(blocked_until_ms=2_000), ()),
        (lost(closed=CLOSED, blocked_until_ms=2_000), (Action.SEAL,)),
        (lost(ev.Loss.LOG, closed=CLOSED, blocked_until_ms=2_000), ()),
        (lost(wishes=SKIP), (Action.ROLL,)),
        (lost(wishes=SKIP, file=EMPTY, closed=CLOSED), (Action.SEAL,)),
        (lost(wishes=SKIP, file=EMPTY), (Action.SKIP,)),
        (lost(wishes=SKIP, file=None), (Action.SKIP,)),
        (lost(ev.Loss.LOG, wishes=SKIP, closed=CLOSED), (Action.SKIP,)),
        (lost(ev.Loss.TOPIC, wishes=SKIP), (Action.SKIP,)),
        (lost(ev.Loss.TOPIC, wishes=SKIP, blocked_until_ms=2_000), ()),
        (reading(wishes=FORCED), (Action.ROLL,)),
        (reading(wishes=FORCED, closed=CLOSED), (Action.SEAL, Action.UNASSIGN)),
        (reading(wishes=FORCED, forced=("job-0", 2)), (Action.ROLL,)),
    ],
)
def test_what_persons_want_decides_before_anything_is_read(state: State, actions: tuple[Action, ...]) -> None:
    assert next_actions(state, LIMITS, FACTS) == actions


@pytest.mark.parametrize(
    ("state", "granted"),
    [
        (reading(wishes=FORCED, file=EMPTY), True),
        (reading(wishes=FORCED, file=EMPTY, closed=CLOSED), False),
        (reading(wishes=FORCED, forced=("job-1", 2), closed=CLOSED), False),
        (reading(wishes=FORCED, forced=("job-1", 2)), True),
        (reading(wishes=FORCED, forced=("job-1", 0), closed=CLOSED), True),
        (reading(wishes=FORCED, forced=("job-0", 2)), False),
        (reading(), False),
    ],
)
def test_a_wish_for_a_commit_is_granted_when_all_that_was_read_by_then_is_committed(
    state: State, granted: bool
) -> None:
    known = replace(state, current=Versioned(RECORD, 0))
    assert (Action.GRANT in next_actions(known, LIMITS, FACTS)) is granted
