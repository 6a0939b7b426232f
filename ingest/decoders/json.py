"""JSON payloads: pyarrow's reader for whole batches, msgspec for the exact word on the rows that it refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from ingest.decoders.base import Columns, Decoded, Refused
from ingest.decoders.coercion import BadValue, coerce
from segments.arrow_schema import arrow_type

ROWS_EXACT = 64
"""A batch that the fast reader refuses is halved until pieces of this size, which are read exactly."""

DEPTH_MAX = 512
PAYLOAD_BYTES_MAX = 8 * 1024 * 1024
"""Both readers heed them: a record's fate must not depend on the records beside it (P4)."""

_EXACT_ONLY = frozenset({"BYTES", "UUID", "BIG_DECIMAL", "JSON", "MAP", "LIST", "STRUCT", "OPEN_STRUCT"})
"""Types whose text form the vectorised reader does not know."""

_parse = msgspec.json.Decoder().decode

_TEXTS = re.compile(rb'"(?:[^"\\]+|\\.)*+"', re.DOTALL)


class JsonDecoder:
    """One JSON object a payload. A field that is missing is null; fields that no column wants are ignored."""

    def __init__(self, columns: Columns) -> None:
        self._columns = dict(columns)
        self._types = {name: arrow_type(c.data_type, c.multi_value) for name, c in columns.items()}
        self._schema = pa.schema(list(self._types.items()))
        self._fast = pa.schema([(name, _fast_type(kind)) for name, kind in self._types.items()])
        self._options = pj.ParseOptions(explicit_schema=self._fast, unexpected_field_behavior="ignore")
        self._always_exact = any(c.data_type in _EXACT_ONLY for c in columns.values())

    def decode(self, payloads: Sequence[bytes]) -> Decoded:
        pieces: list[pa.RecordBatch] = []
        refused: list[Refused] = []
        self._decode(payloads, 0, pieces, refused)
        rows = pa.concat_batches(pieces) if len(pieces) != 1 else pieces[0]
        if not refused:
            return Decoded(rows, None, ())
        bad = {r.index for r in refused}
        return Decoded(rows, [i for i in range(len(payloads)) if i not in bad], refused)

    def _decode(
        self, payloads: Sequence[bytes], first: int, pieces: list[pa.RecordBatch], refused: list[Refused]
    ) -> None:
        rows = self._whole(payloads)
        if rows is not None:
            pieces.append(rows)
        elif len(payloads) <= ROWS_EXACT:
            pieces.append(self._exactly(payloads, first, refused))
        else:
            middle = len(payloads) // 2
            self._decode(payloads[:middle], first, pieces, refused)
            self._decode(payloads[middle:], first + middle, pieces, refused)

    def _whole(self, payloads: Sequence[bytes]) -> pa.RecordBatch | None:
        """The batch by the vectorised reader, or None when a payload needs the exact one."""
        if self._always_exact or not payloads:
            return None
        joined = b"\n".join(payloads)
        if not _each_is_an_object(joined, payloads) or not _is_utf8(joined):
            return None
        read = pj.ReadOptions(use_threads=False, block_size=len(joined) + 1)
        try:
            table = pj.read_json(pa.py_buffer(joined), read_options=read, parse_options=self._options)
        except pa.ArrowInvalid:
            return None
        if table.num_rows != len(payloads):
            return None
        return self._typed(table.select(self._fast.names))

    def _typed(self, table: pa.Table) -> pa.RecordBatch | None:
        """Column types as declared; None when a value needs the exact reader (NaN, nulls within lists)."""
        columns = []
        for name, kind in self._types.items():
            column = table.column(name).combine_chunks()
            if _needs_rule(column):
                return None
            ruled = _ruled(column)
            columns.append(ruled if ruled.type == kind else ruled.cast(kind))
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)

    def _exactly(self, payloads: Sequence[bytes], first: int, refused: list[Refused]) -> pa.RecordBatch:
        rows: list[dict[str, Any]] = []
        for index, payload in enumerate(payloads, first):
            row = self._row(payload)
            if isinstance(row, dict):
                rows.append(row)
            else:
                refused.append(Refused(index, *row))
        return pa.RecordBatch.from_pylist(rows, schema=self._schema)

    def _row(self, payload: bytes) -> dict[str, Any] | tuple[str, str]:
        """A row, or the reason and the field that refuse it."""
        record = _record(payload)
        if isinstance(record, str):
            return record, ""
        row: dict[str, Any] = {}
        for name, column in self._columns.items():
            try:
                row[name] = coerce(record.get(name), column)
            except BadValue as error:
                return str(error), f"$.{name}"
        return row


