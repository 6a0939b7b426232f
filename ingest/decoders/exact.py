"""Payloads that the vectorised reader refuses: each parsed by msgspec, then whole columns, value by value at need.

A bad field refuses its own row and nothing else, and is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from ingest.decoders.base import Columns, Refused, SourceColumn
from ingest.decoders.coercion import BadValue, coerce
from ingest.decoders.limits import DEPTH_MAX, PAYLOAD_BYTES_MAX, is_too_deep
from ingest.decoders.rules import needs_rule, ruled, wide

Record = Mapping[str, Any]

_parse: Callable[[bytes], Any] = msgspec.json.Decoder().decode

_AS_THEY_ARE = frozenset({"INT", "LONG", "FLOAT", "DOUBLE", "BOOLEAN", "TIMESTAMP", "STRING"})
"""Types for which Arrow takes a Python value of the right type just as `coerce` does, and refuses any other."""

_SINGLE = frozenset({int, float, bool, str, type(None)})
_LISTS = frozenset({list, type(None)})


def exact_rows(
    payloads: Sequence[bytes], first: int, columns: Columns, schema: pa.Schema, refused: list[Refused]
) -> pa.RecordBatch:
    """Rows of `schema`; what is no row goes to `refused`, counted from `first`."""
    parsed = [_record(payload) for payload in payloads]
    records = [record for record in parsed if not isinstance(record, str)]
    places = [at for at, record in enumerate(parsed, first) if not isinstance(record, str)]
    refused.extend(Refused(at, reason) for at, reason in enumerate(parsed, first) if isinstance(reason, str))
    bad: dict[int, Refused] = {}
    arrays = [
        _column([record.get(name) for record in records], name, column, schema.field(name).type, places, bad)
        for name, column in columns.items()
    ]
    rows = pa.RecordBatch.from_arrays(arrays, schema=schema)
    refused.extend(bad.values())
    return rows.filter(pa.array([place not in bad for place in places], pa.bool_())) if bad else rows


def _record(payload: bytes) -> Record | str:
    """The JSON object in `payload`, or the reason why there is none."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        return f"the value has {len(payload)} bytes, at most {PAYLOAD_BYTES_MAX} are read"
    if is_too_deep(payload):
        return f"not JSON: nested too deep, at most {DEPTH_MAX} levels are read"
    try:
        record = _parse(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"not JSON: {error}" if payload else "not JSON: the value is empty"
    return record if isinstance(record, dict) else f"not a JSON object but {type(record).__name__}"


def _column(
    values: list[Any], name: str, column: SourceColumn, kind: pa.DataType, places: list[int], bad: dict[int, Refused]
) -> pa.Array:
    """One column; rows whose value cannot be in it are noted in `bad`, by place, and null here."""
    whole = _as_they_are(values, column, kind)
    if whole is not None:
        return whole
    coerced: list[Any] = []
    for place, value in zip(places, values, strict=True):
        try:
            coerced.append(coerce(value, column))
        except BadValue as error:
            bad.setdefault(place, Refused(place, str(error), f"$.{name}"))
            coerced.append(None)
    return pa.array(coerced, kind)


def _as_they_are(values: list[Any], column: SourceColumn, kind: pa.DataType) -> pa.Array | None:
    """The column where every value is of its type already; None when one of them must be looked at."""
    if column.data_type not in _AS_THEY_ARE or not set(map(type, values)) <= (
        _LISTS if column.multi_value else _SINGLE
    ):
        return None
    try:
        array = pa.array(values, wide(kind))
    except (pa.ArrowException, OverflowError, TypeError):
        return None
    return None if needs_rule(array, kind) else ruled(array).cast(kind)
