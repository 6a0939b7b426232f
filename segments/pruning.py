"""Which segments can hold rows for a conjunction of conditions, by the bounds of their columns. Pure (P28, P30).

A segment is skipped only when a condition is certainly false for every row of it: bounds whose meaning is unsure
(another type, unknown, NaN) keep it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from segments.catalogue import ColumnStats, Scalar, SegmentEntry

Op = Literal["=", "<", ">", "<=", ">=", "in"]

_COMPARABLE = frozenset({"INT", "LONG", "FLOAT", "DOUBLE", "BOOLEAN", "TIMESTAMP", "STRING"})
"""Types whose bounds are ordered as the query engine orders the values; decimals are kept as text."""
_WIDENED = frozenset({("INT", "LONG"), ("INT", "DOUBLE"), ("FLOAT", "DOUBLE")})
"""Changes of type that keep every value; those that round (LONG to DOUBLE) would move a bound off its value."""
_WHOLE = frozenset({"INT", "LONG", "TIMESTAMP"})
_FLOAT_SLACK = 1e-6
"""A literal is rounded to 32 bits when it meets a FLOAT column; its bounds give way by more than that."""


class Condition(Protocol):
    """`column op values[0]`, or `column in values`; a TIMESTAMP's values are epoch milliseconds."""

    @property
    def column(self) -> str: ...
    @property
    def op(self) -> Op: ...
    @property
    def values(self) -> Sequence[Scalar]: ...


@dataclass(frozen=True, slots=True)
class PrunableColumn:
    """What the newest schema says of a column, and since which types it had in older versions.

    `default` is what a null reads as, or None when nulls stay null (null handling). `types` maps a schema version to
    the column's type in it; a version that is missing has no such column, so all its rows hold a null.
    """

    data_type: str
    default: Scalar
    types: Mapping[int, str]

    def type_is_ordered_alike(self, version: int) -> bool:
        """Whether bounds written under `version` are bounds of the column as it is read now (P28)."""
        old = self.types.get(version)
        return old is None or (old in _COMPARABLE and (old == self.data_type or (old, self.data_type) in _WIDENED))


@dataclass(frozen=True, slots=True)
class Pruned:
    """What is left to read, and how many segments were skipped because of which condition."""

    kept: tuple[SegmentEntry, ...]
    pruned_by_value: int
    pruned_by_time: int


def prune(
    segments: Iterable[SegmentEntry],
    conditions: Sequence[Condition],
    columns: Mapping[str, PrunableColumn],
    time_column: str | None,
) -> Pruned:
    """The segments that may hold rows for which every condition is true. Conditions on unlisted columns keep all."""
    tests = [(one, columns[one.column]) for one in conditions if one.column in columns]
    kept: list[SegmentEntry] = []
    by_value = by_time = 0
    for segment in segments:
        reason = _excluded_by(segment, tests)
        if reason is None:
            kept.append(segment)
        elif reason == time_column:
            by_time += 1
        else:
            by_value += 1
    return Pruned(tuple(kept), by_value, by_time)


def holds_for_all(
    segment: SegmentEntry, conditions: Sequence[Condition], columns: Mapping[str, PrunableColumn]
) -> bool:
    """Whether every row of the segment certainly meets every condition; only whole numbers and times tell."""
    return all(_holds(segment, one, columns.get(one.column)) for one in conditions)


def _holds(segment: SegmentEntry, condition: Condition, column: PrunableColumn | None) -> bool:
    if column is None or column.data_type not in _WHOLE:
        return False
    stats = segment.columns.get(condition.column)
    if column.default is None and (stats is None or stats.nulls > 0):
        return False  # a null stays one, and meets no condition
    low, high = bounds_of(segment, condition.column, column) or (None, None)
    values = condition.values
    if not isinstance(low, int) or not isinstance(high, int) or not all(isinstance(v, int | float) for v in values):
        return False
    return _meets_always(condition.op, low, high, values)


def _meets_always(op: Op, low: int, high: int, values: Sequence[Any]) -> bool:
    match op:
        case "=" | "in":
            met = low == high and low in values
        case "<":
            met = high < values[0]
        case "<=":
            met = high <= values[0]
        case ">":
            met = low > values[0]
        case ">=":
            met = low >= values[0]
    return bool(met)


def _excluded_by(segment: SegmentEntry, tests: Sequence[tuple[Condition, PrunableColumn]]) -> str | None:
    """The column whose condition no row of the segment can meet, or None."""
    for condition, column in tests:
        bounds = bounds_of(segment, condition.column, column)
        if bounds is not None and not may_hold(condition, *bounds):
            return condition.column
    return None


def bounds_of(segment: SegmentEntry, name: str, column: PrunableColumn) -> tuple[Scalar, Scalar] | None:
    """No value that the column reads as lies outside; None when unknown; `(None, None)` when all are null."""
    bounds = _bounds(segment, name, column)
    return _slackened(bounds) if column.data_type == "FLOAT" else bounds


def exact_bounds(segment: SegmentEntry, name: str, column: PrunableColumn) -> tuple[Scalar, Scalar] | None:
    """The lowest and highest value that the column reads as, or None when they are not known exactly (P30)."""
    stats = segment.columns.get(name)
    return _bounds(segment, name, column) if stats is None or stats.exact else None


def _bounds(segment: SegmentEntry, name: str, column: PrunableColumn) -> tuple[Scalar, Scalar] | None:
    if column.data_type not in _COMPARABLE or not column.type_is_ordered_alike(segment.schema_version):
        return None
    if segment.schema_version not in column.types:
        return column.default, column.default
    stats = segment.columns.get(name)
    if stats is None:
        return None
    if stats.nulls >= segment.rows > 0:
        return column.default, column.default
    return _known(stats) if stats.nulls == 0 else _with_default(stats, column.default)


def _slackened(bounds: tuple[Scalar, Scalar] | None) -> tuple[Scalar, Scalar] | None:
    if bounds is None or bounds == (None, None):
        return bounds
    low, high = (float(bound or 0.0) for bound in bounds)
    return low - abs(low) * _FLOAT_SLACK, high + abs(high) * _FLOAT_SLACK


def _known(stats: ColumnStats) -> tuple[Scalar, Scalar] | None:
    unknown = stats.low is None or stats.high is None or stats.low != stats.low or stats.high != stats.high
    return None if unknown else (stats.low, stats.high)


def _with_default(stats: ColumnStats, default: Scalar) -> tuple[Scalar, Scalar] | None:
    """Bounds stretched to the value that nulls read as (P28)."""
    known = _known(stats)
    if known is None or default is None:
        return known
    if isinstance(default, str) != isinstance(known[0], str):
        return None
    return min(known[0], default), max(known[1], default)  # type: ignore[type-var]


def may_hold(condition: Condition, low: Scalar, high: Scalar) -> bool:
    """Whether a value in `[low, high]` can meet the condition; a null meets none."""
    if low is None or high is None:
        return False
    values = condition.values
    if any(value is None or isinstance(value, str) != isinstance(low, str) or value != value for value in values):
        return True
    return _meets(condition.op, low, high, values)


def _meets(op: Op, low: Any, high: Any, values: Sequence[Any]) -> bool:
    match op:
        case "=":
            met = low <= values[0] <= high
        case "in":
            met = any(low <= value <= high for value in values)
        case "<":
            met = low < values[0]
        case "<=":
            met = low <= values[0]
        case ">":
            met = high > values[0]
        case ">=":
            met = high >= values[0]
    return bool(met)
