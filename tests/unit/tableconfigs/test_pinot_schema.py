"""Reading Pinot schemas: columns, defaults, problems, changes, and the old time field."""

import math
import uuid
from decimal import Decimal
from typing import Any

import pytest

from tableconfigs.data_types import INT_MIN, LONG_MIN, DataType
from tableconfigs.field_specs import MaxLengthExceedStrategy
from tableconfigs.problems import InvalidConfig
from tableconfigs.schema import Schema, pretty


def schema(**lists: Any) -> Schema:
    return Schema.parse({"schemaName": "s", **lists}).value


def problems(document: Any) -> dict[str, str]:
    with pytest.raises(InvalidConfig) as caught:
        Schema.parse(document)
    return {problem.path: problem.message for problem in caught.value.problems}


def dimension(data_type: str, **more: Any) -> Any:
    return schema(dimensionFieldSpecs=[{"name": "x", "dataType": data_type, **more}]).columns["x"]


def metric(data_type: str, **more: Any) -> Any:
    return schema(metricFieldSpecs=[{"name": "x", "dataType": data_type, **more}]).columns["x"]


def test_columns_come_in_declared_order(clicks_schema: dict[str, Any]) -> None:
    parsed = Schema.parse(clicks_schema)
    assert list(parsed.value.columns) == ["userId", "page", "tags", "bot", "price", "quantity", "ts", "day"]
    assert list(parsed.value.date_times) == ["ts", "day"]
    assert not parsed.value.columns["tags"].single_value_field


@pytest.mark.parametrize(
    ("data_type", "default"),
    [
        ("INT", INT_MIN),
        ("LONG", LONG_MIN),
        ("FLOAT", -math.inf),
        ("DOUBLE", -math.inf),
        ("BIG_DECIMAL", Decimal(0)),
        ("BOOLEAN", False),
        ("TIMESTAMP", 0),
        ("STRING", "null"),
        ("JSON", "null"),
        ("BYTES", b""),
        ("UUID", uuid.UUID(int=0)),
    ],
)
def test_what_stands_for_null_in_a_dimension(data_type: str, default: object) -> None:
    assert dimension(data_type).default_null == default
    assert type(dimension(data_type).default_null) is type(default)


@pytest.mark.parametrize(
    ("data_type", "default"),
    [("INT", 0), ("LONG", 0), ("FLOAT", 0.0), ("DOUBLE", 0.0), ("BIG_DECIMAL", Decimal(0)), ("BYTES", b"")],
)
def test_what_stands_for_null_in_a_metric(data_type: str, default: object) -> None:
    assert metric(data_type).default_null == default
    assert type(metric(data_type).default_null) is type(default)


@pytest.mark.parametrize(
    ("data_type", "written", "value"),
    [
        ("INT", "-1", -1),
        ("INT", 7, 7),
        ("LONG", 2**63 - 1, 2**63 - 1),
        ("DOUBLE", 1, 1.0),
        ("FLOAT", "Infinity", math.inf),
        ("BIG_DECIMAL", "12345678901234567890.50", Decimal("12345678901234567890.50")),
        ("BOOLEAN", True, True),
        ("BOOLEAN", "TRUE", True),
        ("BOOLEAN", 1, True),
        ("BOOLEAN", "no", False),
        ("TIMESTAMP", "1970-01-01 00:00:01", 1000),
        ("TIMESTAMP", 5, 5),
        ("STRING", 12, "12"),
        ("STRING", "", ""),
        ("JSON", {"a": [1]}, '{"a": [1]}'),
        ("BYTES", "00ff", b"\x00\xff"),
        ("UUID", "123E4567-e89b-12d3-a456-426614174000", uuid.UUID("123e4567-e89b-12d3-a456-426614174000")),
    ],
)
def test_a_default_of_ones_own_has_the_column_s_type(data_type: str, written: object, value: object) -> None:
    default = dimension(data_type, defaultNullValue=written).default_null
    assert default == value
    assert type(default) is type(value)


@pytest.mark.parametrize(
    ("data_type", "written"),
    [("INT", 2**31), ("INT", "x"), ("LONG", "1.5"), ("DOUBLE", "NaN"), ("BYTES", "abc"), ("UUID", "1"), ("JSON", "{"),
     ("TIMESTAMP", "noon"), ("BIG_DECIMAL", "Infinity")],
)  # fmt: skip
def test_a_default_of_another_type_is_refused_with_what_is_expected(data_type: str, written: object) -> None:
    document = {
        "schemaName": "s",
        "dimensionFieldSpecs": [{"name": "x", "dataType": data_type, "defaultNullValue": written}],
    }
    message = problems(document)["/dimensionFieldSpecs/0/defaultNullValue"]
    assert message.startswith("defaultNullValue must be ")
    assert message.endswith(f" for {data_type}")


def test_complex_columns_default_to_empty() -> None:
    specs = [{"name": "m", "dataType": "MAP", "childFieldSpecs": {"key": {"name": "key", "dataType": "STRING"}}},
             {"name": "l", "dataType": "LIST"}]  # fmt: skip
    columns = schema(complexFieldSpecs=specs).columns
    assert (columns["m"].default_null, columns["l"].default_null) == ({}, [])


