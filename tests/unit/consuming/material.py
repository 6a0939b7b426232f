"""Rows, rejects and openings for tests of the consuming file: a record per offset, and all values follow from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from segments.arrow_schema import SYSTEM_FIELDS
from segments.consuming.file import Appended, Opening
from segments.consuming.rejects import REJECT_SCHEMA, pack
from segments.identity import PartitionIdentity

IDENTITY = PartitionIdentity("a1b2c3", "topic-id", 3)
SCHEMA = pa.schema([pa.field("number", pa.int64()), pa.field("text", pa.string()), *SYSTEM_FIELDS])
CAPACITY_BYTES = 1 << 20
BOOT = "this-boot"


def opening(sequence: int = 0, start: int = 0, writer: str = "writer-1", boot: str = BOOT) -> Opening:
    return Opening(
        identity=IDENTITY,
        sequence=sequence,
        start=start,
        leader_epoch=7,
        config_version=2,
        schema_version=1,
        created_ms=1_700_000_000_000,
        writer=writer,
        boot=boot,
    )


def rows_at(offsets: Sequence[int]) -> pa.RecordBatch:
    at = np.asarray(offsets, np.int64)
    columns = {
        "number": at * 10,
        "text": [f"row {offset}" for offset in offsets],
        "$partition": np.full(len(at), IDENTITY.partition, np.int32),
        "$offset": at,
        "$timestamp": at.astype("datetime64[ms]"),
        "$ordinal": np.zeros(len(at), np.int32),
    }
    return pa.record_batch(columns, schema=SCHEMA)


def rows(start: int, end: int) -> pa.RecordBatch:
    return rows_at(range(start, end))


def records(start: int, end: int) -> Appended:
    """One row for each offset of `[start, end)`."""
    return Appended(rows(start, end), None, end, leader_epoch=7)


def rejects_at(offsets: Sequence[int]) -> pa.RecordBatch:
    found = [
        {"$partition": 3, "$offset": at, "$timestamp": at, "reason": "not a number", "field": "$.n", "raw": pack(b"{")}
        for at in offsets
    ]
    return pa.RecordBatch.from_pylist(found, schema=REJECT_SCHEMA)


def offsets_of(table: pa.Table) -> list[int]:
    offsets: list[int] = table.column("$offset").to_pylist()
    return offsets
