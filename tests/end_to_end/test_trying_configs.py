"""Configs tried on a real topic by the command line alone: nothing runs, nothing is made, nothing is changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KafkaBroker
from tests.kafka_topics import create_topic, fresh_name, produce

ROWS: list[dict[str, Any]] = [
    {"city": "Berlin", "amount": 1.5, "ts": 1_700_000_000_000},
    {"city": "Bonn", "amount": "2.5", "ts": 1_700_000_001_000},
    {"city": "Köln", "amount": "much", "ts": 1_700_000_002_000},
    {"city": "test", "amount": 0, "ts": 1_700_000_003_000},
]


@pytest.fixture(scope="module")
def topic(kafka: KafkaBroker) -> str:
    name = fresh_name("trying")
    create_topic(kafka.bootstrap, name)
    produce(kafka.bootstrap, name, [(0, None, json.dumps(row), None) for row in ROWS])
    return name


def crushpad(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CRUSHPAD_")}
    argv = [sys.executable, "-m", "crushpad", *map(str, arguments)]
    path = {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(argv, cwd=folder, env=environ | path, capture_output=True, text=True, timeout=60, check=False)


def files(folder: Path, brokers: str, topic: str, schema: dict[str, Any]) -> list[object]:
    stream = {
        "streamType": "kafka",
        "stream.kafka.topic.name": topic,
        "stream.kafka.broker.list": brokers,
        "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder",
    }
    table = {
        "tableName": "sales",
        "tableType": "REALTIME",
        "segmentsConfig": {"timeColumnName": "ts"},
        "tenants": {},
        "tableIndexConfig": {},
        "ingestionConfig": {
            "streamIngestionConfig": {"streamConfigMaps": [stream]},
            "filterConfig": {"filterFunction": "city = 'test'"},
            "transformConfigs": [{"columnName": "place", "transformFunction": "upper(city)"}],
        },
    }
    (folder / "table.json").write_text(json.dumps(table))
    (folder / "schema.json").write_text(json.dumps(schema))
    return ["--config", folder / "table.json", "--schema", folder / "schema.json"]


SCHEMA: dict[str, Any] = {
    "schemaName": "sales",
    "dimensionFieldSpecs": [{"name": "city", "dataType": "STRING"}, {"name": "place", "dataType": "STRING"}],
    "metricFieldSpecs": [{"name": "amount", "dataType": "DOUBLE"}],
    "dateTimeFieldSpecs": [
        {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
    ],
}


def test_rows_and_rejects_are_shown_as_they_would_become(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    tried = crushpad(tmp_path, "table", "dry-run", *files(tmp_path, kafka.bootstrap, topic, SCHEMA), "--output", "json")

    found = json.loads(tried.stdout)
    assert [each["outcome"] for each in found] == ["row", "row", "rejected", "filtered"]
    assert found[1]["row"] == {"city": "Bonn", "place": "BONN", "amount": 2.5, "ts": 1_700_000_001_000}
    assert (found[2]["offset"], found[2]["field"]) == (2, "$.amount")
    assert "'much' is not a number" in found[2]["reason"]
    assert tried.returncode == 6
    assert "1 of 4 records would be rejected" in tried.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["schema.json", "table.json"]


def test_only_the_newest_records_of_another_topic(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    arguments = files(tmp_path, "localhost:1", "unused", SCHEMA)
    tried = crushpad(
        tmp_path, "table", "dry-run", *arguments, "--topic", topic, "--brokers", kafka.bootstrap, "--rows", 1
    )

    assert (tried.returncode, "1 filtered" in tried.stderr) == (0, True)


def test_a_wrong_config_lists_every_problem(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    arguments = files(tmp_path, kafka.bootstrap, topic, {**SCHEMA, "metricFieldSpecs": [], "dateTimeFieldSpecs": []})
    tried = crushpad(tmp_path, "table", "dry-run", *arguments)

    assert (tried.returncode, tried.stdout) == (5, "")
    assert "Cannot find valid fieldSpec for timeColumn: ts" in tried.stderr
    assert "Traceback" not in tried.stderr


def test_a_topic_that_is_not_there_is_not_found(tmp_path: Path, kafka: KafkaBroker) -> None:
    arguments = files(tmp_path, kafka.bootstrap, fresh_name("nosuch"), SCHEMA)
    assert crushpad(tmp_path, "table", "dry-run", *arguments).returncode == 3


def test_a_schema_is_proposed_that_the_records_fit(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    proposed = crushpad(tmp_path, "schema", "infer", "--topic", topic, "--brokers", kafka.bootstrap, "--name", "sales")

    assert proposed.returncode == 0
    assert json.loads(proposed.stdout) == {
        "schemaName": "sales",
        "dimensionFieldSpecs": [{"name": "city", "dataType": "STRING"}, {"name": "amount", "dataType": "STRING"}],
        "dateTimeFieldSpecs": SCHEMA["dateTimeFieldSpecs"],
    }
    assert "amount: held values of several kinds" in proposed.stderr