def test_lengths_have_pinot_s_limits() -> None:
    text, data = dimension("STRING"), dimension("BYTES", maxLength="10", maxLengthExceedStrategy="error")
    assert (text.length_max, text.on_too_long) == (512, MaxLengthExceedStrategy.TRIM_LENGTH)
    assert (data.length_max, data.on_too_long) == (10, MaxLengthExceedStrategy.ERROR)
    assert dimension("JSON").on_too_long is MaxLengthExceedStrategy.NO_ACTION


def test_all_problems_are_named_with_their_place() -> None:
    found = problems(
        {
            "schemaName": "a__b",
            "dimensionFieldSpecs": [
                {"name": "a b", "dataType": "INT"},
                {"name": "j", "dataType": "JSON", "singleValueField": False},
                {"name": "J", "dataType": "INT"},
                {"name": "$docId", "dataType": "INT"},
            ],
            "metricFieldSpecs": [{"name": "m", "dataType": "STRING"}],
            "dateTimeFieldSpecs": [
                {"name": "t", "dataType": "LONG", "format": "1:DAY:EPOCH", "granularity": "1:DAYS"},
                {"name": "u", "dataType": "LONG", "format": "1:DAYS:EPOCH"},
                {"name": "v", "dataType": "LONG", "format": "1:DAYS:EPOCH", "granularity": "DAY:1"},
                {
                    "name": "w",
                    "dataType": "LONG",
                    "format": "1:DAYS:EPOCH",
                    "granularity": "1:DAYS",
                    "sampleValue": "1",
                },
            ],
            "primaryKeyColumns": ["nosuch"],
        }
    )
    assert found.keys() == {
        "/schemaName",
        "/dimensionFieldSpecs/0/name",
        "/dimensionFieldSpecs/1/singleValueField",
        "/dimensionFieldSpecs/2/name",
        "/dimensionFieldSpecs/3/name",
        "/metricFieldSpecs/0/dataType",
        "/dateTimeFieldSpecs/0/format",
        "/dateTimeFieldSpecs/1/granularity",
        "/dateTimeFieldSpecs/2/granularity",
        "/dateTimeFieldSpecs/3/sampleValue",
        "/primaryKeyColumns/0",
    }
    assert found["/dimensionFieldSpecs/0/name"] == 'The column name "a b" should not contain blank space.'
    assert found["/dimensionFieldSpecs/1/singleValueField"] == "JSON columns cannot be of multi-value type"
    assert found["/dimensionFieldSpecs/2/name"].startswith("Field spec already exists for column: j")
    assert found["/metricFieldSpecs/0/dataType"].startswith("Unsupported data type: STRING in METRIC field")
    assert found["/primaryKeyColumns/0"] == "The primary key column must exist"


