"""Reading stream configs: where to read, from which offset, with which decoder, and what is not allowed."""

from typing import Any

import pytest

from tableconfigs.decoder_properties import PROPERTIES
from tableconfigs.decoders import DECODERS, DecoderKind
from tableconfigs.offset_criteria import Largest, OffsetCriteria, Period, Smallest, Timestamp
from tableconfigs.problems import InvalidConfig
from tableconfigs.stream import IsolationLevel, StreamConfig, partition_id, split_partition_id

RESET = "stream.kafka.consumer.prop.auto.offset.reset"
DECODER = "stream.kafka.decoder.class.name"


def problems(stream: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidConfig) as caught:
        StreamConfig.parse(stream)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_a_stream_config_has_pinot_s_defaults(clicks_stream: dict[str, Any]) -> None:
    del clicks_stream[RESET], clicks_stream["stream.kafka.isolation.level"]
    stream = StreamConfig.parse(clicks_stream)
    assert (stream.topic, stream.brokers, stream.decoder) == ("clicks", "localhost:9092", DecoderKind.JSON)
    assert stream.offset_criteria == Largest()
    assert stream.isolation_level is IsolationLevel.READ_UNCOMMITTED
    assert stream.partition_subset is None
    assert (stream.metadata_populate, stream.stop_on_decode_error) == (False, False)
    assert (stream.unrecognized, stream.warnings) == ({}, ())


@pytest.mark.parametrize(
    ("text", "criteria"),
    [
        ("smallest", Smallest()),
        ("EARLIEST", Smallest()),
        ("Largest", Largest()),
        ("latest", Largest()),
        ("2d", Period(172_800_000)),
        ("4h30m", Period(16_200_000)),
        ("2022-08-09T12:31:38.222Z", Timestamp(1_660_048_298_222)),
        ("1970-01-01T01:00:00+01:00", Timestamp(0)),
        ("1970-01-01T00:00:00", Timestamp(0)),
    ],
)
def test_first_offsets(clicks_stream: dict[str, Any], text: str, criteria: OffsetCriteria) -> None:
    assert StreamConfig.parse({**clicks_stream, RESET: text}).offset_criteria == criteria


@pytest.mark.parametrize("text", ["beginning", "2 days", "2022-13-09T12:31:38Z", "-1"])
def test_other_first_offsets_name_the_choices(clicks_stream: dict[str, Any], text: str) -> None:
    message = problems({**clicks_stream, RESET: text})[f"/{RESET}"]
    assert message.startswith(f"Invalid config {RESET}: {text}, must be smallest, largest, a period")


def test_what_is_missing_is_named(clicks_stream: dict[str, Any]) -> None:
    assert problems({}) == {
        "/streamType": "Could not create StreamConfig using the streamConfig map: streamType cannot be null, must be kafka",
        "/stream.kafka.topic.name": "Could not create StreamConfig using the streamConfig map: "
        "Stream topic name stream.kafka.topic.name cannot be null",
        "/stream.kafka.broker.list": "Must specify kafka brokers list stream.kafka.broker.list, as in localhost:9092",
        f"/{DECODER}": "Could not create StreamConfig using the streamConfig map: Must specify decoder class name "
        f"{DECODER}, as in org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder",
    }
    assert "/streamType" in problems({**clicks_stream, "streamType": "kinesis"})


NEEDED = {
    DecoderKind.AVRO_SIMPLE: {"schema": '{"type": "record", "name": "r", "fields": []}'},
    DecoderKind.AVRO_CONFLUENT: {"schema.registry.rest.url": "http://localhost:8081"},
    DecoderKind.JSON_CONFLUENT: {"schema.registry.rest.url": "http://localhost:8081"},
    DecoderKind.PROTOBUF_CONFLUENT: {"schema.registry.rest.url": "http://localhost:8081"},
    DecoderKind.PROTOBUF: {"descriptorFile": "/etc/clicks.desc", "protoClassName": "Click"},
}
PROP = "stream.kafka.decoder.prop."


@pytest.mark.parametrize("name", [name for name, kind in DECODERS.items() if kind in PROPERTIES])
def test_contract_3_5_every_class_name_is_known_by_what_it_reads(clicks_stream: dict[str, Any], name: str) -> None:
    needed = {PROP + key: value for key, value in NEEDED.get(DECODERS[name], {}).items()}
    assert StreamConfig.parse({**clicks_stream, DECODER: name, **needed}).decoder is DECODERS[name]


