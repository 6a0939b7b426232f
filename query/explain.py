"""EXPLAIN PLAN FOR, in the words of Pinot's single-stage engine: what a plan reads, as a tree of operators."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dialects.bound_query import BoundQuery, OutputColumn, Predicate
from query.plan import Plan

COLUMNS = (OutputColumn("Operator", "STRING"), OutputColumn("Operator_Id", "INT"), OutputColumn("Parent_Id", "INT"))

_COMBINE = {"rows": "SELECT", "aggregate": "AGGREGATE", "group": "GROUP_BY", "distinct": "DISTINCT"}
_FILTERS = {"=": "EQ", "in": "IN"}
Row = tuple[str, int, int]


def explained(plan: Plan, *, filtered: bool) -> tuple[bytes, int]:
    """(`resultTable.rows`, their number) of the plan's operators, from the broker down to the filter."""
    rows = list(_rows(plan, filtered))
    return msgspec.json.encode(rows), len(rows)


def _rows(plan: Plan, filtered: bool) -> Iterator[Row]:
    bound = plan.bound
    if not bound.table:
        yield "BROKER_EVALUATE", 0, -1
        return
    yield f"BROKER_REDUCE(limit:{bound.limit})", 1, 0
    yield f"COMBINE_{_COMBINE[bound.shape]}", 2, 1
    yield f"PLAN_START(numSegmentsForThisPlan:{plan.counts.segments_read})", -1, -1
    if plan.known is not None:
        yield "AGGREGATE_NO_SCAN", 3, 2
        return
    yield _operator(bound), 3, 2
    yield f"PROJECT({', '.join(sorted(bound.columns))})", 4, 3
    yield "DOC_ID_SET", 5, 4
    yield from _filter(plan, filtered)


def _operator(bound: BoundQuery) -> str:
    names = ", ".join(column.name for column in bound.output)
    match bound.shape:
        case "rows":
            return f"SELECT(selectList:{names})"
        case "distinct":
            return f"DISTINCT(keyColumns:{names})"
        case "aggregate":
            return f"AGGREGATE(aggregations:{names})"
        case "group":
            return f"GROUP_BY(groupKeys and aggregations:{names})"


def _filter(plan: Plan, filtered: bool) -> Iterator[Row]:
    predicates = plan.bound.where
    if not filtered:
        yield f"FILTER_MATCH_ENTIRE_SEGMENT(docs:{plan.counts.total_docs})", 6, 5
    elif not predicates:
        yield "FILTER_EXPRESSION", 6, 5
    elif len(predicates) == 1:
        yield _scan(predicates[0]), 6, 5
    else:
        yield "FILTER_AND", 6, 5
        yield from ((_scan(predicate), 7 + at, 6) for at, predicate in enumerate(predicates))


def _scan(predicate: Predicate) -> str:
    values = ", ".join(f"'{value!s}'" for value in predicate.values)
    right = f"IN ({values})" if predicate.op == "in" else f"{predicate.op} {values}"
    operator = _FILTERS.get(predicate.op, "RANGE")
    return f"FILTER_FULL_SCAN(operator:{operator},predicate:{predicate.column} {right})"
