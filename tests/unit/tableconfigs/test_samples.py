"""Configs as Pinot's users have them, of every age: each is taken, means the same when it is read back, and is modern."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tableconfigs.modern_form import modern_form
from tableconfigs.notices import warnings_of
from tableconfigs.options.json_schema import schema_schema, table_config_schema
from tableconfigs.schema import Schema
from tableconfigs.table import TableConfig
from tests.unit.tableconfigs.every_key import every_key

GOLDEN = Path(__file__).parents[2] / "golden" / "tableconfigs"
SAMPLES = {path.name.split(".")[0]: path for path in sorted((GOLDEN / "samples").glob("*.table.json"))}
CLICKS = json.loads((GOLDEN / "clicks.table.json").read_text())
EVERY_KEY = every_key(CLICKS["ingestionConfig"]["streamIngestionConfig"])


def sample(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SAMPLES[name].read_text())
    return document


def meaning(config: TableConfig) -> tuple[Any, ...]:
    """What the service acts on."""
    streams = [
        (s.topic, s.brokers, s.decoder, s.flush, s.offset_criteria, s.partition_subset, s.client_properties)
        for s in config.streams
    ]
    return streams, config.replication, config.retention_ms, config.time_column, config.indexing.sorted_column


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_taken_and_read_back_as_it_was(name: str) -> None:
    config = TableConfig.parse(sample(name), {}).value
    again = TableConfig.parse(config.to_pinot_json(), {})
    assert again.unrecognized == {}
    assert meaning(again.value) == meaning(config)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_modern_form_of_a_sample_means_the_same(name: str) -> None:
    modern, _ = modern_form(sample(name))
    parsed = TableConfig.parse(modern, {})
    assert parsed.unrecognized == {}
    assert meaning(parsed.value) == meaning(TableConfig.parse(sample(name), {}).value)
    assert modern_form(modern) == (modern, [])


@pytest.mark.parametrize("name", SAMPLES)
def test_the_json_schema_takes_a_sample(name: str) -> None:
    jsonschema.validate(sample(name), table_config_schema())


def test_the_high_level_consumer_runs_as_one_of_partitions() -> None:
    parsed = TableConfig.parse(sample("high_level_consumer"), {})
    (stream,) = parsed.value.streams
    assert stream.brokers == "broker-1:19092"
    assert any("partitions are read one by one" in warning for warning in warnings_of(parsed))
    assert modern_form(sample("high_level_consumer"))[0]["ingestionConfig"]["streamIngestionConfig"] == {
        "streamConfigMaps": [
            {
                "streamType": "kafka",
                "stream.kafka.topic.name": "orders",
                "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder",
                "stream.kafka.consumer.factory.class.name": "org.apache.pinot.plugin.stream.kafka30.KafkaConsumerFactory",
                "stream.kafka.broker.list": "broker-1:19092",
            }
        ]
    }


# Round trips over every key


def subset(draw: st.DrawFn, document: Any, kept: frozenset[str]) -> Any:
    """The document with any of its keys left out, but not those that others need."""
    if isinstance(document, dict):
        chosen = [key for key in document if key in kept or draw(st.booleans())]
        return {key: subset(draw, document[key], kept) for key in chosen}
    return [subset(draw, item, kept) for item in document] if isinstance(document, list) else document


NEEDED = frozenset(
    {
        *("tableName", "tableType", "segmentsConfig", "tenants", "tableIndexConfig", "ingestionConfig", "name"),
        *("streamIngestionConfig", "streamConfigMaps", "timeColumnName", "replication", "replicasPerPartition"),
        *CLICKS["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"][0],
        *("retentionTimeUnit", "retentionTimeValue", "untrackedSegmentsRetentionTimeUnit", "dimensionsSplitOrder"),
        *("untrackedSegmentsRetentionTimeValue", "tag", "tagPoolConfig", "replicaGroupPartitionConfig", "dataType"),
        *("functionName", "numPartitions", "columnPartitionMap", "columns", "segmentSelectorType", "storageType"),
        *("enricherType", "policy"),
    }
)


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = subset(draw, EVERY_KEY, NEEDED)
    return found


@settings(deadline=None, max_examples=50)
@given(configs())
def test_any_config_is_read_back_as_it_was_printed(document: dict[str, Any]) -> None:
    parsed = TableConfig.parse(document)
    printed = parsed.value.to_pinot_json()
    again = TableConfig.parse(json.dumps(printed))
    assert (parsed.unrecognized, again.unrecognized) == ({}, {})
    assert again.value.to_pinot_json() == printed
    assert warnings_of(again) == warnings_of(parsed)


TYPES = {
    "dimensionFieldSpecs": ["INT", "LONG", "FLOAT", "DOUBLE", "BIG_DECIMAL", "BOOLEAN", "TIMESTAMP", "STRING", "JSON",
                            "BYTES", "UUID"],
    "metricFieldSpecs": ["INT", "LONG", "FLOAT", "DOUBLE", "BIG_DECIMAL", "BYTES"],
}  # fmt: skip
DEFAULTS = {
    "INT": st.integers(-(2**31), 2**31 - 1),
    "LONG": st.integers(-(2**63), 2**63 - 1),
    "FLOAT": st.floats(allow_nan=False, allow_infinity=False, width=32) | st.just("-Infinity"),
    "DOUBLE": st.floats(allow_nan=False, allow_infinity=False) | st.just("Infinity"),
    "BIG_DECIMAL": st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    "BOOLEAN": st.booleans(),
    "TIMESTAMP": st.integers(0, 4_000_000_000_000),
    "STRING": st.text(max_size=8).filter(lambda text: text.isprintable()),
    "JSON": st.sampled_from(["{}", "[1]", '{"a": null}']),
    "BYTES": st.binary(max_size=4).map(bytes.hex),
    "UUID": st.uuids().map(str),
}


@st.composite
def columns(draw: st.DrawFn, place: str, name: str) -> dict[str, Any]:
    data_type = draw(st.sampled_from(TYPES[place]))
    spec: dict[str, Any] = {"name": name, "dataType": data_type}
    if draw(st.booleans()):
        spec["defaultNullValue"] = draw(DEFAULTS[data_type])
    if draw(st.booleans()) and place == "dimensionFieldSpecs" and data_type != "JSON":
        spec["singleValueField"] = False
    if draw(st.booleans()):
        spec |= {"maxLength": draw(st.integers(1, 9_999)), "maxLengthExceedStrategy": draw(st.sampled_from(STRATEGIES))}
    return spec


STRATEGIES = ["TRIM_LENGTH", "ERROR", "SUBSTITUTE_DEFAULT_VALUE", "NO_ACTION"]


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    lists = {
        place: [draw(columns(place, f"{place[0]}{at}")) for at in range(draw(st.integers(1, 3)))] for place in TYPES
    }
    time = {"name": "ts", "dataType": "LONG", "format": draw(st.sampled_from(["1:DAYS:EPOCH", "EPOCH|SECONDS|5"]))}
    return {"schemaName": "s", **lists, "dateTimeFieldSpecs": [time | {"granularity": "1:DAYS"}]}


@settings(deadline=None, max_examples=50)
@given(schemas())
def test_any_schema_is_read_back_with_its_types_and_defaults(document: dict[str, Any]) -> None:
    parsed = Schema.parse(json.dumps(document))
    again = Schema.parse(json.dumps(parsed.value.to_pinot_json()))
    jsonschema.validate(parsed.stored, schema_schema())

    def facts(schema: Schema) -> list[tuple[Any, ...]]:
        return [(c.name, c.data_type, c.single_value_field, c.default_null, c.length_max, c.on_too_long)
                for c in schema.columns.values()]  # fmt: skip

    assert again.unrecognized == {}
    assert facts(again.value) == facts(parsed.value)