@pytest.mark.parametrize("kind", NEEDED)
def test_contract_3_6_a_decoder_says_which_property_it_misses(clicks_stream: dict[str, Any], kind: DecoderKind) -> None:
    name = next(name for name, found in DECODERS.items() if found is kind)
    assert set(problems({**clicks_stream, DECODER: name})) == {f"/{PROP}{key}" for key in NEEDED[kind]}


def test_contract_3_6_a_property_that_the_decoder_does_not_have_is_warned_of(clicks_stream: dict[str, Any]) -> None:
    (warning,) = StreamConfig.parse({**clicks_stream, f"{PROP}jsonFormt": "TEXT"}).warnings
    assert "did you mean 'jsonFormat'" in warning


@pytest.mark.parametrize(
    ("kind", "properties", "place"),
    [
        (DecoderKind.JSON, {"jsonFormat": "SMILE"}, "jsonFormat"),
        (DecoderKind.CSV, {"delimiter": "||"}, "delimiter"),
        (DecoderKind.CSV, {"fileFormat": "EXELL"}, "fileFormat"),
        (DecoderKind.AVRO_SIMPLE, {"schema": "{}", "leading.bytes.to.strip": "-1"}, "leading.bytes.to.strip"),
        (DecoderKind.AVRO_CONFLUENT, {**NEEDED[DecoderKind.AVRO_CONFLUENT], "cached.schema.map.capacity": "x"},
         "cached.schema.map.capacity"),
    ],
)  # fmt: skip
def test_contract_3_6_a_property_that_cannot_be_read_is_named(
    clicks_stream: dict[str, Any], kind: DecoderKind, properties: dict[str, str], place: str
) -> None:
    name = next(name for name, found in DECODERS.items() if found is kind)
    given = {PROP + key: value for key, value in properties.items()}
    assert list(problems({**clicks_stream, DECODER: name, **given})) == [f"/{PROP}{place}"]


@pytest.mark.parametrize("name", [name for name, kind in DECODERS.items() if kind not in PROPERTIES])
def test_other_decoders_are_refused_with_what_to_use_instead(clicks_stream: dict[str, Any], name: str) -> None:
    message = problems({**clicks_stream, DECODER: name})[f"/{DECODER}"]
    assert message.startswith(f"{DECODERS[name]} messages are not read by this version: ")


def test_a_misspelt_decoder_gets_a_hint(clicks_stream: dict[str, Any]) -> None:
    wrong = "org.apache.pinot.plugin.inputformat.json.JsonMesageDecoder"
    message = problems({**clicks_stream, DECODER: wrong})[f"/{DECODER}"]
    assert "did you mean 'org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder'?" in message


def test_decoder_properties_lose_their_prefix(clicks_stream: dict[str, Any]) -> None:
    stream = {**clicks_stream, "stream.kafka.decoder.prop.recordExtractorClass": "x"}
    assert StreamConfig.parse(stream).decoder_properties == {"recordExtractorClass": "x"}
    assert "/stream.kafka.decoder.prop.jsonFormat" in problems(
        {**stream, "stream.kafka.decoder.prop.jsonFormat": "SMILE"}
    )


def test_a_subset_of_partitions(clicks_stream: dict[str, Any]) -> None:
    stream = StreamConfig.parse({**clicks_stream, "stream.kafka.partition.ids": "0, 2,5-7"})
    assert stream.partition_subset == frozenset({0, 2, 5, 6, 7})
    assert stream.reads(6)
    assert not stream.reads(1)


@pytest.mark.parametrize("text", ["a", "3-1", "-1", "0,,1", "0-10000", "0-99999999999999"])
def test_a_bad_subset_of_partitions(clicks_stream: dict[str, Any], text: str) -> None:
    assert (
        "must be partition ids and ranges as in 0,2,5-9"
        in problems({**clicks_stream, "stream.kafka.partition.ids": text})["/stream.kafka.partition.ids"]
    )


def test_isolation_levels(clicks_stream: dict[str, Any]) -> None:
    assert StreamConfig.parse(clicks_stream).isolation_level is IsolationLevel.READ_COMMITTED
    message = problems({**clicks_stream, "stream.kafka.isolation.level": "serializable"})[
        "/stream.kafka.isolation.level"
    ]
    assert message.startswith("Unrecognized Kafka isolation level")


