"""One query from its text to the whole response body: parse, bind, view, plan, run, answer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from dialects.binding import bind
from dialects.faults import QueryFault, ValidationFault
from dialects.pinot import Statement
from query import explain, faults, filling, response
from query.binding_cache import BindingCache, is_filtered, is_ordered, table_written
from query.execute import EnginePool, PoolFault
from query.faults import Unanswerable
from query.formats import Format, distinct_names
from query.jobs import EngineAnswer, EngineJob, Fault
from query.options import QueryOptions
from query.plan import Part, Plan, plan
from query.response import BrokerResponse
from query.system_tables import REJECT_TYPES, REJECTS, plan_rejects, tables_asked
from query.tables import QueryTable
from query.views import Views
from segments.catalogue import Catalogue, CatalogueReader
from segments.view import TableView, ViewNotProven

VIEWS_MAX = 3
"""How many views are tried before a query fails because files change hands (P22)."""
MIN_OFFSETS_POLL_S = 0.005
NO_ERROR = -1

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may hold at most."""

    rows_max: int = 1_000_000
    bytes_max: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response body, and its first error code, -1 when there is none.

    With a format the body is the result alone, and `facts` are the rest of the broker response, as JSON. An answer with
    an error is always the broker response; `error` is its message.
    """

    body: bytes
    error_code: int
    error: str = ""
    facts: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where this service is: what answers say of it, and where the rows lie."""

    host: str
    broker_id: str
    consuming_root: Path
    """Holds a folder for each partition identity (P1)."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What came in."""

    sql: str
    options: Mapping[str, str]
    form: Format | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query over a table, as it came in."""

    sql: str
    statement: Statement
    written: str
    options: QueryOptions
    began_ms: int
    form: Format | None


class _Stale(Exception):
    """A file of the view was gone: take a fresh one (P22)."""


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
    ) -> None:
        """`clock_ms` gives epoch milliseconds: for now(), request ids and how long a query took."""
        self._catalogue = catalogue
        self._pool = pool
        self._place = place
        self._clock_ms = clock_ms
        self._limits = limits
        self.views = Views(catalogue, place.consuming_root)
        self._tables = self.views.tables
        self._bindings = BindingCache()
        self._request_ids = itertools.count(clock_ms() * 1_000)

    async def answer(self, sql: str, options: Mapping[str, str], form: Format | None = None) -> Answer:
        """The broker response to `sql`, or its result in a format. Errors are answers too: raises nothing else."""
        began = self._clock_ms()
        body = BrokerResponse()
        try:
            encoded = await self._fill(body, _Request(sql, options, form), began)
        except QueryFault as error:
            response.failed(body, Fault(error.code, error.message))
        except Unanswerable as error:
            response.failed(body, error.fault)
        except PoolFault as error:
            response.failed(body, faults.of_pool(error))
        body.timeUsedMs = self._clock_ms() - began
        if body.exceptions:
            return Answer(response.encode(body), body.exceptions[0].errorCode, body.exceptions[0].message)
        return Answer(response.encode(body) if form is None else encoded, NO_ERROR, facts=response.facts(body))

    async def _fill(self, body: BrokerResponse, request: _Request, began: int) -> bytes:
        """Fill the body; what is returned is the result in the format that was asked for, which is not in the body."""
        statement = self._bindings.parse(request.sql)
        body.requestId = str(next(self._request_ids))
        body.brokerId = self._place.broker_id
        options = QueryOptions.read(request.options, statement.options)
        body.clientRequestId = options.client_query_id
        written = table_written(statement)
        asked = _Asked(request.sql, statement, written or "", options, began, request.form)
        return await (self._fill_literals(body, asked) if written is None else self._fill_from_table(body, asked))

    async def _fill_literals(self, body: BrokerResponse, asked: _Asked) -> bytes:
        """`SELECT 1`: no table, no server."""
        null_handling = asked.options.null_handling
        bound = bind(asked.statement, {}, stored_nulls=False, null_handling=null_handling, now_ms=asked.began_ms)
        return await self._fill_from_plan(body, Plan(bound, (), bound.select), asked)

    async def _fill_from_table(self, body: BrokerResponse, asked: _Asked) -> bytes:
        """Up to three views; each failure to prove or to open one is worth another (P22)."""
        for attempt in range(1, VIEWS_MAX + 1):
            try:
                return await self._fill_from_view(body, asked)
            except (ViewNotProven, _Stale) as error:
                _log.info("view is stale", table=asked.written, attempt=attempt, reason=str(error))
        raise Unanswerable(faults.segments_unavailable())

    async def _fill_from_view(self, body: BrokerResponse, asked: _Asked) -> bytes:
        catalogue = self._catalogue.read()
        if asked.written.lower() == REJECTS and not self._tables.has(catalogue, asked.written):
            return await self._fill_rejects(body, catalogue, asked)
        table, taken = await self._visible(catalogue, asked)
        null_handling = asked.options.null_handling
        bound = self._bindings.bind(
            asked.sql, asked.statement, table, null_handling=null_handling, now_ms=asked.began_ms
        )
        if asked.form is not None:  # what metadata knows would have to be encoded here
            bound = replace(bound, simple_aggregates=None)
        body.tablesQueried = [table.raw_name]
        reads_nulls = null_handling and table.stored_nulls
        planned = plan(bound, Part(table, taken), null_handling=reads_nulls, host=self._place.host)
        body.visibleOffsets = response.visible_offsets(table.entry.name, taken.visible_ends)
        return await self._fill_from_plan(body, planned, asked)

    async def _fill_from_plan(self, body: BrokerResponse, planned: Plan, asked: _Asked) -> bytes:
        if asked.statement.explain and asked.form is not None:
            raise ValidationFault("EXPLAIN answers in JSON only: ask with Accept: application/json")
        if asked.statement.explain:
            rows, count = explain.explained(planned, filtered=is_filtered(asked.statement))
            filling.fill_rows(body, explain.COLUMNS, rows, count)
            filling.fill_counts(body, planned, EngineAnswer(0), ordered=True)
            return b""
        answer = await self._run(planned, self._left_ms(asked), asked.form)
        filling.fill_counts(body, planned, answer, ordered=is_ordered(asked.statement))
        if asked.form is not None:
            body.numRowsResultSet = answer.row_count
            return answer.encoded
        rows, count = filling.combined(planned, answer, null_handling=asked.options.null_handling)
        filling.fill_rows(body, planned.bound.output, rows, count)
        return b""

    async def _fill_rejects(self, body: BrokerResponse, catalogue: Catalogue, asked: _Asked) -> bytes:
        """The system table over the rejects of all tables that the query may mean."""
        bound = bind(asked.statement, REJECT_TYPES, stored_nulls=False, null_handling=False, now_ms=asked.began_ms)
        views = [self.views.take(catalogue, name)[1] for name in tables_asked(bound, self._tables.names(catalogue))]
        body.tablesQueried = [REJECTS]
        return await self._fill_from_plan(body, plan_rejects(bound, views), asked)

    async def _visible(self, catalogue: Catalogue, asked: _Asked) -> tuple[QueryTable, TableView]:
        """The table's view now, or as soon as it reaches the offsets that the query asks for (P25)."""
        while True:
            table, taken = self.views.take(catalogue, asked.written)
            if taken.reaches(asked.options.min_offsets or {}):
                return table, taken
            if self._left_ms(asked) <= 0:
                raise Unanswerable(faults.offsets_not_visible(taken.visible_ends, asked.options.min_offsets or {}))
            await asyncio.sleep(MIN_OFFSETS_POLL_S)
            catalogue = self._catalogue.read()

    def _left_ms(self, asked: _Asked) -> int:
        return asked.began_ms + asked.options.timeout_ms - self._clock_ms()

    async def _run(self, planned: Plan, timeout_ms: int, form: Format | None) -> EngineAnswer:
        """What the engines say to the plan's SQL; nothing is asked when metadata answers all of it."""
        if planned.sql is None:
            return EngineAnswer(0)
        job = EngineJob(
            id=next(self._request_ids),
            sql=planned.sql,
            relations=planned.relations,
            output_types=tuple(column.data_type for column in planned.bound.output),
            timeout_ms=max(1, timeout_ms),
            rows_max=self._limits.rows_max,
            bytes_max=self._limits.bytes_max,
            format=form,
            names=distinct_names(tuple(column.name for column in planned.bound.output)),
        )
        answer = await self._pool.run(job)
        if answer.stale:
            raise _Stale(answer.fault.message if answer.fault else "")
        if answer.fault is not None:
            raise Unanswerable(answer.fault)
        return answer
