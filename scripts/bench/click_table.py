"""The nine-field click stream as ingestion holds it before sealing: Arrow frames with system columns, by arrival."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from segments.arrow_schema import OFFSET, ORDINAL, PARTITION, TIMESTAMP
from segments.metadata import SegmentFacts
from segments.seal import SealRequest
from segments.time_bounds import TimeColumn
from tableconfigs.datetime_format import DateTimeFormat

START_MS = 1_790_000_000_000
FRAME_ROWS = 2_000
TIME = TimeColumn("ts", DateTimeFormat.parse("1:MILLISECONDS:EPOCH"))


def click_stream(rows: int, seed: int = 1) -> pa.Table:
    """Clicks in arrival order: times up to two seconds out of order, 50,000 urls, random 16-digit sessions."""
    chance = np.random.default_rng(seed)
    times = START_MS + np.cumsum(chance.integers(0, 3, rows)) + chance.integers(-2000, 2000, rows)
    sessions = chance.bytes(rows * 8).hex()
    columns = {
        "ts": times,
        "user_id": chance.integers(0, 2_000_000, rows),
        "event": one_of(chance, ["view", "click", "cart", "buy", "search"], rows),
        "city": one_of(chance, [f"city of {number}" for number in range(10)], rows),
        "amount": np.round(chance.random(rows) * 500, 2),
        "qty": chance.integers(1, 10, rows).astype(np.int32),
        "session": pa.array([sessions[at : at + 16] for at in range(0, rows * 16, 16)]),
        "url": one_of(chance, [f"/shop/item/{number:05d}/details" for number in range(50_000)], rows),
        "ok": chance.random(rows) < 0.9,
        PARTITION: np.zeros(rows, np.int32),
        OFFSET: np.arange(rows),
        TIMESTAMP: pa.array(times + 5, pa.timestamp("ms")),
        ORDINAL: np.zeros(rows, np.int32),
    }
    return pa.Table.from_batches(pa.table(columns).to_batches(max_chunksize=FRAME_ROWS))


def one_of(chance: np.random.Generator, words: list[str], rows: int) -> pa.Array:
    return pa.array(words).take(pa.array(chance.integers(0, len(words), rows)))


def seal_request(rows: pa.Table, path: Path, blooms: tuple[str, ...] = ()) -> SealRequest:
    """What ingestion would ask for when a segment of these rows is full."""
    facts = SegmentFacts(
        name="clicks__0__0__20260921T1146Z",
        table="clicks_REALTIME",
        incarnation="bench",
        topic="clicks",
        topic_id="bench",
        partition=0,
        sequence=0,
        start=0,
        end=rows.num_rows,
        leader_epoch=0,
        config_version=1,
        schema_version=1,
        attempt="bench",
        created_ms=START_MS,
        sealed_ms=START_MS,
        crushpad_version="bench",
    )
    return SealRequest(rows, facts, path, sort_column="ts", time=TIME, bloom_columns=blooms)
