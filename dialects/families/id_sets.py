"""ID_SET(x) and IN_ID_SET(x, 'set'): the ids of one query as text, for the filter of another."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from dialects.column_types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    STRING,
    TEXTUAL,
    TIMESTAMP,
    array_of,
    duckdb_type,
    element_of,
    is_array,
)
from dialects.conversions import Typed, convert
from dialects.families.aggregate_entry import own
from dialects.families.distinct_counts import distinct_values
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, literal_text, special
from dialects.roaring import read_bitmap, read_bitmap_64

_EMPTY = "'AA=='"
_PARAMETERS = {"sizethresholdinbytes": "8388608", "expectedinsertions": "5000000", "fpp": "0.03"}
_INSERTIONS_MAX = 5_000_000
_BLOOM_CHARS_MAX = 16_384


def _id_set(arguments: Sequence[Typed], context: Context) -> Typed:
    most, insertions, share = _settings(arguments)
    value = arguments[0]
    word = _stored(element_of(value.data_type))
    kept = array_of(word) if is_array(value.data_type) else word
    ids = distinct_values(Typed(convert(value, kept), kept), context)
    made = f"pinot_id_set_of_{duckdb_type(word).lower()}({ids}, {most}, {insertions}, CAST({share} AS DOUBLE))"
    return Typed(f"coalesce(to_base64({made}), {_EMPTY})", STRING)


def _stored(word: str) -> str:
    """The type as which ids of another one are kept."""
    if word in (BOOLEAN, INT):
        return INT
    return LONG if word == TIMESTAMP else word if word in (LONG, FLOAT, DOUBLE, BYTES) else STRING


def _settings(arguments: Sequence[Typed]) -> tuple[int, int, float]:
    """`'sizeThresholdInBytes=0;expectedInsertions=1000;fpp=0.03'` over the usual values."""
    found = dict(_PARAMETERS)
    text = literal_text(arguments[1], "idset", "parameters") if len(arguments) > 1 else ""
    for pair in filter(None, text.split(";")):
        key, _, value = pair.partition("=")
        if key.strip().lower() not in found:
            raise ValidationFault(f"Invalid parameter of ID_SET: {pair}, for example expectedInsertions=1000")
        found[key.strip().lower()] = value.strip()
    try:
        most, insertions, share = (kind(value) for kind, value in zip((int, int, float), found.values(), strict=True))
    except ValueError as error:
        raise ValidationFault(f"Invalid parameters of ID_SET: {text}") from error
    if not 1 <= insertions <= _INSERTIONS_MAX or not 0.0001 <= share < 1:
        raise ValidationFault(f"ID_SET takes expectedInsertions of 1 to {_INSERTIONS_MAX} and fpp of 0.0001 to 1")
    return int(most), int(insertions), share


def _in_id_set(arguments: Sequence[Typed], _: Context) -> Typed:
    value, text = arguments[0], literal_text(arguments[1], "inidset", "set of ids")
    if is_array(value.data_type):
        raise ValidationFault("IN_ID_SET takes a single value")
    try:
        octets = base64.b64decode(text, validate=True)
        return Typed(_membership(value, octets[:1], octets[1:], text), BOOLEAN)
    except (ValueError, binascii.Error) as error:
        raise ValidationFault(f"IN_ID_SET needs what ID_SET gives, in base64: {error}") from error


def _membership(value: Typed, kind: bytes, body: bytes, text: str) -> str:
    match kind:
        case b"\0":
            return "FALSE"
        case b"\1" | b"\2":
            numbers = read_bitmap(body) if kind == b"\1" else read_bitmap_64(body)
            return f"({convert(value, LONG)} IN ({', '.join(map(str, numbers))}))" if numbers else "FALSE"
        case b"\3" if len(text) <= _BLOOM_CHARS_MAX:
            word = _stored(value.data_type)
            held = STRING if word in TEXTUAL else word
            return f"pinot_in_bloom_of_{duckdb_type(held).lower()}({convert(value, held)}, '{text}')"
        case b"\3":
            raise ValueError(f"a Bloom filter may have {_BLOOM_CHARS_MAX} characters; make it with expectedInsertions")
        case _:
            raise ValueError("unknown kind of set")


ID_SETS: tuple[Function, ...] = (
    own("idset", 1, 2, _id_set, "the distinct values as a set in base64: exact of whole numbers, else a Bloom filter"),
    special("inidset", 2, 2, _in_id_set, "is in a set that ID_SET gave"),
)
