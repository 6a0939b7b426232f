"""Confluent's Avro, JSON and Protobuf from a real topic, through a schema registry over HTTP with a password."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from scripts.click_formats import click_message
from tests.conftest import KafkaBroker
from tests.kafka_topics import create_topic, fresh_name, produce
from tests.produced import table
from tests.schema_registry import USER_INFO, SchemaRegistry
from tests.service import Service, running, wait_until

FORMAT = "org.apache.pinot.plugin.inputformat"
AVRO = f"{FORMAT}.avro.confluent.KafkaConfluentSchemaRegistryAvroMessageDecoder"
JSON = f"{FORMAT}.json.confluent.KafkaConfluentSchemaRegistryJsonMessageDecoder"
PROTOBUF = f"{FORMAT}.protobuf.KafkaConfluentSchemaRegistryProtoBufMessageDecoder"

AVRO_SCHEMA = """{"type": "record", "name": "Click", "fields": [
    {"name": "city", "type": ["null", "string"], "default": null}, {"name": "qty", "type": "int"},
    {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}"""
JSON_SCHEMA = '{"type": "object", "title": "Click", "properties": {"city": {"type": "string"}}}'

NOON_MS = 1_709_208_000_000
CLICKS = [{"city": f"city {number}", "qty": number, "ts": NOON_MS + number} for number in range(200)]
SCHEMA = {
    "dimensionFieldSpecs": [
        {"name": "city", "dataType": "STRING"},
        {"name": "qty", "dataType": "INT"},
        {"name": "__key", "dataType": "STRING"},
        {"name": "__metadata$offset", "dataType": "LONG"},
    ],
    "dateTimeFieldSpecs": [{"name": "ts", "dataType": "LONG", "format": "EPOCH", "granularity": "MILLISECONDS|1"}],
}

Serialize = Callable[[dict[str, Any], SerializationContext], bytes]


@pytest.fixture(scope="module")
def registry() -> Iterator[SchemaRegistry]:
    with SchemaRegistry().serving() as registry:
        yield registry


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, zookeeper: str) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("forms") / "data", f"{zookeeper}/forms-{uuid.uuid4().hex}") as service:
        yield service


def serializers(registry: SchemaRegistry) -> dict[str, Serialize]:
    """By decoder class, what writes its messages."""
    client = SchemaRegistryClient({"url": registry.url, "basic.auth.user.info": USER_INFO})
    message = click_message()
    protobuf = ProtobufSerializer(message, client, {"use.deprecated.format": False})
    return {
        AVRO: AvroSerializer(client, AVRO_SCHEMA),
        JSON: JSONSerializer(JSON_SCHEMA, client),
        PROTOBUF: lambda row, context: protobuf(message(**row), context),
    }


def upload(service: Service, kafka: KafkaBroker, registry: SchemaRegistry, decoder: str, topic: str) -> None:
    config = table(topic, topic, kafka.bootstrap)
    (stream,) = config["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    stream |= {
        "stream.kafka.decoder.class.name": decoder,
        "stream.kafka.decoder.prop.schema.registry.rest.url": registry.url,
        "stream.kafka.decoder.prop.basic.auth.credentials.source": "USER_INFO",
        "stream.kafka.decoder.prop.basic.auth.user.info": USER_INFO,
        "stream.kafka.metadata.populate": "true",
    }
    service.upload({"schemaName": topic, **SCHEMA}, config)


@pytest.mark.parametrize("decoder", [AVRO, JSON, PROTOBUF])
def test_messages_of_a_registry_become_rows_once_it_is_there_and_unknown_ids_are_rejected(
    service: Service, kafka: KafkaBroker, registry: SchemaRegistry, decoder: str
) -> None:
    topic = fresh_name("forms").replace("-", "_")
    create_topic(kafka.bootstrap, topic)
    context = SerializationContext(topic, MessageField.VALUE)
    serialize = serializers(registry)[decoder]
    values = [serialize(click, context) for click in CLICKS]
    unknown = b"\0\x7f\xff\xff\xff" + values[0][5:]
    produce(
        kafka.bootstrap,
        topic,
        [(0, f"k{at}".encode(), value, None) for at, value in enumerate([*values, unknown, b"{}"])],
    )

    registry.away = True
    upload(service, kafka, registry, decoder, topic)
    told = wait_until(lambda: _reason(service, topic), f"{topic} says that its registry is away")
    assert "schema registry" in told
    assert service.count(topic) == 0

    registry.away = False
    service.wait_for_count(topic, len(CLICKS))
    rows = service.rows(f'SELECT city, qty, ts, __key, "__metadata$offset" FROM {topic} ORDER BY qty LIMIT 1000')
    assert rows == [[c["city"], c["qty"], c["ts"], f"k{at}", at] for at, c in enumerate(CLICKS)]
    wait_until(lambda: [one for one in service.consumers(topic) if one["rejects"] == 2], "both bad records are counted")


def _reason(service: Service, topic: str) -> str:
    """Why the table's partition waits, as far as its status says."""
    return next((str(one) for one in service.consumers(topic) if "schema registry" in str(one)), "")
