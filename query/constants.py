"""A query for constants: Pinot's broker works them out, and names each column that has no alias by its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from sqlglot import exp

from dialects.bound_query import OutputColumn
from dialects.java_numbers import double_text
from query.response import Result

_UNQUOTED = frozenset({"INT", "LONG", "FLOAT", "DOUBLE", "BIG_DECIMAL", "BOOLEAN", "UNKNOWN"})


def named_by_value(items: Sequence[exp.Expr], result: Result) -> Result:
    """The answer with its columns called as Pinot prints literals: `2`, `'A'`, `null`. Arrays keep their names."""
    ((*values,),) = msgspec.json.decode(b"".join(result.chunks))
    columns = [
        column if isinstance(item, exp.Alias) else replace(column, name=_printed(column, value))
        for item, column, value in zip(items, result.columns, values, strict=True)
    ]
    return replace(result, columns=columns)


def _printed(column: OutputColumn, value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return double_text(value)
        case list() | dict():
            return column.name
        case _:
            return str(value) if column.data_type in _UNQUOTED else f"'{value}'"
