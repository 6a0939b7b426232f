"""What a partition does next, from its state alone: at most one action a lane."""

from __future__ import annotations

from ingest import events as ev
from ingest.machine import COMMITTING, COMMITTING_PHASES, READING, Action, Phase, Stage
from ingest.state import Facts, Limits, OpenFile, State, has_records, is_forced, written_for


def next_actions(state: State, limits: Limits, facts: Facts) -> tuple[Action, ...]:
    """At most one action a lane, the commit lane's first."""
    lanes = (_commit_action(state), _reading_action(state, limits, facts))
    return tuple(action for action in lanes if action is not None)


def blocked_by(state: State, limits: Limits, facts: Facts) -> str | None:
    """Why nothing more may be taken in, or None: bounded queues, and a disk reserve that is kept for sealing."""
    if len(state.closed) >= limits.closed_files_max:
        return f"{len(state.closed)} closed files wait for their commit, more are not built"
    if facts.disk_low:
        return "the disk is nearly full; free space and it goes on by itself"
    return state.reason if facts.now_ms < state.blocked_until_ms else None


def _reading_action(state: State, limits: Limits, facts: Facts) -> Action | None:
    room = len(state.closed) < limits.closed_files_max
    match state.phase:
        case Phase.PAUSED:
            return _resting_action(state, room)
        case Phase.LOST:
            return _lost_action(state, room, facts)
        case Phase.READY | Phase.CONSUMING | Phase.BLOCKED | Phase.STOPPED if state.wishes.reason_to_pause:
            return Action.PAUSE
        case Phase.CONSUMING | Phase.BLOCKED | Phase.STOPPED:
            return _running_action(state, room, limits, facts)
    return next(iter(READING.get(state.phase, ())), None)


def _running_action(state: State, room: bool, limits: Limits, facts: Facts) -> Action | None:
    blocked = blocked_by(state, limits, facts) is not None
    if state.file is not None and room and (flush_reason(state.file, limits, facts) or is_forced(state)):
        return Action.ROLL
    if state.phase is Phase.STOPPED:
        mended = state.stopped_with != (facts.config_version, facts.schema_version)
        return Action.ASSIGN if mended and not blocked else None
    if state.phase is Phase.BLOCKED:
        return None if blocked else Action.ASSIGN
    return Action.UNASSIGN if blocked else Action.FETCH


def _resting_action(state: State, room: bool) -> Action | None:
    """What was read is committed; then a gap is accepted, or it goes on."""
    if state.wishes.reason_to_pause is None:
        return Action.ASSIGN
    if has_records(state.file):
        return Action.ROLL if room else None
    return Action.SKIP if state.wishes.skip and not state.closed else None


def _lost_action(state: State, room: bool, facts: Facts) -> Action | None:
    """A person's decision comes first. What was read well is committed before the gap behind it."""
    looking = facts.now_ms >= state.blocked_until_ms
    if not state.wishes.skip:
        return Action.PROBE if looking else None
    if state.loss is not ev.Loss.RECORDS or not (state.closed or has_records(state.file)):
        return Action.SKIP if looking else None
    return Action.ROLL if has_records(state.file) and room else None


def _is_granted(state: State) -> bool:
    """Whether everything is committed that a person wants to be."""
    job = state.wishes.force_commit
    if job is None or state.current is None or state.file is None:
        return False
    if state.forced is not None and state.forced[0] == job:
        return all(closed.number > state.forced[1] for closed in state.closed)
    return not state.closed and not has_records(state.file)


def _commit_action(state: State) -> Action | None:
    if state.phase not in COMMITTING_PHASES:
        return None
    if state.stage is Stage.CLOSED and _is_granted(state):
        return Action.GRANT
    if not state.closed or (state.phase is Phase.LOST and state.loss is not ev.Loss.RECORDS):
        return None
    return COMMITTING[state.stage]


def flush_reason(file: OpenFile, limits: Limits, facts: Facts) -> str | None:
    """Why the file must be closed now, in Pinot's words where it has one, or None (contract 3.2, P4).

    An empty file is closed for a new config only: its schema is the old one.
    """
    if not written_for(file, facts.config_version, facts.schema_version):
        return "configChanged"
    if file.next_offset == file.start:
        return None
    if file.rows >= limits.rows_max:
        return "rowLimit"
    if file.size_bytes >= limits.bytes_max:
        return "indexCapacityThresholdBreached"
    if facts.now_ms - file.created_ms >= limits.age_ms_max:
        return "timeLimit"
    return None
