"""One Pinot scalar expression as DuckDB SQL, for ingestion transforms and filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialects.column_types import ColumnType
from dialects.faults import SyntaxFault
from dialects.function_entry import Context
from dialects.lowering import Lowering
from dialects.pinot import parse_expression
from dialects.printing import Printer, has_aggregate
from dialects.resolution import Names
from dialects.tree import Column, walk


@dataclass(frozen=True, slots=True)
class ScalarExpression:
    """`sql` over a relation that has `columns` under their schema names, giving Pinot's `data_type`."""

    sql: str
    columns: frozenset[str]
    data_type: str


def print_scalar(expression_text: str, schema: Mapping[str, ColumnType], now_ms: int | None) -> ScalarExpression:
    """Print one expression such as `toEpochHours(ts)` or `a > 5 AND b = 'x'`; nulls stay null.

    Raises QueryFault: broken text 150, unknown function, wrong literal, Groovy, or a volatile function such as now()
    while `now_ms` is None 700, unknown column 710.
    """
    node = Lowering(Names(schema), now_ms).node(parse_expression(expression_text))
    if has_aggregate(node):
        raise SyntaxFault(f"An aggregation cannot stand in a scalar expression: {expression_text}")
    typed = Printer(Context(null_handling=True, stored_nulls=True)).typed(node)
    columns = frozenset(part.name for part in walk(node) if isinstance(part, Column))
    return ScalarExpression(typed.sql, columns, typed.data_type)
