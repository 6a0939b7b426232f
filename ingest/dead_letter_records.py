"""Rejected records as they go to a dead-letter topic: as they came, with Kafka Connect's headers behind their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segments.arrow_schema import OFFSET, TIMESTAMP
from segments.catalogue import PartitionEntry, SegmentEntry
from segments.identity import PARTITIONS_PER_TOPIC

BATCH_ROWS = 100
PREFIX = "__connect.errors."
_TRANSFORMATION = ("the transform of", "the filter")
"""How the reasons of expressions begin."""

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One rejected record: key, value and time as they came."""

    offset: int
    key: bytes | None
    value: bytes
    timestamp_ms: int
    headers: Headers


def letters(table: str, entry: PartitionEntry, segment: SegmentEntry, start: int) -> Iterator[list[DeadLetter]]:
    """The rejects of one segment at or after `start` whose bytes were kept, in offset order. Raises OSError."""
    with pq.ParquetFile(segment.rejects_path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            rejects = pa.Table.from_batches([batch])
            rejects = rejects.filter(pc.greater_equal(rejects.column(OFFSET), start))
            found = [_letter(table, entry, segment, row) for row in _rows(rejects) if row["raw"] is not None]
            if found:
                yield found


def _rows(rejects: pa.Table) -> list[dict[str, Any]]:
    at = rejects.schema.get_field_index(TIMESTAMP)
    counted = rejects.set_column(at, TIMESTAMP, rejects.column(TIMESTAMP).cast(pa.int64()))
    rows: list[dict[str, Any]] = counted.to_pylist()
    return rows


def _letter(table: str, entry: PartitionEntry, segment: SegmentEntry, row: Mapping[str, Any]) -> DeadLetter:
    stage = "TRANSFORMATION" if row["reason"].startswith(_TRANSFORMATION) else "VALUE_CONVERTER"
    errors = {
        f"{PREFIX}topic": entry.topic,
        f"{PREFIX}partition": str(entry.partition % PARTITIONS_PER_TOPIC),
        f"{PREFIX}offset": str(row[OFFSET]),
        f"{PREFIX}connector.name": table,
        f"{PREFIX}task.id": str(entry.partition),
        f"{PREFIX}stage": stage,
        f"{PREFIX}exception.class.name": "crushpad.Rejected",
        f"{PREFIX}exception.message": row["reason"],
        "crushpad.field": row["field"],
        "crushpad.segment": segment.name,
    }
    headers = (*(row["headers"] or ()), *((name, value.encode()) for name, value in errors.items()))
    return DeadLetter(row[OFFSET], row["key"], row["raw"], row[TIMESTAMP], headers)
