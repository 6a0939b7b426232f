"""Rows of a time range, counted in the decoded time column of a segment that the range cuts.

Times lie in order in nearly every segment, so the count is two binary searches; decoding the column again for every
query costs a hundred times as much, so the columns used last are kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from engine.connection import FileGone
from query.jobs import RangeCount

KEPT_BYTES = 32 * 1024 * 1024
Values = npt.NDArray[np.int64]


class SortedCounts:
    """Counts in files of the engine's folders; keeps up to `kept_bytes` of decoded columns."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._columns: OrderedDict[tuple[str, str], tuple[Values, bool]] = OrderedDict()

    def count(self, ranges: Iterable[RangeCount]) -> int:
        """Rows within the ranges of all files together. Raises FileNotFoundError, and FileGone for a damaged file."""
        try:
            return sum(map(self._count, ranges))
        except pa.ArrowException as error:
            raise FileGone(str(error)) from error

    def _count(self, wanted: RangeCount) -> int:
        values, in_order = self._column(wanted.path, wanted.column)
        if not in_order:
            return int(np.count_nonzero((values >= wanted.low) & (values <= wanted.high)))
        first, behind = np.searchsorted(values, wanted.low, "left"), np.searchsorted(values, wanted.high, "right")
        return max(0, int(behind - first))

    def _column(self, path: str, column: str) -> tuple[Values, bool]:
        found = self._columns.get((path, column))
        if found is None:
            found = self._columns[path, column] = _decoded(path, column)
            self._make_room()
        self._columns.move_to_end((path, column))
        return found

    def _make_room(self) -> None:
        while len(self._columns) > 1 and sum(values.nbytes for values, _ in self._columns.values()) > self._kept_bytes:
            self._columns.popitem(last=False)


def _decoded(path: str, column: str) -> tuple[Values, bool]:
    """The column's whole numbers, times as epoch milliseconds, and whether they lie in order."""
    with pq.ParquetFile(path, memory_map=True) as file:
        array = file.read([column], use_threads=False).column(0).combine_chunks()
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("ms")).view(pa.int64())
    values = array.cast(pa.int64()).to_numpy()
    return values, bool(np.all(values[:-1] <= values[1:]))
