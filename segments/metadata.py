"""What a sealed file says of itself.

The footer makes a file understandable with no ZooKeeper at hand (P1, P3, P13): whose rows these are, which offsets they
came from, under which config and schema, and which attempt came before.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from segments.column_encoding import ColumnEncoding
from segments.history import Origin
from segments.identity import PartitionIdentity
from segments.offsets import OffsetRange

FOOTER_KEY = b"crushpad"
"""Key of the footer in a Parquet file's key-value metadata."""


class SegmentFacts(BaseModel):
    """What must be known of a segment before it is sealed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    table: str
    """With type, `clicks_REALTIME`."""
    incarnation: str
    topic: str
    topic_id: str
    partition: int
    """Pinot's partition id."""
    sequence: int
    start: int
    end: int
    rejects: int = 0
    origin: Origin = Origin.STREAM
    leader_epoch: int
    config_version: int
    schema_version: int
    attempt: str
    predecessor: str | None = None
    """Attempt id of the step before this one: the chain can be rebuilt from files alone (P13)."""
    created_ms: int
    sealed_ms: int
    crushpad_version: str

    @model_validator(mode="after")
    def _whole(self) -> SegmentFacts:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"{self.name}: not a half-open range [{self.start}, {self.end})")
        return self

    @property
    def identity(self) -> PartitionIdentity:
        return PartitionIdentity(self.incarnation, self.topic_id, self.partition)

    @property
    def range(self) -> OffsetRange:
        return OffsetRange(self.start, self.end)


class SegmentFooter(SegmentFacts):
    """The facts, and what sealing found in the rows. Stored as JSON in the Parquet file."""

    format: Literal[1] = 1
    rows: int
    time_column: str | None = None
    time_min_ms: int | None = None
    time_max_ms: int | None = None
    sort_column: str | None = None
    encodings: dict[str, ColumnEncoding] = {}
    """By path of the Parquet leaf column."""
    nan_columns: tuple[str, ...] = ()
    """Columns with NaN: their Parquet bounds leave it out, so they bound nothing (P28)."""

    def encoded(self) -> bytes:
        return self.model_dump_json(exclude_none=True).encode()
