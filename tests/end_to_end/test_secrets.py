"""What `${NAME}` stands for, and passwords, show up nowhere: not in logs, files of status, answers or arguments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crushpad.settings import Settings
from tableconfigs.secrets import is_secret
from tests.conftest import KafkaBroker
from tests.produced import Produced, schema, table
from tests.service import Json, Service

CANARY, LITERAL = "c4n4ry-of-the-environment", "c4n4ry-as-written"
SASL = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "crushpad"}


@pytest.fixture
def service(tmp_path: Path, zk_root: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("KAFKA_CANARY", CANARY)
    service = Service(tmp_path / "data", zk_root, log_level="debug")
    try:
        yield service.start()
    finally:
        service.kill()


def with_properties(config: Json, properties: dict[str, str]) -> Json:
    (maps,) = config["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    maps.update(properties)
    return config


def everything_said(service: Service, name: str) -> dict[str, str]:
    """By where it was said: answers of every route that knows of the table, logs, statuses, arguments."""
    paths = [f"/tables/{name}", f"/tables/{name}/consumingSegmentsInfo", f"/segments/{name}/zkmetadata", "/health"]
    said = {path: str(service.get(path)) for path in paths}
    said["query"] = str(service.answer(f"SELECT * FROM {name}"))
    said |= {"arguments": str([process.cmdline() for process in service.processes()]), "log": service.log_text()}
    said |= {str(path): path.read_bytes().decode("latin-1") for path in (service.data_dir / "status").iterdir()}
    return said


def assert_kept(service: Service, name: str, **answers: Any) -> None:
    for place, text in {**everything_said(service, name), **answers}.items():
        assert CANARY not in str(text), place
        assert LITERAL not in str(text), place


@pytest.mark.parametrize(
    ("properties", "place"),
    [
        ({"sasl.password": "${KAFKA_CANARY}"}, "sasl.password"),
        ({"ssl.key.password": LITERAL}, "ssl.key.password"),
        ({"security.protocol": "${KAFKA_CANARY}"}, "security.protocol"),
        ({"stream.kafka.topic.name": "${KAFKA_CANARY}/no topic"}, "tableName"),
        ({"sasl.jaas.config": f"password={LITERAL}", "sasl.username": "${KAFKA_CANARY}"}, "sasl.username"),
    ],
    ids=["password-by-reference", "password", "wrong-word", "odd-topic", "several"],
)
def test_a_refused_upload_is_answered_without_its_secrets(
    properties: dict[str, str], place: str, service: Service, kafka: KafkaBroker
) -> None:
    service.succeed("POST", "/schemas", schema("t"))
    config = with_properties(table("t", "topic", kafka.bootstrap), properties)
    replies = [service.request("POST", path, config) for path in ("/tables/validate", "/tables")]
    assert place in str(replies)
    assert_kept(service, "t", upload=replies)


def test_a_property_that_kafka_refuses_is_said_by_its_name_and_stops_no_other_table(
    service: Service, kafka: KafkaBroker
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(10)
    for name, properties in {"bad": {"fetch.min.bytes": "${KAFKA_CANARY}"}, "good": {}}.items():
        config = with_properties(table(name, produced.topic, kafka.bootstrap), properties)
        service.upload(schema(name), config)
    service.wait_for_count("good", 10)
    (refusal,) = service.logged("table cannot be run")
    assert "fetch.min.bytes" in refusal["reason"]
    assert_kept(service, "bad")


def test_a_table_that_consumes_shows_references_and_masked_passwords(service: Service, kafka: KafkaBroker) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(10)
    properties = {"client.id": "${KAFKA_CANARY}", "no.such.property": "${KAFKA_CANARY}", "other.password": LITERAL}
    config = with_properties(table("t", produced.topic, kafka.bootstrap), properties)
    service.succeed("POST", "/schemas", schema("t"))
    reply = service.succeed("POST", "/tables", config)
    service.wait_for_count("t", 10)
    assert "${KAFKA_CANARY}" in str(service.get("/tables/t").body)
    assert_kept(service, "t", upload=reply)


def test_settings_which_are_arguments_of_the_processes_hold_no_secret() -> None:
    assert [name for name in Settings.model_fields if is_secret(name)] == []
