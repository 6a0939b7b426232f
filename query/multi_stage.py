"""Joins, sub-queries, set operations and windows over any number of tables."""

from __future__ import annotations

from dataclasses import dataclass

from dialects.faults import ValidationFault
from dialects.stages.relation import BoundStages
from query import response
from query.asked import StagesAsked
from query.means import Means
from query.plan import Part, Plan
from query.response import BrokerResponse, Result
from query.stages_plan import EXPLAINED, explained_stages, plan_stages


@dataclass(frozen=True, slots=True)
class MultiStage:
    """Pinot's second engine: the option `useMultistageEngine`, the route `/query`, or a query that needs it."""

    means: Means

    async def fill(self, body: BrokerResponse, asked: StagesAsked) -> Result:
        """Fill the body from one view of each table. Raises as `SingleStage.fill`, and StageFault."""
        catalogue, system = self.means.catalogue(), self.means.system
        bound = self.means.bindings.bind_stages(
            asked.sql,
            asked.statement,
            lambda written: self.means.named(catalogue, written),
            null_handling=asked.options.null_handling,
            now_ms=asked.began_ms,
        )
        written = dict.fromkeys(one.written for one in bound.scans)
        names = [one for one in written if not system.is_one(catalogue, one)]
        if asked.options.min_offsets and len(names) > 1:
            raise ValidationFault("minOffsets names partitions of one table; this query reads several")
        parts = {name: Part(*await self.means.visible(catalogue, name, asked)) for name in names}
        planned = plan_stages(
            bound,
            parts,
            lambda one: system.scan(catalogue, one.written, one.where),
            null_handling=asked.options.null_handling,
            host=self.means.place.host,
        )
        if asked.statement.explain:
            return _explained(asked, bound, planned)
        response.of_stages(body)
        of_system = {one.lower() for one in written if one not in parts}
        body.tablesQueried = sorted({part.table.raw_name for part in parts.values()} | of_system)
        body.visibleOffsets = {
            part.table.entry.name: response.offsets_of(part.view.visible_ends) for part in parts.values()
        }
        ordered = asked.statement.tree.args.get("order") is not None
        return await self.means.fill_from(body, planned, asked, ordered=ordered)


def _explained(asked: StagesAsked, bound: BoundStages, planned: Plan) -> Result:
    """The broker answers alone: no server is asked."""
    if asked.form is not None:
        raise ValidationFault("EXPLAIN answers in JSON only: ask with Accept: application/json")
    return Result(EXPLAINED, (explained_stages(asked.sql, bound, planned),), 1)
