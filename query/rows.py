"""Range reads: the rows of a table between two times or two offsets, as a page with a cursor or as a stream.

Start at `RowsService.open`. A `Page` is bounded in rows and bytes and says where the next one begins. A `RowStream`
has no bound: its rows leave as they are read, and neither front nor engine holds more than a few frames of them (I7).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from dialects.faults import QueryFault
from query import faults
from query.execute import EnginePool, PoolFault
from query.faults import Unanswerable
from query.formats import TAILS, Format
from query.rows_cursor import Cursor, digest, read_cursor, write_cursor
from query.rows_request import RowsFault, RowsRequest, read_request
from query.rows_resolving import resolve
from query.rows_walk import VIEWS_MAX, Means, Walk
from query.tables import QueryTable
from query.views import Views
from segments.view import TableView, ViewNotProven

PAGE_BYTES_MAX = 64 * 1024 * 1024
"""A page ends early behind the frame that reaches it."""


class BrokenOff(Exception):
    """A stream cannot go on behind what was sent already. The message says why."""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole body. `cursor` is where the next page begins, None behind the last row."""

    body: bytes
    rows: int
    ends: Mapping[int, int]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class RowStream:
    """A body in chunks. The first was made already: what fails from here on breaks the stream off.

    `rest` raises BrokenOff. Closing it ends the engine's work.
    """

    first: bytes
    rest: AsyncGenerator[bytes, None]
    ends: Mapping[int, int]


class RowsService:
    """Reads ranges of the tables of one host's catalogue."""

    def __init__(self, views: Views, pool: EnginePool, host: str, clock_ms: Callable[[], int]) -> None:
        """`clock_ms` gives epoch milliseconds, for now() in filters."""
        self._means = Means(views, pool, host, itertools.count(1).__next__)
        self._clock_ms = clock_ms

    async def open(self, written: str, given: Mapping[str, str], form: Format) -> Page | RowStream:
        """The rows of table `written` that the request's parameters name: a page if they have a limit.

        Raises RowsFault, TableFault, Unanswerable: nothing was sent then.
        """
        request = read_request(given)
        table, taken = self._view(written)
        cursor = _cursor(request, table)
        read = resolve(request, table, taken, cursor, self._clock_ms())
        place = None if cursor is None else cursor.place
        walk = Walk(self._means, read, _sent_as(form), request.timeout_ms, place=place, limit=request.limit)
        view = taken if cursor is None else None
        try:
            return await (_stream(walk, form, view) if request.limit is None else _page(walk, form, request, view))
        except PoolFault as error:
            raise Unanswerable(faults.of_pool(error)) from error

    def _view(self, written: str) -> tuple[QueryTable, TableView]:
        """A proven view; each failure to prove one is worth another (P22)."""
        views = self._means.views
        for _ in range(VIEWS_MAX):
            try:
                return views.take(views.catalogue.read(), written)
            except ViewNotProven:
                continue
        raise Unanswerable(faults.segments_unavailable())


def _cursor(request: RowsRequest, table: QueryTable) -> Cursor | None:
    return None if request.cursor is None else read_cursor(request.cursor, table.entry.incarnation, request)


def _sent_as(form: Format) -> Format:
    """What engines send. A Parquet file's footer knows of all its rows, so it is written where all of them pass."""
    return Format.ARROW if form is Format.PARQUET else form


async def _page(walk: Walk, form: Format, request: RowsRequest, view: TableView | None) -> Page:
    bodies: list[bytes] = []
    size = 0
    async with aclosing(walk.frames(view)) as frames:
        async for frame in frames:
            bodies.append(frame.body)
            size += len(frame.body)
            if size >= PAGE_BYTES_MAX:
                break
    is_last = size < PAGE_BYTES_MAX and walk.rows < (request.limit or 0)
    body = b"".join((*bodies, TAILS[_sent_as(form)]))
    if form is Format.PARQUET:
        body = await _as_parquet(body)
    return Page(body, walk.rows, walk.read.ends, None if is_last else _next(walk, request))


def _next(walk: Walk, request: RowsRequest) -> str | None:
    if walk.place is None:
        return None
    read = walk.read
    incarnation = read.table.entry.incarnation
    return write_cursor(Cursor(1, incarnation, digest(request), read.now_ms, dict(read.ends), walk.place))


async def _stream(walk: Walk, form: Format, view: TableView | None) -> RowStream:
    chunks = _chunks(walk, _sent_as(form), view)
    if form is Format.PARQUET:
        chunks = _parquet_chunks(chunks)
    try:
        return RowStream(await anext(chunks), chunks, walk.read.ends)
    except BaseException:  # also when the reader is gone by now: the engine must not go on
        await chunks.aclose()
        raise


async def _chunks(walk: Walk, form: Format, view: TableView | None) -> AsyncGenerator[bytes, None]:
    """Raises what `Walk.frames` does, but BrokenOff once something was given out."""
    held = b""
    has_begun = False
    try:
        async with aclosing(walk.flowing(view)) as frames:
            async for frame in frames:
                if frame.rows:
                    yield held + frame.body if held else frame.body
                    held, has_begun = b"", True
                else:
                    held += frame.body
    except (PoolFault, QueryFault, RowsFault, Unanswerable) as error:
        if has_begun:
            raise BrokenOff(str(error)) from error
        raise
    yield held + TAILS[form]


async def _parquet_chunks(chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """A Parquet file from a stream of Arrow messages, written beside the event loop."""
    from query.formats_parquet import ParquetStream  # loads Arrow, which the front needs for nothing else

    writer = ParquetStream()
    async with aclosing(chunks):
        async for chunk in chunks:
            if written := await asyncio.to_thread(writer.add, chunk):
                yield written
    yield await asyncio.to_thread(writer.end)


async def _as_parquet(body: bytes) -> bytes:
    from query.formats_parquet import ParquetStream

    writer = ParquetStream()
    return await asyncio.to_thread(lambda: writer.add(body) + writer.end())
