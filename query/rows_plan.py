"""The steps of a range read over one view of its table: each is one SELECT over about `STEP_ROWS` rows. Pure (I7, P22).

Rows leave in a total order: partition, offset and ordinal, the time before them if asked; so wherever a read is taken
up again, on whatever files, it goes on with the same row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from dialects import pinot
from dialects.binding import bind
from dialects.bound_query import BoundQuery
from dialects.clauses import LIMIT_MAX
from dialects.literals import quote_identifier
from query.jobs import StreamJob
from query.plan import Part, kept, with_relation
from query.rows_request import Order
from query.rows_windows import Unit, Window, windows
from query.scan import NamedPart, Projection, ordered, scan
from query.tables import QueryTable
from segments.catalogue import SegmentEntry
from segments.offsets import OffsetRange
from segments.system_columns import OFFSET, ORDINAL, PARTITION
from segments.view import TableView

Source = tuple[int, OffsetRange, SegmentEntry | NamedPart]
"""Partition, offsets, and the segment or consuming part that has them."""
Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A range read resolved against its table. `times` are values of the time column, half-open."""

    table: QueryTable
    columns: tuple[str, ...]
    order: Order
    offsets: Mapping[int, OffsetRange]
    """What is read of each partition: fixed for the whole read."""
    times: tuple[int | None, int | None]
    condition: exp.Expr | None
    now_ms: int

    def on(self, table: QueryTable) -> Read:
        """The same read over a newer version of its table: columns may have been added."""
        return replace(self, table=table)

    @property
    def keys(self) -> tuple[str, ...]:
        time = (self.table.time_column or "",) if self.order.by_time else ()
        return (*time, PARTITION, OFFSET, ORDINAL)

    @property
    def selected(self) -> tuple[str, ...]:
        """The columns that leave, and behind them the keys that are not among them."""
        return tuple(dict.fromkeys((*self.columns, *self.keys)))

    @property
    def ends(self) -> dict[int, int]:
        """Where the read ends in each partition."""
        return {partition: offsets.end for partition, offsets in self.offsets.items()}

    @property
    def null_handling(self) -> bool:
        """Nulls are nulls where the table keeps them."""
        return self.table.stored_nulls


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a job's rows leave."""

    id: int
    host: str
    format: str
    with_head: bool
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one job reads."""

    read: Read
    sources: tuple[Source, ...]
    bounds: tuple[str, ...]
    """Conditions on keys."""

    def job(self, place: Place | None, limit: int | None, delivery: Delivery) -> StreamJob:
        """Rows behind `place`, at most `limit` of them. Raises QueryFault."""
        read = self.read
        rest = (*self.bounds, *_times(read), *_behind(read, place))
        most = LIMIT_MAX if limit is None else limit
        whole = _bound(read, read.selected, rest, condition=True, sorting=True, limit=most)
        plain = _bound(read, read.selected, rest, condition=True, limit=most)
        keys = _bound(read, read.keys, (*self.bounds, *_times(read)))
        relation = scan(_projection(whole, read, delivery.host), *_split(self.sources))
        return StreamJob(
            id=delivery.id,
            sorted_sql=with_relation(relation.sql, whole.select),
            plain_sql=None if read.order.descending else with_relation(relation.sql, plain.select),
            keys_sql=with_relation(relation.sql, keys.select),
            relations=relation.relations,
            names=read.columns,
            output_types=tuple(column.data_type for column in whole.output),
            keys=tuple(read.selected.index(key) for key in read.keys),
            format=delivery.format,
            with_head=delivery.with_head,
            timeout_ms=delivery.timeout_ms,
        )


def check(read: Read) -> BoundQuery:
    """The whole read as one query: its condition is sound, and says what can be pruned. Raises QueryFault."""
    return _bound(read, read.columns, _times(read), condition=True)


def steps(read: Read, taken: TableView, place: Place | None) -> Iterator[Step]:
    """The steps that have rows behind `place`, in order; at least one, so that there is a result to send.

    The view must be of the read's own version of the table: segments are taken from both.
    """
    assert read.table.entry is taken.table
    sources = list(_sources(read, taken))
    made = _by_time(read, sources, place) if read.order.by_time else _by_offset(read, sources, place)
    none = True
    for step in made:
        yield step
        none = False
    if none:
        yield Step(read, (), ())


def _sources(read: Read, taken: TableView) -> Iterator[Source]:
    """Everything that may have rows of the read."""
    segments, parts = kept(Part(read.table, taken), check(read).where, null_handling=read.null_handling)
    wanted = {segment.path for segment in segments}
    for entry in taken.table.partitions:
        for segment in entry.segments:
            if segment.path in wanted and segment.rows and _overlap(read, entry.partition, segment.offsets):
                yield entry.partition, segment.offsets, segment
    for named in parts:
        partition, offsets = named.part.state.partition, named.part.range
        if _overlap(read, partition, offsets):
            yield partition, offsets, named


def _overlap(read: Read, partition: int, offsets: OffsetRange) -> bool:
    wanted = read.offsets.get(partition)
    return wanted is not None and offsets.start < wanted.end and wanted.start < offsets.end


def _by_offset(read: Read, sources: Sequence[Source], place: Place | None) -> Iterator[Step]:
    down = read.order.descending
    for partition in sorted(read.offsets, reverse=down):
        if place is not None and (partition > place[0] if down else partition < place[0]):
            continue
        own = (source for source in sources if source[0] == partition)
        units = [_unit(source, source[1].start, source[1].end - 1) for source in own]
        reached = place[1] if place is not None and partition == place[0] else None
        yield from _windowed(read, units, OFFSET, reached)


def _by_time(read: Read, sources: Sequence[Source], place: Place | None) -> Iterator[Step]:
    units = [_unit(source, *_time_bounds(read.table, source[2])) for source in sources]
    yield from _windowed(read, units, read.keys[0], None if place is None else place[0])


def _windowed(read: Read, units: Sequence[Unit[Source]], key: str, reached: int | None) -> Iterator[Step]:
    """Windows over the first key that varies; those that lie before `reached` are done."""
    down = read.order.descending
    for window in windows(units, descending=down):
        if reached is None or not _is_done(window, reached, descending=down):
            sources = tuple(unit.source for unit in window.units)
            yield Step(read, sources, (*_within(window, key), *_offsets(read, sources)))


def _is_done(window: Window[Source], reached: int, *, descending: bool) -> bool:
    if descending:
        return window.low is not None and window.low > reached
    return window.high is not None and window.high <= reached


def _unit(source: Source, low: int | None, high: int | None) -> Unit[Source]:
    _, offsets, one = source
    if isinstance(one, NamedPart):
        size = sum(file.bytes_visible for file in one.part.state.parts) // 4  # not packed as a sealed file is
        return Unit(source, min(one.part.state.rows, offsets.end - offsets.start), size, low, high)
    return Unit(source, one.rows, one.size_bytes, low, high)


def _time_bounds(table: QueryTable, source: SegmentEntry | NamedPart) -> tuple[int, int] | tuple[None, None]:
    """Least and greatest value of the time column, as far as they are known for certain."""
    if isinstance(source, NamedPart):
        return _consuming_bounds(table, source)
    column = table.prunable(table.stored_nulls).get(table.time_column or "")
    known = source.columns.get(table.time_column or "")
    if column is None or known is None or known.nulls or not column.type_is_ordered_alike(source.schema_version):
        return None, None
    whole = isinstance(known.low, int) and isinstance(known.high, int)
    return (int(known.low or 0), int(known.high or 0)) if whole else (None, None)


def _consuming_bounds(table: QueryTable, named: NamedPart) -> tuple[int, int] | tuple[None, None]:
    state, unit = named.part.state, table.time_unit_ms
    versions = (table.entry.config_version, table.entry.schema_version)
    if (state.config_version, state.schema_version) != versions or not unit:
        return None, None
    if state.time_min_ms is None or state.time_max_ms is None:
        return None, None
    return state.time_min_ms // unit, state.time_max_ms // unit


def _within(window: Window[Source], key: str) -> Iterator[str]:
    name = quote_identifier(key)
    if window.low is not None and any(unit.low is None or unit.low < window.low for unit in window.units):
        yield f"{name} >= {window.low}"
    if window.high is not None and any(unit.high is None or unit.high >= window.high for unit in window.units):
        yield f"{name} < {window.high}"


def _offsets(read: Read, sources: Iterable[Source]) -> Iterator[str]:
    """Cuts off what files have before or behind the offsets of the read."""
    beyond = sorted(
        {partition for partition, offsets, _ in sources if not _is_within(offsets, read.offsets[partition])}
    )
    for partition in beyond:
        wanted = read.offsets[partition]
        yield f'("{PARTITION}" <> {partition} OR ("{OFFSET}" >= {wanted.start} AND "{OFFSET}" < {wanted.end}))'


def _is_within(inner: OffsetRange, outer: OffsetRange) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _times(read: Read) -> Iterator[str]:
    name = quote_identifier(read.table.time_column or "")
    low, high = read.times
    if low is not None:
        yield f"{name} >= {low}"
    if high is not None:
        yield f"{name} < {high}"


def _behind(read: Read, place: Place | None) -> Iterator[str]:
    """Rows that come after the one with these keys."""
    if place is None:
        return
    sign = "<" if read.order.descending else ">"
    text = ""
    for key, value in reversed(list(zip(read.keys, place, strict=True))):
        name = quote_identifier(key)
        text = f"({name} {sign} {value} OR ({name} = {value} AND {text}))" if text else f"{name} {sign} {value}"
    yield text
    yield f"{quote_identifier(read.keys[0])} {sign}= {place[0]}"


def _bound(
    read: Read,
    columns: Sequence[str],
    bounds: Iterable[str],
    *,
    condition: bool = False,
    sorting: bool = False,
    limit: int = LIMIT_MAX,
) -> BoundQuery:
    """One SELECT of Pinot's, bound. The bounds are ours; the reader's condition joins them as a tree (P27)."""
    direction = " DESC" if read.order.descending else ""
    order = f" ORDER BY {', '.join(quote_identifier(key) + direction for key in read.keys)}" if sorting else ""
    where = " AND ".join(bounds) or "true"
    names = ", ".join(map(quote_identifier, columns))
    source = quote_identifier(read.table.raw_name)
    statement = pinot.parse(f"SELECT {names} FROM {source} WHERE {where}{order} LIMIT {limit}")
    if condition and read.condition is not None:
        clause = statement.tree.args["where"]
        clause.set("this", exp.And(this=clause.this, expression=exp.Paren(this=read.condition.copy())))
    nulls = read.null_handling
    return bind(statement, read.table.types, stored_nulls=nulls, null_handling=nulls, now_ms=read.now_ms)


def _projection(bound: BoundQuery, read: Read, host: str) -> Projection:
    return Projection(read.table, ordered(bound.columns, read.table.types), read.null_handling, host)


def _split(sources: Iterable[Source]) -> tuple[list[SegmentEntry], list[NamedPart]]:
    ones = [one for _, _, one in sources]
    return [one for one in ones if isinstance(one, SegmentEntry)], [one for one in ones if isinstance(one, NamedPart)]
