"""What the REST API says of a segment in Pinot's words (contract 4.2). Loads no Arrow."""

from __future__ import annotations

from typing import Protocol


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
