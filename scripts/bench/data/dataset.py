"""What a data set is: rows on demand, and what a table has to know of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.json as pj

from scripts.bench.data.chance import Chance
from scripts.bench.systems.port import TableSpec

FIRST_MS = 1_700_000_000_000
"""The time of the first row, epoch milliseconds."""
BLOCK_BYTES = 1 << 24

Rows = Callable[[int, int, int], list[bytes]]
Column = Sequence[Any] | npt.NDArray[Any]
Values = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class DataSet:
    """`rows(seed, first, count)` makes the JSON messages of the rows `[first, first + count)`.

    `time_column` holds epoch milliseconds; `keys` are the columns that are asked for single values.
    """

    name: str
    columns: Sequence[tuple[str, pa.DataType]]
    time_column: str
    rows: Rows
    keys: tuple[str, ...] = ()

    def table(self, name: str, brokers: str, partitions: int, segment_rows: int, flush_s: int) -> TableSpec:
        """A table over the topic `name`, for these rows."""
        return TableSpec(
            name, brokers, partitions, self.columns, self.time_column, segment_rows, flush_s, keys=self.keys
        )

    def arrow(self, seed: int, first: int, count: int) -> pa.Table:
        """The rows as Arrow, read from their JSON: what a table over them should hold, in order."""
        options = pj.ParseOptions(explicit_schema=pa.schema(self.columns), unexpected_field_behavior="ignore")
        lines = pa.BufferReader(b"\n".join(self.rows(seed, first, count)))
        return pj.read_json(lines, pj.ReadOptions(block_size=BLOCK_BYTES), options)


def from_columns(make: Callable[[Chance], Values]) -> Rows:
    """Rows of a function that makes whole columns (lists or arrays of Python's or numpy's values)."""

    def rows(seed: int, first: int, count: int) -> list[bytes]:
        return json_lines(make(Chance(seed, np.arange(first, first + count, dtype=np.uint64))))

    return rows


def json_lines(columns: Values) -> list[bytes]:
    """One JSON object for each row."""
    names = tuple(columns)
    values = (column.tolist() if isinstance(column, np.ndarray) else column for column in columns.values())
    return [orjson.dumps(dict(zip(names, row, strict=True))) for row in zip(*values, strict=True)]