def _record(payload: bytes) -> dict[str, Any] | str:
    """The JSON object in `payload`, or the reason why there is none."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        return f"the value has {len(payload)} bytes, at most {PAYLOAD_BYTES_MAX} are read"
    if _is_too_deep(payload):
        return f"not JSON: nested too deep, at most {DEPTH_MAX} levels are read"
    try:
        record = _parse(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"not JSON: {error}" if payload else "not JSON: the value is empty"
    return record if isinstance(record, dict) else f"not a JSON object but {type(record).__name__}"


def _is_too_deep(payload: bytes) -> bool:
    """Whether brackets outside of texts nest deeper than `DEPTH_MAX`."""
    if not _has_many_brackets(payload):
        return False
    marks = np.frombuffer(_TEXTS.sub(b"", payload), np.uint8)
    opened = (marks == ord("[")) | (marks == ord("{"))
    closed = (marks == ord("]")) | (marks == ord("}"))
    return int(np.cumsum(opened.astype(np.int64) - closed).max(initial=0)) > DEPTH_MAX


def _has_many_brackets(payload: bytes) -> bool:
    return payload.count(b"{") + payload.count(b"[") > DEPTH_MAX


def _may_break_a_limit(payload: bytes) -> bool:
    return len(payload) > PAYLOAD_BYTES_MAX or _has_many_brackets(payload)


def _each_is_an_object(joined: bytes, payloads: Sequence[bytes]) -> bool:
    """Whether every payload begins with `{`, ends with `}`, and surely keeps within the limits.

    Then the reader's rows are the payloads, if there are as many: between `}` and `{` JSON can only be at top level.
    (pyarrow itself would take two objects in one payload for two rows, and dies on a bare `null`.)
    """
    lengths = np.fromiter(map(len, payloads), np.int64, len(payloads))
    if lengths.min() < 2 or (lengths.max() > DEPTH_MAX and any(map(_may_break_a_limit, payloads))):
        return False
    ends = np.cumsum(lengths + 1) - 1
    text = np.frombuffer(joined, np.uint8)
    return bool((text[ends - lengths] == ord("{")).all() and (text[ends - 1] == ord("}")).all())


def _is_utf8(joined: bytes) -> bool:
    if joined.isascii():
        return True
    try:
        joined.decode()
    except UnicodeDecodeError:
        return False
    return True


def _fast_type(kind: pa.DataType) -> pa.DataType:
    """Times are read as epoch milliseconds; text for them goes the exact way."""
    return pa.int64() if pa.types.is_timestamp(kind) else kind


def _needs_rule(column: pa.Array) -> bool:
    if pa.types.is_floating(column.type):
        return not pc.all(pc.is_finite(column), min_count=0).as_py()
    if pa.types.is_list(column.type):
        values = column.flatten()
        return bool(values.null_count) or _needs_rule(values)
    return False


def _ruled(column: pa.Array) -> pa.Array:
    """Pinot's special values (contract 7.1, 7.3): -0.0 is 0.0, an empty list is null."""
    if pa.types.is_floating(column.type):
        return pc.add(column, 0.0)
    if pa.types.is_list(column.type):
        return pc.if_else(pc.equal(pc.list_value_length(column), 0), None, column)
    return column
