"""How code about one group becomes code about a column of groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pyarrow as pa

from engine.functions.entry import PREFIX, ArrowFunction, signature

_T = TypeVar("_T")
_ARROW_TYPES: dict[str, pa.DataType] = {
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "BLOB": pa.binary(),
    "INTEGER[]": pa.list_(pa.int32()),
}


def per_group(name: str, parameters: str, result: str, function: Callable[..., Any]) -> ArrowFunction:
    """A function of one group's lists and of settings; a group without values gives null.

    `parameters` are DuckDB's types with blanks between. What `function` raises as ValueError fails the query.
    """
    kind, types = _ARROW_TYPES[result], tuple(parameters.split())

    def call(*columns: pa.ChunkedArray) -> pa.Array:
        groups = zip(*(column.to_pylist() for column in columns), strict=True)
        return pa.array([None if group[0] is None else function(*group) for group in groups], kind)

    call.__signature__ = signature(len(types))  # type: ignore[attr-defined]  # DuckDB counts `*columns` for one
    return ArrowFunction(PREFIX + name, types, result, call)


def known(values: Iterable[_T | None]) -> Iterator[_T]:
    """The values that are not null."""
    return (value for value in values if value is not None)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Bytes that are no such sketch fail with a message that says so."""
    try:
        yield
    except (ValueError, RuntimeError, IndexError, MemoryError) as error:
        raise ValueError(f"not a serialized {what} sketch: {error}") from error
