"""COUNT, MIN and MAX from the catalogue (P30): what the bounds of sealed segments answer, and what is left to read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from dialects.bound_query import SimpleAggregate
from query.scan import NamedPart
from segments.catalogue import Scalar, SegmentEntry
from segments.pruning import Condition, PrunableColumn, exact_bounds, holds_for_all

Partial = tuple[Scalar, ...]
"""One value for each aggregate; None for a MIN or MAX over no values."""

_NUMERIC = frozenset({"INT", "LONG", "FLOAT", "DOUBLE"})


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue answers: a partial for `rows` rows of its segments, and the segments that must be read."""

    partials: tuple[Partial, ...]
    rows: int
    unknown: tuple[SegmentEntry, ...]


def from_catalogue(
    aggregates: Sequence[SimpleAggregate],
    segments: Iterable[SegmentEntry],
    conditions: Sequence[Condition],
    columns: Mapping[str, PrunableColumn],
) -> Known:
    """Split segments into those whose partial is known exactly and those that have to be read.

    Only rows that meet `conditions` are asked for: a segment of which some may not has to be read.
    """
    partials: list[Partial] = []
    unknown: list[SegmentEntry] = []
    rows = 0
    for segment in segments:
        covered = holds_for_all(segment, conditions, columns)
        partial = _partial(aggregates, segment, columns) if covered else None
        if partial is None:
            unknown.append(segment)
        else:
            partials.append(partial)
            rows += segment.rows
    return Known(tuple(partials), rows, tuple(unknown))


def with_consuming(
    known: Known, aggregates: Sequence[SimpleAggregate], parts: Sequence[NamedPart]
) -> tuple[Known, list[NamedPart]]:
    """Count the rows of consuming parts by their side-cars where nothing but counts is asked for.

    Returns what is known then, and the parts that must be read: masked ones, or all of them for a MIN or MAX.
    """
    if not only_counts(aggregates):
        return known, list(parts)
    rows = [one.part.state.rows for one in parts if one.part.mask_below is None]
    partials = tuple((count,) * len(aggregates) for count in rows)
    counted = Known(known.partials + partials, known.rows + sum(rows), known.unknown)
    return counted, [one for one in parts if one.part.mask_below is not None]


def only_counts(aggregates: Sequence[SimpleAggregate] | None) -> bool:
    return aggregates is not None and all(one.function == "count" for one in aggregates)


def _partial(
    aggregates: Sequence[SimpleAggregate], segment: SegmentEntry, columns: Mapping[str, PrunableColumn]
) -> Partial | None:
    values: list[Scalar] = []
    for aggregate in aggregates:
        if aggregate.function == "count":
            values.append(segment.rows)
            continue
        bounds = _bounds(aggregate.column, segment, columns)
        if bounds is None:
            return None
        values.append(bounds[aggregate.function == "max"])
    return tuple(values)


def _bounds(
    name: str | None, segment: SegmentEntry, columns: Mapping[str, PrunableColumn]
) -> tuple[Scalar, Scalar] | None:
    if segment.rows == 0:
        return None, None
    column = columns.get(name or "")
    return exact_bounds(segment, name or "", column) if column and column.data_type in _NUMERIC else None


def merged(aggregates: Sequence[SimpleAggregate], partials: Iterable[Partial]) -> Partial:
    """One partial of many: counts are added, the lowest and highest values win."""
    columns = list(zip(*partials, strict=True)) or [()] * len(aggregates)
    return tuple(_merge(one.function, values) for one, values in zip(aggregates, columns, strict=True))


def _merge(function: str, values: Iterable[Scalar]) -> Scalar:
    known = [value for value in values if isinstance(value, int | float)]
    if function == "count":
        return sum(known)
    if not known:
        return None
    return min(known) if function == "min" else max(known)


def partial_of_rows(rows_json: bytes) -> Partial:
    """The engine's one row over what had to be read; it names infinities as text."""
    (row,) = msgspec.json.decode(rows_json)
    return tuple(float(value) if isinstance(value, str) else value for value in row)


def rendered(aggregates: Sequence[SimpleAggregate], partial: Partial, null_handling: bool) -> bytes:
    """The merged partial as `resultTable.rows`: COUNT is LONG, MIN and MAX are DOUBLE (contract 2.3, 2.5)."""
    row = [_cell(one.function, value, null_handling) for one, value in zip(aggregates, partial, strict=True)]
    return msgspec.json.encode([row])


def _cell(function: str, value: Scalar, null_handling: bool) -> int | float | str | None:
    if function == "count":
        return int(value or 0)
    if value is None:
        if null_handling:
            return None
        return "Infinity" if function == "min" else "-Infinity"
    number = float(value)
    return number if math.isfinite(number) else "Infinity" if number > 0 else "-Infinity"
