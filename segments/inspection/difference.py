"""What two segments do not have in common: footer, schema, offsets, values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segments.inspection.opening import Segment
from segments.inspection.values import plain
from segments.system_columns import OFFSET, ORDINAL

_PLACE = frozenset({"path", "size_bytes", "state"})
"""Facts that say where a segment lies and how, not what it holds."""

RowNumbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Difference:
    """`item` is a fact or a column; of many differing rows `left` and `right` are the first, and `count` how many."""

    aspect: str
    item: str
    left: Any
    right: Any
    count: int = 1


def differences(left: Segment, right: Segment) -> Iterator[Difference]:
    """In the order footer, schema, offsets, rows. Raises NotASegment."""
    yield from _footer(left, right)
    yield from _schema(left.schema, right.schema)
    tables = left.table(), right.table()
    keys = _keys(tables)
    yield from _offsets(keys)
    yield from _rows(tables, keys)


def _footer(left: Segment, right: Segment) -> Iterator[Difference]:
    facts = [msgspec.structs.asdict(one.facts) for one in (left, right)]
    for name in facts[0]:
        if name not in _PLACE and facts[0][name] != facts[1][name]:
            yield Difference("footer", name, facts[0][name], facts[1][name])


def _schema(left: pa.Schema, right: pa.Schema) -> Iterator[Difference]:
    for name in dict.fromkeys([*left.names, *right.names]):
        here, there = (str(one.field(name).type) if name in one.names else None for one in (left, right))
        if here != there:
            yield Difference("schema", name, here, there)


def _keys(tables: tuple[pa.Table, pa.Table]) -> tuple[RowNumbers, RowNumbers]:
    """A number for each row, the same for the same offset and ordinal (P3)."""
    offsets, ordinals = ([table.column(name).to_numpy() for table in tables] for name in (OFFSET, ORDINAL))
    widest = 1 + max((int(each.max()) for each in ordinals if len(each)), default=0)
    first, second = (at * widest + ordinal for at, ordinal in zip(offsets, ordinals, strict=True))
    return first, second


def _offsets(keys: tuple[RowNumbers, RowNumbers]) -> Iterator[Difference]:
    here, there = (int((~np.isin(one, other)).sum()) for one, other in (keys, keys[::-1]))
    if here or there:
        yield Difference("offsets", "rows that the other lacks", here, there, here + there)


def _rows(tables: tuple[pa.Table, pa.Table], keys: tuple[RowNumbers, RowNumbers]) -> Iterator[Difference]:
    _, *numbers = np.intersect1d(*keys, return_indices=True)
    common = [table.take(pa.array(at)) for table, at in zip(tables, numbers, strict=True)]
    offsets = common[0].column(OFFSET)
    for name in common[0].column_names:
        if name in common[1].column_names:
            left, right = (table.column(name) for table in common)
            if left.type == right.type and len(differ := _differing(left, right)):
                at = int(differ[0])
                here, there = (f"offset {offsets[at]}: {plain(each[at].as_py())}" for each in (left, right))
                yield Difference("rows", name, here, there, len(differ))


def _differing(left: pa.ChunkedArray, right: pa.ChunkedArray) -> RowNumbers:
    """Numbers of the rows that differ; nulls are equal, and so are NaN."""
    if left.equals(right):
        return np.empty(0, np.int64)
    if pa.types.is_list(left.type):
        pairs = zip(left.to_pylist(), right.to_pylist(), strict=True)
        return np.array([at for at, (one, other) in enumerate(pairs) if one != other], np.int64)
    same = pc.or_(pc.fill_null(pc.equal(left, right), False), pc.and_(left.is_null(), right.is_null()))
    if pa.types.is_floating(left.type):
        both_nan = pc.and_(pc.is_nan(left), pc.is_nan(right))
        same = pc.or_(same, pc.fill_null(both_nan, False))
    return np.flatnonzero(pc.invert(same).to_numpy())
