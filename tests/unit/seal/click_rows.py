"""Consuming rows and the facts of their segment, for tests of sealing."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from segments.arrow_schema import OFFSET, ORDINAL, PARTITION, SYSTEM_FIELDS, TIMESTAMP
from segments.metadata import SegmentFacts
from segments.seal import SealRequest, SealResult, seal

START = 1_000
NOW_MS = 1_760_000_000_000
NAME = "clicks__0__7__20251009T0853Z"
CITIES = ["Jena", "Oslo", "Riga", "Wien"]


def facts(end: int, **changes: Any) -> SegmentFacts:
    known: dict[str, Any] = {
        "name": NAME,
        "table": "clicks_REALTIME",
        "incarnation": "5b0c9d8e7f6a5b4c3d2e1f00",
        "topic": "clicks",
        "topic_id": "xTopicIdxTopicIdxTopic",
        "partition": 0,
        "sequence": 7,
        "start": START,
        "end": end,
        "rejects": 2,
        "leader_epoch": 4,
        "config_version": 3,
        "schema_version": 2,
        "attempt": "a1b2c3d4e5f60718",
        "predecessor": "0918273645546372",
        "created_ms": NOW_MS,
        "sealed_ms": NOW_MS + 60_000,
        "crushpad_version": "0.1.0",
    }
    return SegmentFacts(**{**known, **changes})


def rows_of(columns: Mapping[str, pa.Array]) -> pa.Table:
    """The columns, with the system columns of records that were read one after the other from offset `START`."""
    count = len(next(iter(columns.values())))
    system = {
        PARTITION: [0] * count,
        OFFSET: range(START, START + count),
        TIMESTAMP: range(NOW_MS, NOW_MS + count),
        ORDINAL: [0] * count,
    }
    table = pa.table({**columns, **{name: pa.array(values) for name, values in system.items()}})
    return table.cast(pa.schema([table.schema.field(name) for name in columns] + list(SYSTEM_FIELDS)))


def clicks(count: int, seed: int = 1) -> pa.Table:
    """Clicks in arrival order: `ts` (epoch ms) is a little out of order, `session` is random text."""
    chance = random.Random(seed)
    return rows_of(
        {
            "ts": pa.array([NOW_MS + 10 * n + chance.randrange(-500, 500) for n in range(count)], pa.int64()),
            "user_id": pa.array([chance.randrange(2_000_000) for _ in range(count)], pa.int64()),
            "city": pa.array([chance.choice(CITIES) for _ in range(count)], pa.string()),
            "amount": pa.array([chance.randrange(50_000) / 100 for _ in range(count)], pa.float64()),
            "session": pa.array([f"{chance.randrange(2**64):016x}" for _ in range(count)], pa.string()),
            "ok": pa.array([chance.random() < 0.9 for _ in range(count)], pa.bool_()),
        }
    )


def sealed(rows: pa.Table, path: Path, **options: Any) -> SealResult:
    return seal(SealRequest(rows, facts(START + max(rows.num_rows, 1)), path, **options))
