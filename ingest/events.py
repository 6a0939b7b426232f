"""What can happen to a partition. Values only; `machine.py` says what each one means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from segments.commit import SealedFile, SegmentCommit, Versioned

if TYPE_CHECKING:
    from ingest.state import ClosedFile, OpenFile, Wishes


class Loss(StrEnum):
    """What is lost."""

    RECORDS = "records that were not read"
    """Those that were read are as they were."""
    LOG = "records that were read"
    """The log was cut: what was read of it and not committed is not in Kafka."""
    TOPIC = "the topic"


class Event:
    """Base of all events."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Loaded(Event):
    """The registry gave the consuming record and the version that fences it."""

    current: Versioned


@dataclass(frozen=True, slots=True)
class Wished(Event):
    """The catalogue says what persons want of the partition now."""

    wishes: Wishes


@dataclass(frozen=True, slots=True)
class Granted(Event):
    """The wish for a commit is taken from the consuming record, which is this one now."""

    current: Versioned


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """Nothing is read, since a person wants it so."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """What was lost is there, or is not wanted any more: look at the record again."""

    left_out: int = 0
    """Offsets of a gap that was accepted just now."""


@dataclass(frozen=True, slots=True)
class Gone(Event):
    """The table incarnation is gone (P1, P2)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Claimed(Event):
    """The folder is ours; these files chain from the committed end to `file`, which is open."""

    closed: tuple[ClosedFile, ...]
    file: OpenFile


@dataclass(frozen=True, slots=True)
class Assigned(Event):
    """The stream reads at the open file's next offset."""


@dataclass(frozen=True, slots=True)
class Appended(Event):
    """Records up to `next_offset` are in the open file and visible."""

    next_offset: int
    leader_epoch: int
    rows: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Rolled(Event):
    """The file before is complete; this one is open and continues it."""

    file: OpenFile


@dataclass(frozen=True, slots=True)
class Blocked(Event):
    """Nothing is read until there is room, nor before `until_ms`; `reason` says what waits for what."""

    reason: str
    until_ms: int = 0


@dataclass(frozen=True, slots=True)
class Stopped(Event):
    """Records before a rejected one are taken; the table's policy lets nothing pass it until its config changes."""

    appended: Appended
    reason: str


@dataclass(frozen=True, slots=True)
class Lost(Event):
    """Records that should be there are not, or the topic is another one. Never stepped over silently (I6).

    It is looked at again, but not before `until_ms`.
    """

    reason: str
    loss: Loss
    until_ms: int = 0


@dataclass(frozen=True, slots=True)
class Sealed(Event):
    """The oldest closed file is one Parquet file on local disk."""

    sealed: SealedFile


@dataclass(frozen=True, slots=True)
class NothingLeft(Event):
    """All records of the closed file `number` are committed already."""

    number: int


@dataclass(frozen=True, slots=True)
class Stored(Event):
    """The segment is complete and verified in the deep store (I3)."""


@dataclass(frozen=True, slots=True)
class Checked(Event):
    """Topic and log are what they were (P10); this is the commit to make."""

    commit: SegmentCommit


@dataclass(frozen=True, slots=True)
class Committed(Event):
    """The step is in the chain; the record that follows and its fence."""

    current: Versioned


@dataclass(frozen=True, slots=True)
class Doubted(Event):
    """The answer to the commit was lost."""

    why: str


@dataclass(frozen=True, slots=True)
class ToRepeat(Event):
    """The commit did not happen and may: the same step, the same file (P11)."""

    commit: SegmentCommit


@dataclass(frozen=True, slots=True)
class Overtaken(Event):
    """Somebody else moved the partition. What we hold beyond its new end is still good."""

    why: str


@dataclass(frozen=True, slots=True)
class Damaged(Event):
    """A checksum is wrong: our files are dropped, Kafka still has their rows (P20)."""

    why: str


@dataclass(frozen=True, slots=True)
class Delayed(Event):
    """The action could not be done now; nothing changed but the reason. It is tried again."""

    reason: str


ANYWHERE: frozenset[type[Event]] = frozenset({Delayed, Wished, Granted})
"""Events that every state takes."""