def test_the_high_level_consumer_of_old_examples_reads_its_bootstrap_server() -> None:
    stream = StreamConfig.parse(
        {
            "streamType": "kafka",
            "stream.kafka.consumer.type": "highLevel",
            "stream.kafka.topic.name": "meetupRSVPEvents",
            "stream.kafka.decoder.class.name": "org.apache.pinot.core.realtime.impl.kafka.KafkaJSONMessageDecoder",
            "stream.kafka.hlc.zk.connect.string": "localhost:2191/kafka",
            "stream.kafka.consumer.factory.class.name": "org.apache.pinot.core.realtime.impl.kafka2.KafkaConsumerFactory",
            "stream.kafka.zk.broker.url": "localhost:2191/kafka",
            "stream.kafka.hlc.bootstrap.server": "localhost:19092",
        }
    )
    assert stream.brokers == "localhost:19092"
    assert [warning.split(": ")[0] for warning in stream.warnings] == [
        "/stream.kafka.consumer.type",
        "/stream.kafka.zk.broker.url",
        "/stream.kafka.hlc.zk.connect.string",
    ]
    assert "without a consumer group" in stream.warnings[0]


def test_client_properties_get_librdkafka_s_names(clicks_stream: dict[str, Any]) -> None:
    stream = StreamConfig.parse(
        {**clicks_stream, "fetch.max.wait.ms": "50", "client.rack": "r1", "security.protocol": "SSL"}
    )
    assert stream.client_properties == {"fetch.wait.max.ms": "50", "client.rack": "r1", "security.protocol": "SSL"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sasl.jaas.config", "com.sun.security.auth.module.JndiLoginModule required"),
        ("sasl.password.file", "hunter2"),
        ("sasl.mechanism", "GSSAPI"),
        ("sasl.oauthbearer.token.endpoint.url", "http://example"),
        ("sasl.login.callback.handler.class", "a.B"),
        ("ssl.truststore.location", "/etc/passwd"),
        ("ssl.keystore.location", "/keys/client.jks"),
        ("ssl.engine.factory.class", "a.B"),
        ("stream.kafka.ssl.client.key", "hunter2"),
        ("plugin.library.paths", "/tmp/evil.so"),
        ("config.providers.file.class", "a.B"),
        ("interceptor.classes", "a.B"),
        ("metric.reporters", "a.B"),
        ("security.protocol", "PLAIN"),
        ("ssl.endpoint.identification.algorithm", "none"),
    ],
)
def test_dangerous_client_properties_are_refused_and_not_echoed(
    clicks_stream: dict[str, Any], key: str, value: str
) -> None:
    with pytest.raises(InvalidConfig) as caught:
        StreamConfig.parse({**clicks_stream, key: value})
    assert [problem.path for problem in caught.value.problems] == [f"/{key}"]
    assert "hunter2" not in str(caught.value)


def test_client_properties_without_effect_are_warned_about_with_the_reason(clicks_stream: dict[str, Any]) -> None:
    stream = StreamConfig.parse({**clicks_stream, "max.poll.records": "500", "auto.offset.reset": "latest"}, "/at")
    assert stream.client_properties == {}
    assert stream.warnings == (
        "/at/max.poll.records: has no effect: batches are bounded by bytes",
        "/at/auto.offset.reset: has no effect: an offset that is gone is never stepped over silently",
    )


def test_keys_that_nobody_knows_are_reported_with_their_path(clicks_stream: dict[str, Any]) -> None:
    stream = StreamConfig.parse({**clicks_stream, "realtime.segment.flush.segment.size": "5"}, "/at")
    assert stream.unrecognized == {"/at/realtime.segment.flush.segment.size": "5"}


def test_bad_tuning_values_keep_the_default_with_a_warning(clicks_stream: dict[str, Any]) -> None:
    stream = StreamConfig.parse({**clicks_stream, "stream.kafka.idle.timeout.millis": "soon"})
    assert stream.idle_timeout_ms == 180_000
    assert stream.warnings[0] == "/stream.kafka.idle.timeout.millis: 'soon' is not understood, using 180000"


def test_partition_ids_of_several_topics() -> None:
    assert (partition_id(0, 7), partition_id(2, 7)) == (7, 20_007)
    assert split_partition_id(20_007) == (2, 7)
