"""A multi-stage query over one view of each of its tables. Pure (P28)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

import msgspec

from dialects.bound_query import BoundQuery, OutputColumn
from dialects.clauses import LIMIT_MAX
from dialects.stages.relation import BoundStages, TableScan
from query.plan import Counts, Part, Plan, plan_scan
from query.scan import Scan

EXPLAINED = tuple(OutputColumn(name, "STRING") for name in ("SQL", "PLAN", "RULE_TIMINGS"))


def plan_stages(
    bound: BoundStages,
    parts: Mapping[str, Part],
    system: Callable[[TableScan], tuple[Scan, Counts]],
    *,
    null_handling: bool,
    host: str,
) -> Plan:
    """Prune each table by the conditions that are about it, and print the whole as one SELECT.

    `parts` has each table by its name as written; any other is one of the system's. `null_handling`: the query asks
    for nulls.
    """

    def planned_scan(one: TableScan) -> tuple[Scan, Counts]:
        part = parts.get(one.written)
        if part is None:
            return system(one)
        reads_nulls = null_handling and part.table.stored_nulls
        return plan_scan(part, one.where, one.columns, null_handling=reads_nulls, host=host, prefix=f"{one.relation}_")

    planned = list(map(planned_scan, bound.scans))
    scans = [scan for scan, _ in planned]
    named = zip((one.relation for one in bound.scans), (scan.sql for scan in scans), strict=True)
    relations = tuple(relation for scan in scans for relation in scan.relations)
    counts = _sum([counts for _, counts in planned])
    return Plan(_summary(bound), tuple(parts.values()), bound.with_relations(named), relations, counts)


def explained_stages(sql: str, bound: BoundStages, plan: Plan) -> bytes:
    """`resultTable.rows` of EXPLAIN: the statement, as a tree what is read of each table, and no rules."""
    head = f"Execution Plan\nQuery(columns=[[{', '.join(column.name for column in bound.output)}]])"
    counted = f"  Segments(read=[{plan.counts.segments_read}], all=[{plan.counts.segments}])"
    lines = (
        f"  TableScan(table=[[{one.written}]], columns=[[{', '.join(sorted(one.columns))}]], "
        f"pruning=[[{', '.join(f'{p.column} {p.op} {p.values}' for p in one.where)}]])"
        for one in bound.scans
    )
    return msgspec.json.encode([[sql, "\n".join([head, counted, *lines]) + "\n", "Rule Execution Times\n"]])


def _sum(every: Sequence[Counts]) -> Counts:
    """All of them together; the freshness is that of the table that is behind the others."""
    added = {one.name: sum(getattr(counts, one.name) for counts in every) for one in fields(Counts)}
    known = [counts.freshness_ms for counts in every if counts.freshness_ms]
    return Counts(**{**added, "freshness_ms": min(known, default=0)})


def _summary(bound: BoundStages) -> BoundQuery:
    """What the answer says of the query beside its rows."""
    return BoundQuery(
        table=", ".join(dict.fromkeys(one.written for one in bound.scans)),
        columns=frozenset(column for one in bound.scans for column in one.columns),
        select=bound.sql,
        output=bound.output,
        where=(),
        shape="rows",
        simple_aggregates=None,
        limit=LIMIT_MAX,
        offset=0,
        options=bound.options,
    )
