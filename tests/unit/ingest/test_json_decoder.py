"""JSON payloads to columns: two readers, one outcome; any bytes become rows or refusals, never an exception."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushpad.quickstart.clicks import clicks
from ingest.decoders.base import Decoded, SourceColumn
from ingest.decoders.columns import Faults
from ingest.decoders.json import FEW_ROWS, PIECE_ROWS, JsonDecoder

PLAIN = ("INT", "LONG", "FLOAT", "DOUBLE", "BOOLEAN", "TIMESTAMP", "STRING")
ALL = (*PLAIN, "BIG_DECIMAL", "JSON", "BYTES", "UUID", "MAP", "LIST", "STRUCT", "OPEN_STRUCT")


def columns_of(data_types: Sequence[str]) -> dict[str, SourceColumn]:
    """A single-value column named as its type, and a multi-value one where Pinot has it."""
    single = {name.lower(): SourceColumn(name, False) for name in data_types}
    return single | {f"{name.lower()}s": SourceColumn(name, True) for name in data_types if name in ALL[:8]}


COLUMNS = columns_of(PLAIN)
DECODER = JsonDecoder(COLUMNS)
DECODER_OF_ALL = JsonDecoder(columns_of(ALL))
FUZZ = Path(__file__).with_name("json_fuzz.py")

MANY = [b"{}"] * (FEW_ROWS + 1)
"""In this company a payload is read by the fast way first."""
VALUE_BY_VALUE = json.dumps(dict.fromkeys(COLUMNS, "1")).encode()
"""In this company no column is taken as it is."""

Outcome = dict[str, Any] | tuple[str, str]
"""A row, or why there is none."""


def outcomes(decoder: JsonDecoder, payloads: Sequence[bytes], company: Sequence[bytes] = ()) -> list[Outcome]:
    """What becomes of each payload, in order, when `company` comes in the same batch."""
    decoded = decoder.decode([*payloads, *company])
    assert_accounts_for_all(decoded, len(payloads) + len(company))
    refused = {each.index: (each.reason, each.field) for each in decoded.refused}
    rows = iter(plain(decoded.rows.slice(0, len(payloads))))
    return [refused[at] if at in refused else next(rows) for at in range(len(payloads))]


def assert_accounts_for_all(decoded: Decoded, count: int) -> None:
    refused = [each.index for each in decoded.refused]
    kept = range(count) if decoded.kept is None else decoded.kept
    assert sorted([*kept, *refused]) == list(range(count))
    assert decoded.rows.num_rows == len(kept)
    decoded.rows.validate(full=True)


def plain(rows: pa.RecordBatch) -> list[dict[str, Any]]:
    """Rows with times as milliseconds: not every moment is a Python datetime."""
    arrays = [column.cast(_plain_type(column.type)) for column in rows.columns]
    return list(pa.RecordBatch.from_arrays(arrays, names=rows.schema.names).to_pylist())


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(_plain_type(kind.value_type))
    return pa.int64() if pa.types.is_timestamp(kind) else kind


NUMBERS = [
    "0", "-0", "-0.0", "0.0", "1", "1.0", "1.5", "-1.5", "1e3", "1E+3", "1e-3", "100e-2", "0.1", "1e22", "1e23",
    "2147483647", "2147483648", "-2147483648", "-2147483649", "9007199254740993", "16777217",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "1e400", "-1e400", "1e-400", "1e39", "3.4028235e38", "3.4028236e38",
    "2.2250738585072011e-308", "4.9e-324", "123456789012345678901234567890", "0.30000000000000004", "1e999999",
    "01", "1.", ".5", "+1", "0x10", "NaN", "Infinity", "-Infinity", "-", "1_000", "1e", "--1",
]  # fmt: skip
TEXTS = [
    '""', '"a"', '"ä€😀"', '"1"', '" 7 "', '"1.5"', '"true"', '"TRUE"', '"NaN"', '"inf"', '"2024-02-29"',
    '"2024-02-29 12:00:00.5"', '"2024-02-29T12:00:00Z"', '"2023-02-29"', '"1700000000000"', '"\\u0000x"', '"\\ud800"',
    '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\n\\t\\/\\b"', '"\\x"', '"\\u12"', '"\t"', '"\n"', '"\x7f"', '"\u2028"',
    '"AQID"', '"123e4567-e89b-12d3-a456-426614174000"', '"123E4567E89B12D3A456426614174000"', '"{\\"a\\":1}"', '"{"',
    '"' + "x" * 600 + '"',
]  # fmt: skip
WORDS = ["null", "true", "false", "nul", "True", "undefined", "", " ", "/**/1", "'a'"]
KEYS = [*COLUMNS, *columns_of(ALL), "other", "", "\\u0069nt", "int\\u0000", "ä", "INT"]

tokens = st.one_of(st.sampled_from(NUMBERS), st.sampled_from(TEXTS), st.sampled_from(WORDS))
keys = st.sampled_from(KEYS).map('"{}"'.format)
spaces = st.sampled_from(["", "", "", " ", "\n", "\r\n", "\t"])


def _list(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda found: f"[{','.join(found)}]")


def _object(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(keys, spaces, values).map(lambda part: f"{part[0]}:{part[1]}{part[2]}")
    return st.tuples(st.lists(pair, max_size=4), spaces).map(lambda part: "{" + f",{part[1]}".join(part[0]) + "}")


values = st.recursive(tokens, lambda inner: st.one_of(_list(inner), _object(inner)), max_leaves=5)
valid = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.integers(-(2**31), 2**31), st.floats(), st.text()
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=4,
)
generated = st.dictionaries(st.sampled_from(KEYS), valid, max_size=5).map(lambda row: json.dumps(row).encode())
tricky = st.one_of(_object(values), values).map(lambda text: text.encode("utf-8", "surrogatepass"))
mangled = st.tuples(tricky, st.integers(0, 80), st.binary(max_size=3)).map(
    lambda part: part[0][: part[1]] + part[2] + part[0][part[1] :]
)
payloads = st.lists(st.one_of(generated, tricky, mangled, st.binary(max_size=12)), min_size=1, max_size=6)


@given(payloads)
@settings(max_examples=150, deadline=None)
def test_both_ways_agree_on_every_payload(batch: list[bytes]) -> None:
    exactly = outcomes(DECODER, batch)
    assert repr(outcomes(DECODER, batch, MANY)) == repr(exactly)
    for payload, outcome in zip(batch, exactly, strict=True):
        assert repr(outcomes(DECODER, [payload], MANY)[0]) == repr(outcome)
        assert repr(outcomes(DECODER, [payload], [VALUE_BY_VALUE])[0]) == repr(outcome)


@given(payloads)
@settings(max_examples=150, deadline=None)
def test_columns_of_every_type_take_every_payload(batch: list[bytes]) -> None:
    alone = [outcome for payload in batch for outcome in outcomes(DECODER_OF_ALL, [payload])]
    assert repr(outcomes(DECODER_OF_ALL, batch)) == repr(alone)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("wrap", ["{}", "[{}]", '{{"a":{}}}', "[1,{}]"])
def test_both_ways_agree_on_every_edge_value_of_every_column(name: str, wrap: str) -> None:
    assert_both_ways_agree(name, COLUMNS[name], wrap)


@pytest.mark.parametrize("wrap", ["{}", "[{}]", '{{"a":{}}}'])
def test_both_ways_agree_on_every_edge_value_that_no_column_wants(wrap: str) -> None:
    assert_both_ways_agree("other", COLUMNS["int"], wrap)


def assert_both_ways_agree(field: str, column: SourceColumn, wrap: str) -> None:
    decoder = JsonDecoder({"other" if field != "other" else "int": column, field: column})
    batch = [f'{{"{field}":{wrap.format(token)}}}'.encode() for token in (*NUMBERS, *TEXTS, *WORDS)]
    for payload, outcome in zip(batch, outcomes(decoder, batch, [VALUE_BY_VALUE]), strict=True):
        assert repr(outcomes(decoder, [payload], MANY)[0]) == repr(outcome), payload


THOUSANDS = [b'{"int":1,"string":"a"}'] * (2 * PIECE_ROWS)
"""In this company a payload that the fast way refuses is looked for, and read exactly by itself."""


@given(payloads)
@settings(max_examples=40, deadline=None)
def test_a_suspect_among_thousands_has_the_same_outcome(batch: list[bytes]) -> None:
    assert repr(outcomes(DECODER, batch, THOUSANDS)) == repr(outcomes(DECODER, batch))


def test_suspects_leave_the_others_in_their_order() -> None:
    batch = [b'{"int":%d}' % at for at in range(3 * PIECE_ROWS)]
    batch[5], batch[2_000], batch[2_999] = b"bad", b'{"int":"7"}', b'{"int":"x"}'
    decoded = DECODER.decode(batch)
    wanted = [7 if at == 2_000 else at for at in range(3 * PIECE_ROWS) if at not in (5, 2_999)]
    assert decoded.rows.column("int").to_pylist() == wanted
    assert [each.index for each in decoded.refused] == [5, 2_999]
    assert_accounts_for_all(decoded, len(batch))


def test_a_key_that_stands_twice_has_its_last_value() -> None:
    payload = b'{"int":1,"string":"a","int":2,"string":"b"}'
    for company in ([], MANY):
        (row,) = outcomes(DECODER, [payload], company)
        assert isinstance(row, dict)
        assert (row["int"], row["string"]) == (2, "b")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"42",
        b'"{}"',
        b"{",
        b"}{",
        b"{}{}",
        b"{},",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe",
        b"{'int':1}",
    ],
)
def test_what_is_no_object_is_refused_as_a_whole_and_its_neighbours_stay(payload: bytes) -> None:
    for good in (1, FEW_ROWS, 3 * PIECE_ROWS):
        batch = [b'{"int":1}'] * good + [payload] + [b'{"int":2}'] * good
        decoded = DECODER.decode(batch)
        assert [(each.index, each.field) for each in decoded.refused] == [(good, "")]
        assert list(decoded.kept or ()) == [*range(good), *range(good + 1, 2 * good + 1)]
        assert decoded.rows.column("int").to_pylist() == [1] * good + [2] * good


def test_spaces_and_line_ends_within_an_object_are_of_no_account() -> None:
    for payload in (b'{"int":1}\r\n', b'\r\n{"int":1}', b'{\r\n  "int": 1\r\n}', b'{"int"\n:\n1}', b'\t{"int":1} '):
        for company in ([], MANY):
            (row,) = outcomes(DECODER, [payload], company)
            assert isinstance(row, dict)
            assert row["int"] == 1


def test_no_payloads_are_no_rows() -> None:
    decoded = DECODER.decode([])
    assert (decoded.rows.num_rows, decoded.kept, list(decoded.refused)) == (0, None, [])


def test_a_bad_row_among_ten_thousand_costs_one_piece_of_exact_rows() -> None:
    batch = clicks(seed=1, start_row=0, rows=10_000, first_ms=1_700_000_000_000, step=1)
    decoder = CountingDecoder(columns_of_clicks())
    assert (decoder.decode(batch).rows.num_rows, decoder.exact) == (10_000, 0)
    batch[7_654] = b"bad"
    decoded = decoder.decode(batch)
    assert [each.index for each in decoded.refused] == [7_654]
    assert decoder.exact <= PIECE_ROWS


class CountingDecoder(JsonDecoder):
    """Counts the rows that go the exact way."""

    exact = 0

    def _exactly(self, payloads: Sequence[bytes], first: int, faults: Faults) -> pa.RecordBatch:
        self.exact += len(payloads)
        return super()._exactly(payloads, first, faults)


def columns_of_clicks() -> dict[str, SourceColumn]:
    types = {"ts": "LONG", "user_id": "LONG", "event": "STRING", "amount": "DOUBLE", "qty": "INT", "ok": "BOOLEAN"}
    return {name: SourceColumn(data_type, False) for name, data_type in types.items()}


def test_a_text_that_never_ends_is_read_in_linear_time() -> None:
    """Searched from each of its quotation marks anew, this payload would take hours."""
    payload = b'{"string":' + b"[" * 600 + b'"' + b'\\"' * 1_000_000
    (refusal,) = outcomes(DECODER, [payload])
    assert "nested too deep" in refusal[0]  # type: ignore[index]


@pytest.mark.parametrize("depth", [600, 100_000])
def test_json_within_a_text_has_the_same_limit_of_depth(depth: int) -> None:
    inner = "[" * depth + "]" * depth
    (refusal,) = outcomes(DECODER_OF_ALL, [json.dumps({"json": inner}).encode()])
    assert isinstance(refusal, tuple)
    assert "nested too deep" in refusal[0]
    assert refusal[1] == "$.json"


def test_a_moment_that_no_engine_can_hold_is_refused() -> None:
    """Nanoseconds where milliseconds belong: the engine would fail every query of the table."""
    for company in ([], MANY):
        (refusal,) = outcomes(DECODER, [b'{"timestamp":1700000000000000000}'], company)
        assert isinstance(refusal, tuple)
        assert "1700000000000000000" in refusal[0]


@pytest.mark.parametrize("seed", range(2))
def test_no_bytes_end_the_interpreter(seed: int) -> None:
    done = subprocess.run([sys.executable, str(FUZZ), str(seed)], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr
