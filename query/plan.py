"""From a bound query and one view of its table to what has to be read. Pure (P28, P30, P33)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import compress
from types import MappingProxyType

from dialects.bound_query import BoundQuery, Predicate
from dialects.literals import quote_identifier
from query import metadata, time_ranges
from query.jobs import ConsumingRelation, RangeCount
from query.scan import NOT_COVERED, NULL_FLAG, Covered, NamedPart, Projection, Scan, ordered, scan
from query.tables import QueryTable
from segments.catalogue import Scalar, SegmentEntry
from segments.consuming.sidecar import SideCar
from segments.name import SegmentName
from segments.pruning import Op, PrunableColumn, Pruned, bounds_of, holds_for_all, may_hold, prune
from segments.view import PartitionView, TableView

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Part:
    """One side of a table with the time that divides it from the other; None while there is one side (P33)."""

    table: QueryTable
    view: TableView
    time_boundary_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many segments and rows the plan knows of, as the response states them."""

    segments: int = 0
    segments_read: int = 0
    consuming: int = 0
    consuming_read: int = 0
    pruned_by_value: int = 0
    pruned_by_time: int = 0
    total_docs: int = 0
    freshness_ms: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: `sql` over `relations`, None when there is nothing for it; and what metadata knows already."""

    bound: BoundQuery
    parts: tuple[Part, ...]
    sql: str | None
    relations: tuple[ConsumingRelation, ...] = ()
    counts: Counts = field(default_factory=Counts)
    known: metadata.Known | None = None
    ranges: tuple[RangeCount, ...] = ()
    """To be counted beside that, for a query that only counts."""


@dataclass(frozen=True, slots=True)
class _Condition:
    """A predicate with its values as the catalogue's bounds have them."""

    column: str
    op: Op
    values: tuple[Scalar, ...]


def plan(
    bound: BoundQuery,
    part: Part,
    *,
    null_handling: bool,
    host: str,
    looked_up: Mapping[str, Part] = MappingProxyType({}),
) -> Plan:
    """Prune, take from the catalogue what it knows, and print the rest as one SELECT over `t`.

    `null_handling`: nulls stay null; otherwise they read as their column's default. `looked_up`: the tables of
    LOOKUP by their names as written.
    """
    columns = part.table.prunable(null_handling)
    conditions = [_condition(one) for one in bound.where]
    pruned = _pruned(part, conditions, columns)
    consuming = _named_parts(part)
    filled = [one for one in consuming if one.part.state.rows > 0]
    read = [one for one in filled if _may_match(part.table, one.part.state, conditions)]
    counts = _counts(part, pruned, consuming, len(filled), len(read))
    known = _known(bound, pruned, conditions, columns)
    segments = pruned.kept if known is None else known.unknown
    ranges: tuple[RangeCount, ...] = ()
    if known is not None:
        if not conditions:
            known, read = metadata.with_consuming(known, bound.simple_aggregates or (), read)
        elif metadata.only_counts(bound.simple_aggregates):
            ranges, segments = time_ranges.split(segments, conditions, part.table.time_column, columns)
        if not segments and not read:
            return Plan(bound, (part,), None, counts=counts, known=known, ranges=ranges)
    wanted = bound.columns | {NULL_FLAG + name for name in bound.null_flags}
    projection = Projection(part.table, ordered(wanted, part.table.types), null_handling, host)
    covered, cut = _covered(bound.filter_only, segments, conditions, columns)
    scanned = scan(projection, cut, read, covered=covered)
    others = [
        (one.relation, _whole(looked_up[one.written], one.columns, host, f"l{at}_"))
        for at, one in enumerate(bound.lookups)
    ]
    relations = (*scanned.relations, *(relation for _, one in others for relation in one.relations))
    sql = with_relation(scanned.sql, bound.select, [(name, one.sql) for name, one in others])
    return Plan(bound, (part,), sql, relations, counts, known, ranges)


def plan_scan(
    part: Part, where: Iterable[Predicate], columns: Iterable[str], *, null_handling: bool, host: str, prefix: str
) -> tuple[Scan, Counts]:
    """One of several tables of a query: what may hold rows for which all of `where` is true, and how much that is.

    `prefix` starts the names of its Arrow relations.
    """
    conditions = [_condition(one) for one in where]
    pruned = _pruned(part, conditions, part.table.prunable(null_handling))
    consuming = _named_parts(part)
    filled = [one for one in consuming if one.part.state.rows > 0]
    read = [one for one in filled if _may_match(part.table, one.part.state, conditions)]
    projection = Projection(part.table, ordered(columns, part.table.types), null_handling, host)
    scanned = scan(projection, pruned.kept, read, prefix)
    return scanned, _counts(part, pruned, consuming, len(filled), len(read))


def _whole(part: Part, columns: Iterable[str], host: str, prefix: str) -> Scan:
    """All rows of another table."""
    return plan_scan(part, (), columns, null_handling=False, host=host, prefix=prefix)[0]


