"""The partition machine: what one partition may do next, and what became of it. Pure; h11 showed how.

A partition has two lanes that never wait for each other:

* the *reading* lane (`Phase`) takes records into the open consuming file,
* the *commit* lane (`Stage`) takes the oldest closed file through seal, store, check and commit.

Everything that affects transitions stands in the tables below; `docs/machine.md` is drawn from them.
`next_actions` decides from the state alone, `apply` folds an event into it and leaves it untouched when the event is
not legal. `perform` (in `partition.py`) is the only door to the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import singledispatch

from ingest import events as ev
from segments.commit import SealedFile, SegmentCommit, Versioned


class Phase(StrEnum):
    """The reading lane."""

    UNKNOWN = "unknown"
    LOADED = "loaded"
    READY = "ready"
    CONSUMING = "consuming"
    BLOCKED = "blocked"
    PAUSED = "paused"
    STOPPED = "stopped"
    LOST = "lost"
    GONE = "gone"


class Stage(StrEnum):
    """The commit lane, for the oldest closed file."""

    CLOSED = "closed"
    SEALED = "sealed"
    STORED = "stored"
    CHECKED = "checked"
    IN_DOUBT = "in doubt"


class Action(StrEnum):
    LOAD = "load the consuming record"
    CLAIM = "claim the folder and adopt files"
    ASSIGN = "assign at the next offset"
    FETCH = "take what the stream has"
    ROLL = "close the file and open the next"
    UNASSIGN = "stop reading"
    PAUSE = "stop reading, since a person wants it so"
    PROBE = "look whether what was lost is there"
    SKIP = "accept the gap in one transaction"
    SEAL = "seal the oldest closed file"
    STORE = "put the segment into the deep store"
    CHECK = "look at topic id and log end again"
    COMMIT = "commit in one transaction"
    RESOLVE = "look what became of the commit"
    GRANT = "take the wish for a commit from the record"


PHASES: Mapping[tuple[Phase, type[ev.Event]], Phase] = {
    (Phase.UNKNOWN, ev.Loaded): Phase.LOADED,
    (Phase.UNKNOWN, ev.Gone): Phase.GONE,
    (Phase.UNKNOWN, ev.Overtaken): Phase.UNKNOWN,
    (Phase.UNKNOWN, ev.Damaged): Phase.UNKNOWN,
    (Phase.LOADED, ev.Claimed): Phase.READY,
    (Phase.LOADED, ev.Lost): Phase.LOST,
    (Phase.LOADED, ev.Gone): Phase.GONE,
    (Phase.LOADED, ev.Overtaken): Phase.UNKNOWN,
    (Phase.LOADED, ev.Damaged): Phase.UNKNOWN,
    (Phase.READY, ev.Assigned): Phase.CONSUMING,
    (Phase.READY, ev.Paused): Phase.PAUSED,
    (Phase.READY, ev.Lost): Phase.LOST,
    (Phase.READY, ev.Gone): Phase.GONE,
    (Phase.READY, ev.Overtaken): Phase.UNKNOWN,
    (Phase.READY, ev.Damaged): Phase.UNKNOWN,
    (Phase.CONSUMING, ev.Appended): Phase.CONSUMING,
    (Phase.CONSUMING, ev.Rolled): Phase.CONSUMING,
    (Phase.CONSUMING, ev.Blocked): Phase.BLOCKED,
    (Phase.CONSUMING, ev.Stopped): Phase.STOPPED,
    (Phase.CONSUMING, ev.Lost): Phase.LOST,
    (Phase.CONSUMING, ev.Paused): Phase.PAUSED,
    (Phase.CONSUMING, ev.Gone): Phase.GONE,
    (Phase.CONSUMING, ev.Overtaken): Phase.UNKNOWN,
    (Phase.CONSUMING, ev.Damaged): Phase.UNKNOWN,
    (Phase.BLOCKED, ev.Assigned): Phase.CONSUMING,
    (Phase.BLOCKED, ev.Rolled): Phase.BLOCKED,
    (Phase.BLOCKED, ev.Paused): Phase.PAUSED,
    (Phase.BLOCKED, ev.Lost): Phase.LOST,
    (Phase.BLOCKED, ev.Gone): Phase.GONE,
    (Phase.BLOCKED, ev.Overtaken): Phase.UNKNOWN,
    (Phase.BLOCKED, ev.Damaged): Phase.UNKNOWN,
    (Phase.PAUSED, ev.Rolled): Phase.PAUSED,
    (Phase.PAUSED, ev.Assigned): Phase.CONSUMING,
    (Phase.PAUSED, ev.Resumed): Phase.UNKNOWN,
    (Phase.PAUSED, ev.Lost): Phase.LOST,
    (Phase.PAUSED, ev.Gone): Phase.GONE,
    (Phase.PAUSED, ev.Overtaken): Phase.UNKNOWN,
    (Phase.PAUSED, ev.Damaged): Phase.UNKNOWN,
    (Phase.STOPPED, ev.Assigned): Phase.CONSUMING,
    (Phase.STOPPED, ev.Rolled): Phase.STOPPED,
    (Phase.STOPPED, ev.Paused): Phase.PAUSED,
    (Phase.STOPPED, ev.Lost): Phase.LOST,
    (Phase.STOPPED, ev.Gone): Phase.GONE,
    (Phase.STOPPED, ev.Overtaken): Phase.UNKNOWN,
    (Phase.STOPPED, ev.Damaged): Phase.UNKNOWN,
    (Phase.LOST, ev.Lost): Phase.LOST,
    (Phase.LOST, ev.Rolled): Phase.LOST,
    (Phase.LOST, ev.Resumed): Phase.UNKNOWN,
    (Phase.LOST, ev.Gone): Phase.GONE,
    (Phase.LOST, ev.Overtaken): Phase.UNKNOWN,
    (Phase.LOST, ev.Damaged): Phase.UNKNOWN,
}

STAGES: Mapping[tuple[Stage, type[ev.Event]], Stage | None] = {
    (Stage.CLOSED, ev.Sealed): Stage.SEALED,
    (Stage.CLOSED, ev.NothingLeft): None,
    (Stage.SEALED, ev.Stored): Stage.STORED,
    (Stage.STORED, ev.Checked): Stage.CHECKED,
    (Stage.CHECKED, ev.Committed): None,
    (Stage.CHECKED, ev.Doubted): Stage.IN_DOUBT,
    (Stage.CHECKED, ev.Overtaken): Stage.CLOSED,
    (Stage.IN_DOUBT, ev.Committed): None,
    (Stage.IN_DOUBT, ev.Overtaken): Stage.CLOSED,
    (Stage.IN_DOUBT, ev.ToRepeat): Stage.CHECKED,
}
"""None: the file has left the lane."""

READING: Mapping[Phase, tuple[Action, ...]] = {
    Phase.UNKNOWN: (Action.LOAD,),
    Phase.LOADED: (Action.CLAIM,),
    Phase.READY: (Action.ASSIGN, Action.PAUSE),
    Phase.CONSUMING: (Action.FETCH, Action.ROLL, Action.UNASSIGN, Action.PAUSE),
    Phase.BLOCKED: (Action.ASSIGN, Action.ROLL, Action.PAUSE),
    Phase.STOPPED: (Action.ASSIGN, Action.ROLL, Action.PAUSE),
    Phase.PAUSED: (Action.ROLL, Action.SKIP, Action.ASSIGN),
    Phase.LOST: (Action.PROBE, Action.ROLL, Action.SKIP),
}
"""What the reading lane may do next; where there is a choice, limits and facts decide. In other phases it waits."""

COMMITTING: Mapping[Stage, Action] = {
    Stage.CLOSED: Action.SEAL,
    Stage.SEALED: Action.STORE,
    Stage.STORED: Action.CHECK,
    Stage.CHECKED: Action.COMMIT,
    Stage.IN_DOUBT: Action.RESOLVE,
}
"""What the commit lane does next."""

COMMITTING_PHASES = frozenset({Phase.READY, Phase.CONSUMING, Phase.BLOCKED, Phase.PAUSED, Phase.STOPPED, Phase.LOST})
"""In the others the commit lane waits: what it would commit may not be what the partition waits for."""

ANSWERS: Mapping[Action, frozenset[type[ev.Event]]] = {
    Action.LOAD: frozenset({ev.Loaded, ev.Gone}),
    Action.CLAIM: frozenset({ev.Claimed, ev.Lost}),
    Action.ASSIGN: frozenset({ev.Assigned, ev.Lost}),
    Action.FETCH: frozenset({ev.Appended, ev.Blocked, ev.Stopped, ev.Lost}),
    Action.ROLL: frozenset({ev.Rolled}),
    Action.UNASSIGN: frozenset({ev.Blocked}),
    Action.PAUSE: frozenset({ev.Paused}),
    Action.PROBE: frozenset({ev.Resumed, ev.Lost, ev.Gone}),
    Action.SKIP: frozenset({ev.Resumed, ev.Damaged, ev.Lost, ev.Gone}),
    Action.SEAL: frozenset({ev.Sealed, ev.NothingLeft, ev.Damaged}),
    Action.STORE: frozenset({ev.Stored}),
    Action.CHECK: frozenset({ev.Checked, ev.Lost}),
    Action.COMMIT: frozenset({ev.Committed, ev.Doubted, ev.Gone, ev.Overtaken}),
    Action.RESOLVE: frozenset({ev.Committed, ev.ToRepeat, ev.Gone, ev.Overtaken}),
    Action.GRANT: frozenset({ev.Granted, ev.Gone}),
}
"""What may come of an action, beside Delayed."""


class IllegalEvent(Exception):
    """The event does not belong to this state: it came too late, or the caller is wrong. The state is as it was."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a file is closed, and how many closed ones may wait for their commit."""

    rows_max: int
    age_ms_max: int
    bytes_max: int
    closed_files_max: int = 4


