"""Whole batches of JSON payloads by pyarrow's reader, where it surely reads them as the exact reader would."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.json as pj

from ingest.decoders.limits import DEPTH_MAX, may_break_a_limit
from ingest.decoders.rules import needs_rule, ruled, wide
from ingest.streams.values import sizes_of, text_of

Int64s = npt.NDArray[np.int64]

LOOK_EVERY = 64
"""So many batches are read before it is looked again for columns that no payload has."""

_NO_NUMBER = re.compile(rb"[:\[,\s-](?:NaN|Inf|Infinity)[,\]}\s]")


class BatchReader:
    """Rows of `schema`, or None for a batch in which one payload must be looked at by itself.

    Columns that no payload of an earlier batch had are not looked for, as those that transforms make: each would cost
    a null a row. The reader says when a payload has one after all. This memory changes the time taken, never rows (P4).
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._all = _options(schema, "ignore")
        self._some: pj.ParseOptions | None = None
        self._reads = count()

    def read(self, payloads: Sequence[bytes]) -> pa.RecordBatch | None:
        lengths = sizes_of(payloads)
        joined = text_of(payloads)  # an end without a newline would cost the reader a second block
        if not _each_is_an_object(joined, payloads, lengths) or not _is_utf8(joined) or _names_no_number(joined):
            return None
        try:
            table = self._read_some(joined) or self._read_all(joined)
        except pa.ArrowInvalid:
            return None
        return self._typed(table) if table.num_rows == len(payloads) else None

    def _read_some(self, joined: bytes) -> pa.Table | None:
        """None when a payload has a field besides the columns that are looked for. Raises ArrowInvalid."""
        if self._some is None:
            return None
        try:
            return _parsed(joined, self._some)
        except pa.ArrowInvalid as error:
            if "unexpected field" not in str(error):
                raise
            self._some = None
            return None

    def _read_all(self, joined: bytes) -> pa.Table:
        """Raises ArrowInvalid."""
        table = _parsed(joined, self._all)
        if next(self._reads) % LOOK_EVERY == 0:
            found = [field for field in self._schema if table.column(field.name).null_count < table.num_rows]
            self._some = _options(found, "error") if 0 < len(found) < len(self._schema) else None
        return table

    def _typed(self, table: pa.Table) -> pa.RecordBatch | None:
        """Column types as declared; None when a value needs the exact reader (NaN, nulls within lists)."""
        columns, found = [], frozenset(table.column_names)
        for field in self._schema:
            if field.name not in found:
                columns.append(pa.nulls(table.num_rows, field.type))
                continue
            column = _whole(table.column(field.name))
            if needs_rule(column, field.type):
                return None
            column = ruled(column)
            columns.append(column if column.type.equals(field.type) else column.cast(field.type))
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array; to combine a single chunk would copy it."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _options(fields: Sequence[pa.Field] | pa.Schema, unexpected: str) -> pj.ParseOptions:
    schema = pa.schema([(field.name, wide(field.type)) for field in fields])
    return pj.ParseOptions(explicit_schema=schema, newlines_in_values=True, unexpected_field_behavior=unexpected)


def _parsed(joined: bytes, options: pj.ParseOptions) -> pa.Table:
    read = pj.ReadOptions(use_threads=False, block_size=len(joined) + 1)
    return pj.read_json(pa.py_buffer(joined), read_options=read, parse_options=options)


def _each_is_an_object(joined: bytes, payloads: Sequence[bytes], lengths: Int64s) -> bool:
    """Whether every payload begins with `{`, ends with `}`, and surely keeps within the limits.

    Then the reader's rows are the payloads, if there are as many: between `}` and `{` JSON can only be at top level.
    (pyarrow itself would take two objects in one payload for two rows, and dies on a bare `null`.)
    """
    if lengths.min() < 2 or (lengths.max() > DEPTH_MAX and any(map(may_break_a_limit, payloads))):
        return False
    ends = np.cumsum(lengths + 1) - 1
    text = np.frombuffer(joined, np.uint8)
    return bool((text[ends - lengths] == ord("{")).all() and (text[ends - 1] == ord("}")).all())


def _names_no_number(joined: bytes) -> bool:
    """Whether NaN or Infinity may stand where a value does: pyarrow takes them, JSON does not have them."""
    return (_holds(joined, b"NaN") or _holds(joined, b"Inf")) and _NO_NUMBER.search(joined) is not None


def _holds(joined: bytes, word: bytes) -> bool:
    """Whether three letters stand in the text. Searching for all of them takes a tenth of decoding, for one nothing."""
    if word[:1] not in joined:
        return False
    text = np.frombuffer(joined, np.uint8)
    at = np.flatnonzero(text[:-2] == word[0])
    return bool(((text[at + 1] == word[1]) & (text[at + 2] == word[2])).any())


def _is_utf8(joined: bytes) -> bool:
    if joined.isascii():
        return True
    try:
        joined.decode()
    except UnicodeDecodeError:
        return False
    return True
