"""Hostile arguments: a function may refuse them by name, and the engine that it runs in answers the next query."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialects.bound_query import BoundQuery
from engine.connection import MESSAGE_CHARS_MAX, BadQuery, Engine, OutOfMemory
from engine.functions.registry import ARROW_FUNCTIONS
from engine.functions.shape_texts import from_binary, from_json, from_text
from engine.functions.shapes import read
from engine.functions.urls import parsed
from engine.settings import Settings

LIMITS: dict[str, Any] = {"timeout_s": 20.0, "rows_max": 100, "bytes_max": 1 << 26}
ONE_ROW = {"t": pa.table({"Carrier": ["AA"], "raw": [b"\xab\xcd"], "ms": [0], "nums": [[1, 2]], "tags": [["a", "b"]]})}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine(Settings(folders=(), threads=1, memory_limit_bytes=256 << 20))
    yield engine
    engine.close()


@pytest.mark.parametrize(
    "expression",
    [
        "uniqueNgrams(repeat(Carrier, 500000), 1, 1000)",
        "uniqueNgrams(Carrier, -5, 2147483647)",
        "prefixes(repeat(Carrier, 100000), 200000)",
        "suffixes(repeat(Carrier, 100000), 200000)",
        "urlDomain(concat('http://', repeat('a', 1000000), '!'))",
        "urlDomain(repeat('://', 100000))",
        "cutURLParameter(concat('http://h/?', repeat('a=1&', 50000), ''), 'b')",
        "urlDecode(repeat('%zz', 100000))",
        "ST_GeomFromText(repeat('9', 1000000))",
        "ST_GeomFromText(concat('POINT (', repeat('9', 1000000), ''))",
        "ST_GeomFromText(repeat('POLYGON (', 100000))",
        "ST_GeomFromGeoJSON(repeat('[', 100000))",
        "ST_GeomFromWKB(toUtf8(repeat(Carrier, 100000)))",
        "ST_AsText(toUtf8(repeat(chr(4), 100000)))",
        "bigDecimalToBytes('1e999999999')",
        "bigDecimalToBytes(repeat('9', 100000))",
        "bytesToBigDecimal('ffff01')",
        "text_match(repeat('a b ', 100000), '/(a*)*b/ OR \"a b a b\"')",
        "regexpReplace(repeat('a', 100000), '(a*)*b', 'x', 0, 5)",
        "regexpReplace(Carrier, '(', 'x', 0, 1)",
        "soundex(repeat('é', 100000))",
        "normalize(repeat('é', 100000), 'NFKD')",
        "fromBytes(raw, 'utf-16')",
        "ipPrefix(repeat(':', 100000), 5)",
        "ipSubnetMin('0.0.0.0/99999999999999999999')",
        "decodeGeoHash(repeat('b', 10000))",
        "encodeGeoHash(0.0 / 0, 1e300, 12)",
        "uuidTimestamp(repeat('f', 100000))",
        "hexDecimalToLong(repeat('f', 100000))",
        "bitShiftLeft(9223372036854775807, -9223372036854775807)",
        "generateLongArray(0, ms + 9223372036854775806, 1)",
        "factorial(-9223372036854775807)",
        "widthBucket(0.0 / 0, 0, 10, 5)",
        "cosineDistance(ARRAY[1e308, 1e308], ARRAY[1e308, 1e308])",
    ],
)
def test_the_engine_lives(engine: Engine, bound: Callable[..., BoundQuery], expression: str) -> None:
    fault = fault_of(engine, bound(f"SELECT {expression} FROM t").select)

    assert len(fault) <= MESSAGE_CHARS_MAX
    assert "Traceback" not in fault
    assert engine.run("SELECT 1 AS one", {}, **LIMITS).table.to_pylist() == [{"one": 1}]


def fault_of(engine: Engine, sql: str) -> str:
    """The message of a query that fails for its data, empty for one that does not fail."""
    try:
        engine.run(sql, ONE_ROW, **LIMITS)
    except (BadQuery, OutOfMemory) as fault:
        return str(fault)
    return ""


def test_what_a_function_refuses_is_said_without_pythons_names(engine: Engine, bound) -> None:
    query = bound("SELECT ipv4ToLong(Carrier) FROM t")

    with pytest.raises(BadQuery) as raised:
        engine.run(query.select, ONE_ROW, **LIMITS)
    assert str(raised.value) == "not an IP address without a prefix: 'AA'"


@pytest.mark.parametrize("function", ARROW_FUNCTIONS, ids=lambda function: function.name)
def test_nulls_give_null_and_no_rows_give_none(engine: Engine, function) -> None:
    nulls = ", ".join(f"CAST(NULL AS {kind})" for kind in function.parameters)

    assert engine.run(f"SELECT {function.name}({nulls}) AS v", {}, **LIMITS).table.to_pylist() == [{"v": None}]
    assert engine.run(f"SELECT {function.name}({nulls}) AS v LIMIT 0", {}, **LIMITS).table.num_rows == 0


@settings(max_examples=300, deadline=None)
@given(st.text(), st.binary(), st.booleans())
def test_readers_refuse_with_a_value_error_or_read(text: str, octets: bytes, sphere: bool) -> None:
    parsed(text)
    for reader in (from_text, from_json):
        with suppress(ValueError):
            reader(text, sphere)
    with suppress(ValueError):
        from_binary(octets, sphere)
    with suppress(ValueError):
        read(octets)
