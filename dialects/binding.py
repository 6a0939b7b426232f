"""A statement bound to a schema: names resolved, Pinot's clause rules checked, all of it one DuckDB SELECT."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from dialects.bound_query import BoundQuery, OutputColumn, Shape, SimpleAggregate
from dialects.clauses import Clauses, read_clauses
from dialects.column_types import ColumnType, is_numeric
from dialects.faults import SyntaxFault, TableFault
from dialects.function_entry import SEE_STORED_NULLS, Context, no_range
from dialects.lookups import Lookups, LookupTable
from dialects.names import aggregate_name, canonical_name, literal_name
from dialects.pinot import Statement
from dialects.printing import Printer, has_aggregate, is_aggregate
from dialects.pruning import certain_predicates, is_certain
from dialects.selects import print_select
from dialects.tree import Call, Column, Literal, Node, Star, walk

RELATION = "t"


def no_tables(_: str) -> LookupTable:
    """What LOOKUP finds where there are no other tables. Raises TableFault."""
    raise TableFault


def bind(
    statement: Statement,
    schema: Mapping[str, ColumnType],
    *,
    stored_nulls: bool,
    null_handling: bool,
    now_ms: int,
    tables: Callable[[str], LookupTable] = no_tables,
    relation: str = RELATION,
    range_of: Callable[[str], tuple[int, int] | None] = no_range,
) -> BoundQuery:
    """Resolve and print a parsed statement for a table's schema.

    `stored_nulls`: the table remembers which values were null (IS NULL can be true). `null_handling`: the query asks
    for three-valued logic and nulls arrive as nulls; otherwise they arrive as default values. `now_ms`: epoch
    milliseconds for now() and ago(). `tables` finds those that LOOKUP reads; `relation` is what the
    SELECT reads; `range_of` hints at the whole numbers of a column. Raises QueryFault (150, 190, 700, 710).
    """
    lookups = Lookups(tables)
    clauses = read_clauses(statement.tree, schema, now_ms, lookups)
    context = Context(null_handling, stored_nulls, relation=f"{relation}.")
    shape = _shape(clauses)
    if shape == "aggregate":
        context = replace(context, range_of=range_of)
    printed = print_select(clauses, shape, Printer(context), relation)
    nodes = clauses.all_nodes()
    return BoundQuery(
        table=clauses.table,
        columns=_columns(nodes),
        select=printed.sql,
        output=tuple(map(OutputColumn, _output_names(clauses, context), printed.data_types)),
        where=certain_predicates(clauses.where),
        shape=shape,
        simple_aggregates=_simple_aggregates(clauses, shape, null_handling=null_handling),
        limit=clauses.limit,
        offset=clauses.offset,
        options=statement.options,
        filter_only=_filter_only(clauses),
        null_flags=_null_flags(nodes) if stored_nulls and not null_handling else frozenset(),
        lookups=lookups.scans,
    )


def _shape(clauses: Clauses) -> Shape:
    """Raises SyntaxFault where aggregations, keys and plain columns do not go together (150, as Pinot)."""
    aggregated = [has_aggregate(item.node) for item in clauses.items]
    if clauses.distinct:
        _check_distinct(clauses, any(aggregated))
        return "distinct"
    if clauses.group or clauses.grouping_sets:
        grouped = any(aggregated) or any(has_aggregate(order.node) for order in clauses.order)
        grouped = grouped or clauses.having is not None
        if clauses.grouping_sets and not grouped:
            raise SyntaxFault("GROUP BY with GROUPING SETS, ROLLUP or CUBE needs at least one aggregation")
        return "group" if grouped or not _same_keys(clauses) else "distinct"
    if not any(aggregated) and clauses.having is None:
        if any(has_aggregate(order.node) for order in clauses.order):
            raise SyntaxFault("Columns and Aggregate functions can't co-exist without GROUP BY clause")
        return "rows"
    for item in clauses.items:
        if _plain_columns(item.node):
            raise SyntaxFault("Columns and Aggregate functions can't co-exist without GROUP BY clause")
    return "aggregate"


def _same_keys(clauses: Clauses) -> bool:
    return {item.node for item in clauses.items} == set(clauses.group)


def _check_distinct(clauses: Clauses, aggregated: bool) -> None:
    if aggregated or clauses.having is not None:
        raise SyntaxFault("DISTINCT with aggregations is not supported")
    if clauses.group:
        raise SyntaxFault("DISTINCT with GROUP BY is not supported")
    selected = {item.node for item in clauses.items}
    if any(order.node not in selected for order in clauses.order):
        raise SyntaxFault("ORDER-BY columns should be included in the DISTINCT columns")


def _plain_columns(node: Node) -> bool:
    """Whether a column stands outside every aggregation."""
    if is_aggregate(node):
        return False
    if isinstance(node, Call):
        return any(map(_plain_columns, node.arguments))
    return isinstance(node, Column)


def _output_names(clauses: Clauses, context: Context) -> list[str]:
    return [item.alias if item.alias is not None else _name(item.node, clauses, context) for item in clauses.items]


def _name(node: Node, clauses: Clauses, context: Context) -> str:
    if isinstance(node, Call) and is_aggregate(node):
        return aggregate_name(node, null_handling=context.null_handling)
    return canonical_name(node) if clauses.table else literal_name(node)


def _simple_aggregates(clauses: Clauses, shape: Shape, *, null_handling: bool) -> tuple[SimpleAggregate, ...] | None:
    cut = clauses.having is not None or clauses.offset > 0 or clauses.limit == 0
    if shape != "aggregate" or cut or not is_certain(clauses.where):
        return None
    simple = [_simple_aggregate(item.node, null_handling=null_handling) for item in clauses.items]
    return tuple(one for one in simple if one is not None) if all(simple) else None


def _simple_aggregate(node: Node, *, null_handling: bool) -> SimpleAggregate | None:
    match node:
        case Call("count", (Star(),) | ()):
            return SimpleAggregate("count", None)
        case Call("count", (Column() | Literal(),)) if not null_handling:
            return SimpleAggregate("count", None)
        case Call("min" | "max" as function, (Column(name, type_),)):
            simple = not type_.multi_value and is_numeric(type_.data_type) and type_.data_type != "BIG_DECIMAL"
            return SimpleAggregate("min" if function == "min" else "max", name) if simple else None
        case _:
            return None


def _columns(nodes: Iterable[Node]) -> frozenset[str]:
    return frozenset(part.name for node in nodes for part in walk(node) if isinstance(part, Column))


def _filter_only(clauses: Clauses) -> frozenset[str]:
    if clauses.where is None or not is_certain(clauses.where):
        return frozenset()
    return _columns([clauses.where]) - _columns(replace(clauses, where=None).all_nodes())


def _null_flags(nodes: list[Node]) -> frozenset[str]:
    return frozenset(
        argument.name
        for node in nodes
        for part in walk(node)
        if isinstance(part, Call) and part.function in SEE_STORED_NULLS
        for argument in part.arguments
        if isinstance(argument, Column)
    )
