"""The golden segments of `tests/golden/inspection`: two neighbours with everything that a column can have.

`python -m tests.unit.inspection.golden_segments` writes them anew: only for a new version of the format, beside the
old ones.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa

from segments.arrow_schema import OFFSET
from segments.consuming.rejects import REJECT_SCHEMA
from segments.seal import SealRequest, SealResult, seal, seal_rejects
from segments.stores.base import key_for
from segments.time_bounds import TimeColumn
from tableconfigs.datetime_format import DateTimeFormat
from tests.unit.consuming.material import rejects_at
from tests.unit.seal.click_rows import CITIES, NOW_MS, START, facts, rows_of

GOLDEN = Path(__file__).parents[2] / "golden" / "inspection"
STORE = "segments"
ROWS = 240
"""Of the first segment, whose range has 250 offsets; two records of it were rejected."""
TIME = TimeColumn("ts", DateTimeFormat.parse("1:MILLISECONDS:EPOCH"))


def shop_rows(start: int, count: int) -> pa.Table:
    """Rows of every type. From record 100 on, offsets are ten higher: a hole as transactions leave it."""
    numbers = range(start, start + count)
    table = rows_of(
        {
            "ts": pa.array([NOW_MS + 10 * n + (n * 7919) % 40 for n in numbers], pa.int64()),
            "city": pa.array([None if n % 11 == 0 else CITIES[n % 4] for n in numbers], pa.string()),
            "amount": pa.array([float("nan") if n == 5 else n / 4 for n in numbers], pa.float64()),
            "ratio": pa.array([n / 8 for n in numbers], pa.float32()),
            "user_id": pa.array([(n * 104_729) % 1_000_003 for n in numbers], pa.int32()),
            "session": pa.array([f"{n * 2_654_435_761 % 2**64:016x}" * (1 + n % 3) for n in numbers], pa.string()),
            "tags": pa.array([["new", f"t{n % 5}"][: n % 3] for n in numbers], pa.list_(pa.string())),
            "raw": pa.array([bytes([n % 256]) for n in numbers], pa.binary()),
            "seen": pa.array([NOW_MS + n for n in numbers], pa.timestamp("ms")),
            "ok": pa.array([n % 3 == 0 for n in numbers], pa.bool_()),
        }
    )
    offsets = pa.array([START + n + (10 if n >= 100 else 0) for n in numbers])
    return table.set_column(table.schema.get_field_index(OFFSET), table.schema.field(OFFSET), offsets)


def write(folder: Path) -> list[SealResult]:
    """Both segments under their keys below `folder`, and the rejects of the first."""
    first = _sealed(folder, shop_rows(0, ROWS), end=START + 250, rejects=2)
    rejected = pa.Table.from_batches([rejects_at([START + 101, START + 103])]).cast(REJECT_SCHEMA)
    seal_rejects(rejected, first.path)
    second = _sealed(
        folder,
        shop_rows(ROWS, 60),
        name="clicks__0__8__20251009T0854Z",
        sequence=8,
        start=START + 250,
        end=START + 310,
        rejects=0,
        attempt="b2c3d4e5f6071829",
        predecessor=first.footer.attempt,
        created_ms=NOW_MS + 60_000,
        sealed_ms=NOW_MS + 120_000,
    )
    return [first, second]


def _sealed(folder: Path, rows: pa.Table, end: int, **changes: Any) -> SealResult:
    said = facts(end, **changes)
    path = folder / key_for(said.identity, said.sequence, said.name, said.attempt)
    path.parent.mkdir(parents=True, exist_ok=True)
    return seal(
        SealRequest(
            rows, said, path, sort_column="ts", time=TIME, bloom_columns=("user_id", "session", "ratio", "city")
        )
    )


if __name__ == "__main__":
    shutil.rmtree(GOLDEN / STORE, ignore_errors=True)
    for result in write(GOLDEN / STORE):
        print(result.path, result.size_bytes)
