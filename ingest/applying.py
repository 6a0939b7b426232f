"""What an event makes of a partition's state."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from ingest import events as ev
from ingest.machine import PHASES, STAGES, Stage
from ingest.state import ClosedFile, IllegalEvent, State, Wishes, is_forced
from segments.commit import Versioned


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
    forced = (job, done.number) if job is not None and is_forced(state) else state.forced
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
