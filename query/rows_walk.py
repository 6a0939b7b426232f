"""Walks a range read step by step: frames of rows as bytes, on whatever files have them by then.

The offsets of the read are fixed at its beginning, by one proven view. A step runs on the files of that view; when one
of them is gone, or when nobody took rows for a while, the walk goes on behind the last row that was sent, on a fresh
proven view: rows are a pure function of their record (P4), so they are the same ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from query import faults
from query.execute import EnginePool
from query.faults import Unanswerable
from query.formats import Format
from query.jobs import EngineAnswer, StreamFrame, StreamJob
from query.rows_plan import steps
from query.rows_read import Place, Read
from query.rows_request import RowsFault
from query.rows_step import Delivery
from query.views import Views
from segments.view import TableView, ViewNotProven

VIEWS_MAX = 3
"""How many views in a row may fail before the walk does (P22)."""
HOLD_S = 2.0
"""How long an engine waits, all in all, for rows to be taken before other queries get it."""
FRAMES_KEPT = 2
FILTER_FAILED = 200
"""Pinot's code for a query that fails on its data: a cast or an overflow in the filter."""
VISIBLE_POLL_S = 0.02

_log = structlog.get_logger()


class _Stale(Exception):
    """A file of the view was gone."""


@dataclass(frozen=True, slots=True)
class Means:
    """What every walk of a host uses."""

    views: Views
    pool: EnginePool
    host: str
    next_id: Callable[[], int]


class Walk:
    """One read on its way. `place` are the keys of the last row that was given out, None before the first."""

    def __init__(
        self, means: Means, read: Read, form: Format, timeout_ms: int, *, place: Place | None, limit: int | None
    ) -> None:
        self.place = place
        self.rows = 0
        self._means = means
        self.read = read
        self._form = form
        self._timeout_ms = timeout_ms
        self._limit = limit
        self._has_head = False

    async def frames(self, taken: TableView | None = None) -> AsyncGenerator[StreamFrame, None]:
        """The rows behind `place`; `taken` is the view that the read was resolved on, if that was just now.

        Raises a PoolFault, Unanswerable, RowsFault for a filter that fails, or a QueryFault when the table is gone.
        """
        failures = 0
        while True:
            try:
                view = taken or await self._visible()
                async with aclosing(self._from(view)) as frames:
                    async for frame in frames:
                        failures = 0
                        yield frame
                return
            except (ViewNotProven, _Stale) as error:
                failures, taken = failures + 1, None
                _log.info("view is stale", table=self.read.table.raw_name, attempt=failures, reason=str(error))
                if failures >= VIEWS_MAX:
                    raise Unanswerable(faults.segments_unavailable()) from error

    async def flowing(self, taken: TableView | None) -> AsyncGenerator[StreamFrame, None]:
        """`frames` for a reader that may be slow or stop: it holds an engine for no longer than `HOLD_S`."""
        queue: asyncio.Queue[StreamFrame | None] = asyncio.Queue()
        room = asyncio.Semaphore(FRAMES_KEPT)
        pump = asyncio.create_task(self._pump(queue, room, taken))
        pump.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (frame := await queue.get()) is not None:
                room.release()
                yield frame
            await pump  # it may have failed
        finally:
            pump.cancel()
            await asyncio.wait([pump])

    async def _pump(
        self, queue: asyncio.Queue[StreamFrame | None], room: asyncio.Semaphore, taken: TableView | None
    ) -> None:
        while (frame := await self._pumped(queue, room, taken)) is not None:
            await room.acquire()  # the engine is given back: this is the reader's own time
            queue.put_nowait(frame)
            taken = None

    async def _pumped(
        self, queue: asyncio.Queue[StreamFrame | None], room: asyncio.Semaphore, taken: TableView | None
    ) -> StreamFrame | None:
        """Fill the queue until the end (None), or until an engine waited too long to give away a frame."""
        patience = _Patience(HOLD_S)
        async with aclosing(self.frames(taken)) as frames:
            async for frame in frames:
                if not await patience.acquired(room):
                    return frame
                queue.put_nowait(frame)
        return None

    async def _visible(self) -> TableView:
        """A view as far as the read goes: a host that was started again may need a moment for its last rows (P25)."""
        ends = self.read.ends
        give_up_at = asyncio.get_running_loop().time() + self._timeout_ms / 1000
        while True:
            entry = self.read.table.entry
            table, taken = self._means.views.take(self._means.views.catalogue.read(), entry.name)
            if table.entry.incarnation != entry.incarnation:
                raise Unanswerable(faults.internal(f"table {entry.name} was created anew while it was read"))
            if taken.reaches(ends):
                self.read = self.read.on(table)
                return taken
            if asyncio.get_running_loop().time() > give_up_at:
                raise Unanswerable(faults.offsets_not_visible(taken.visible_ends, ends))
            await asyncio.sleep(VISIBLE_POLL_S)

    async def _from(self, taken: TableView) -> AsyncGenerator[StreamFrame, None]:
        reached = self.place
        for step in steps(self.read, taken, self.place):
            left = None if self._limit is None else self._limit - self.rows
            if left == 0:
                return
            async with aclosing(self._stepped(step.job(reached, left, self._delivery()))) as frames:
                async for frame in frames:
                    yield frame
            reached = None  # the next steps lie behind it as they are
            await asyncio.sleep(0)  # whoever waits for an engine is before us

    async def _stepped(self, job: StreamJob) -> AsyncGenerator[StreamFrame, None]:
        async with aclosing(self._means.pool.stream(job)) as messages:
            async for message in messages:
                if isinstance(message, EngineAnswer):
                    _check(message)
                    return
                self._has_head = True
                self.rows += message.rows
                self.place = message.place or self.place
                yield message

    def _delivery(self) -> Delivery:
        return Delivery(self._means.next_id(), self._means.host, self._form, not self._has_head, self._timeout_ms)


class _Patience:
    """A time that may be spent on waiting, all in all."""

    def __init__(self, left_s: float) -> None:
        self._left_s = left_s

    async def acquired(self, room: asyncio.Semaphore) -> bool:
        """Whether there was room before the time was spent."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(max(0.0, self._left_s)):
                await room.acquire()
        except TimeoutError:
            return False
        self._left_s -= loop.time() - began
        return True


def _check(answer: EngineAnswer) -> None:
    if answer.stale:
        raise _Stale(answer.fault.message if answer.fault else "")
    if answer.fault is not None and answer.fault.code == FILTER_FAILED:
        raise RowsFault(400, f"the rows cannot be read so: {answer.fault.message}")
    if answer.fault is not None:
        raise Unanswerable(answer.fault)
