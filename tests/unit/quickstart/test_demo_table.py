"""The demo's schema and table: what a service accepts, and what fits the messages."""

from __future__ import annotations

import json
from pathlib import Path

from starlette.testclient import TestClient

from crushpad.quickstart.clicks import clicks
from crushpad.quickstart.setup import SCHEMA_FILE, resource, table_config
from tableconfigs.source import InMemoryTableConfigSource
from tests.unit.http.conftest import House


def test_schema_and_table_are_accepted_without_a_warning(tmp_path: Path):
    client: TestClient = House(InMemoryTableConfigSource(), tmp_path).client()

    schema = client.post("/schemas", content=resource(SCHEMA_FILE)).json()
    table = client.post("/tables", content=table_config("127.0.0.1:9092", flush_rows=250)).json()

    assert schema["unrecognizedProperties"] == table["unrecognizedProperties"] == {}
    assert table["status"] == "Table clicks_REALTIME successfully added"


def test_every_field_of_a_message_is_a_column():
    schema = json.loads(resource(SCHEMA_FILE))
    columns = {spec["name"] for key in schema if key.endswith("FieldSpecs") for spec in schema[key]}

    (message,) = clicks(seed=1, start_row=0, rows=1, first_ms=1_795_224_955_873, step=1)

    assert set(json.loads(message)) == columns


def test_broker_and_threshold_are_those_of_this_run():
    config = json.loads(table_config("127.0.0.1:19092", flush_rows=250))

    (stream,) = config["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    assert stream["stream.kafka.broker.list"] == "127.0.0.1:19092"
    assert stream["realtime.segment.flush.threshold.segment.rows"] == "250"
