"""A table made of a schema and an ingestion config, run on records as an ingest worker would."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from crushpad.secret_files import ConnectingEnvironment
from ingest.recipes import recipe_of
from ingest.streams.base import Fetched
from segments.arrow_schema import OFFSET, ORDINAL
from segments.catalogue import TableEntry
from segments.consuming.file import Appended

JSON_DECODER = "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder"
AVRO_DECODER = "org.apache.pinot.plugin.inputformat.avro.SimpleAvroMessageDecoder"
CSV_DECODER = "org.apache.pinot.plugin.inputformat.csv.CSVMessageDecoder"
PROTOBUF_DECODER = "org.apache.pinot.plugin.inputformat.protobuf.ProtoBufMessageDecoder"
NOON_MS = 1_709_208_000_000

Columns = Mapping[str, str | Mapping[str, Any]]
"""By name: a type (`INT`, `INT*` for many values), or the field spec's keys."""


class FakeEnvelope:
    """Key and headers of one record."""

    def __init__(self, key: bytes | None = None, headers: Sequence[tuple[str, bytes | None]] | None = None) -> None:
        self._key, self._headers = key, headers

    def key(self) -> bytes | None:
        return self._key

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        return self._headers


def field_spec(name: str, what: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(what, str):
        return {"name": name, "dataType": what.rstrip("*"), "singleValueField": not what.endswith("*")}
    return {"name": name, **what}


def schema_of(columns: Columns) -> dict[str, Any]:
    specs = [field_spec(name, what) for name, what in columns.items()]
    complex_types = {"MAP", "LIST", "STRUCT", "OPEN_STRUCT"}
    return {
        "schemaName": "t",
        "dimensionFieldSpecs": [s for s in specs if "format" not in s and s["dataType"] not in complex_types],
        "dateTimeFieldSpecs": [s for s in specs if "format" in s],
        "complexFieldSpecs": [s for s in specs if s["dataType"] in complex_types],
    }


CLOCK = "clock_ms"
"""The time column of tables that a case does not give one; it is not shown."""


class RecordTable:
    """`run` gives what is appended; `rows` and `reasons` what a user would see of it."""

    def __init__(
        self,
        columns: Columns,
        decoder: str = JSON_DECODER,
        properties: Mapping[str, str] | None = None,
        time_column: str | None = None,
        stream: Mapping[str, str] | None = None,
        **ingestion: Any,
    ) -> None:
        if time_column is None:
            columns = {**columns, CLOCK: {"dataType": "LONG", "format": "EPOCH", "granularity": "MILLISECONDS|1"}}
        streams = {
            "streamType": "kafka",
            "stream.kafka.topic.name": "t",
            "stream.kafka.broker.list": "localhost:9092",
            "stream.kafka.decoder.class.name": decoder,
            **{f"stream.kafka.decoder.prop.{key}": value for key, value in (properties or {}).items()},
            **(stream or {}),
        }
        config = {
            "tableName": "t",
            "tableType": "REALTIME",
            "segmentsConfig": {"replication": "1", "timeColumnName": time_column or CLOCK},
            "tableIndexConfig": {},
            "tenants": {},
            "metadata": {},
            "ingestionConfig": {"streamIngestionConfig": {"streamConfigMaps": [streams]}, **ingestion},
        }
        entry = TableEntry("t_REALTIME", "i", "active", 1, config, "t", 1, {1: schema_of(columns)}, 0, [])
        self.pipeline = recipe_of(entry, ConnectingEnvironment({}, Path("/"))).pipeline

    def run(self, values: Sequence[Any], envelopes: Sequence[FakeEnvelope] = ()) -> Appended:
        payloads = [value if isinstance(value, bytes) else json.dumps(value).encode() for value in values]
        at = np.arange(100, 100 + len(payloads))
        times = NOON_MS + np.arange(len(payloads))
        return self.pipeline.run(Fetched(3, payloads, at, times, 100 + len(payloads), 0, envelopes), 3)

    def rows(self, *values: Any, envelopes: Sequence[FakeEnvelope] = ()) -> list[dict[str, Any]]:
        """The table's own columns of every row; moments are milliseconds."""
        return own_rows(self.run(values, envelopes))

    def column(self, name: str, *values: Any) -> list[Any]:
        return [row[name] for row in self.rows(*values)]

    def reasons(self, *values: Any) -> list[tuple[int, str, str]]:
        """Index, field and reason of each record that was rejected."""
        rejects = self.run(values).rejects
        found = [] if rejects is None else rejects.to_pylist()
        return [(each[OFFSET] - 100, each["field"], each["reason"]) for each in found]


def own_rows(appended: Appended) -> list[dict[str, Any]]:
    if appended.rows is None:
        return []
    names = [name for name in appended.rows.schema.names if not name.startswith("$") and name != CLOCK]
    own = appended.rows.select(names)
    arrays = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in own.columns]
    return list(pa.RecordBatch.from_arrays(arrays, names=names).to_pylist())


def places(appended: Appended) -> list[tuple[int, int]]:
    """Record index and ordinal of each row."""
    assert appended.rows is not None
    offsets, ordinals = appended.rows.column(OFFSET).to_pylist(), appended.rows.column(ORDINAL).to_pylist()
    return [(offset - 100, ordinal) for offset, ordinal in zip(offsets, ordinals, strict=True)]
