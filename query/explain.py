"""EXPLAIN PLAN FOR, in the words of Pinot's single-stage engine: what a plan reads, as a tree of operators."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dialects.bound_query import OutputColumn
from dialects.operators import Operator, Operators
from query.plan import Plan

COLUMNS = (OutputColumn("Operator", "STRING"), OutputColumn("Operator_Id", "INT"), OutputColumn("Parent_Id", "INT"))
Row = tuple[str, int, int]


def explained(plan: Plan, operators: Operators) -> tuple[bytes, int]:
    """(`resultTable.rows`, their number) of the plan's operators, from the broker down to the filter."""
    rows = list(_rows(plan, operators))
    return msgspec.json.encode(rows), len(rows)


def _rows(plan: Plan, operators: Operators) -> Iterator[Row]:
    if not plan.bound.table:
        yield "BROKER_EVALUATE", 0, -1
        return
    yield operators.broker, 1, 0
    yield operators.combine, 2, 1
    yield f"PLAN_START(numSegmentsForThisPlan:{plan.counts.segments_read})", -1, -1
    if plan.known is not None and operators.filter is None:
        yield "AGGREGATE_NO_SCAN", 3, 2
        return
    everything = Operator(f"FILTER_MATCH_ENTIRE_SEGMENT(docs:{plan.counts.total_docs})")
    chain = Operator("DOC_ID_SET", (operators.filter or everything,))
    for text in (operators.project, operators.transform, operators.root):
        chain = chain if text is None else Operator(text, (chain,))
    yield from _numbered(chain)


def _numbered(root: Operator) -> Iterator[Row]:
    """Operators below the combining one, each after the one that it feeds."""
    pending, number = [(root, 2)], 2
    while pending:
        operator, parent = pending.pop()
        number += 1
        yield operator.text, number, parent
        pending += [(child, number) for child in reversed(operator.children)]
