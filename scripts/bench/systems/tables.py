"""A table as both systems take it: Pinot's schema and table config."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scripts.bench.systems.port import TableSpec

Json = dict[str, Any]

_DATA_TYPES = {
    "int64": "LONG",
    "int32": "INT",
    "string": "STRING",
    "double": "DOUBLE",
    "float": "FLOAT",
    "bool": "BOOLEAN",
    "extension<arrow.json>": "JSON",
}


def schema(table: TableSpec) -> Json:
    """Every column but the time is a dimension. Raises KeyError for a type that no data set has."""
    fields = [
        {"name": name, "dataType": _DATA_TYPES[str(kind)]} for name, kind in table.columns if name != table.time_column
    ]
    time = {
        "name": table.time_column,
        "dataType": "LONG",
        "format": "1:MILLISECONDS:EPOCH",
        "granularity": "1:MILLISECONDS",
    }
    return {"schemaName": table.name, "dimensionFieldSpecs": fields, "dateTimeFieldSpecs": [time]}


def config(table: TableSpec, indexes: Json, fields: Sequence[Json] = (), consumer_factory: str | None = None) -> Json:
    """The table config with `indexes` as its tableIndexConfig and `fields` as its fieldConfigList."""
    stream = {
        "streamType": "kafka",
        "stream.kafka.topic.name": table.name,
        "stream.kafka.broker.list": table.brokers,
        "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.stream.kafka.KafkaJSONMessageDecoder",
        "stream.kafka.consumer.prop.auto.offset.reset": "smallest",
        "realtime.segment.flush.threshold.segment.rows": str(table.segment_rows),
        "realtime.segment.flush.threshold.time": f"{table.flush_s}s",
    }
    if consumer_factory is not None:
        stream["stream.kafka.consumer.factory.class.name"] = consumer_factory
    return {
        "tableName": table.name,
        "tableType": "REALTIME",
        "segmentsConfig": {"timeColumnName": table.time_column, "replication": "1"},
        "tenants": {},
        "tableIndexConfig": {"loadMode": "MMAP", **indexes},
        "fieldConfigList": list(fields),
        "ingestionConfig": {"streamIngestionConfig": {"streamConfigMaps": [stream]}},
        "metadata": {},
    }
