"""What one function is, and how code about one row becomes code about columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any

import pyarrow as pa

PREFIX = "pinot_"
Columns = Callable[..., pa.Array]


@dataclass(frozen=True, slots=True)
class ArrowFunction:
    """`call` takes one Arrow column per parameter and gives one of as many rows; the types are DuckDB's words."""

    name: str
    parameters: tuple[str, ...]
    result: str
    call: Columns


_ARROW_TYPES: dict[str, pa.DataType] = {
    "BOOLEAN": pa.bool_(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "BLOB": pa.binary(),
    "VARCHAR[]": pa.list_(pa.string()),
    "DOUBLE[]": pa.list_(pa.float64()),
}


def by_row(name: str, parameters: str, result: str, function: Callable[..., Any]) -> ArrowFunction:
    """A function of one row's values, none of them null, as one of columns: a null argument gives null.

    `parameters` are DuckDB's types with blanks between. What `function` raises as ValueError fails the query.
    Equal rows of a batch are worked out once: most texts of a table come again and again.
    """
    kind = _ARROW_TYPES[result]

    def call(*columns: pa.ChunkedArray) -> pa.Array:
        rows = list(zip(*map(_values, columns), strict=True))
        answers = {row: None if None in row else function(*row) for row in dict.fromkeys(rows)}
        return pa.array([answers[row] for row in rows], kind)

    types = tuple(parameters.split())
    call.__signature__ = signature(len(types))  # type: ignore[attr-defined]  # DuckDB counts `*columns` for one
    return ArrowFunction(PREFIX + name, types, result, call)


def signature(count: int) -> Signature:
    return Signature([Parameter(f"column_{at}", Parameter.POSITIONAL_ONLY) for at in range(count)])


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Python values that can be keys: lists as tuples."""
    values: list[Any] = column.to_pylist()
    if pa.types.is_list(column.type):
        return [None if value is None else tuple(value) for value in values]
    return values
