"""JSON payloads: pyarrow's reader for whole batches, the exact one (`exact.py`) for what that refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from ingest.decoders.base import Columns, Decoded, Refused
from ingest.decoders.exact import exact_rows
from ingest.decoders.limits import DEPTH_MAX, may_break_a_limit
from ingest.decoders.rules import needs_rule, ruled, wide
from segments.arrow_schema import arrow_type

FEW_ROWS = 128
"""So few rows cost the exact reader less than a call of the fast one."""

PIECE_ROWS = 1_000
"""A batch that the fast reader refuses is read in pieces of this size; only those it refuses again are read exactly."""

_EXACT_ONLY = frozenset({"BYTES", "UUID", "BIG_DECIMAL", "JSON", "MAP", "LIST", "STRUCT", "OPEN_STRUCT"})
"""Types whose text form the vectorised reader does not know."""

_NO_NUMBER = re.compile(rb"[:\[,\s-](?:NaN|Inf|Infinity)[,\]}\s]")


class JsonDecoder:
    """One JSON object a payload. A field that is missing is null; fields that no column wants are ignored."""

    def __init__(self, columns: Columns) -> None:
        self._columns = dict(columns)
        self._schema = pa.schema([(name, arrow_type(c.data_type, c.multi_value)) for name, c in columns.items()])
        fast = pa.schema([(field.name, wide(field.type)) for field in self._schema])
        self._options = pj.ParseOptions(explicit_schema=fast, unexpected_field_behavior="ignore")
        self._always_exact = any(c.data_type in _EXACT_ONLY for c in columns.values())

    def decode(self, payloads: Sequence[bytes]) -> Decoded:
        refused: list[Refused] = []
        pieces = list(self._pieces(payloads, refused))
        rows = pa.concat_batches(pieces) if len(pieces) != 1 else pieces[0]
        if not refused:
            return Decoded(rows, None, ())
        bad = {r.index for r in refused}
        return Decoded(rows, [i for i in range(len(payloads)) if i not in bad], refused)

    def _pieces(self, payloads: Sequence[bytes], refused: list[Refused]) -> Iterator[pa.RecordBatch]:
        whole = self._fast(payloads)
        if whole is not None:
            yield whole
            return
        for first in range(0, max(1, len(payloads)), PIECE_ROWS):
            piece = payloads[first : first + PIECE_ROWS]
            rows = self._fast(piece) if len(piece) < len(payloads) else None
            yield self._exactly(piece, first, refused) if rows is None else rows

    def _exactly(self, payloads: Sequence[bytes], first: int, refused: list[Refused]) -> pa.RecordBatch:
        return exact_rows(payloads, first, self._columns, self._schema, refused)

    def _fast(self, payloads: Sequence[bytes]) -> pa.RecordBatch | None:
        """The batch by the vectorised reader, or None when a payload needs the exact one."""
        if self._always_exact or len(payloads) <= FEW_ROWS:
            return None
        joined = b"\n".join(payloads)
        if not _each_is_an_object(joined, payloads) or not _is_utf8(joined) or _names_no_number(joined):
            return None
        read = pj.ReadOptions(use_threads=False, block_size=len(joined) + 1)
        try:
            table = pj.read_json(pa.py_buffer(joined), read_options=read, parse_options=self._options)
        except pa.ArrowInvalid:
            return None
        return self._typed(table) if table.num_rows == len(payloads) else None

    def _typed(self, table: pa.Table) -> pa.RecordBatch | None:
        """Column types as declared; None when a value needs the exact reader (NaN, nulls within lists)."""
        columns = []
        for field in self._schema:
            column = table.column(field.name).combine_chunks()
            if needs_rule(column, field.type):
                return None
            columns.append(ruled(column).cast(field.type))
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)


def _each_is_an_object(joined: bytes, payloads: Sequence[bytes]) -> bool:
    """Whether every payload begins with `{`, ends with `}`, and surely keeps within the limits.

    Then the reader's rows are the payloads, if there are as many: between `}` and `{` JSON can only be at top level.
    (pyarrow itself would take two objects in one payload for two rows, and dies on a bare `null`.)
    """
    lengths = np.fromiter(map(len, payloads), np.int64, len(payloads))
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
