"""How rows of aggregations are written: the FILTER clause, and the value over no rows (contract section 2.5)."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import duckdb_type
from dialects.conversions import Typed
from dialects.function_entry import Context, Function, Render, argument

INFINITY = "CAST('Infinity' AS DOUBLE)"
MINUS_INFINITY = "CAST('-Infinity' AS DOUBLE)"
NAN = "CAST('NaN' AS DOUBLE)"
EMPTY_OF_TYPE = {
    "INT": "CAST(-2147483648 AS INTEGER)",
    "LONG": "CAST(-9223372036854775807 - 1 AS BIGINT)",
    "FLOAT": "CAST('NaN' AS FLOAT)",
    "DOUBLE": NAN,
    "BOOLEAN": "FALSE",
    "STRING": "''",
}


def aggregate(
    name: str,
    parameters: str,
    result: str,
    template: str,
    empty: str | None,
    doc: str,
    aliases: Sequence[str] = (),
) -> Function:
    """`{where}` stands where the FILTER clause goes; `empty` is the value over no rows (None: never null)."""

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        printed = [argument(value, kind, name) for value, kind in zip(arguments, parameters, strict=True)]
        sql = f"CAST({template.format(*printed, where=context.where)} AS {duckdb_type(result)})"
        return or_empty(sql, result, empty, context)

    return Function(name, len(parameters), len(parameters), render, doc, tuple(aliases), aggregate=True)


def own(name: str, minimum: int, maximum: int, render: Render, doc: str, aliases: Sequence[str] = ()) -> Function:
    return Function(name, minimum, maximum, render, doc, tuple(aliases), aggregate=True)


def nullable(name: str, arguments: int, render: Render, doc: str) -> Function:
    """An aggregation that Pinot gives no value of its own over no rows."""
    return Function(name, arguments, arguments, render, doc, aggregate=True, nullable=True)


def or_empty(sql: str, data_type: str, empty: str | None, context: Context) -> Typed:
    if empty is None or context.null_handling:
        return Typed(sql, data_type)
    return Typed(f"coalesce({sql}, {empty})", data_type)