def test_an_unknown_type_is_shown_as_written_with_the_known_ones() -> None:
    document = {"schemaName": "s", "dimensionFieldSpecs": [{"name": "a", "dataType": "varchar"}, {"dataType": "INT"}]}
    with pytest.raises(InvalidConfig) as caught:
        Schema.parse(document)
    assert "'dataType' must be one of 'INT', 'LONG'" in str(caught.value)
    assert '[at /dimensionFieldSpecs/0/dataType, value "varchar"]' in str(caught.value)
    assert "'name' must be configured [at /dimensionFieldSpecs/1/name]" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{nonsense", "not JSON: Expecting property name"),
        (b"\xff\xfe\xfd", "not JSON"),
        ('{"schemaName": NaN}', "not JSON: NaN is not a JSON number"),
        ('{"schemaName": 1e999}', "not JSON: Out of range float values"),
        ('{"schemaName": "\\ud800"}', "not JSON: .* surrogates not allowed"),
        ("[]", "a JSON object is expected"),
        ("[" * 100_000, "not JSON|nested deeper"),
        ('{"a":' * 70 + "1" + "}" * 70, "nested deeper than 64 levels"),
        ('{"schemaName":"' + "x" * 1_000_001 + '"}', "at most 1000000 are accepted"),
        ("{}", "'schemaName' must be configured"),
    ],
)
def test_what_is_no_schema_at_all(body: bytes | str, message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        Schema.parse(body)


def test_unknown_keys_are_reported_and_not_kept() -> None:
    column = {"name": "a", "dataType": "int", "fieldType": "DIMENSION", "colour": {"of": ["sky", 1]}}
    parsed = Schema.parse({"schemaName": "s", "dimensionFieldSpecs": [column], "a/b": 1, "updateSemantic": None})
    assert parsed.unrecognized == {
        "/dimensionFieldSpecs/0/colour/of/0": "sky",
        "/dimensionFieldSpecs/0/colour/of/1": 1,
        "/a~1b": 1,
        "/updateSemantic": None,
    }
    kept = {"name": "a", "dataType": "int", "fieldType": "DIMENSION"}
    assert parsed.stored == {"schemaName": "s", "dimensionFieldSpecs": [kept]}


def test_a_timestamp_column_is_timestamp_whatever_its_format_says() -> None:
    specs = [{"name": "t", "dataType": "TIMESTAMP", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:SECONDS"}]
    parsed = schema(dateTimeFieldSpecs=specs)
    assert parsed.date_times["t"].format_spec.to_millis("1970-01-01 00:00:02") == 2000
    assert parsed.to_pinot_json()["dateTimeFieldSpecs"][0]["format"] == "TIMESTAMP"


def test_printing_and_reading_again_changes_nothing(clicks_schema: dict[str, Any]) -> None:
    parsed = Schema.parse(clicks_schema).value
    again = Schema.parse(pretty(parsed.to_pinot_json()))
    assert again.unrecognized == {}
    assert again.value.to_pinot_json() == parsed.to_pinot_json()
    assert {name: spec.default_null for name, spec in again.value.columns.items()} == {
        name: spec.default_null for name, spec in parsed.columns.items()
    }


def test_only_what_differs_from_the_defaults_is_printed() -> None:
    spec = dimension(
        "STRING", maxLength=20, notNull=True, defaultNullValue="-", singleValueField=True, allowTrailingZeros="false"
    )
    assert spec.printed() == {
        "name": "x",
        "dataType": "STRING",
        "fieldType": "DIMENSION",
        "notNull": True,
        "maxLength": 20,
        "defaultNullValue": "-",
    }


def test_the_pretty_style_is_pinot_s() -> None:
    assert pretty({"a": [], "b": [{"c": "ü"}, {"d": {}}], "e": True}) == (
        '{\n  "a" : [ ],\n  "b" : [ {\n    "c" : "ü"\n  }, {\n    "d" : { }\n  } ],\n  "e" : true\n}'
    )


def test_adding_columns_is_compatible(clicks_schema: dict[str, Any]) -> None:
    old = Schema.parse(clicks_schema).value
    clicks_schema["dimensionFieldSpecs"].insert(0, {"name": "country", "dataType": "STRING"})
    assert old.backward_incompatibilities(Schema.parse(clicks_schema).value) == []


def test_every_incompatible_change_is_named(clicks_schema: dict[str, Any]) -> None:
    old = Schema.parse(clicks_schema).value
    clicks_schema["dimensionFieldSpecs"][0]["dataType"] = "INT"
    clicks_schema["dimensionFieldSpecs"][2]["singleValueField"] = True
    clicks_schema["dimensionFieldSpecs"].append(clicks_schema["metricFieldSpecs"].pop(0))
    del clicks_schema["dateTimeFieldSpecs"][1]
    clicks_schema["primaryKeyColumns"] = ["userId"]
    assert old.backward_incompatibilities(Schema.parse(clicks_schema).value) == [
        "column userId: dataType changed from LONG to INT",
        "column tags: singleValueField changed from False to True",
        "column price: fieldType changed from METRIC to DIMENSION",
        "column day is missing",
        "primaryKeyColumns changed from None to ['userId']",
    ]


INCOMING = {"name": "mins", "dataType": "LONG", "timeType": "MINUTES", "timeUnitSize": 5}


def test_the_old_time_field_is_a_date_time_field() -> None:
    parsed = schema(timeFieldSpec={"incomingGranularitySpec": INCOMING})
    spec = parsed.date_times["mins"]
    assert (spec.format, spec.granularity, spec.data_type) == ("5:MINUTES:EPOCH", "5:MINUTES", DataType.LONG)
    assert spec.transform_function is None
    assert "timeFieldSpec" not in parsed.to_pinot_json()


def test_an_outgoing_time_is_computed_from_the_incoming_one() -> None:
    outgoing = {"name": "hours", "dataType": "INT", "timeType": "HOURS"}
    parsed = schema(timeFieldSpec={"incomingGranularitySpec": INCOMING, "outgoingGranularitySpec": outgoing})
    assert list(parsed.columns) == ["hours"]
    assert parsed.columns["hours"].transform_function == "toEpochHours(fromEpochMinutesBucket(mins, 5))"


def test_an_old_time_field_may_be_a_text() -> None:
    spec = {"name": "d", "dataType": "INT", "timeType": "DAYS", "timeFormat": "SIMPLE_DATE_FORMAT:yyyyMMdd"}
    parsed = schema(timeFieldSpec={"incomingGranularitySpec": spec})
    assert parsed.date_times["d"].format_spec.to_millis(19700102) == 86_400_000


def test_two_times_of_one_name_are_refused() -> None:
    outgoing = {**INCOMING, "timeType": "HOURS"}
    found = problems(
        {"schemaName": "s", "timeFieldSpec": {"incomingGranularitySpec": INCOMING, "outgoingGranularitySpec": outgoing}}
    )
    assert found == {
        "/timeFieldSpec/outgoingGranularitySpec/name": "incoming and outgoing spec differ, so they need different names"
    }
