"""Contract 7.1, 7.3, 7.4 and 2.3: what a table's config makes of records, row id in each test's name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.records.records_table import NOON_MS, FakeEnvelope, RecordTable, own_rows, places

ITEMS = {"a": 1, "items": [{"x": 1, "y": "u"}, {"x": 2}], "tags": [{"z": 1}], "plain": [1, 2]}
TIME = {"dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}


def test_contract_7_1_complex_type_nested_objects_are_columns_by_path() -> None:
    table = RecordTable({"a.b.c": "INT", "a.b": "JSON"}, complexTypeConfig={})
    assert table.rows({"a": {"b": {"c": 5}}}) == [{"a.b.c": 5, "a.b": '{"c":5}'}]


def test_contract_7_1_complex_type_delimiter() -> None:
    assert RecordTable({"a_b": "INT"}, complexTypeConfig={"delimiter": "_"}).rows({"a": {"b": 5}}) == [{"a_b": 5}]


def test_contract_7_1_complex_type_unnest_makes_a_row_of_each_element_in_order() -> None:
    table = RecordTable({"a": "INT", "items.x": "INT"}, complexTypeConfig={"fieldsToUnnest": ["items"]})
    appended = table.run([ITEMS, {"a": 2, "items": []}, {"a": 3}])
    assert [(row["a"], row["items.x"]) for row in own_rows(appended)] == [(1, 1), (1, 2), (2, None), (3, None)]
    assert places(appended) == [(0, 0), (0, 1), (1, 0), (2, 0)]


def test_contract_7_1_complex_type_two_fields_unnest_to_their_product() -> None:
    table = RecordTable({"p": "INT", "q": "STRING"}, complexTypeConfig={"fieldsToUnnest": ["p", "q"]})
    assert [tuple(row.values()) for row in table.rows({"p": [1, 2], "q": ["a", "b"]})] == [
        (1, "a"), (1, "b"), (2, "a"), (2, "b"),
    ]  # fmt: skip


def test_contract_7_1_complex_type_unnests_within_what_was_unnested() -> None:
    table = RecordTable({"o.i": "INT"}, complexTypeConfig={"fieldsToUnnest": ["o", "o.i"]})
    assert table.column("o.i", {"o": [{"i": [1, 2]}, {"i": [3]}]}) == [1, 2, 3]


@pytest.mark.parametrize(
    ("mode", "tags", "plain"),
    [
        ("NON_PRIMITIVE", '[{"z":1}]', "[1,2]"),
        ("ALL", '[{"z":1}]', "[1,2]"),
    ],
)
def test_contract_7_1_complex_type_collections_become_json(mode: str, tags: str, plain: str) -> None:
    table = RecordTable({"tags": "STRING", "plain": "STRING"}, complexTypeConfig={"collectionNotUnnestedToJson": mode})
    assert table.rows(ITEMS) == [{"tags": tags, "plain": plain}]


def test_contract_7_1_complex_type_primitives_stay_lists_unless_all_become_json() -> None:
    assert RecordTable({"plain": "INT*"}, complexTypeConfig={}).column("plain", ITEMS) == [[1, 2]]


def test_contract_7_1_complex_type_prefixes_are_renamed() -> None:
    table = RecordTable({"new.b": "INT"}, complexTypeConfig={"prefixesToRename": {"old.": "new."}})
    assert table.rows({"old": {"b": 1}}) == [{"new.b": 1}]


def test_contract_7_4_one_bad_row_refuses_its_record_and_no_other() -> None:
    table = RecordTable({"items.x": "INT"}, complexTypeConfig={"fieldsToUnnest": ["items"]})
    records = [ITEMS, {"items": [{"x": 1}, {"x": "bad"}, {"x": "worse"}]}, {"items": [{"x": 7}]}]
    assert table.column("items.x", *records) == [1, 2, 7]
    ((index, field, reason),) = table.reasons(*records)
    assert (index, field) == (1, "$.items.x")
    assert "'bad'" in reason


def test_contract_7_4_a_row_that_a_transform_refuses_takes_its_record_along() -> None:
    table = RecordTable(
        {"items.x": "STRING", "n": "LONG"},
        complexTypeConfig={"fieldsToUnnest": ["items"]},
        transformConfigs=[{"columnName": "n", "transformFunction": "CAST(items.x AS LONG)"}],
    )
    records = [{"items": [{"x": "1"}, {"x": "no"}]}, {"items": [{"x": "2"}, {"x": "3"}]}]
    appended = table.run(records)
    assert places(appended) == [(1, 0), (1, 1)]
    assert [reason[0] for reason in table.reasons(*records)] == [0]


def test_contract_7_1_a_record_of_too_many_rows_is_refused() -> None:
    table = RecordTable({"p": "INT"}, complexTypeConfig={"fieldsToUnnest": ["p", "q"]})
    ((index, _, reason),) = table.reasons({"p": [1] * 200, "q": [1] * 200})
    assert index == 0
    assert "more than 10000 rows" in reason


def test_contract_7_1_the_filter_keeps_the_ordinals_of_the_rows_that_stay() -> None:
    table = RecordTable(
        {"p": "INT"}, complexTypeConfig={"fieldsToUnnest": ["p"]}, filterConfig={"filterFunction": "p = 2"}
    )
    appended = table.run([{"p": [1, 2, 3]}])
    assert (places(appended), appended.filtered) == ([(0, 0), (0, 2)], 1)


CONFORMING = {
    "a": "STRING",
    "o.p": "INT",
    "json_data": "JSON",
    "json_data_no_idx": "JSON",
    "__mergedTextIndex": "STRING*",
}


@pytest.mark.parametrize("key", ["schemaConformingTransformerConfig", "schemaConformingTransformerV2Config"])
def test_contract_7_1_schema_conforming_gathers_what_has_no_column(key: str) -> None:
    record = {"a": "x", "o": {"p": 1, "q": 2}, "m_noindex": {"k": 1}, "message": "hi"}
    config: dict[str, Any] = {key: {}}
    assert RecordTable(CONFORMING, **config).rows(record) == [
        {
            "a": "x",
            "o.p": 1,
            "json_data": '{"o":{"q":2}}',
            "json_data_no_idx": '{"m_noindex":{"k":1}}',
            "__mergedTextIndex": ["x:a", "1:o.p", "2:o.q", "hi:message"],
        }
    ]


def test_contract_7_1_source_field_types_reach_the_transforms() -> None:
    table = RecordTable(
        {"n": "LONG"},
        sourceFieldConfigs=[{"name": "raw", "dataType": "LONG"}],
        transformConfigs=[{"columnName": "n", "transformFunction": "bitAnd(raw, 6)"}],
    )
    assert table.rows({"raw": 7}) == [{"n": 6}]


def enrichment(**functions: str) -> dict[str, Any]:
    return {"enricherType": "generateColumn", "properties": {"fieldToFunctionMap": functions}}


def test_contract_1_6_an_enrichment_fills_columns_that_transforms_may_read() -> None:
    table = RecordTable(
        {"half": "LONG", "text": "STRING", "n": "LONG"},
        enrichmentConfigs=[enrichment(double="n * 2", text="concat('n', n, '=')")],
        transformConfigs=[{"columnName": "half", "transformFunction": "double / 4"}],
    )
    assert table.rows({"n": 6}) == [{"half": 3, "text": "n=6", "n": 6}]


def test_contract_1_6_an_enrichment_wins_over_a_transform_of_the_same_column() -> None:
    transform = {"columnName": "n", "transformFunction": "raw + 1"}
    table = RecordTable({"n": "LONG", "raw": "LONG"}, enrichmentConfigs=[enrichment(n="raw + 100")],
                        transformConfigs=[transform])  # fmt: skip
    assert table.rows({"raw": 1}) == [{"n": 101, "raw": 1}]


RECORD_COLUMNS = {
    "__key": "STRING", "__header$trace": "STRING", "__metadata$offset": "STRING", "__metadata$partition": "INT",
    "__metadata$recordTimestamp": "LONG", "__metadata$recordSerializedValueSize": "INT", "n": "INT",
}  # fmt: skip
ENVELOPES = [FakeEnvelope(b"k1", [("trace", b"old"), ("trace", b"new")]), FakeEnvelope(None, [("other", b"x")])]


def test_contract_2_3_key_headers_and_metadata_are_columns_where_the_schema_asks() -> None:
    table = RecordTable(RECORD_COLUMNS, stream={"stream.kafka.metadata.populate": "true"})
    assert [list(row.values()) for row in table.rows({"n": 1}, {"n": 2}, envelopes=ENVELOPES)] == [
        ["k1", "new", "100", 3, NOON_MS, 8, 1],
        [None, None, "101", 3, NOON_MS + 1, 8, 2],
    ]


def test_contract_2_3_without_populate_only_key_and_size_are_filled() -> None:
    (row,) = RecordTable(RECORD_COLUMNS).rows({"n": 1}, envelopes=ENVELOPES[:1])
    assert list(row.values()) == ["k1", None, None, None, None, 8, 1]


def test_contract_2_3_a_key_as_bytes_is_the_bytes() -> None:
    assert RecordTable({"__key": "BYTES"}).column("__key", {}) == [None]
    assert RecordTable({"__key": "BYTES"}).rows({}, envelopes=[FakeEnvelope(b"\xff")]) == [{"__key": b"\xff"}]


def test_contract_2_3_a_key_that_is_no_utf_8_is_text_all_the_same() -> None:
    assert RecordTable({"__key": "STRING"}).rows({}, envelopes=[FakeEnvelope(b"\xff")]) == [{"__key": "\ufffd"}]


def test_contract_2_3_every_row_of_a_record_has_its_key() -> None:
    table = RecordTable({"__key": "STRING", "p": "INT"}, complexTypeConfig={"fieldsToUnnest": ["p"]})
    rows = table.rows({"p": [1, 2]}, {"p": [3]}, envelopes=[FakeEnvelope(b"a"), FakeEnvelope(b"b")])
    assert [row["__key"] for row in rows] == ["a", "a", "b"]


def test_contract_2_3_transforms_may_read_the_key() -> None:
    transform = {"columnName": "k", "transformFunction": "upper(__key)"}
    assert RecordTable({"k": "STRING"}, transformConfigs=[transform]).rows({}, envelopes=[FakeEnvelope(b"a")]) == [
        {"k": "A"}
    ]


def test_contract_7_4_with_continue_on_error_a_bad_field_is_null_and_the_row_stays() -> None:
    table = RecordTable({"a": "INT", "b": "STRING"}, continueOnError=True)
    appended = table.run([{"a": "x", "b": "y"}, {"a": 1}])
    assert (own_rows(appended), appended.incomplete) == ([{"a": None, "b": "y"}, {"a": 1, "b": None}], 1)
    assert appended.rejects is None


def test_contract_7_4_with_continue_on_error_a_transform_that_fails_gives_null() -> None:
    transform = {"columnName": "n", "transformFunction": "CAST(s AS LONG)"}
    table = RecordTable({"s": "STRING", "n": "LONG"}, continueOnError=True, transformConfigs=[transform])
    appended = table.run([{"s": "no"}, {"s": "5"}])
    assert ([row["n"] for row in own_rows(appended)], appended.incomplete) == ([None, 5], 1)


def test_contract_7_4_what_is_no_record_at_all_is_rejected_even_with_continue_on_error() -> None:
    assert [index for index, _, _ in RecordTable({"a": "INT"}, continueOnError=True).reasons(b"no", {})] == [0]


def limited(strategy: str | None, data_type: str = "STRING", many: bool = False, **more: Any) -> RecordTable:
    spec = {"dataType": data_type, "maxLength": 3, "singleValueField": not many, **more}
    return RecordTable({"v": spec | ({"maxLengthExceedStrategy": strategy} if strategy else {})})


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        (None, ["abc", "abc", "a"]),
        ("TRIM_LENGTH", ["abc", "abc", "a"]),
        ("SUBSTITUTE_DEFAULT_VALUE", ["abc", "null", "null"]),
        ("NO_ACTION", ["abc", "abcd", "a\0b"]),
        ("ERROR", ["abc"]),
    ],
)
def test_contract_2_1_max_length_strategies_of_text(strategy: str | None, wanted: list[str]) -> None:
    table = limited(strategy)
    appended = table.run([{"v": "abc"}, {"v": "abcd"}, {"v": "a\0b"}])
    assert [row["v"] for row in own_rows(appended)] == wanted
    assert appended.sanitised == (2 if strategy in (None, "TRIM_LENGTH", "SUBSTITUTE_DEFAULT_VALUE") else 0)


def test_contract_2_1_max_length_of_multi_values() -> None:
    table = limited("SUBSTITUTE_DEFAULT_VALUE", many=True, defaultNullValue="-")
    assert table.column("v", {"v": ["a", "abcd"]}, {}, {"v": ["abcde"]}) == [["a", "-"], None, ["-"]]


def test_contract_2_1_max_length_of_json_and_bytes_is_only_kept_when_asked() -> None:
    assert limited(None, "JSON").column("v", {"v": [1, 2, 3]}) == ["[1,2,3]"]
    assert limited("TRIM_LENGTH", "BYTES").column("v", {"v": "01020304"}) == [b"\1\2\3"]
    assert [reason[:2] for reason in limited("ERROR", "JSON").reasons({"v": [1, 2, 3]})] == [(0, "$.v")]


def timed(**ingestion: Any) -> RecordTable:
    return RecordTable({"t": TIME}, time_column="t", **ingestion)


def test_contract_1_6_row_time_value_check_refuses_times_nobody_believes() -> None:
    values = [NOON_MS, 5, 31_536_000_000, 31_535_999_999, 3_187_296_000_000, NOON_MS * 1000]
    records = [{"t": value} for value in values]
    assert timed(rowTimeValueCheck=True).column("t", *records) == [NOON_MS, 31_536_000_000]
    assert timed().column("t", *records) == values


def test_contract_1_6_row_time_value_check_with_continue_on_error_gives_the_records_time() -> None:
    assert timed(rowTimeValueCheck=True, continueOnError=True).column("t", {"t": 5}) == [NOON_MS]


@pytest.mark.parametrize(
    ("spec", "good", "bad"),
    [
        ({"dataType": "INT", "format": "1:DAYS:EPOCH", "granularity": "1:DAYS"}, 19_782, 5),
        (
            {"dataType": "STRING", "format": "SIMPLE_DATE_FORMAT|yyyyMMdd", "granularity": "DAYS|1"},
            "20240229",
            "19700102",
        ),
        ({"dataType": "STRING", "format": "SIMPLE_DATE_FORMAT|yyyyMMdd", "granularity": "DAYS|1"}, "20240229", "soon"),
        ({"dataType": "TIMESTAMP", "format": "TIMESTAMP", "granularity": "DAYS|1"}, NOON_MS, "1970-01-02"),
    ],
)
def test_contract_1_6_row_time_value_check_reads_the_columns_own_format(spec: Any, good: Any, bad: Any) -> None:
    table = RecordTable({"t": spec}, time_column="t", rowTimeValueCheck=True)
    assert table.column("t", {"t": good}, {"t": bad}) == [good]


def test_contract_7_3_a_missing_time_is_the_default_if_one_may_believe_it_else_the_records() -> None:
    believed = RecordTable({"t": {**TIME, "defaultNullValue": NOON_MS + 77}}, time_column="t")
    assert believed.column("t", {}) == [NOON_MS + 77]
    assert RecordTable({"t": {**TIME, "defaultNullValue": 0}}, time_column="t").column("t", {}) == [NOON_MS]


def test_contract_7_1_trailing_zeros_of_decimals_stay_only_when_allowed() -> None:
    table = RecordTable({"d": "BIG_DECIMAL", "z": {"dataType": "BIG_DECIMAL", "allowTrailingZeros": True}})
    assert table.rows({"d": "1.50", "z": "1.50"}) == [{"d": "1.5", "z": "1.50"}]


def test_contract_7_2_values_of_a_map_are_of_its_value_type() -> None:
    child = {"key": {"name": "key", "dataType": "STRING"}, "value": {"name": "value", "dataType": "INT"}}
    table = RecordTable({"m": {"dataType": "MAP", "childFieldSpecs": child}})
    assert table.rows({"m": {"a": "5", "b": None}}) == [{"m": '{"a":5,"b":null}'}]
    assert [reason[:2] for reason in table.reasons({"m": {"a": "x"}})] == [(0, "$.m")]
