"""Which segments of a count need only their time column: those that a time range cuts. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import compress

from query.jobs import RangeCount
from segments.catalogue import SegmentEntry
from segments.pruning import Condition, PrunableColumn

RANGES_MAX = 16
"""A range that cuts more segments than this meets them in no order: a scan with all threads is better then."""
LOWEST, HIGHEST = -(2**63), 2**63 - 1
_WHOLE = frozenset({"INT", "LONG", "TIMESTAMP"})
_SIGNS = frozenset({"=", "<", "<=", ">", ">="})


def split(
    segments: Sequence[SegmentEntry],
    conditions: Sequence[Condition],
    name: str | None,
    columns: Mapping[str, PrunableColumn],
) -> tuple[tuple[RangeCount, ...], tuple[SegmentEntry, ...]]:
    """What to count in the column `name`, to which all conditions have to belong, and the segments left to read."""
    column = columns.get(name or "")
    bounds = _bounds(conditions, name) if column is not None and column.data_type in _WHOLE else None
    if name is None or column is None or bounds is None:
        return (), tuple(segments)
    plain = [_is_plain(one, name, column) for one in segments]
    if sum(plain) > RANGES_MAX:
        return (), tuple(segments)
    ranges = tuple(RangeCount(one.path, name, *bounds) for one in compress(segments, plain))
    return ranges, tuple(one for one, is_plain in zip(segments, plain, strict=True) if not is_plain)


def _is_plain(segment: SegmentEntry, name: str, column: PrunableColumn) -> bool:
    """Whether its file has the column, of the same type as it is read now, and without nulls."""
    stats = segment.columns.get(name)
    return stats is not None and stats.nulls == 0 and column.types.get(segment.schema_version) == column.data_type


def _bounds(conditions: Sequence[Condition], name: str | None) -> tuple[int, int] | None:
    """The lowest and the highest whole number that meets all conditions; None where they say more than a range."""
    low, high = LOWEST, HIGHEST
    for condition in conditions:
        (value, *others) = condition.values
        if condition.column != name or condition.op not in _SIGNS or others or not isinstance(value, int | float):
            return None
        if not math.isfinite(value):
            return None
        if condition.op in ("=", ">=", ">"):
            low = max(low, math.floor(value) + 1 if condition.op == ">" else math.ceil(value))
        if condition.op in ("=", "<=", "<"):
            high = min(high, math.ceil(value) - 1 if condition.op == "<" else math.floor(value))
    return max(low, LOWEST), min(high, HIGHEST)
