"""Arrays of a group added position by position."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.functions.entry import PREFIX, ArrowFunction


def _summed(rows: list[list[int | float | None]], dtype: npt.DTypeLike) -> npt.NDArray[np.generic]:
    total = np.zeros(max((len(row) for row in rows if row), default=0), dtype)
    for row in rows:
        if row:
            total[: len(row)] += np.array([value or 0 for value in row], dtype)
    return total


def _adding(kind: pa.DataType) -> Callable[[pa.ChunkedArray], pa.Array]:
    def call(groups: pa.ChunkedArray) -> pa.Array:
        sums = (None if rows is None else _summed(rows, kind.to_pandas_dtype()) for rows in groups.to_pylist())
        return pa.array(sums, pa.list_(kind))

    return call


ARRAYS: tuple[ArrowFunction, ...] = (
    ArrowFunction(f"{PREFIX}sum_array_long", ("BIGINT[][]",), "BIGINT[]", _adding(pa.int64())),
    ArrowFunction(f"{PREFIX}sum_array_double", ("DOUBLE[][]",), "DOUBLE[]", _adding(pa.float64())),
)
