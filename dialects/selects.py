"""The four shapes of a query as DuckDB SELECTs over the relation `t`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dialects.bound_query import Shape
from dialects.clauses import Clauses, OrderItem
from dialects.column_types import BIG_DECIMAL, DECIMAL_DUCKDB, OBJECT, UNKNOWN, duckdb_type, element_of, is_array
from dialects.conversions import Typed
from dialects.faults import SyntaxFault
from dialects.function_entry import Context
from dialects.literals import default_sql, quote_identifier
from dialects.names import canonical_name
from dialects.post_aggregation import is_of_any_type, object_sql
from dialects.printing import Printer, has_aggregate, is_aggregate, is_nullable
from dialects.tree import Call, Column, Literal, Node, walk


@dataclass(frozen=True, slots=True)
class PrintedSelect:
    sql: str
    data_types: tuple[str, ...]


def print_select(clauses: Clauses, shape: Shape, printer: Printer, relation: str) -> PrintedSelect:
    """The whole query; result columns are c0, c1, ... in select order. Raises QueryFault."""
    where = "" if clauses.where is None else f" WHERE {_where(clauses.where, printer)}"
    keys = _keys(clauses, shape)
    _check_keys(clauses, shape, keys)
    source, printer = _source(clauses, keys, printer, relation, where)
    selecting = replace(printer, keys=frozenset(keys)) if shape in ("aggregate", "group") else printer
    items = [selecting.typed(item.node) for item in clauses.items]
    items = [_as_object(item.node, typed, selecting) for item, typed in zip(clauses.items, items, strict=True)]
    results = (_result_sql(item.node, typed, printer.context) for item, typed in zip(clauses.items, items, strict=True))
    columns = ", ".join(f"{result} AS c{i}" for i, result in enumerate(results))
    sql = f"SELECT {'DISTINCT ' if shape == 'distinct' else ''}{columns}{source}"
    if shape == "group":
        sql += _group_by(clauses, keys, printer)
    if clauses.having is not None:
        sql += f" HAVING {printer.condition(clauses.having)}"
    if shape != "aggregate":
        sql += _order_by(clauses, printer)
    return PrintedSelect(sql + _limit(clauses), tuple(item.data_type for item in items))


def _where(condition: Node, printer: Printer) -> str:
    if has_aggregate(condition):
        raise SyntaxFault("Aggregations cannot stand in WHERE: use HAVING")
    return printer.condition(condition)


def _keys(clauses: Clauses, shape: Shape) -> tuple[Node, ...]:
    if shape == "distinct":
        return tuple(item.node for item in clauses.items)
    return clauses.group


def _source(clauses: Clauses, keys: Iterable[Node], printer: Printer, relation: str, where: str) -> tuple[str, Printer]:
    """FROM and WHERE. A multi-value key counts a row once for each element: each is unnested in a sub-select."""
    if not clauses.table:
        return where, printer
    source = f" FROM {relation}{where}"
    replacements: dict[Node, Typed] = {}
    for key in dict.fromkeys(keys):
        typed = printer.typed(key) if not isinstance(key, Literal) else None
        if typed is not None and is_array(typed.data_type):
            if any(key not in one for one in clauses.grouping_sets):
                raise SyntaxFault(f"The multi-value key '{canonical_name(key)}' has to be in every grouping set")
            name = quote_identifier(f"$element{len(replacements)}")
            elements = _elements(typed, printer.context)
            source = f" FROM (SELECT {relation}.*, unnest({elements}) AS {name}{source}) AS {relation}"
            replacements[key] = Typed(f"{relation}.{name}", element_of(typed.data_type))
    return source, replace(printer, replacements=replacements) if replacements else printer


def _elements(key: Typed, context: Context) -> str:
    """A list that is null counts as its default: its row is not lost."""
    return f"coalesce({key.sql}, {default_sql(key.data_type)})" if context.null_handling else key.sql


def _check_keys(clauses: Clauses, shape: Shape, keys: tuple[Node, ...]) -> None:
    if shape != "group":
        return
    for key in keys:
        if has_aggregate(key):
            raise SyntaxFault(f"Aggregate expression '{canonical_name(key)}' is not allowed in GROUP BY clause.")
    known = frozenset(keys)
    for node in [item.node for item in clauses.items] + [item.node for item in clauses.order]:
        if not _derives_from(node, known):
            raise SyntaxFault(f"'{canonical_name(node)}' should appear in GROUP BY clause.")
    if clauses.having is not None and not _derives_from(clauses.having, known):
        raise SyntaxFault(f"'{canonical_name(clauses.having)}' should derive from the GROUP BY clause.")


def _derives_from(node: Node, keys: frozenset[Node]) -> bool:
    if node in keys or is_aggregate(node):
        return True
    if isinstance(node, Call):
        return all(_derives_from(argument, keys) for argument in node.arguments)
    return not isinstance(node, Column)


def _varies(node: Node, printer: Printer) -> bool:
    """Constants neither group nor order anything, and DuckDB refuses them there."""
    if node in printer.replacements:
        return True
    named = any(isinstance(part, Column) for part in walk(node)) or has_aggregate(node)
    return named and printer.typed(node).sql not in ("TRUE", "FALSE")


def _group_by(clauses: Clauses, keys: tuple[Node, ...], printer: Printer) -> str:
    if clauses.grouping_sets:
        sets = (", ".join(_key_sql(key, printer) for key in one) for one in clauses.grouping_sets)
        return f" GROUP BY GROUPING SETS ({', '.join(f'({one})' for one in sets)})"
    positions = {item.node: str(i + 1) for i, item in reversed(list(enumerate(clauses.items)))}
    printed = [positions.get(key) or printer.typed(key).sql for key in keys if _varies(key, printer)]
    return f" GROUP BY {', '.join(printed) or '()'}"


def _key_sql(key: Node, printer: Printer) -> str:
    if not _varies(key, printer):
        raise SyntaxFault(f"A grouping set needs columns, found the constant {canonical_name(key)}")
    return printer.typed(key).sql


def _order_by(clauses: Clauses, printer: Printer) -> str:
    positions = {item.node: str(i + 1) for i, item in reversed(list(enumerate(clauses.items)))}
    printed = [_ordered(item, positions, printer) for item in clauses.order if _varies(item.node, printer)]
    return f" ORDER BY {', '.join(printed)}" if printed else ""


def _ordered(item: OrderItem, positions: dict[Node, str], printer: Printer) -> str:
    """Nulls count as the largest value unless the query says where they go."""
    typed = printer.typed(item.node)
    if is_array(typed.data_type) and not has_aggregate(item.node):
        raise SyntaxFault(f"ORDER BY does not take the multi-value expression '{canonical_name(item.node)}'")
    sql = positions.get(item.node) or typed.sql
    if typed.data_type == BIG_DECIMAL:  # text that sorts as a number
        sql = f"CAST({f'c{int(sql) - 1}' if sql.isdecimal() else sql} AS {DECIMAL_DUCKDB})"
    direction = " DESC" if item.descending else ""
    nulls = f" NULLS {'FIRST' if item.nulls_first else 'LAST'}" if printer.context.null_handling else ""
    return sql + direction + nulls


def _limit(clauses: Clauses) -> str:
    if not clauses.table:
        return ""
    return f" LIMIT {clauses.limit}" + (f" OFFSET {clauses.offset}" if clauses.offset else "")


def _as_object(node: Node, item: Typed, printer: Printer) -> Typed:
    around = printer.keys is not None and node not in printer.keys
    if around and is_of_any_type(node) and not is_array(item.data_type):
        return Typed(object_sql(item), OBJECT)
    return item


def _result_sql(node: Node, item: Typed, context: Context) -> str:
    """Constants get the type that the answer states; without null handling no cell is null."""
    if item.literal is not None or item.data_type == UNKNOWN:
        return f"CAST({item.sql} AS {duckdb_type(item.data_type)})"
    if not context.null_handling and item.data_type != OBJECT and is_nullable(node):
        return f"coalesce({item.sql}, {default_sql(item.data_type)})"
    return item.sql
