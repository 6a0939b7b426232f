"""Contract 7.6: the functions of real ingestion configs, by Pinot's names, each on one record."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.records.records_table import NOON_MS, RecordTable

RECORD = {
    "ms": NOON_MS, "s": "Hello", "csv": "a,b,,c", "n": 7, "d": 2.5, "day": "2024-02-29", "tags": ["b", "a", "b"],
    "ints": [3, 1, 3], "j": {"a": {"b": 5}, "l": [1, 2]}, "id": "123e4567-e89b-12d3-a456-426614174000",
}  # fmt: skip
SOURCE = {
    "ms": "LONG", "s": "STRING", "csv": "STRING", "n": "INT", "d": "DOUBLE", "day": "STRING", "tags": "STRING*",
    "ints": "INT*", "j": "JSON", "id": "STRING",
}  # fmt: skip

TIME = [
    ("LONG", "toEpochSeconds(ms)", NOON_MS // 1_000),
    ("LONG", "toEpochMinutes(ms)", NOON_MS // 60_000),
    ("LONG", "toEpochHours(ms)", NOON_MS // 3_600_000),
    ("LONG", "toEpochDays(ms)", NOON_MS // 86_400_000),
    ("LONG", "toEpochSecondsRounded(ms, 60)", NOON_MS // 60_000 * 60),
    ("LONG", "toEpochMinutesBucket(ms, 5)", NOON_MS // 300_000),
    ("LONG", "fromEpochDays(19782)", 19_782 * 86_400_000),
    ("LONG", "fromEpochHoursBucket(10, 2)", 20 * 3_600_000),
    ("LONG", "fromDateTime(day, 'yyyy-MM-dd')", NOON_MS - 43_200_000),
    ("LONG", "fromDateTime(day, 'yyyy-MM-dd', 'Europe/Paris')", NOON_MS - 43_200_000 - 3_600_000),
    ("LONG", "fromDateTime(s, 'yyyy-MM-dd', 'UTC', 0)", 0),
    ("STRING", "toDateTime(ms, 'yyyy-MM-dd HH')", "2024-02-29 12"),
    ("LONG", "dateTimeConvert(ms, '1:MILLISECONDS:EPOCH', '1:DAYS:EPOCH', '1:DAYS')", 19_782),
    ("LONG", "dateTrunc('MONTH', ms)", 1_706_745_600_000),
    ("LONG", "round(ms, 86400000)", NOON_MS - 43_200_000),
    ("STRING", "toIso8601(ms)", "2024-02-29T12:00:00Z"),
    ("LONG", "fromIso8601('2024-02-29T12:00:00.000Z')", NOON_MS),
    ("INT", "year(ms)", 2024),
    ("INT", "month(ms)", 2),
    ("INT", "day(ms)", 29),
    ("INT", "hour(ms)", 12),
]
JSON = [
    ("STRING", "jsonFormat(j)", '{"a":{"b":5},"l":[1,2]}'),
    ("STRING", "jsonPath(j, '$.a.b')", "5"),
    ("STRING", "jsonPathString(j, '$.x', 'none')", "none"),
    ("LONG", "jsonPathLong(j, '$.a.b')", 5),
    ("DOUBLE", "jsonPathDouble(j, '$.x', 1.5)", 1.5),
    ("STRING*", "jsonPathArray(j, '$.l')", ["1", "2"]),
    ("STRING*", "jsonPathArrayDefaultEmpty(j, '$.x')", None),
    ("STRING", "toJsonMapStr(j)", '{"a":{"b":5},"l":[1,2]}'),
    ("STRING", "jsonStringToMap(j)", '{"a":{"b":5},"l":[1,2]}'),
    ("STRING*", "jsonExtractKey(j, '$.*')", ["$['a']", "$['l']"]),
]
TEXT = [
    ("STRING", "concat(s, day, '-')", "Hello-2024-02-29"),
    ("STRING", "lower(s)", "hello"),
    ("STRING", "upper(s)", "HELLO"),
    ("STRING", "trim('  x ')", "x"),
    ("STRING", "substr(s, 1, 3)", "el"),
    ("STRING", "replace(s, 'l', 'L')", "HeLLo"),
    ("STRING", "splitPart(csv, ',', 2)", "c"),
    ("STRING", "splitPart(csv, ',', 2, 1)", "b,,c"),
    ("STRING*", "split(csv, ',')", ["a", "b", "c"]),
    ("STRING*", "split(csv, ',', 2)", ["a", "b,,c"]),
    ("STRING", "regexpExtract(day, '(\\d+)-(\\d+)', 2)", "02"),
    ("STRING", "regexpReplace(s, 'l+', 'L')", "HeLo"),
    ("STRING", "lpad(s, 7, '*')", "**Hello"),
    ("INT", "length(s)", 5),
    ("INT", "strpos(s, 'l')", 2),
    ("BOOLEAN", "startsWith(s, 'He')", True),
]
ENCODING = [
    ("STRING", "md5(toUtf8('a'))", "0cc175b9c0f1b6a831c399e269772661"),
    ("STRING", "sha(toUtf8('a'))", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    ("STRING", "sha256(toUtf8('a'))", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ("STRING", "fromUtf8(base64Encode(toUtf8(s)))", "SGVsbG8="),
    ("STRING", "fromUtf8(base64Decode(toUtf8('SGVsbG8=')))", "Hello"),
    ("STRING", "bytesToHex(toUtf8('a'))", "61"),
    ("BYTES", "hexToBytes('0102')", b"\1\2"),
    ("BYTES", "toUUIDBytes(id)", bytes.fromhex("123e4567e89b12d3a456426614174000")),
    ("STRING", "fromUUIDBytes(toUUIDBytes(id))", "123e4567-e89b-12d3-a456-426614174000"),
]
NUMBERS = [
    ("DOUBLE", "plus(n, d)", 9.5),
    ("DOUBLE", "minus(n, 2)", 5.0),
    ("DOUBLE", "times(n, 2)", 14.0),
    ("DOUBLE", "divide(n, 2)", 3.5),
    ("DOUBLE", "divide(n, 0, -1)", -1.0),
    ("DOUBLE", "mod(n, 4)", 3.0),
    ("DOUBLE", "abs(-2.5)", 2.5),
    ("DOUBLE", "ceil(d)", 3.0),
    ("DOUBLE", "floor(d)", 2.0),
    ("DOUBLE", "power(n, 2)", 49.0),
    ("DOUBLE", "roundDecimal(2.345, 1)", 2.3),
    ("STRING", "CASE WHEN n > 5 THEN 'many' ELSE 'few' END", "many"),
    ("STRING", "caseWhen(n > 9, 'many', 'few')", "few"),
    ("BOOLEAN", "n > 5 AND NOT equals(s, 'x') OR false", True),
    ("BOOLEAN", "and(n > 5, or(equals(s, 'x'), not(isNull(s))))", True),
    ("BOOLEAN", "n > 9 and (n > 5) or (d > 9)", False),
    ("STRING", "case(n > 9, 'many', 'few')", "few"),
    ("STRING", "CASE (n) WHEN 7 THEN or(false, true) ELSE false END", "true"),
    ("STRING", "coalesce(absent, s)", "Hello"),
    ("BOOLEAN", "isNull(absent)", True),
    ("STRING", "CAST(n AS STRING)", "7"),
]
ARRAYS = [
    ("INT", "arrayElementAtInt(ints, 1)", 3),
    ("STRING*", "arraySortString(tags)", ["a", "b", "b"]),
    ("STRING*", "arraySliceString(tags, 0, 2)", ["b", "a"]),
    ("STRING", "arrayToString(tags, '|')", "b|a|b"),
    ("INT*", "array(n, 1)", [7, 1]),
]
POINTS = [
    ("BYTES", "ST_Point(1.5, -2)", bytes.fromhex("003ff8000000000000c000000000000000")),
    ("BYTES", "stPoint(1.5, -2, 1)", bytes.fromhex("803ff8000000000000c000000000000000")),
    ("BYTES", "toSphericalGeography(stPoint(1.5, -2))", bytes.fromhex("803ff8000000000000c000000000000000")),
    ("BYTES", "toGeometry(stPoint(1.5, -2, 1))", bytes.fromhex("003ff8000000000000c000000000000000")),
]
IDENTIFIERS = [
    ("STRING", 'lower("s")', "hello"),
    ("STRING", "concat(s, '''', '')", "Hello'"),
    ("LONG", '"1704067200000"', 1_704_067_200_000),
    ("LONG", "1704067200000", 1_704_067_200_000),
    ("STRING", "'fixed'", "fixed"),
]


@pytest.mark.parametrize(
    ("kind", "text", "wanted"), [*TIME, *JSON, *TEXT, *ENCODING, *NUMBERS, *ARRAYS, *POINTS, *IDENTIFIERS]
)
def test_contract_7_6_a_function_fills_a_column(kind: str, text: str, wanted: Any) -> None:
    table = RecordTable({**SOURCE, "out": kind}, transformConfigs=[{"columnName": "out", "transformFunction": text}])
    assert table.column("out", RECORD) == [wanted]


def test_contract_7_6_an_array_keeps_each_element_once() -> None:
    transform = {"columnName": "out", "transformFunction": "arrayDistinctString(tags)"}
    (found,) = RecordTable({**SOURCE, "out": "STRING*"}, transformConfigs=[transform]).column("out", RECORD)
    assert sorted(found) == ["a", "b"]


def test_contract_7_6_a_field_of_a_nested_object_is_named_by_its_path() -> None:
    transform = {"columnName": "out", "transformFunction": "upper(a.b)"}
    table = RecordTable({"out": "STRING"}, transformConfigs=[transform], complexTypeConfig={})
    assert table.column("out", {"a": {"b": "x"}}) == ["X"]
