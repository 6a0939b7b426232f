"""One query from its text to the whole response body: parse, bind, view, plan, run, answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass

import structlog

from dialects.faults import QueryFault
from dialects.pinot import StageStatement, Statement
from query import faults, response
from query.asked import NO_ERROR, Answer, Asked, Limits, Place, Request, StagesAsked
from query.cursors import Cursors
from query.execute import EnginePool, PoolFault
from query.faults import Unanswerable
from query.formats import Format
from query.jobs import Fault
from query.means import Means, Stale
from query.multi_stage import MultiStage
from query.options import QueryOptions, wants_stages
from query.response import BrokerResponse, Result
from query.running import RECENT_SQL_CHARS_MAX, Finished
from query.single_stage import SingleStage
from query.views import Views
from segments.catalogue import CatalogueReader
from segments.status import WorkerStatus
from segments.view import ViewNotProven

VIEWS_MAX = 3
"""How many views are tried before a query fails because files change hands (P22)."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Answered:
    result: Result
    options: QueryOptions

    @property
    def shown(self) -> Result | None:
        return None if self.options.drop_results else self.result


class QueryService:
    """Answers Pinot SQL over the tables of one host's catalogue. `views` are shared with range reads."""

    def __init__(
        self,
        catalogue: CatalogueReader,
        pool: EnginePool,
        place: Place,
        *,
        clock_ms: Callable[[], int],
        limits: Limits = Limits(),
        cursors: Cursors | None = None,
        statuses: Callable[[], Sequence[WorkerStatus]] = tuple,
    ) -> None:
        """`clock_ms` gives epoch milliseconds: for now(), request ids and how long a query took.

        Without `cursors` no answer is kept, and the option `getCursor` does nothing. `statuses`: what the ingest
        workers of this host say, for system tables.
        """
        self.views = Views(catalogue, place.consuming_root)
        self._means = Means(pool, place, clock_ms, limits, self.views, statuses=statuses)
        self._single, self._multi = SingleStage(self._means), MultiStage(self._means)
        self.running = self._means.running
        self.cursors = cursors

    async def answer(self, sql: str, options: Mapping[str, str], form: Format | None = None) -> Answer:
        """The broker response to `sql`, or its result in a format. Errors are answers too: raises nothing else."""
        began = self._means.clock_ms()
        body, answered = BrokerResponse(), None
        try:
            answered = await self._fill(body, Request(sql, options, form), began)
        except QueryFault as error:
            response.failed(body, Fault(error.code, error.message))
        except Unanswerable as error:
            response.failed(body, error.fault)
        except PoolFault as error:
            response.failed(body, faults.of_pool(error))
        body.timeUsedMs = self._since(began)
        self.running.finished(_finished(sql, body, began))
        if answered is None:
            return _failure(body)
        if form is not None:
            return Answer(answered.result.chunks, NO_ERROR, facts=response.facts(body))
        if answered.options.cursor and self.cursors is not None:
            return await self._kept(self.cursors, body, answered, began)
        return Answer(response.spliced(body, answered.shown), NO_ERROR)

    async def _kept(self, cursors: Cursors, body: BrokerResponse, answered: _Answered, began: int) -> Answer:
        """Keep the answer on disk and give its first page."""
        rows = answered.options.cursor_rows
        try:
            return Answer(await asyncio.to_thread(cursors.opened, body, answered.result, rows, began), NO_ERROR)
        except Unanswerable as error:
            return _failure(response.failed(body, error.fault))

    async def _fill(self, body: BrokerResponse, request: Request, began: int) -> _Answered:
        """Fill the body; what is returned has the rows, which are not in the body."""
        self._means.pool.check_room()  # what is too much is refused before it costs anything
        statement = self._means.bindings.parse(request.sql, stages=wants_stages(request.options))
        body.requestId = str(next(self._means.request_ids))
        body.brokerId = self._means.place.broker_id
        own = self._means.guard.admit(self._means.tables_of(statement), began)
        options = QueryOptions.read({**own, **request.options}, statement.options)
        body.clientRequestId = options.client_query_id
        async with self.running.cancellable(body.requestId, options.client_query_id, request.sql, began):
            parsed_ms = self._means.clock_ms()
            result = await self._retried(self._filling(body, request, statement, options, began))
            body.numRowsResultSet = result.rows
            if options.trace:
                body.traceInfo = {self._means.place.server_id: _trace(body, parsed_ms - began, self._since(parsed_ms))}
            return _Answered(result, options)

    def _filling(
        self,
        body: BrokerResponse,
        request: Request,
        statement: Statement | StageStatement,
        options: QueryOptions,
        began: int,
    ) -> Callable[[], Coroutine[object, object, Result]]:
        if isinstance(statement, StageStatement):
            stages = StagesAsked(request.sql, statement, options, began, request.form)
            return lambda: self._multi.fill(body, stages)
        asked = Asked(request.sql, statement, options, began, request.form)
        return lambda: self._single.fill(body, asked)

    def _since(self, moment_ms: int) -> int:
        return self._means.clock_ms() - moment_ms

    async def _retried(self, fill: Callable[[], Coroutine[object, object, Result]]) -> Result:
        """Up to three views; each failure to prove or to open one is worth another (P22)."""
        for attempt in range(1, VIEWS_MAX + 1):
            try:
                return await fill()
            except (ViewNotProven, Stale) as error:
                _log.info("view is stale", attempt=attempt, reason=str(error))
        raise Unanswerable(faults.segments_unavailable())


def _failure(body: BrokerResponse) -> Answer:
    first = body.exceptions[0]
    return Answer(response.spliced(body, None), first.errorCode, first.message)


def _trace(body: BrokerResponse, parsing_ms: int, answering_ms: int) -> str:
    """Where the time went, in the form of Pinot's traces."""
    steps = {
        "Parsing Time": parsing_ms,
        "Planning and Execution Time": answering_ms,
        "Engine Cpu TimeNs": body.realtimeThreadCpuTimeNs,
    }
    return json.dumps([{"0": [{name: value} for name, value in steps.items()]}])


def _finished(sql: str, body: BrokerResponse, began: int) -> Finished:
    return Finished(
        request_id=body.requestId or "",
        client_id=body.clientRequestId or "",
        sql=sql[:RECENT_SQL_CHARS_MAX],
        began_ms=began,
        took_ms=body.timeUsedMs,
        rows=body.numRowsResultSet,
        code=body.exceptions[0].errorCode if body.exceptions else NO_ERROR,
        tables=tuple(body.tablesQueried),
    )
