"""The steps of a range read over one view of its table: each is one SELECT over about `STEP_ROWS` rows. Pure (I7, P22).

Rows leave in a total order: partition, offset and ordinal, the time before them if asked; so wherever a read is taken
up again, on whatever files, it goes on with the same row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dialects.literals import quote_identifier
from query.plan import Part, kept
from query.rows_read import Place, Read
from query.rows_step import Source, Step, check
from query.rows_windows import Unit, Window, windows
from query.scan import NamedPart
from query.tables import QueryTable
from segments.catalogue import SegmentEntry
from segments.offsets import OffsetRange
from segments.system_columns import OFFSET, PARTITION
from segments.view import TableView


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
