"""The registry of options: whole, shown in the documentation, and true for each key by its effect or its warning."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tableconfigs.client_properties import OPTIONS
from tableconfigs.decoder_properties import PROPERTIES
from tableconfigs.notices import refusals, schema_warnings, warnings_of
from tableconfigs.options.client_options import ClientOption
from tableconfigs.options.decoder_options import DECODER_FATES
from tableconfigs.options.json_schema import schema_schema, table_config_schema
from tableconfigs.options.option import Fate, Kind, Option
from tableconfigs.options.reference_page import reference_page
from tableconfigs.options.registry import (
    DOCUMENT_FATES,
    schema_options,
    stream_option,
    stream_options,
    table_options,
)
from tableconfigs.options.schema_fates import SCHEMA_FATES
from tableconfigs.problems import InvalidConfig
from tableconfigs.schema import Schema
from tableconfigs.stream import StreamConfig
from tableconfigs.table import TableConfig
from tests.unit.tableconfigs.every_key import every_key

DOCS = Path(__file__).parents[3] / "docs"
MAPS = "/ingestionConfig/streamIngestionConfig/streamConfigMaps"

STREAM_KEYS_OF_THE_CONTRACT = [
    "streamType",
    "stream.kafka.topic.name",
    "stream.kafka.decoder.class.name",
    "stream.kafka.consumer.factory.class.name",
    "stream.kafka.consumer.type",
    "stream.kafka.consumer.prop.auto.offset.reset",
    "stream.kafka.fetch.timeout.millis",
    "stream.kafka.connection.timeout.millis",
    "stream.kafka.idle.timeout.millis",
    "stream.kafka.metadata.populate",
    "topic.consumption.rate.limit",
    "partition.consumption.rate.limit",
    "stopOnDecodeError",
    "group.id",
    "realtime.segment.commit.timeoutSeconds",
    "realtime.segment.serverUploadToDeepStore",
    "realtime.segment.pauseless.download.timeoutSeconds",
    "realtime.segment.offsetAutoReset.enable",
    "realtime.segment.offsetAutoReset.offsetThreshold",
    "realtime.segment.offsetAutoReset.timeThresholdSeconds",
    "realtime.segment.isBackfillTopic",
    "realtime.segment.flush.threshold.rows",
    "realtime.segment.flush.threshold.size",
    "realtime.segment.flush.threshold.size.llc",
    "realtime.segment.flush.threshold.segment.rows",
    "realtime.segment.flush.threshold.segment.size",
    "realtime.segment.flush.desired.size",
    "realtime.segment.flush.threshold.time",
    "realtime.segment.flush.threshold.time.llc",
    "realtime.segment.flush.threshold.variance.fraction",
    "realtime.segment.flush.autotune.initialRows",
    "auto.offset.reset",
    "stream.kafka.broker.list",
    "stream.kafka.buffer.size",
    "stream.kafka.socket.timeout",
    "stream.kafka.fetcher.size",
    "stream.kafka.fetcher.minBytes",
    "stream.kafka.isolation.level",
    "stream.kafka.partition.ids",
    "security.protocol",
    "sasl.mechanism",
    "sasl.jaas.config",
    "max.poll.records",
    "fetch.max.bytes",
    "request.timeout.ms",
    "client.rack",
    "stream.kafka.ssl.server.certificate",
    "stream.kafka.ssl.certificate.type",
    "stream.kafka.ssl.client.certificate",
    "stream.kafka.ssl.client.key",
    "stream.kafka.ssl.client.key.algorithm",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.type",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.key.password",
    "stream.kafka.hlc.zk.connect.string",
    "stream.kafka.zk.broker.url",
    "stream.kafka.hlc.group.id",
    "zookeeper.session.timeout.ms",
    "zookeeper.connection.timeout.ms",
    "zookeeper.sync.time.ms",
    "rebalance.max.retries",
    "rebalance.backoff.ms",
    "auto.commit.enable",
    "stream.kafka.hlc.bootstrap.server",
]


def test_every_key_that_is_read_has_a_fate_and_every_fate_is_of_a_key() -> None:
    paths = {option.path.removesuffix("[]") for option in (*table_options().values(), *schema_options().values())}
    assert set(DOCUMENT_FATES) | set(SCHEMA_FATES) <= paths
    assert {name for model in PROPERTIES.values() for name in model.names()} == set(DECODER_FATES)
    assert all(option.doc for option in (*table_options().values(), *stream_options().values()))


@pytest.mark.parametrize("key", STREAM_KEYS_OF_THE_CONTRACT)
def test_every_stream_key_of_the_contract_has_an_option(key: str) -> None:
    assert stream_option(key) is not None


def test_the_reference_page_is_current() -> None:
    assert (DOCS / "table-configs.md").read_text(encoding="utf-8") == reference_page()


def test_the_json_schemas_take_what_is_taken(clicks_table: dict[str, Any], clicks_schema: dict[str, Any]) -> None:
    every = every_key(clicks_table["ingestionConfig"]["streamIngestionConfig"])
    for document in (clicks_table, every):
        jsonschema.validate(document, table_config_schema())
    jsonschema.validate(clicks_schema, schema_schema())


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("tableIndexConfig", "invertedIndexColumns", {"a": 1}),
        ("segmentsConfig", "minimizeDataMovement", 1),
        ("ingestionConfig", "transformConfigs", "a"),
    ],
)
def test_the_json_schema_refuses_wrong_kinds(
    clicks_table: dict[str, Any], section: str, key: str, value: object
) -> None:
    clicks_table[section][key] = value
    with pytest.raises(jsonschema.ValidationError) as caught:
        jsonschema.validate(clicks_table, table_config_schema())
    assert list(caught.value.path) == [section, key]


# Keys of the document: each by what is said of it


def own_fate(path: str) -> bool:
    """Whether the key has a sentence of its own, not that of its section."""
    return path.removesuffix("[]") in DOCUMENT_FATES


def document_options(fate: Fate) -> list[Option]:
    return [option for option in table_options().values() if option.fate is fate and own_fate(option.path)]


def places(document: Any, path: str) -> Iterator[str]:
    """JSON pointers of the key in a document that has it."""
    step, _, rest = path.partition(".")
    name = step.removesuffix("[]")
    if name == "*":
        yield from (f"/{key}{place}" for key in document for place in places(document[key], rest))
    elif name in document and not rest:
        yield f"/{name}"
    elif name in document and step.endswith("[]"):
        yield from (f"/{name}/{at}{place}" for at, item in enumerate(document[name]) for place in places(item, rest))
    elif name in document:
        yield from (f"/{name}{place}" for place in places(document[name], rest))


@pytest.fixture
def every(clicks_table: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(every_key(clicks_table["ingestionConfig"]["streamIngestionConfig"]))


@pytest.mark.parametrize("option", document_options(Fate.WITHOUT_EFFECT), ids=lambda option: option.path)
def test_a_key_without_effect_is_warned_about_with_the_reason(every: dict[str, Any], option: Option) -> None:
    warnings = warnings_of(TableConfig.parse(every))
    found = list(places(every, option.path))
    assert found
    assert {f"{place}: has no effect: {option.doc}" for place in found} <= set(warnings)


@pytest.mark.parametrize("fate", [Fate.HONOURED, Fate.OWN_WAY])
def test_nothing_is_said_of_keys_that_are_honoured(every: dict[str, Any], fate: Fate) -> None:
    said = {warning.split(": ")[0] for warning in warnings_of(TableConfig.parse(every))}
    honoured = {place for option in document_options(fate) for place in places(every, option.path)}
    assert said & honoured == set()
    assert len(honoured) > 20


@pytest.mark.parametrize("option", document_options(Fate.REFUSED), ids=lambda option: option.path)
def test_a_refused_key_says_what_to_write_instead(every: dict[str, Any], option: Option) -> None:
    if option.path.endswith("streamConfigs"):
        every["ingestionConfig"]["streamIngestionConfig"]["streamConfigs"] = {}
        with pytest.raises(InvalidConfig, match="write 'streamConfigMaps'"):
            TableConfig.parse(every)
        return
    (place,) = places(every, option.path)
    problems = {problem.path: problem.message for problem in refusals(TableConfig.parse(every).value)}
    assert option.doc in problems[place]


def test_values_that_are_the_default_are_not_spoken_of(clicks_table: dict[str, Any]) -> None:
    spelled_out = TableConfig.parse(clicks_table).value.to_pinot_json()
    assert warnings_of(TableConfig.parse(spelled_out)) == []


@pytest.mark.parametrize(
    ("section", "key", "hint"),
    [
        ("tableIndexConfig", "invertedIndexColumn", "did you mean 'invertedIndexColumns'?"),
        ("segmentsConfig", "replicasPerPartitions", "did you mean 'replicasPerPartition'?"),
        ("segmentsConfig", "segmentAssignmentStrategy", "has no effect: segments are placed by the hash"),
        ("", "ingestionConfigs", "did you mean 'ingestionConfig'?"),
    ],
)
def test_misspelt_and_bygone_keys_get_a_hint(clicks_table: dict[str, Any], section: str, key: str, hint: str) -> None:
    (clicks_table[section] if section else clicks_table)[key] = "x"
    (warning,) = warnings_of(TableConfig.parse(clicks_table))
    assert hint in warning


def test_a_misspelt_stream_key_gets_a_hint(clicks_table: dict[str, Any], clicks_stream: dict[str, Any]) -> None:
    clicks_stream["realtime.segment.flush.treshold.rows"] = "5"
    (warning,) = warnings_of(TableConfig.parse(clicks_table))
    assert warning == (
        f"{MAPS}/0/realtime.segment.flush.treshold.rows: not a known key, "
        "did you mean 'realtime.segment.flush.threshold.rows'?"
    )


def test_a_secret_that_is_written_out_is_spoken_of_without_its_value(
    clicks_table: dict[str, Any], clicks_stream: dict[str, Any]
) -> None:
    clicks_stream |= {"ssl.key.password": "hunter2", "sasl.password": "${secret:kafka}"}
    (warning,) = warnings_of(TableConfig.parse(clicks_table))
    assert warning.startswith(f"{MAPS}/0/ssl.key.password: a secret is written out here")
    assert "hunter2" not in warning


# Keys of a stream


def streams(fate: Fate) -> list[Option]:
    return [option for option in stream_options().values() if option.fate is fate and "*" not in option.path]


SAMPLES = {Kind.WHOLE: "20000", Kind.NUMBER: "0.25", Kind.FLAG: "true", Kind.SIZE: "1M", Kind.PERIOD: "1h"}


@pytest.mark.parametrize("option", streams(Fate.WITHOUT_EFFECT), ids=lambda option: option.path)
def test_a_stream_key_without_effect_is_warned_about(clicks_stream: dict[str, Any], option: Option) -> None:
    warnings = StreamConfig.parse({**clicks_stream, option.path: SAMPLES.get(option.kind, "x")}).warnings
    assert f"/{option.path}: has no effect: {option.doc}" in warnings


@pytest.mark.parametrize("option", streams(Fate.REFUSED), ids=lambda option: option.path)
def test_a_refused_stream_key_says_what_to_do(clicks_stream: dict[str, Any], option: Option) -> None:
    with pytest.raises(InvalidConfig, match=re.escape(option.doc)) as caught:
        StreamConfig.parse({**clicks_stream, option.path: "x"})
    assert [problem.path for problem in caught.value.problems] == [f"/{option.path}"]


PASSED = [option for option in OPTIONS.values() if option.librdkafka]
URL = "sasl.oauthbearer.token.endpoint.url"


@pytest.mark.parametrize("option", PASSED, ids=lambda option: option.path)
def test_a_client_property_reaches_librdkafka_under_its_name(
    clicks_stream: dict[str, Any], option: ClientOption
) -> None:
    value = (
        option.choices[0] if option.choices else SAMPLES.get(option.kind, "https://x" if option.path == URL else "x")
    )
    stream = StreamConfig.parse({**clicks_stream, option.path: value})
    assert stream.client_properties[option.librdkafka] == value


@pytest.mark.parametrize(
    "option", [o for o in PASSED if o.choices or o.low is not None], ids=lambda option: option.path
)
def test_a_client_property_out_of_bounds_is_refused_at_upload(
    clicks_stream: dict[str, Any], option: ClientOption
) -> None:
    for wrong in ["nonsense", *([] if option.low is None else [str(int(option.low) - 1)])]:
        with pytest.raises(InvalidConfig) as caught:
            StreamConfig.parse({**clicks_stream, option.path: wrong})
        assert f"/{option.path}" in [problem.path for problem in caught.value.problems]


@pytest.mark.parametrize(
    "option", [o for o in stream_options().values() if o.parse and o.aliases], ids=lambda option: option.path
)
def test_the_old_name_of_a_stream_key_means_the_same(clicks_stream: dict[str, Any], option: Option) -> None:
    del clicks_stream["realtime.segment.flush.threshold.segment.size"]
    names = [option.path, *option.aliases]
    for name in names:
        clicks_stream.pop(name, None)
    value = SAMPLES[option.kind]
    read = [StreamConfig.parse({**clicks_stream, name: value}).flush for name in names]
    assert read.count(read[0]) == len(names)
    assert read[0] != StreamConfig.parse(clicks_stream).flush


@pytest.mark.parametrize("option", [o for o in stream_options().values() if o.parse], ids=lambda option: option.path)
def test_a_stream_value_that_cannot_be_read_names_what_is_expected(
    clicks_stream: dict[str, Any], option: Option
) -> None:
    with pytest.raises(InvalidConfig, match=f"Invalid config {re.escape(option.path)}: nonsense, must be"):
        StreamConfig.parse({**clicks_stream, option.path: "nonsense"})


def test_the_schema_s_keys_are_those_of_the_contract() -> None:
    field = {"name", "dataType", "singleValueField", "notNull", "defaultNullValue", "maxLength", "tags", "aliases"}
    field |= {"maxLengthExceedStrategy", "allowTrailingZeros", "transformFunction", "virtualColumnProvider"}
    field |= {"description", "fieldId", "metadata"}
    for section in ("dimensionFieldSpecs", "metricFieldSpecs", "dateTimeFieldSpecs", "complexFieldSpecs"):
        assert {f"{section}[].{key}" for key in field} <= set(schema_options())
    assert {f"dateTimeFieldSpecs[].{key}" for key in ("format", "granularity", "sampleValue")} <= set(schema_options())
    assert set(Schema.model_fields) == {"schema_name", "description", "tags", "enable_column_based_null_handling",
                                        "dimension_field_specs", "metric_field_specs", "date_time_field_specs",
                                        "complex_field_specs", "time_field_spec", "primary_key_columns"}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"primaryKeyColumns": ["userId"]}, "/primaryKeyColumns: has no effect: upsert and dedup are not there yet"),
        (
            {"dimensionFieldSpecs": [{"name": "a", "dataType": "INT", "virtualColumnProvider": "x"}]},
            "/dimensionFieldSpecs/0/virtualColumnProvider: has no effect: no classes are loaded",
        ),
        (
            {"dimensionFieldSpecs": [{"name": "a", "dataType": "INT", "singleValuefield": False}]},
            "/dimensionFieldSpecs/0/singleValuefield: not a known key, did you mean 'singleValueField'?",
        ),
        ({"primaryKeyColumn": ["a"]}, "/primaryKeyColumn/0: not a known key, did you mean 'primaryKeyColumns'?"),
    ],
)
def test_a_schema_is_warned_about_likewise(clicks_schema: dict[str, Any], change: dict[str, Any], warning: str) -> None:
    assert schema_warnings(Schema.parse({**clicks_schema, **change})) == [warning]


def test_nothing_is_said_of_a_schema_that_is_honoured(clicks_schema: dict[str, Any]) -> None:
    assert schema_warnings(Schema.parse(clicks_schema)) == []
    assert schema_warnings(Schema.parse(Schema.parse(clicks_schema).value.to_pinot_json())) == []
