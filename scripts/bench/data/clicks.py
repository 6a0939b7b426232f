"""D1, clicks: nine flat fields, about 159 bytes of JSON a row; the quickstart's stream."""

from __future__ import annotations

import pyarrow as pa

from crushpad.quickstart import clicks as stream
from scripts.bench.data.dataset import FIRST_MS, DataSet

COLUMNS = (
    ("ts", pa.int64()),
    ("user_id", pa.int64()),
    ("event", pa.string()),
    ("city", pa.string()),
    ("amount", pa.float64()),
    ("qty", pa.int32()),
    ("session", pa.string()),
    ("url", pa.string()),
    ("ok", pa.bool_()),
)


def clicks_every(step_ms: int) -> DataSet:
    """The stream with a row every `step_ms` milliseconds."""

    def rows(seed: int, first: int, count: int) -> list[bytes]:
        return stream.clicks(seed, first, count, FIRST_MS + first * step_ms, step_ms)

    return DataSet("clicks", COLUMNS, "ts", rows, keys=("user_id",))


CLICKS = clicks_every(1)
