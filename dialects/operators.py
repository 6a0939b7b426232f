"""A single-stage query as the operators that Pinot's EXPLAIN PLAN FOR shows, from the broker down to the filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dialects.bound_query import BoundQuery, Shape
from dialects.clauses import Clauses, read_clauses
from dialects.column_types import ColumnType
from dialects.names import aggregate_name, canonical_name, condition_text
from dialects.pinot import Statement
from dialects.printing import is_aggregate
from dialects.tree import Call, Column, Node, walk

_COMBINED = {"rows": "SELECT", "aggregate": "AGGREGATE", "group": "GROUP_BY", "distinct": "DISTINCT"}
_PREDICATES = {
    "equals": "EQ",
    "not_equals": "NOT_EQ",
    "in": "IN",
    "not_in": "NOT_IN",
    "like": "REGEXP_LIKE",
    "regexp_like": "REGEXP_LIKE",
    "json_match": "JSON_MATCH",
    "text_match": "TEXT_MATCH",
    "is_null": "IS_NULL",
    "is_not_null": "IS_NOT_NULL",
    **dict.fromkeys(
        ("greater_than", "greater_than_or_equal", "less_than", "less_than_or_equal", "between"),
        "RANGE",
    ),
}


@dataclass(frozen=True, slots=True)
class Operator:
    """One line of the plan and those that feed it."""

    text: str
    children: tuple[Operator, ...] = ()


@dataclass(frozen=True, slots=True)
class Operators:
    """`root` is what works on each segment; `filter` None matches every row of it."""

    broker: str
    combine: str
    root: str
    transform: str | None
    project: str
    filter: Operator | None


def operators_of(statement: Statement, schema: Mapping[str, ColumnType], shape: Shape, now_ms: int) -> Operators:
    """Raises QueryFault, as binding does."""
    clauses = read_clauses(statement.tree, schema, now_ms)
    inputs = list(dict.fromkeys(_inputs(clauses, shape)))
    columns = dict.fromkeys(part.name for node in inputs for part in walk(node) if isinstance(part, Column))
    ordered = "_ORDERBY" if shape == "rows" and clauses.order else ""
    return Operators(
        broker=f"BROKER_REDUCE({_reduced(clauses)})",
        combine=f"COMBINE_{_COMBINED[shape]}{ordered}",
        root=f"{_COMBINED[shape]}{ordered}({_work(clauses, shape, inputs)})",
        transform=f"TRANSFORM({_listed(sorted(map(canonical_name, inputs)))})"
        if any(isinstance(node, Call) for node in inputs)
        else None,
        project=f"PROJECT({_listed(columns)})",
        filter=None if clauses.where is None else _filter(clauses.where),
    )


def operators_of_bound(bound: BoundQuery) -> Operators:
    """What is known of a query that is more than one SELECT over one table, such as one with GAPFILL."""
    names = _listed(column.name for column in bound.output)
    work = _COMBINED[bound.shape]
    return Operators(
        f"BROKER_REDUCE(limit:{bound.limit})", f"COMBINE_{work}", f"{work}({names})", None,
        f"PROJECT({_listed(sorted(bound.columns))})", Operator("FILTER_EXPRESSION") if bound.where else None,
    )  # fmt: skip


def _inputs(clauses: Clauses, shape: Shape) -> Iterable[Node]:
    """The expressions that are worked out of each row."""
    if shape == "rows":
        yield from (item.node for item in clauses.order)
    if shape in ("rows", "distinct"):
        yield from (item.node for item in clauses.items)
        return
    yield from clauses.group
    for aggregation in _aggregations(clauses):
        yield from (one for one in aggregation.arguments if any(isinstance(part, Column) for part in walk(one)))


def _aggregations(clauses: Clauses) -> list[Call]:
    nodes = [item.node for item in clauses.items] + [one.node for one in clauses.order]
    nodes += [clauses.having] if clauses.having is not None else []
    return list(dict.fromkeys(part for node in nodes for part in _aggregations_in(node)))


def _aggregations_in(node: Node) -> Iterable[Call]:
    if isinstance(node, Call) and is_aggregate(node):
        yield node
    elif isinstance(node, Call):
        for argument in node.arguments:
            yield from _aggregations_in(argument)


def _work(clauses: Clauses, shape: Shape, inputs: list[Node]) -> str:
    aggregations = f"aggregations:{_listed(aggregate_name(one, null_handling=False) for one in _aggregations(clauses))}"
    match shape:
        case "rows":
            return f"selectList:{_listed(map(canonical_name, inputs))}"
        case "distinct":
            return f"keyColumns:{_listed(map(canonical_name, inputs))}"
        case "aggregate":
            return aggregations
        case "group":
            return f"groupKeys:{_listed(map(canonical_name, clauses.group))}, {aggregations}"


def _reduced(clauses: Clauses) -> str:
    having = f"havingFilter:{condition_text(clauses.having)}," if clauses.having is not None else ""
    order = (f"{canonical_name(one.node)} {'DESC' if one.descending else 'ASC'}" for one in clauses.order)
    sort = f"sort:[{', '.join(order)}]," if clauses.order else ""
    return f"{having}{sort}limit:{clauses.limit}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _filter(node: Node) -> Operator:
    match node:
        case Call("and" | "or" | "not" as connective, parts):
            return Operator(f"FILTER_{connective.upper()}", tuple(map(_filter, parts)))
        case Call(function, (subject, *_)) if function in _PREDICATES:
            scanned = "FILTER_FULL_SCAN" if isinstance(subject, Column) else "FILTER_EXPRESSION"
            return Operator(f"{scanned}(operator:{_PREDICATES[function]},predicate:{condition_text(node)})")
        case Column():
            return Operator(f"FILTER_FULL_SCAN(operator:EQ,predicate:{condition_text(node)})")
        case _:
            return Operator(f"FILTER_EXPRESSION(operator:EQ,predicate:{condition_text(node)})")
