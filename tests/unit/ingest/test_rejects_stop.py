"""A partition that a rejected record stops: what it took is committed, nothing is read, and a change lets it go on."""

from __future__ import annotations

from ingest import events as ev
from ingest.applying import apply
from ingest.deciding import next_actions
from ingest.machine import Action, Phase
from ingest.state import Facts, Limits, OpenFile, State

LIMITS = Limits(rows_max=100, age_ms_max=60_000, bytes_max=1 << 20)
OPEN = OpenFile(
    number=0, start=0, next_offset=0, leader_epoch=1, rows=0, size_bytes=0, created_ms=0, config_version=1,
    schema_version=1,
)  # fmt: skip
STOP = ev.Stopped(ev.Appended(next_offset=7, leader_epoch=1, rows=7, size_bytes=700), "offset 7 is rejected")


def facts(now_ms: int = 0, config_version: int = 1, schema_version: int = 1) -> Facts:
    return Facts(now_ms, config_version, schema_version)


def stopped() -> State:
    return apply(State(phase=Phase.CONSUMING, file=OPEN), STOP)


def test_what_came_before_the_record_is_taken_and_the_record_is_not_passed() -> None:
    state = stopped()
    assert (state.phase, state.next_offset, state.reason) == (Phase.STOPPED, 7, "offset 7 is rejected")
    assert next_actions(state, LIMITS, facts()) == ()


def test_its_file_is_closed_by_age_and_it_stays_stopped() -> None:
    state = stopped()
    assert next_actions(state, LIMITS, facts(now_ms=60_000)) == (Action.ROLL,)
    rolled = apply(state, ev.Rolled(OPEN))
    assert rolled.phase is Phase.STOPPED
    assert rolled.reason == "offset 7 is rejected"
    assert Action.ASSIGN not in next_actions(rolled, LIMITS, facts())


def test_a_changed_config_or_schema_closes_the_file_and_reads_on() -> None:
    for changed in (facts(config_version=2), facts(schema_version=2)):
        state = stopped()
        assert next_actions(state, LIMITS, changed) == (Action.ROLL,)
        newer = OpenFile(1, 7, 7, 1, 0, 0, 0, changed.config_version, changed.schema_version)
        rolled = apply(state, ev.Rolled(newer))
        assert next_actions(rolled, LIMITS, changed)[-1] is Action.ASSIGN
        assert apply(rolled, ev.Assigned()).phase is Phase.CONSUMING