def with_relation(relation: str, select: str, others: Iterable[tuple[str, str]] = ()) -> str:
    """The dialect's SELECT over `t` with `t` before it, and other relations by name. All were printed by us (P27)."""
    named = "".join(f", {quote_identifier(name)} AS ({sql})" for name, sql in others)
    return f"WITH t AS ({relation}){named} {select}"


def kept(
    part: Part, where: Iterable[Predicate], *, null_handling: bool
) -> tuple[Sequence[SegmentEntry], list[NamedPart]]:
    """The segments and consuming parts that may hold rows for which all of `where` is true."""
    conditions = [_condition(one) for one in where]
    pruned = _pruned(part, conditions, part.table.prunable(null_handling))
    filled = (one for one in _named_parts(part) if one.part.state.rows > 0)
    return pruned.kept, [one for one in filled if _may_match(part.table, one.part.state, conditions)]


def _pruned(part: Part, conditions: Sequence[_Condition], columns: Mapping[str, PrunableColumn]) -> Pruned:
    segments = (segment for entry in part.table.entry.partitions for segment in entry.segments)
    return prune(segments, conditions, columns, part.table.time_column)


def _may_match(table: QueryTable, state: SideCar, conditions: Sequence[_Condition]) -> bool:
    """Whether consuming rows may meet the conditions on time: the only bounds that a side-car has.

    Those of an older config or schema may be bounds of another column, or of another unit.
    """
    unit, low, high = table.time_unit_ms, state.time_min_ms, state.time_max_ms
    versions = (table.entry.config_version, table.entry.schema_version)
    if unit is None or low is None or high is None or (state.config_version, state.schema_version) != versions:
        return True
    return all(may_hold(one, low // unit, high // unit) for one in conditions if one.column == table.time_column)


def _condition(predicate: Predicate) -> _Condition:
    return _Condition(predicate.column, predicate.op, tuple(map(_as_bound, predicate.values)))


def _as_bound(value: object) -> Scalar:
    """A predicate's value as the catalogue keeps bounds; None, which is comparable to nothing, for other types."""
    if isinstance(value, datetime):
        return _epoch_ms(value)
    return value if isinstance(value, int | float | str) else None


def _epoch_ms(moment: datetime) -> int | float:
    """Epoch milliseconds; a moment between two of them is between them, so that no bound is touched by rounding."""
    whole, rest = divmod(moment - _EPOCH, timedelta(milliseconds=1))
    return whole + 0.5 if rest else whole


def _known(
    bound: BoundQuery, pruned: Pruned, conditions: Sequence[_Condition], columns: Mapping[str, PrunableColumn]
) -> metadata.Known | None:
    if bound.simple_aggregates is None:
        return None
    return metadata.from_catalogue(bound.simple_aggregates, pruned.kept, conditions, columns)


def _covered(
    names: Iterable[str],
    segments: Sequence[SegmentEntry],
    conditions: Sequence[_Condition],
    columns: Mapping[str, PrunableColumn],
) -> tuple[Covered, Sequence[SegmentEntry]]:
    """The segments for which the columns `names` need not be read, with values that meet the conditions; the others."""
    names = tuple(names)
    if not names:
        return NOT_COVERED, segments
    held = [holds_for_all(one, conditions, columns) for one in segments]
    found = tuple(compress(segments, held))
    lows = ((name, bounds_of(found[0], name, columns[name])) for name in names if found)
    constants = {name: bounds[0] for name, bounds in lows if bounds and isinstance(bounds[0], int)}
    return Covered(found, constants), [one for one, is_held in zip(segments, held, strict=True) if not is_held]


def _named_parts(part: Part) -> tuple[NamedPart, ...]:
    return tuple(named for view in part.view.partitions for named in _named(part.table.raw_name, view))


def _named(table: str, view: PartitionView) -> Iterable[NamedPart]:
    for part in view.consuming:
        name = SegmentName.of(table, view.entry.partition, part.state.sequence, part.state.created_ms)
        yield NamedPart(str(name), part)


def _counts(part: Part, pruned: Pruned, consuming: tuple[NamedPart, ...], filled: int, read: int) -> Counts:
    sealed = sum(len(entry.segments) for entry in part.table.entry.partitions)
    return Counts(
        segments=sealed + len(consuming),
        segments_read=len(pruned.kept) + read,
        consuming=len(consuming),
        consuming_read=read,
        pruned_by_value=pruned.pruned_by_value,
        pruned_by_time=pruned.pruned_by_time + filled - read,
        total_docs=part.table.sealed_rows + sum(map(_rows_at_most, consuming)),
        freshness_ms=min((newest for view in part.view.partitions if (newest := _newest_ms(view))), default=0),
    )


def _rows_at_most(named: NamedPart) -> int:
    """Rows of a consuming part; for a masked one no more than its offsets allow."""
    part = named.part
    return part.state.rows if part.mask_below is None else min(part.state.rows, part.range.end - part.range.start)


def _newest_ms(view: PartitionView) -> int:
    return max((part.state.newest_ms for part in view.consuming), default=0)
