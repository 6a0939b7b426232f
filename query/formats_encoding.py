"""Arrow batches as bytes of a format, batch by batch: what an engine process sends of a stream or of a whole result."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from query.formats import TAILS, Format
from query.rendering import cells
from segments.arrow_schema import ARROW_TYPES, arrow_type

Buffer = bytes | memoryview
_ARRAY = "_ARRAY"
_AS_CELLS = frozenset({"TIMESTAMP", "BYTES", "BIG_DECIMAL"})
"""Types whose text in CSV is that of JSON."""
_json = msgspec.json.Encoder()


class Encoder(Protocol):
    """Writes batches of `typed` columns. What it writes of a batch depends on nothing before it."""

    def head(self) -> bytes: ...
    def body(self, batch: pa.RecordBatch) -> Buffer: ...


class Shape:
    """Names and Pinot's type words of the columns that leave, and the Arrow schema that says the same."""

    def __init__(self, names: Sequence[str], words: Sequence[str]) -> None:
        self.names = list(names)
        self.words = list(words)
        self.schema = pa.schema([pa.field(name, _arrow(word)) for name, word in zip(names, words, strict=True)])

    def typed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch's first columns under their names and types: DuckDB's differ in units and list names."""
        columns = [_cast(batch.column(at), field.type) for at, field in enumerate(self.schema)]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


class _Arrow:
    """The IPC stream format: a schema message, then one message for each batch."""

    def __init__(self, shape: Shape) -> None:
        self._schema = shape.schema

    def head(self) -> bytes:
        return bytes(self._schema.serialize())

    def body(self, batch: pa.RecordBatch) -> Buffer:
        return memoryview(batch.serialize())


class _JsonLines:
    """An object for each row, values as in Pinot's JSON."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def head(self) -> bytes:
        return b""

    def body(self, batch: pa.RecordBatch) -> bytes:
        shape = self._shape
        columns = [cells(column, word) for column, word in zip(batch.columns, shape.words, strict=True)]
        return _json.encode_lines([dict(zip(shape.names, row, strict=True)) for row in zip(*columns, strict=True)])


class _Csv:
    """A header line and a line for each row; texts in quotes, a null is empty without them, lists are JSON."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def head(self) -> bytes:
        names = self._shape.names
        return self._written(pa.table([pa.array([name]) for name in names], names=names))

    def body(self, batch: pa.RecordBatch) -> bytes:
        pairs = zip(batch.columns, self._shape.words, strict=True)
        return self._written(pa.table([_csv_column(column, word) for column, word in pairs], names=self._shape.names))

    def _written(self, table: pa.Table) -> bytes:
        sink = io.BytesIO()
        pa.csv.write_csv(table, sink, pa.csv.WriteOptions(include_header=False))
        return sink.getvalue()


_ENCODERS: Mapping[Format, type[_Arrow] | type[_JsonLines] | type[_Csv]] = {
    Format.ARROW: _Arrow,
    Format.JSONL: _JsonLines,
    Format.CSV: _Csv,
}


def encoder(form: Format, shape: Shape) -> Encoder:
    """For every format but Parquet, whose footer knows of all batches. Raises KeyError for that."""
    return _ENCODERS[form](shape)


def encode_whole(form: Format, shape: Shape, batches: Iterable[pa.RecordBatch]) -> bytes:
    """A whole result in `form`."""
    typed = [shape.typed(batch) for batch in batches]
    if form is Format.PARQUET:
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_batches(typed, shape.schema), sink, store_schema=False, compression="zstd")
        return sink.getvalue()
    one = encoder(form, shape)
    return b"".join((one.head(), *map(one.body, typed), TAILS[form]))


def _arrow(word: str) -> pa.DataType:
    """Words that are no column type (an aggregate's intermediate object) leave as text."""
    single = word.removesuffix(_ARRAY)
    return arrow_type(single, word.endswith(_ARRAY)) if single in ARROW_TYPES else pa.string()


def _cast(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return column if column.type == wanted else column.cast(wanted, safe=False)


def _csv_column(column: pa.Array, word: str) -> pa.Array:
    if word.endswith(_ARRAY):
        return pa.array(map(_json_text, cells(column, word)), pa.string())
    return pa.array(cells(column, word), pa.string()) if word in _AS_CELLS else column


def _json_text(value: Any) -> str | None:
    return None if value is None else _json.encode(value).decode()
