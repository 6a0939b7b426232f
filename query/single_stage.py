"""One SELECT over one table, or over none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dialects.binding import bind
from dialects.bound_query import BoundQuery
from dialects.column_types import ColumnType
from dialects.faults import QueryFault, ValidationFault
from dialects.operators import Operators, operators_of, operators_of_bound
from query import explain, filling, response
from query.asked import Asked
from query.binding_cache import is_ordered, table_written
from query.constants import named_by_value
from query.id_sets import resolved
from query.jobs import EngineAnswer
from query.means import Means
from query.plan import Part, Plan, plan, with_relation
from query.response import BrokerResponse, Result
from segments.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class SingleStage:
    """Pinot's default engine."""

    means: Means

    async def fill(self, body: BrokerResponse, asked: Asked) -> Result:
        """Fill the body from one view. Raises QueryFault, Unanswerable, PoolFault, Stale, ViewNotProven."""
        asked = await resolved(asked, self.fill)
        written = table_written(asked.statement)
        if written is None:
            return await self._literals(body, asked)
        catalogue = self.means.catalogue()
        if self.means.system.is_one(catalogue, written):
            return await self._from_system(body, catalogue, written, asked)
        return await self._from_table(body, catalogue, written, asked)

    async def _literals(self, body: BrokerResponse, asked: Asked) -> Result:
        """`SELECT 1`: no table, no server."""
        null_handling = asked.options.null_handling
        bound = bind(asked.statement, {}, stored_nulls=False, null_handling=null_handling, now_ms=asked.began_ms)
        return await self._constants(body, bound, asked)

    async def _constants(self, body: BrokerResponse, bound: BoundQuery, asked: Asked) -> Result:
        result = await self._from_plan(body, Plan(bound, (), bound.select), asked, {})
        plain = asked.form is None and not asked.statement.explain and result.rows == 1
        return named_by_value(asked.statement.tree.expressions, result) if plain else result

    async def _from_table(self, body: BrokerResponse, catalogue: Catalogue, written: str, asked: Asked) -> Result:
        table, taken = await self.means.visible(catalogue, written, asked)
        null_handling = asked.options.null_handling
        bound = self.means.bindings.bind(
            asked.sql,
            asked.statement,
            table,
            lambda name: self.means.named(catalogue, name),
            null_handling=null_handling,
            now_ms=asked.began_ms,
        )
        if asked.form is not None:  # what metadata knows would have to be encoded here
            bound = replace(bound, simple_aggregates=None)
        if not bound.table:  # it asks for constants
            return await self._constants(body, bound, asked)
        body.tablesQueried = [table.raw_name]
        reads_nulls = null_handling and table.stored_nulls
        looked_up = {one.written: Part(*self.means.views.take(catalogue, one.written)) for one in bound.lookups}
        host = self.means.place.host
        planned = plan(bound, Part(table, taken), null_handling=reads_nulls, host=host, looked_up=looked_up)
        body.visibleOffsets = response.visible_offsets(table.entry.name, taken.visible_ends)
        return await self._from_plan(body, planned, asked, table.types)

    async def _from_system(self, body: BrokerResponse, catalogue: Catalogue, written: str, asked: Asked) -> Result:
        """A table that this service makes of what it knows."""
        system = self.means.system
        types = system.types(written)
        bound = bind(asked.statement, types, stored_nulls=False, null_handling=False, now_ms=asked.began_ms)
        scanned, counts = system.scan(catalogue, written, bound.where)
        body.tablesQueried = [written.lower()]
        planned = Plan(bound, (), with_relation(scanned.sql, bound.select), scanned.relations, counts)
        return await self._from_plan(body, planned, asked, types)

    async def _from_plan(
        self, body: BrokerResponse, planned: Plan, asked: Asked, types: Mapping[str, ColumnType]
    ) -> Result:
        if not asked.statement.explain:
            return await self.means.fill_from(body, planned, asked, ordered=is_ordered(asked.statement))
        if asked.form is not None:
            raise ValidationFault("EXPLAIN answers in JSON only: ask with Accept: application/json")
        filling.fill_counts(body, planned, EngineAnswer(0), ordered=True)
        rows, count = explain.explained(planned, _operators(planned, asked, types))
        return Result(explain.COLUMNS, (rows,), count)


def _operators(planned: Plan, asked: Asked, types: Mapping[str, ColumnType]) -> Operators:
    try:
        return operators_of(asked.statement, types, planned.bound.shape, asked.began_ms)
    except QueryFault:  # it was bound, so it is fine, but no plain SELECT
        return operators_of_bound(planned.bound)
