"""The partition machine: what one partition may do next, and what became of it. Pure; h11 showed how.

A partition has two lanes that never wait for each other:

* the *reading* lane (`Phase`) takes records into the open consuming file,
* the *commit* lane (`Stage`) takes the oldest closed file through seal, store, check and commit.

Everything that affects transitions stands in the tables below; `docs/machine.md` is drawn from them. What is remembered
is in `state.py`; `deciding.next_actions` decides from it alone; `applying.apply` folds an event into it, and leaves it
untouched when the event is not legal. `perform` (in `partition.py`) is the only door to the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from ingest import events as ev


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
    Action.PROBE: frozenset({ev.Resumed, ev.Granted, ev.Lost, ev.Gone}),
    Action.SKIP: frozenset({ev.Resumed, ev.Damaged, ev.Lost, ev.Gone}),
    Action.SEAL: frozenset({ev.Sealed, ev.NothingLeft, ev.Damaged}),
    Action.STORE: frozenset({ev.Stored}),
    Action.CHECK: frozenset({ev.Checked, ev.Lost}),
    Action.COMMIT: frozenset({ev.Committed, ev.Doubted, ev.Gone, ev.Overtaken}),
    Action.RESOLVE: frozenset({ev.Committed, ev.ToRepeat, ev.Gone, ev.Overtaken}),
    Action.GRANT: frozenset({ev.Granted, ev.Gone}),
}
"""What may come of an action, beside Delayed."""