@dataclass(frozen=True, slots=True)
class OpenFile:
    """The consuming file that is being written."""

    number: int
    start: int
    next_offset: int
    leader_epoch: int
    rows: int
    size_bytes: int
    created_ms: int
    config_version: int
    schema_version: int


@dataclass(frozen=True, slots=True)
class ClosedFile:
    """A consuming file that is complete and waits for its commit: records `[start, end)`."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """What persons want of a partition."""

    paused: str | None = None
    """Why nothing may be read, or None."""
    force_commit: str | None = None
    """Job id: what is read by now is to be committed now."""
    skip: str | None = None
    """Where to go on behind a gap; the consuming record says the rest."""

    @property
    def reason_to_pause(self) -> str | None:
        """A gap is accepted at rest: everything that was read is committed before."""
        return self.paused or ("a person wants to go on behind a gap" if self.skip else None)


@dataclass(frozen=True, slots=True)
class State:
    """Everything that decides what a partition does next."""

    phase: Phase = Phase.UNKNOWN
    current: Versioned | None = None
    file: OpenFile | None = None
    closed: tuple[ClosedFile, ...] = ()
    stage: Stage = Stage.CLOSED
    sealed: SealedFile | None = None
    commit: SegmentCommit | None = None
    blocked_until_ms: int = 0
    """A disk that took nothing is not tried again before, and what was lost is not looked for."""
    wishes: Wishes = Wishes()
    forced: tuple[str, int] | None = None
    """The job whose wish closed a file, and the number of that file: files up to it are what it waits for."""
    loss: ev.Loss | None = None
    """What a lost partition lost."""
    stopped_with: tuple[int, int] | None = None
    """Config and schema version under which a rejected record stopped it; under others it goes on."""
    reason: str | None = None
    """Why it does not go on: a sentence for a person."""

    @property
    def next_offset(self) -> int:
        """The next record to read. Only a claimed partition has one."""
        if self.file is None:
            raise IllegalEvent(f"{self.phase} has no open file")
        return self.file.next_offset


@dataclass(frozen=True, slots=True)
class Facts:
    """What the world says while deciding: the clock, the newest config, and whether there is room."""

    now_ms: int
    config_version: int
    schema_version: int
    disk_low: bool = False


def has_records(file: OpenFile | None) -> bool:
    return file is not None and file.next_offset > file.start


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


def written_for(file: OpenFile, config_version: int, schema_version: int) -> bool:
    """Whether rows of these versions belong into the file (P4)."""
    return (file.config_version, file.schema_version) == (config_version, schema_version)


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
    if state.file is not None and room and (flush_reason(state.file, limits, facts) or _is_forced(state)):
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
    if not state.wishes.skip:
        return Action.PROBE if facts.now_ms >= state.blocked_until_ms else None
    if state.loss is not ev.Loss.RECORDS or not (state.closed or has_records(state.file)):
        return Action.SKIP
    return Action.ROLL if has_records(state.file) and room else None


def _is_forced(state: State) -> bool:
    """Whether a person waits for the open file, and not only for closed ones."""
    job = state.wishes.force_commit
    return job is not None and has_records(state.file) and (state.forced is None or state.forced[0] != job)


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


def apply(state: State, event: ev.Event) -> State:
    """The state after `event`. Raises IllegalEvent."""
    kind = type(event)
    commits = (state.stage, kind) in STAGES and _concerns_the_lane(state, event)
    if (state.phase, kind) not in PHASES and not commits and kind not in ev.ANYWHERE:
        raise IllegalEvent(f"{kind.__name__} in phase {state.phase}, stage {state.stage}")
    phase = PHASES.get((state.phase, kind), state.phase)
    stage = STAGES[state.stage, kind] if commits else state.stage
    return _fold(event, replace(state, phase=phase, stage=stage or Stage.CLOSED))


def _concerns_the_lane(state: State, event: ev.Event) -> bool:
    """Whether the event is about the file that the lane works on now: while an action ran, a claim may have been."""
    if not state.closed or state.current is None:
        return False
    first = state.closed[0]
    match event:
        case ev.Sealed(sealed):
            return (sealed.start, sealed.end) == (max(first.start, state.current.record.start), first.end)
        case ev.NothingLeft(number):
            return number == first.number
        case _:
            return True


@singledispatch
def _fold(event: ev.Event, state: State) -> State:
    """What an event leaves in the state beside its phase and stage."""
    return replace(state, reason=getattr(event, "reason", None))


@_fold.register
def _(event: ev.Loaded, state: State) -> State:
    return replace(state, current=event.current, wishes=_wishes_in(event.current, state), reason=None)


@_fold.register
def _(event: ev.Wished, state: State) -> State:
    return replace(state, wishes=event.wishes, blocked_until_ms=0)


@_fold.register
def _(event: ev.Granted, state: State) -> State:
    """A commit may have moved the record since."""
    newer = state.current is None or event.current.version > state.current.version
    return replace(state, current=event.current if newer else state.current, wishes=_wishes_in(event.current, state))


@_fold.register
def _(event: ev.Resumed, state: State) -> State:  # noqa: ARG001 - the type is what matters
    return replace(state, reason=None, loss=None, blocked_until_ms=0)


@_fold.register
def _(event: ev.Lost, state: State) -> State:
    return replace(state, reason=event.reason, loss=event.loss, blocked_until_ms=event.until_ms)


def _wishes_in(current: Versioned, state: State) -> Wishes:
    skip = current.record.skip
    return Wishes(state.wishes.paused, current.record.force_commit, skip.to.value if skip else None)


@_fold.register
def _(event: ev.Blocked, state: State) -> State:
    return replace(state, reason=event.reason, blocked_until_ms=event.until_ms)


@_fold.register
def _(event: ev.Claimed, state: State) -> State:
    return replace(
        state, closed=event.closed, file=event.file, stage=Stage.CLOSED, sealed=None, commit=None, reason=None
    )


@_fold.register
def _(event: ev.Appended, state: State) -> State:
    assert state.file is not None
    file = replace(
        state.file,
        next_offset=event.next_offset,
        leader_epoch=event.leader_epoch,
        rows=event.rows,
        size_bytes=event.size_bytes,
    )
    return replace(state, file=file)


@_fold.register
def _(event: ev.Stopped, state: State) -> State:
    taken = _fold(event.appended, state)
    assert taken.file is not None
    versions = (taken.file.config_version, taken.file.schema_version)
    return replace(taken, stopped_with=versions, reason=event.reason)


@_fold.register
def _(event: ev.Rolled, state: State) -> State:
    assert state.file is not None
    done, job = ClosedFile(state.file.number, state.file.start, state.file.next_offset), state.wishes.force_commit
    forced = (job, done.number) if job is not None and _is_forced(state) else state.forced
    return replace(state, closed=(*state.closed, done), file=event.file, forced=forced)


@_fold.register
def _(event: ev.Sealed, state: State) -> State:
    return replace(state, sealed=event.sealed)


@_fold.register
def _(event: ev.Checked | ev.ToRepeat, state: State) -> State:
    return replace(state, commit=event.commit)


@_fold.register
def _(event: ev.NothingLeft, state: State) -> State:  # noqa: ARG001 - the type is what matters
    return replace(state, closed=state.closed[1:])


@_fold.register
def _(event: ev.Committed, state: State) -> State:
    return replace(state, current=event.current, closed=state.closed[1:], sealed=None, commit=None, reason=None)


@_fold.register
def _(event: ev.Doubted, state: State) -> State:
    return replace(state, reason=f"a commit is in doubt: {event.why}")


@_fold.register
def _(event: ev.Overtaken, state: State) -> State:
    return replace(state, sealed=None, commit=None, stage=Stage.CLOSED, reason=event.why)


@_fold.register
def _(event: ev.Damaged, state: State) -> State:
    return replace(state, closed=(), file=None, sealed=None, commit=None, stage=Stage.CLOSED, reason=event.why)


@_fold.register
def _(event: ev.Stored, state: State) -> State:  # noqa: ARG001
    return state
