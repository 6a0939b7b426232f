"""Contract 7.2, row by row: one JSON value into one typed column."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.decoders.bad_value import BadValue
from ingest.decoders.base import SourceColumn
from ingest.decoders.coercion import JSON_CASTS, coerce
from ingest.decoders.moments import TIMESTAMP_MS_MAX

NOON_MS = 1_709_208_000_000
"""2024-02-29 12:00 UTC"""
UUID = "123e4567-e89b-12d3-a456-426614174000"


def into(data_type: str, value: Any) -> Any:
    return coerce(value, SourceColumn(data_type, multi_value=False), JSON_CASTS)


def into_many(data_type: str, value: Any) -> Any:
    return coerce(value, SourceColumn(data_type, multi_value=True), JSON_CASTS)


def same(found: Any, wanted: Any) -> bool:
    """Equal, of the same type and sign."""
    return repr(found) == repr(wanted)


@pytest.mark.parametrize(
    ("data_type", "value", "wanted"),
    [
        # JSON integer
        ("INT", 7, 7),
        ("INT", 2**31 - 1, 2**31 - 1),
        ("LONG", -(2**63), -(2**63)),
        ("FLOAT", 7, 7.0),
        ("DOUBLE", 7, 7.0),
        ("BIG_DECIMAL", 10**30, "1" + "0" * 30),
        # too large a whole number keeps its low bits
        ("INT", 2**31, -(2**31)),
        ("INT", 3_000_000_000, -1_294_967_296),
        ("LONG", 2**63, -(2**63)),
        ("LONG", 10**30, 5_076_944_270_305_263_616),
        # decimals are cut, and end at the limits
        ("INT", 1.9, 1),
        ("INT", -1.9, -1),
        ("INT", 1e10, 2**31 - 1),
        ("INT", -1e10, -(2**31)),
        ("LONG", 1e300, 2**63 - 1),
        # a decimal is DOUBLE first
        ("BIG_DECIMAL", 0.1, "0.1"),
        ("BIG_DECIMAL", 1e22, "10000000000000000000000"),
        # number to text
        ("STRING", 7, "7"),
        ("STRING", 1.5, "1.5"),
        ("STRING", "a", "a"),
        ("STRING", "", ""),
        ("STRING", True, "true"),
        # text to number: trimmed and parsed
        ("INT", " 7 ", 7),
        ("LONG", "-9223372036854775808", -(2**63)),
        ("LONG", "+7", 7),
        ("DOUBLE", " 1.5e3\t", 1500.0),
        ("FLOAT", "-0.0", 0.0),
        ("BIG_DECIMAL", " 1.50 ", "1.5"),
        ("BIG_DECIMAL", "100", "100"),
        ("BIG_DECIMAL", "0.12345678901234567890123456789", "0.12345678901234567890123456789"),
        ("BIG_DECIMAL", "-0.00", "0"),
        ("BIG_DECIMAL", "1E+3", "1000"),
        # boolean and number
        ("INT", True, 1),
        ("LONG", False, 0),
        ("DOUBLE", True, 1.0),
        ("BIG_DECIMAL", True, "1"),
        ("BOOLEAN", 2, True),
        ("BOOLEAN", 0, False),
        ("BOOLEAN", 0.5, True),
        ("BOOLEAN", "TRUE", True),
        ("BOOLEAN", "1", True),
        ("BOOLEAN", "yes", False),
        ("BOOLEAN", "2", False),
        # moments
        ("TIMESTAMP", "2024-02-29 12:00:00", NOON_MS),
        ("TIMESTAMP", "2024-02-29 12:00:00.5", NOON_MS + 500),
        ("TIMESTAMP", "2024-02-29 12:00:00.123456789", NOON_MS + 123),
        ("TIMESTAMP", "2024-02-29", NOON_MS - 43_200_000),
        ("TIMESTAMP", "1709208000000", NOON_MS),
        ("TIMESTAMP", "2024-02-29T12:00:00Z", NOON_MS),
        ("TIMESTAMP", "2024-02-29T13:00:00+01:00", NOON_MS),
        ("TIMESTAMP", NOON_MS, NOON_MS),
        ("TIMESTAMP", 1709208000000.9, NOON_MS),
        ("TIMESTAMP", -(2**31) - 1, -(2**31) - 1),
        # bytes and ids
        ("BYTES", "010203", b"\1\2\3"),
        ("BYTES", "", b""),
        ("UUID", UUID.upper(), UUID),
        # a list of one is its element; an empty list or map is null
        ("INT", [7], 7),
        ("INT", [["7"]], 7),
        ("INT", [], None),
        ("INT", {}, None),
        ("TIMESTAMP", [None], None),
        # objects and arrays as text
        ("STRING", {"a": [1, None]}, '{"a":[1,null]}'),
        ("STRING", ["x"], '["x"]'),
        ("JSON", {"ä": "\n"}, '{"ä":"\\n"}'),
        ("JSON", [1.5, True], "[1.5,true]"),
        ("JSON", 7, "7"),
        ("JSON", '{"a": 1}', '{"a": 1}'),
        ("MAP", {"k": 1}, '{"k":1}'),
        # special values
        ("DOUBLE", -0.0, 0.0),
        ("DOUBLE", "NaN", None),
        ("FLOAT", "NaN", None),
    ],
)
def test_a_value_becomes_the_columns_type(data_type: str, value: Any, wanted: Any) -> None:
    assert same(into(data_type, value), wanted)


@pytest.mark.parametrize(
    ("data_type", "value", "wanted"),
    [
        ("INT", [1, "2", True, 3.9], [1, 2, 1, 3]),
        ("INT", 7, [7]),
        ("STRING", "a", ["a"]),
        ("STRING", [1, None, {"a": 1}], ["1", '{"a":1}']),
        ("LONG", {"a": 1, "b": "2"}, [1, 2]),
        ("DOUBLE", [-0.0, "NaN", 1], [0.0, 1.0]),
        ("DOUBLE", ["NaN"], None),
        ("INT", [], None),
        ("INT", {}, None),
        ("INT", [None], None),
        ("STRING", [""], [""]),
        ("TIMESTAMP", ["2024-02-29T12:00:00Z", NOON_MS], [NOON_MS, NOON_MS]),
    ],
)
def test_values_become_the_elements_of_a_multi_value_column(data_type: str, value: Any, wanted: Any) -> None:
    assert same(into_many(data_type, value), wanted)


@pytest.mark.parametrize(
    ("data_type", "value", "wanted"),
    [
        ("INT", "many", "INT"),
        ("INT", "1.5", "INT"),
        ("INT", "2147483648", "INT"),
        ("INT", "", "INT"),
        ("LONG", "9223372036854775808", "LONG"),
        ("LONG", "1_000", "LONG"),
        ("LONG", "٧", "LONG"),
        ("LONG", "9" * 5000, "LONG"),
        ("DOUBLE", "1,5", "DOUBLE"),
        ("DOUBLE", "1_0", "DOUBLE"),
        ("DOUBLE", "٧", "DOUBLE"),
        ("BIG_DECIMAL", "Infinity", "finite"),
        ("BIG_DECIMAL", "1e99999", "usable size"),
        ("BIG_DECIMAL", "1_0", "decimal"),
        ("BOOLEAN", [1, 2], "single BOOLEAN"),
        ("TIMESTAMP", True, "TIMESTAMP"),
        ("TIMESTAMP", 2**31 - 1, "INT"),
        ("TIMESTAMP", "2023-02-29", "yyyy-MM-dd HH:mm:ss.SSS, ISO-8601 or epoch milliseconds"),
        ("TIMESTAMP", "noon", "ISO-8601"),
        ("TIMESTAMP", TIMESTAMP_MS_MAX + 1, "292,000 years"),
        ("TIMESTAMP", -1e300, "292,000 years"),
        ("TIMESTAMP", "-9223372036854775", "292,000 years"),
        ("BYTES", "not hex!", "hex digits"),
        ("BYTES", "ä", "hex digits"),
        ("BYTES", 7, "hex digits"),
        ("UUID", "123", "UUID"),
        ("UUID", 7, "UUID"),
        ("JSON", "{", "JSON text"),
        ("JSON", "NaN", "JSON text"),
        ("JSON", "[" * 100_000, "nested too deep"),
        ("MAP", "a", "object"),
        ("MAP", 7, "object"),
        ("INT", [1, 2], "more than one value"),
        ("INT", {"a": 1}, "more than one value"),
        ("LONG", [{"a": 1}], "more than one value"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_would_be_right(data_type: str, value: Any, wanted: str) -> None:
    with pytest.raises(BadValue) as caught:
        into(data_type, value)
    assert wanted in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("value", [["a"], [[1, 2]], [{"a": 1}], "a", {"a": "b"}])
def test_one_bad_element_refuses_the_list(value: Any) -> None:
    with pytest.raises(BadValue):
        into_many("INT", value)


@pytest.mark.parametrize("multi_value", [False, True])
@pytest.mark.parametrize("data_type", ["INT", "STRING", "JSON", "BYTES", "TIMESTAMP", "MAP"])
def test_null_stays_null(data_type: str, multi_value: bool) -> None:
    assert coerce(None, SourceColumn(data_type, multi_value), JSON_CASTS) is None


def test_text_of_an_object_is_json_that_reads_back() -> None:
    value = {"a": [1, 2.5, '\u2028\x7f\\"', None, {"b": 10**30}], "ä": 1e22}
    assert json.loads(into("JSON", value)) == value
