"""Decoding is a pure function of the record (P4): its neighbours choose the reader, never the outcome."""

from __future__ import annotations

import pytest

from ingest.decoders.base import Decoded, SourceColumn
from ingest.decoders.json import FEW_ROWS, JsonDecoder
from ingest.decoders.limits import DEPTH_MAX, PAYLOAD_BYTES_MAX

COLUMNS = {
    "i": SourceColumn("INT", False),
    "l": SourceColumn("LONG", False),
    "f": SourceColumn("FLOAT", False),
    "d": SourceColumn("DOUBLE", False),
    "b": SourceColumn("BOOLEAN", False),
    "t": SourceColumn("TIMESTAMP", False),
    "s": SourceColumn("STRING", False),
    "m": SourceColumn("STRING", True),
    "n": SourceColumn("INT", True),
}
DECODER = JsonDecoder(COLUMNS)
MANY = [b'{"i":1}'] * FEW_ROWS
"""With so many beside it, a payload is read by the vectorised reader, if that takes it."""


def outcome(payload: bytes, *neighbours: bytes) -> str:
    """The row that became of the payload, or why it was refused."""
    decoded: Decoded = DECODER.decode([payload, *neighbours])
    refused = [each for each in decoded.refused if each.index == 0]
    return repr(refused[0] if refused else decoded.rows.to_pylist()[0])


@pytest.mark.parametrize(
    "payload",
    [
        b'{"i":1,"i":2}', b'{"s":"a","s":"b"}', b'{"i":1.0}', b'{"i":1e3}', b'{"l":1.5}', b'{"d":1e400}',
        b'{"d":-0.0}', b'{"d":1e-400}', b'{"f":1e39}', b'{"f":16777217}', b'{"d":123456789012345678901234567890}',
        b'{"l":9223372036854775808}', b'{"i":2147483648}', b'{"i":true}', b'{"b":1}', b'{"b":"true"}', b'{"s":1.50}',
        b'{"s":{"a":1}}', b'{"s":["x"]}', b'{"s":"\\u0000x"}', b'{"s":"\\ud800"}', b'{"s":"\x01"}', b'{"t":5}',
        b'{"t":"2024-01-01 00:00:00"}', b'{"t":1700000000000}', b'{"m":[]}', b'{"m":["a",null]}', b'{"m":"x"}',
        b'{"n":[1,2.5]}', b'{"n":{"a":1}}', b"{}", b"{ }", b' {"i":1}', b'{"i":\n1}', b'{"i":01}', b'{"i":NaN}',
        b'{"i":1,}', b'{"i":1}{"i":2}', b'{/**/"i":1}', b"{'i':1}", b'\xef\xbb\xbf{"i":1}', b'{"\\u0069":7}',
        b'{"s":"\xed\xa0\x80"}', b'{"d":1.}', b'{"x":.5}', b'{"x":tru}', b'{"x":1e999999}', b'{"x":"\\ud800"}',
    ],
)  # fmt: skip
def test_an_outcome_does_not_depend_on_the_neighbours(payload: bytes) -> None:
    assert outcome(payload) == outcome(payload, b"not JSON") == outcome(payload, *MANY)


@pytest.mark.parametrize("depth", [DEPTH_MAX - 1, DEPTH_MAX, 5_000, 100_000])
def test_a_field_that_no_column_wants_may_nest_as_deep_as_any(depth: int) -> None:
    payload = b'{"i":1,"other":' + b"[" * depth + b"]" * depth + b"}"
    assert ("nested too deep" in outcome(payload)) == (depth + 1 > DEPTH_MAX)
    assert outcome(payload) == outcome(payload, *MANY)


def test_brackets_within_texts_and_side_by_side_do_not_nest() -> None:
    for payload in (b'{"s":"\\"' + b"[{" * 200 + b'"}', b'{"i":1,"other":[' + b"[]," * 2000 + b"[]]}"):
        assert "Refused" not in outcome(payload)
        assert outcome(payload) == outcome(payload, *MANY)


def test_a_value_is_too_long_in_any_company() -> None:
    payload = b'{"s":"' + b"x" * PAYLOAD_BYTES_MAX + b'"}'
    assert f"at most {PAYLOAD_BYTES_MAX} are read" in outcome(payload)
    assert outcome(payload) == outcome(payload, *MANY)


def test_payloads_that_would_make_one_object_together_are_no_rows() -> None:
    decoded = DECODER.decode([b'{"i":1}{"i":2}', b'{"s":"}', b'{"}'])
    assert (decoded.rows.num_rows, [each.index for each in decoded.refused]) == (0, [0, 1, 2])
