"""What the routes say of one segment, under Pinot's keys (contract 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from crushpad.http.parameters import raw_name
from segments.catalogue import PartitionEntry, SegmentEntry, TableEntry
from segments.name import SegmentName
from segments.pinot_metadata import pinot_consuming_metadata, pinot_metadata

Json = dict[str, Any]

REPLICAS = 1


def sealed_segments(entry: TableEntry) -> Iterator[SegmentEntry]:
    for partition in entry.partitions:
        yield from partition.segments


def consuming_segment(entry: TableEntry, partition: PartitionEntry) -> str:
    """Name of the segment that is consumed, or would be."""
    return str(SegmentName.of(raw_name(entry.name), partition.partition, partition.sequence, partition.created_ms))


def metadata_by_name(entry: TableEntry) -> Iterator[tuple[str, dict[str, str]]]:
    for partition in entry.partitions:
        yield from ((sealed.name, sealed_fields(sealed)) for sealed in partition.segments)
        yield consuming_segment(entry, partition), consuming_fields(partition)


def sealed_fields(sealed: SegmentEntry) -> dict[str, str]:
    return pinot_metadata(sealed, replicas=REPLICAS, flush_rows=None, download_url="")


def segment_columns(sealed: SegmentEntry, wanted: list[str] | None = None) -> dict[str, Json]:
    """Bounds of the columns that are wanted; None and `*` are all."""
    named = sealed.columns.keys() if wanted is None or "*" in wanted else set(wanted)
    return {
        name: {
            "min": stats.low,
            "max": stats.high,
            "exact": stats.exact,
            "nulls": stats.nulls,
            "bloomFilter": name in sealed.blooms,
        }
        for name, stats in sealed.columns.items()
        if name in named
    }


def consuming_fields(partition: PartitionEntry) -> dict[str, str]:
    return pinot_consuming_metadata(
        start=partition.committed_end, created_ms=partition.created_ms, replicas=REPLICAS, flush_rows=None
    )


def served(sealed: SegmentEntry, schema: str, columns: list[str] | None) -> Json:
    return {
        **_description(sealed.name, schema, sealed.created_ms),
        "crc": int(sealed_fields(sealed)["segment.crc"]),
        "timeUnit": "MILLISECONDS" if sealed.time_min_ms is not None else None,
        "startTimeMillis": sealed.time_min_ms,
        "startTimeReadable": _readable(sealed.time_min_ms),
        "endTimeMillis": sealed.time_max_ms,
        "endTimeReadable": _readable(sealed.time_max_ms),
        "segmentVersion": "parquet",
        "creatorName": "crushpad",
        "totalDocs": sealed.rows,
        "startOffset": str(sealed.start),
        "endOffset": str(sealed.end),
        "columns": [{"columnName": name, **each} for name, each in segment_columns(sealed, columns or []).items()],
    }


def served_consuming(entry: TableEntry, partition: PartitionEntry) -> Json:
    name = consuming_segment(entry, partition)
    return {
        **_description(name, entry.schema_name, partition.created_ms),
        "startOffset": str(partition.committed_end),
    }


def _description(name: str, schema: str, created_ms: int) -> Json:
    """Pinot's fields of a segment's metadata, as far as every segment has them."""
    nothing = ("timeColumn", "timeUnit", "timeGranularitySec", "startTimeMillis", "startTimeReadable", "endTimeMillis",
               "endTimeReadable", "segmentVersion", "creatorName", "startOffset", "endOffset")  # fmt: skip
    return {
        "segmentName": name,
        "schemaName": schema,
        "crc": -(2**63),
        "creationTimeMillis": created_ms,
        "creationTimeReadable": _readable(created_ms),
        **dict.fromkeys(nothing),
        "totalDocs": 0,
        "custom": {},
        "indexes": {},
        "star-tree-index": None,
    }


def _readable(moment_ms: int | None) -> str | None:
    """As Pinot prints it: `2026-11-21T01:35:55:873 UTC`; None for what no calendar has."""
    if moment_ms is None:
        return None
    try:
        moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}:{moment_ms % 1000:03d} UTC"


def provenance(sealed: SegmentEntry) -> Json:
    """What Pinot has no key for."""
    return {
        "crushpad.path": sealed.path,
        "crushpad.sha256": sealed.digest,
        "crushpad.attempt": sealed.attempt,
        "crushpad.rejects": sealed.rejects,
        "crushpad.schemaVersion": sealed.schema_version,
        "crushpad.committed": datetime.fromtimestamp(sealed.committed_ms / 1000, UTC).isoformat(),
    }
