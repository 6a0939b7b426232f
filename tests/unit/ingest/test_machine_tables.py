"""The tables of the partition machine are complete: nothing is unreachable, unused, or without a way on."""

from __future__ import annotations

import pytest

from ingest import events as ev
from ingest.machine import (
    ANSWERS,
    COMMITTING,
    COMMITTING_PHASES,
    PHASES,
    READING,
    STAGES,
    Action,
    Phase,
    Stage,
)

EVENTS = {kind for kind in vars(ev).values() if isinstance(kind, type) and issubclass(kind, ev.Event)} - {ev.Event}
READING_STEPS = [(phase, action) for phase, actions in READING.items() for action in actions]


def reachable(first, table) -> set[Phase | Stage]:
    seen, fresh = {first}, [first]
    while fresh:
        source = fresh.pop()
        targets = {target for (at, _), target in table.items() if at is source and target is not None} - seen
        seen |= targets
        fresh.extend(targets)
    return seen


def test_every_phase_and_every_stage_is_reachable() -> None:
    assert reachable(Phase.UNKNOWN, PHASES) == set(Phase)
    assert reachable(Stage.CLOSED, STAGES) == set(Stage)


def test_every_event_means_something_in_some_state() -> None:
    used = {event for _, event in PHASES} | {event for _, event in STAGES} | ev.ANYWHERE
    assert used == EVENTS


def test_every_event_comes_of_an_action_or_from_the_table() -> None:
    told = {ev.Wished, ev.Gone, ev.Delayed}
    assert frozenset().union(*ANSWERS.values()) | told == EVENTS


def test_every_action_is_taken_in_some_state() -> None:
    assert {action for _, action in READING_STEPS} | set(COMMITTING.values()) | {Action.GRANT} == set(Action)
    assert ANSWERS.keys() == set(Action)


@pytest.mark.parametrize(("phase", "action"), READING_STEPS)
def test_every_answer_of_a_reading_action_has_somewhere_to_go(phase: Phase, action: Action) -> None:
    assert {event for event in ANSWERS[action] - ev.ANYWHERE if (phase, event) not in PHASES} == set()


@pytest.mark.parametrize("stage", Stage)
def test_every_answer_of_a_commit_action_moves_its_lane_or_the_phase(stage: Stage) -> None:
    for event in ANSWERS[COMMITTING[stage]]:
        phases = [phase for phase in COMMITTING_PHASES if (phase, event) not in PHASES]
        assert (stage, event) in STAGES or not phases, f"{event.__name__} at {stage} goes nowhere in {phases}"


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_can_leave_the_lane(stage: Stage) -> None:
    assert any(target is None for (source, _), target in STAGES.items() if source in reachable(stage, STAGES))


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.GONE])
def test_a_dropped_table_ends_every_phase(phase: Phase) -> None:
    assert PHASES[phase, ev.Gone] is Phase.GONE


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.GONE])
def test_every_phase_but_the_last_finds_back_to_consuming(phase: Phase) -> None:
    assert Phase.CONSUMING in reachable(phase, PHASES)
