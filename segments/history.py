"""What ZooKeeper stores of a partition: the consuming record (P5) and the steps behind it (P6, P7).

Both are JSON with a format number; golden files of every format are in `tests/golden/segments`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from segments.offsets import OffsetRange

STEP_BYTES_MAX = 1024
"""A step znode is at most 1 KB (P7)."""


class StepKind(StrEnum):
    SEGMENT = "segment"
    GAP = "gap"
    DELETED = "deleted"
    MERGED = "merged"


class Origin(StrEnum):
    STREAM = "stream"
    UPLOADED = "uploaded"
    MERGED = "merged"
    REPLAYED = "replayed"
    """Rows of records that were rejected once, at offsets before the step; its range is empty."""


class SkipTo(StrEnum):
    """Where to go on: at the first record that is still there, or behind the last one."""

    SMALLEST = "smallest"
    LARGEST = "largest"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    def encoded(self) -> bytes:
        return self.model_dump_json(exclude_none=True).encode()


class Skip(_Record):
    """A person's decision to go on behind records that are lost, or not wanted; it becomes a gap step (I6)."""

    to: SkipTo
    reason: str
    who: str


class ConsumingRecord(_Record):
    """The fence of a partition: where the next segment starts. Its ZooKeeper version is compared at every commit."""

    format: Literal[1] = 1
    sequence: int
    start: int
    leader_epoch: int
    topic: str
    topic_id: str
    config_version: int
    schema_version: int
    created_ms: int
    """When this sequence began: origin of the flush time and part of the segment's name."""
    last_attempt: str | None = None
    """Attempt id of the step before this record: the predecessor of the next one (P13)."""
    force_commit: str | None = None
    """Job id of a person who wants what is consumed by now to be committed; taken away when that is done."""
    skip: Skip | None = None
    """Taken away in the transaction that creates the gap step."""

    @property
    def flags(self) -> dict[str, Any]:
        """What a person may change under a commit that is under way (P11)."""
        return {"force_commit": self.force_commit, "skip": self.skip}


class Step(_Record):
    """One link of a partition's chain: the records `[start, end)` and what became of them."""

    format: Literal[1] = 1
    kind: StepKind
    sequence: int
    start: int
    end: int
    covers: tuple[int, int]
    """First and last sequence number that this step stands for."""
    origin: Origin = Origin.STREAM
    topic_id: str
    leader_epoch: int
    rows: int = 0
    rejects: int = 0
    name: str | None = None
    uri: str | None = None
    """Key in the deep store."""
    digest: str | None = None
    """sha256 of the file, lower-case hex."""
    size_bytes: int = 0
    time_min_ms: int | None = None
    time_max_ms: int | None = None
    config_version: int
    schema_version: int
    attempt: str
    predecessor: str | None = None
    created_ms: int
    committed_ms: int
    reason: str | None = None
    who: str | None = None
    keep_until_ms: int | None = None
    """Of a deleted step: until then its file stays, and a person may take it back. 0: the file goes for good, with no
    more days; None: it goes as the file of a dead attempt does."""

    @model_validator(mode="after")
    def _whole(self) -> Step:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"step {self.sequence}: not a half-open range [{self.start}, {self.end})")
        if self.kind is StepKind.SEGMENT and None in (self.name, self.uri, self.digest):
            raise ValueError(f"step {self.sequence}: a segment needs name, uri and digest")
        return self

    @property
    def range(self) -> OffsetRange:
        return OffsetRange(self.start, self.end)

    def encoded(self) -> bytes:
        """JSON of at most `STEP_BYTES_MAX` bytes. Raises ValueError when it does not fit."""
        data = super().encoded()
        if len(data) > STEP_BYTES_MAX:
            raise ValueError(f"step {self.sequence} takes {len(data)} bytes, more than {STEP_BYTES_MAX}")
        return data


class History(_Record):
    """Generation of a partition's history; deletion and replacement of steps move it (P6)."""

    format: Literal[1] = 1
    generation: int = 0
    manifests: tuple[str, ...] = ()
