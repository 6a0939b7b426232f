"""What the ledger of a partition is proved from: what ZooKeeper, files and Kafka state, and what was counted.

None stands for what nobody counted: it contradicts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segments.history import ConsumingRecord, Step, StepKind
from segments.offsets import OffsetRange

WITH_FILE = (StepKind.SEGMENT, StepKind.MERGED)


@dataclass(frozen=True, slots=True)
class OffsetsFound:
    """Offsets of rows or rejects as they lie in a file: how many, and the first and last (None: there are none).

    `doubled` rows have an offset and ordinal that another one has; None: nobody counted.
    """

    count: int
    first: int | None = None
    last: int | None = None
    doubled: int | None = None

    def outside(self, of: OffsetRange) -> bool:
        """Whether any lies outside of the range."""
        return self.count > 0 and not (self.first is not None and self.last is not None and
                                       of.start <= self.first and self.last < of.end)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """What a sealed file says of itself, and what was found in it. `digest` and `in_both` are None unless counted."""

    name: str
    attempt: str
    predecessor: str | None
    topic_id: str
    start: int
    end: int
    size_bytes: int
    rows_stated: int
    rejects_stated: int
    rows: OffsetsFound
    rejects: OffsetsFound
    digest: str | None = None
    in_both: int | None = None
    """Offsets that have both a row and a reject."""


@dataclass(frozen=True, slots=True)
class NoFile:
    """A committed segment's file that cannot be read, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class ConsumingRows:
    """A consuming segment as its side-car states it, and what was found in its files, from `start` on."""

    start: int
    end: int
    rows_stated: int
    rejects_stated: int
    filtered: int
    tombstones: int
    rows: OffsetsFound
    rejects: OffsetsFound
    masked: bool = False
    """Whether it begins before `start`: then its statements count rows that are committed elsewhere."""


@dataclass(frozen=True, slots=True)
class LogEnds:
    """Kafka's own offsets `[earliest, latest)`, and which topic it is."""

    topic_id: str
    earliest: int
    latest: int
    compacted: bool = False


@dataclass(frozen=True, slots=True)
class LogCompared:
    """Kafka's records of a range beside what is kept of them. The first few offsets are given as examples."""

    start: int
    end: int
    records: int
    rows: int
    rejects: int
    tombstones: int
    filtered: int
    not_kept: int = 0
    """Records that should be a row or a reject, and are neither."""
    not_kept_examples: tuple[int, ...] = ()
    not_in_log: int = 0
    """Offsets with a row or a reject of which Kafka has no record."""
    not_in_log_examples: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Replays:
    """Offsets that replays settled: those that are no reject of any segment, and those that are settled twice."""

    settled: int = 0
    not_rejected: int = 0
    twice: int = 0


@dataclass(frozen=True, slots=True)
class PartitionEvidence:
    """Everything that was looked at. `steps` and `files` are by sequence; `unasked` says what could not be."""

    partition: int
    record: ConsumingRecord
    steps: Mapping[int, Step]
    files: Mapping[int, SegmentFile | NoFile]
    consuming: Sequence[ConsumingRows] = ()
    replays: Replays = Replays()
    log: LogEnds | None = None
    compared: Sequence[LogCompared] | None = None
    """None: Kafka's records were not compared."""
    unasked: Sequence[str] = ()

    @property
    def chain(self) -> list[tuple[int, Step]]:
        """Steps that are there, in order; one that stands for several takes their places (P6)."""
        found: list[tuple[int, Step]] = []
        at = 0
        while at < self.record.sequence:
            step = self.steps.get(at)
            if step is not None:
                found.append((at, step))
            at = max(at, step.covers[1] if step is not None else at) + 1
        return found

    @property
    def segments(self) -> list[tuple[int, Step]]:
        return [(at, step) for at, step in self.chain if step.kind in WITH_FILE]

    @property
    def first_start(self) -> int:
        chain = self.chain
        return chain[0][1].start if chain else self.record.start

    @property
    def visible_end(self) -> int:
        return max([self.record.start, *(part.end for part in self.consuming)])
