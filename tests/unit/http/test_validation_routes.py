"""What a person gets to hear of a config before it is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.http.conftest import House

SCHEMA: dict[str, Any] = {
    "schemaName": "t",
    "dimensionFieldSpecs": [{"name": "a", "dataType": "STRING"}],
    "dateTimeFieldSpecs": [{"name": "ts", "dataType": "TIMESTAMP", "format": "TIMESTAMP", "granularity": "1:SECONDS"}],
}


def table(**index: Any) -> dict[str, Any]:
    stream = {
        "streamType": "kafka",
        "stream.kafka.topic.name": "t",
        "stream.kafka.broker.list": "localhost:9092",
        "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder",
    }
    return {
        "tableName": "t",
        "tableType": "REALTIME",
        "segmentsConfig": {"timeColumnName": "ts", "timeType": "DAYS"},
        "tenants": {},
        "tableIndexConfig": index,
        "ingestionConfig": {"streamIngestionConfig": {"streamConfigMaps": [stream]}},
    }


@pytest.fixture
def client(house: House) -> Any:
    client = house.client()
    client.post("/schemas", json=SCHEMA).raise_for_status()
    return client


def test_keys_without_effect_and_misspelt_ones_are_told(client: Any) -> None:
    answer = client.post("/tables/validate", json=table(sortedColum=["a"])).json()

    assert set(answer) == {"REALTIME", "unrecognizedProperties", "warnings"}
    assert answer["unrecognizedProperties"] == {"/tableIndexConfig/sortedColum/0": "a"}
    assert "/segmentsConfig/timeType: has no effect: the time column's format says its unit" in answer["warnings"]
    assert any("did you mean 'sortedColumn'?" in warning for warning in answer["warnings"])


def test_checks_that_the_table_runs_without_can_be_skipped(client: Any) -> None:
    wrong = table(invertedIndexColumns=["nosuch"])

    refused = client.post("/tables/validate", json=wrong)
    taken = client.post("/tables/validate?validationTypesToSkip=all", json=wrong)

    assert (refused.status_code, taken.status_code) == (400, 200)
    assert refused.json()["error"].startswith(
        "Invalid table config: t_REALTIME. Failed to find column: nosuch in schema"
    )


@pytest.mark.parametrize("types", ["TASK", "upsert, tenant", "MINION_INSTANCES,ACTIVE_TASKS", ""])
def test_single_checks_may_be_named(client: Any, types: str) -> None:
    assert client.post(f"/tables/validate?validationTypesToSkip={types}", json=table()).status_code == 200


def test_no_other_word_is_taken(client: Any) -> None:
    answer = client.post("/tables/validate?validationTypesToSkip=EVERYTHING", json=table())

    assert answer.status_code == 400
    assert "must be a comma list of ALL, TASK, UPSERT" in answer.json()["error"]


@pytest.mark.parametrize(("path", "key"), [("table-config", "tableName"), ("schema", "schemaName")])
def test_editors_get_a_json_schema(client: Any, path: str, key: str) -> None:
    answer = client.get(f"/schemas/{path}.json").json()

    assert answer["$schema"].startswith("https://json-schema.org/")
    assert key in answer["required"]


def test_what_kafka_s_client_is_made_with_is_shown_without_secrets(client: Any) -> None:
    config = table()
    (stream,) = config["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    stream |= {"fetch.max.wait.ms": "50", "ssl.key.password": "hunter2", "sasl.password": "${secret:kafka}"}
    stream |= {"max.poll.records": "5"}
    client.post("/tables", json=config).raise_for_status()

    (shown,) = client.get("/tables/t/effective-client-config").json()

    assert shown["properties"] == {
        "bootstrap.servers": "localhost:9092",
        "fetch.wait.max.ms": "50",
        "ssl.key.password": "*****",
        "sasl.password": "${secret:kafka}",
    }
    assert any("/max.poll.records: has no effect: batches are bounded by bytes" in each for each in shown["warnings"])
    assert client.get("/tables/nosuch/effective-client-config").status_code == 404
