"""Decoders read no file of the host but those in the folder of secrets: a table config comes from whoever may upload."""

from __future__ import annotations

from pathlib import Path

import pytest

from crushpad.secret_files import ConnectingEnvironment
from ingest.recipes import recipe_of
from segments.catalogue import TableEntry
from tableconfigs.problems import InvalidConfig

PROTOBUF = "org.apache.pinot.plugin.inputformat.protobuf.ProtoBufMessageDecoder"
REGISTRY = "org.apache.pinot.plugin.inputformat.avro.confluent.KafkaConfluentSchemaRegistryAvroMessageDecoder"
SCHEMA = {
    "schemaName": "t",
    "dateTimeFieldSpecs": [
        {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
    ],
}


def table(decoder: str, properties: dict[str, str]) -> TableEntry:
    stream = {
        "streamType": "kafka",
        "stream.kafka.topic.name": "t",
        "stream.kafka.broker.list": "localhost:9092",
        "stream.kafka.decoder.class.name": decoder,
        **{f"stream.kafka.decoder.prop.{name}": value for name, value in properties.items()},
    }
    config = {
        "tableName": "t",
        "tableType": "REALTIME",
        "segmentsConfig": {"timeColumnName": "ts"},
        "tenants": {},
        "tableIndexConfig": {"streamConfigs": stream},
    }
    return TableEntry("t_REALTIME", "i", "active", 1, config, "t", 1, {1: SCHEMA}, 0, [])


@pytest.mark.parametrize(
    ("decoder", "name", "others"),
    [
        (PROTOBUF, "descriptorFile", {"protoClassName": "Click"}),
        (REGISTRY, "schema.registry.ssl.ca.location", {"schema.registry.rest.url": "https://registry:8081"}),
        (REGISTRY, "schema.registry.ssl.truststore.location", {"schema.registry.rest.url": "https://registry:8081"}),
        (REGISTRY, "schema.registry.ssl.key.location", {"schema.registry.rest.url": "https://registry:8081"}),
    ],
)
@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd"])
def test_a_file_outside_is_refused_by_the_name_of_its_property(
    tmp_path: Path, decoder: str, name: str, others: dict[str, str], path: str
) -> None:
    with pytest.raises(InvalidConfig, match="only files there may be named") as caught:
        recipe_of(table(decoder, {name: path, **others}), ConnectingEnvironment({}, tmp_path))
    assert name in str(caught.value)
    assert "root:" not in str(caught.value), "nothing of the file is shown"


def test_without_a_folder_the_setting_to_write_is_named() -> None:
    with pytest.raises(InvalidConfig, match="the setting secrets_dir does not say where"):
        recipe_of(table(PROTOBUF, {"descriptorFile": "a.desc", "protoClassName": "A"}), ConnectingEnvironment({}, None))
