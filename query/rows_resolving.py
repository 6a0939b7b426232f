"""A range read's parameters against the table and the view that they mean: what does not exist is refused by name."""

from __future__ import annotations

from collections.abc import Mapping

from dialects.faults import QueryFault
from query.rows_cursor import Cursor
from query.rows_read import Read
from query.rows_request import RowsFault, RowsRequest
from query.rows_step import check
from query.tables import QueryTable
from segments.offsets import OffsetRange
from segments.system_columns import OFFSET, PARTITION
from segments.view import PartitionView, TableView
from tableconfigs.problems import did_you_mean

IDENTITY = (PARTITION, OFFSET)
"""What every row says of itself behind the table's own columns, unless columns are named."""


def resolve(request: RowsRequest, table: QueryTable, taken: TableView, cursor: Cursor | None, now_ms: int) -> Read:
    """The read over what is visible now, or over what was at the cursor's first page. Raises RowsFault."""
    _check_time(request, table)
    read = Read(
        table=table,
        columns=_columns(request, table),
        order=request.order,
        offsets=_offsets(request, taken, cursor.ends if cursor is not None else taken.visible_ends),
        times=_times(request, table.time_unit_ms or 1),
        condition=request.condition(),
        now_ms=cursor.now_ms if cursor is not None else now_ms,
    )
    try:
        check(read)
    except QueryFault as error:
        raise RowsFault(400, f"filter: {request.filter_text!r}: {error.message}") from error
    return read


def _columns(request: RowsRequest, table: QueryTable) -> tuple[str, ...]:
    if request.columns is None:
        return (*table.columns, *IDENTITY)
    for name in request.columns:
        if name not in table.types:
            hint = did_you_mean(name, table.types)
            raise RowsFault(
                400, f"columns: {table.raw_name} has no column {name!r}{hint or '; it has ' + _list(table)}"
            )
    return request.columns


def _list(table: QueryTable) -> str:
    return ", ".join(table.types)


def _check_time(request: RowsRequest, table: QueryTable) -> None:
    asked = [name for name, value in (("from", request.from_ms), ("to", request.to_ms)) if value is not None]
    asked += ["order"] if request.order.by_time else []
    if not asked:
        return
    if table.time_column is None:
        raise RowsFault(
            400, f"{asked[0]}: {table.raw_name} has no time column; take partition, fromOffset and toOffset"
        )
    if table.time_unit_ms is None:
        raise RowsFault(
            400,
            f"{asked[0]}: the time column {table.time_column!r} of {table.raw_name} is neither a TIMESTAMP nor an epoch"
            " number; give a filter over it, or a range of offsets",
        )


def _times(request: RowsRequest, unit_ms: int) -> tuple[int | None, int | None]:
    """The range in the column's unit: a value stands for its first millisecond."""
    low, high = (None if ms is None else -(-ms // unit_ms) for ms in (request.from_ms, request.to_ms))
    return low, high


def _offsets(request: RowsRequest, taken: TableView, ends: Mapping[int, int]) -> dict[int, OffsetRange]:
    views = {view.entry.partition: view for view in taken.partitions}
    if request.partition is None:
        starts = {number: view.entry.first_start for number, view in views.items() if number in ends}
        return {number: OffsetRange(min(start, ends[number]), ends[number]) for number, start in starts.items()}
    view = views.get(request.partition)
    if view is None or request.partition not in ends:
        there = ", ".join(map(str, sorted(views))) or "none yet"
        raise RowsFault(400, f"partition {request.partition} does not exist; there are {there}")
    return {request.partition: _within(request, view, ends[request.partition])}


def _within(request: RowsRequest, view: PartitionView, end: int) -> OffsetRange:
    first, partition = view.entry.first_start, view.entry.partition
    start = first if request.from_offset is None else request.from_offset
    stop = end if request.to_offset is None else request.to_offset
    for name, offset in (("fromOffset", start), ("toOffset", stop)):
        if not first <= offset <= end:
            raise RowsFault(400, f"{name} {offset} is not there: partition {partition} has offsets {first} to {end}")
    return OffsetRange(start, stop)
