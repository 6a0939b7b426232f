"""Arrow rows as the JSON text of Pinot's `resultTable.rows` (contract 1.4), column by column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

CHUNK_ROWS = 8192
"""Rows of a large answer are Python objects so many at a time."""
_ARRAY = "_ARRAY"
_encode = msgspec.json.Encoder().encode


def rows_chunks(table: pa.Table, output_types: tuple[str, ...]) -> Iterator[bytes]:
    """A JSON array of rows, in pieces. `output_types` are Pinot's type words, one for each column of `table`."""
    before = b"["
    for start in range(0, table.num_rows, CHUNK_ROWS):
        part = table.slice(start, CHUNK_ROWS)
        columns = [cells(column, word) for column, word in zip(part.columns, output_types, strict=True)]
        yield before + memoryview(_encode(list(zip(*columns, strict=True))))[1:-1]
        before = b","
    yield b"]" if before == b"," else b"[]"


def cells(column: pa.ChunkedArray | pa.Array, word: str) -> list[Any]:
    """The column's values as JSON shows them."""
    combined = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    array = combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined
    return _lists(array, word.removesuffix(_ARRAY)) if word.endswith(_ARRAY) else _scalars(array, word)


def _lists(array: pa.Array, word: str) -> list[Any]:
    """Multi-value cells: render the flat values once, then cut them at the lists' bounds."""
    flat = _scalars(array.flatten(), word)
    lengths = pc.list_value_length(array).to_pylist()
    cells: list[Any] = []
    at = 0
    for length in lengths:
        cells.append(None if length is None else flat[at : at + length])
        at += length or 0
    return cells


def _scalars(array: pa.Array, word: str) -> list[Any]:
    return _RENDERERS.get(word, _plain)(array)


def _plain(array: pa.Array) -> list[Any]:
    """Values that JSON has as they are. Anything else in such a column is shown as its text."""
    return _text(array) if pa.types.is_nested(array.type) else list(array.to_pylist())


def _any_type(array: pa.Array) -> list[Any]:
    """Values whose type only they themselves say."""
    if pa.types.is_floating(array.type):
        return _floats(array) if pa.types.is_float32(array.type) else _doubles(array)
    return _bytes(array) if pa.types.is_binary(array.type) else _plain(array)


def _numbers(array: pa.Array) -> list[Any]:
    return list(array.to_numpy(zero_copy_only=False).tolist()) if array.null_count == 0 else list(array.to_pylist())


def _integers(array: pa.Array) -> list[Any]:
    return _numbers(array if pa.types.is_integer(array.type) else array.cast(pa.int64(), safe=False))


def _doubles(array: pa.Array) -> list[Any]:
    values = array if pa.types.is_float64(array.type) else array.cast(pa.float64())
    finite = pc.all(pc.is_finite(values)).as_py()
    return _numbers(values) if finite is not False else [_named(value) for value in values.to_pylist()]


def _floats(array: pa.Array) -> list[Any]:
    """32-bit floats by their shortest text, so that 0.1 stays 0.1 and is not 0.10000000149011612."""
    single = array.cast(pa.float32())
    finite = pc.if_else(pc.is_finite(single), single, pa.scalar(0.0, pa.float32()))
    shortest = finite.cast(pa.string()).cast(pa.float64())
    return _doubles(pc.if_else(pc.is_finite(single), shortest, single.cast(pa.float64())))


def _named(value: float | None) -> float | str | None:
    """Infinity and NaN as Java names them: JSON has no such numbers."""
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _decimals(array: pa.Array) -> list[Any]:
    return [_plain_notation(value) for value in array.to_pylist()]


def _plain_notation(value: Any) -> str | None:
    """A decimal without exponent; text from the store is plain already."""
    if value is None or isinstance(value, str):
        return value
    return format(value if isinstance(value, Decimal) else Decimal(repr(value)), "f")


def _booleans(array: pa.Array) -> list[Any]:
    return list(array.cast(pa.bool_()).to_pylist())


def _timestamps(array: pa.Array) -> list[Any]:
    """Java's `Timestamp.toString()` in UTC: at least one digit of the fraction, no zeros behind it."""
    millis = array.cast(pa.timestamp("ms"), safe=False)
    text = pc.strftime(millis, format="%Y-%m-%d %H:%M:%S")
    return list(pc.replace_substring_regex(text, pattern=r"(\.\d+?)0+$", replacement=r"\1").to_pylist())


def _bytes(array: pa.Array) -> list[Any]:
    values = array.to_pylist()
    return [value.hex() if isinstance(value, bytes) else value for value in values]


def _text(array: pa.Array) -> list[Any]:
    return [value if value is None or isinstance(value, str) else str(value) for value in array.to_pylist()]


def _objects(array: pa.Array) -> list[Any]:
    """Maps are kept as JSON text and leave as JSON objects."""
    return [msgspec.Raw(value.encode()) if isinstance(value, str) else value for value in array.to_pylist()]


_RENDERERS: dict[str, Callable[[pa.Array], list[Any]]] = {
    "INT": _integers,
    "LONG": _integers,
    "FLOAT": _floats,
    "DOUBLE": _doubles,
    "BIG_DECIMAL": _decimals,
    "BOOLEAN": _booleans,
    "TIMESTAMP": _timestamps,
    "STRING": _text,
    "JSON": _text,
    "UUID": _text,
    "BYTES": _bytes,
    "MAP": _objects,
    "OBJECT": _any_type,
}
