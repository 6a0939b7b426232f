"""What both engines answer with: the catalogue, views of tables, and engine processes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from dialects.pinot import StageStatement, Statement
from query import faults, filling
from query.asked import Asked, Limits, Place, StagesAsked
from query.binding_cache import BindingCache, Named
from query.execute import EnginePool
from query.faults import Unanswerable
from query.formats import distinct_names
from query.jobs import EngineAnswer, EngineJob
from query.plan import Plan
from query.response import BrokerResponse, Result
from query.running import RunningQueries
from query.scan import default_sql
from query.system_tables import SystemTables
from query.table_limits import TableGuard, tables_named
from query.tables import QueryTable
from query.views import Views
from segments.catalogue import Catalogue, TableEntry
from segments.status import WorkerStatus
from segments.view import TableView

MIN_OFFSETS_POLL_S = 0.005


class Stale(Exception):
    """A file of the view was gone: take a fresh one (P22)."""


@dataclass(slots=True)
class Means:
    """`clock_ms` gives epoch milliseconds: for now(), request ids and how long a query took."""

    pool: EnginePool
    place: Place
    clock_ms: Callable[[], int]
    limits: Limits
    views: Views
    bindings: BindingCache = field(default_factory=BindingCache)
    statuses: Callable[[], Sequence[WorkerStatus]] = tuple
    running: RunningQueries = field(default_factory=RunningQueries)
    system: SystemTables = field(init=False)
    guard: TableGuard = field(default_factory=TableGuard)
    request_ids: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self.system = SystemTables(self.views, self.statuses, self.running)
        self.request_ids = itertools.count(self.clock_ms() * 1_000)

    def catalogue(self) -> Catalogue:
        return self.views.catalogue.read()

    def tables_of(self, statement: Statement | StageStatement) -> list[TableEntry]:
        """The tables that a statement names and that are there."""
        catalogue, tables = self.catalogue(), self.views.tables
        return [entry for name in tables_named(statement) if (entry := tables.entry(catalogue, name)) is not None]

    def named(self, catalogue: Catalogue, written: str) -> Named:
        """What binding needs to know of a table. Raises TableFault."""
        if self.system.is_one(catalogue, written):
            return Named(self.system.types(written), None)
        table = self.views.tables.find(catalogue, written)
        entry = table.entry
        version = (entry.incarnation, entry.config_version, entry.schema_version)
        defaults = {name: default_sql(one) for name, one in table.columns.items()}
        return Named(table.types, version, defaults, table.stored_nulls)

    def left_ms(self, asked: Asked | StagesAsked) -> int:
        return asked.began_ms + asked.options.timeout_ms - self.clock_ms()

    async def visible(
        self, catalogue: Catalogue, written: str, asked: Asked | StagesAsked
    ) -> tuple[QueryTable, TableView]:
        """The table's view now, or as soon as it reaches the offsets that the query asks for (P25)."""
        while True:
            table, taken = self.views.take(catalogue, written)
            if taken.reaches(asked.options.min_offsets or {}):
                return table, taken
            if self.left_ms(asked) <= 0:
                raise Unanswerable(faults.offsets_not_visible(taken.visible_ends, asked.options.min_offsets or {}))
            await asyncio.sleep(MIN_OFFSETS_POLL_S)
            catalogue = self.catalogue()

    async def fill_from(
        self, body: BrokerResponse, planned: Plan, asked: Asked | StagesAsked, *, ordered: bool
    ) -> Result:
        """Run the plan and fill the body with its counts. Raises Unanswerable, PoolFault, Stale."""
        answer = await self._run(planned, self.left_ms(asked), asked)
        filling.fill_counts(body, planned, answer, ordered=ordered)
        filling.fill_limits(body, planned, answer, asked.options)
        return filling.combined(planned, answer, null_handling=asked.options.null_handling)

    async def _run(self, planned: Plan, timeout_ms: int, asked: Asked | StagesAsked) -> EngineAnswer:
        """What an engine says to the plan; nothing is asked when metadata answers all of it."""
        sql = filling.limited_sql(planned, asked.options)
        if sql is None and not planned.ranges:
            return EngineAnswer(0)
        job = EngineJob(
            id=next(self.request_ids),
            sql=sql,
            relations=planned.relations,
            output_types=tuple(column.data_type for column in planned.bound.output),
            timeout_ms=max(1, timeout_ms),
            rows_max=self.limits.rows_max,
            bytes_max=self.limits.bytes_max,
            format=asked.form,
            names=distinct_names(tuple(column.name for column in planned.bound.output)),
            limit=planned.bound.limit,
            ranges=planned.ranges,
        )
        answer = await self.pool.run(job)
        if answer.stale:
            raise Stale(answer.fault.message if answer.fault else "")
        if answer.fault is not None:
            raise Unanswerable(answer.fault)
        return answer
