"""What a sealed file says of itself, and what the REST API says of it in Pinot's words.

The footer makes a file understandable with no ZooKeeper at hand (P1, P3, P13): whose rows these are, which offsets they
came from, under which config and schema, and which attempt came before.
"""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, model_validator

from segments.encoding import ColumnEncoding
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


class CommittedSegment(Protocol):
    """A step of kind segment, or its catalogue entry."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def digest(self) -> str | None: ...
    @property
    def created_ms(self) -> int: ...
    @property
    def committed_ms(self) -> int: ...
    @property
    def time_min_ms(self) -> int | None: ...
    @property
    def time_max_ms(self) -> int | None: ...


def pinot_metadata(
    segment: CommittedSegment, *, replicas: int, flush_rows: int | None, download_url: str
) -> dict[str, str]:
    """The simpleFields of a committed segment's metadata (contract 4.2).

    `segment.crc` is the first 32 bits of the digest. An empty segment has the time of its commit; one of a table
    without a time column has none.
    """
    empty = segment.rows == 0
    return _present(
        {
            **_consumption("DONE", segment.start, segment.created_ms, replicas, flush_rows),
            "segment.realtime.endOffset": segment.end,
            "segment.start.time": segment.committed_ms if empty else segment.time_min_ms,
            "segment.end.time": segment.committed_ms if empty else segment.time_max_ms,
            "segment.time.unit": "MILLISECONDS" if empty or segment.time_min_ms is not None else None,
            "segment.total.docs": segment.rows,
            "segment.size.in.bytes": segment.size_bytes,
            "segment.crc": int(segment.digest[:8], 16) if segment.digest else None,
            "segment.download.url": download_url,
        }
    )


def pinot_consuming_metadata(*, start: int, created_ms: int, replicas: int, flush_rows: int | None) -> dict[str, str]:
    """The simpleFields of a segment that is being consumed (contract 4.2)."""
    return _present(_consumption("IN_PROGRESS", start, created_ms, replicas, flush_rows))


def _consumption(
    status: str, start: int, created_ms: int, replicas: int, flush_rows: int | None
) -> dict[str, str | int | None]:
    return {
        "segment.realtime.status": status,
        "segment.realtime.startOffset": start,
        "segment.realtime.numReplicas": replicas,
        "segment.flush.threshold.size": flush_rows,
        "segment.creation.time": created_ms,
    }


def _present(fields: dict[str, str | int | None]) -> dict[str, str]:
    return {key: str(value) for key, value in fields.items() if value is not None}
