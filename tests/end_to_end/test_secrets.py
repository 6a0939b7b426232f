"""What `${NAME}` stands for, and passwords, show up nowhere: not in logs, files of status, answers or arguments."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from kazoo.client import KazooClient

from crushpad.settings import Settings
from tableconfigs.secrets import is_secret
from tests.conftest import KafkaBroker
from tests.kafka_topics import fresh_name
from tests.produced import Produced, schema, table
from tests.service import Json, Service, running, wait_until

CANARY, LITERAL, FILED = "c4n4ry-of-the-environment", "c4n4ry-as-written", "c4n4ry-in-a-file"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, zookeeper: str) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("canaries")
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / "kafka").write_text(f"{FILED}\n")
    (secrets / "kafka.properties").write_text(f"key={FILED}\n")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KAFKA_CANARY", CANARY)
        root = f"{zookeeper}/{fresh_name('secrets')}"
        with running(folder / "data", root, log_level="debug", secrets_dir=secrets) as service:
            yield service


def with_properties(config: Json, properties: dict[str, str]) -> Json:
    (maps,) = config["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    maps.update(properties)
    return config


def command_line(service: Service, *arguments: str) -> str:
    """What a command of a person says of the running service."""
    argv = [sys.executable, "-m", "crushpad", *arguments, "--endpoint", f"http://{service.http}"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def everything_said(service: Service, name: str) -> dict[str, str]:
    """By where it was said: answers of every route that knows of the table, logs, statuses, arguments."""
    paths = [f"/tables/{name}", f"/tables/{name}/consumingSegmentsInfo", f"/segments/{name}/zkmetadata", "/health"]
    paths += ["/metrics", "/tables", f"/tables/{name}/schema", f"/tables/{name}/status", f"/debug/tables/{name}"]
    paths += [f"/tables/{name}/effective-client-config"]
    said = {path: str(service.get(path)) for path in paths}
    said["query"] = str(service.answer(f"SELECT * FROM {name}"))
    said["command line"] = command_line(service, "table", "get", name) + command_line(service, "table", "status", name)
    said |= {"arguments": str([process.cmdline() for process in service.processes()]), "log": service.log_text()}
    said |= {str(path): path.read_bytes().decode("latin-1") for path in (service.data_dir / "status").iterdir()}
    return said


def everything_kept(service: Service) -> dict[str, str]:
    """By where it is kept: every file of the data folder, every znode."""
    files = [path for path in service.data_dir.rglob("*") if path.is_file()]
    kept = {str(path): path.read_bytes().decode("latin-1") for path in files}
    client = KazooClient(service.zookeeper)
    client.start()
    try:
        return kept | dict(znodes(client, "/"))
    finally:
        client.stop()
        client.close()


def znodes(client: KazooClient, path: str) -> Iterator[tuple[str, str]]:
    data, _ = client.get(path)
    yield f"znode {path}", data.decode("latin-1")
    for child in client.get_children(path):
        yield from znodes(client, f"{path.rstrip('/')}/{child}")


def assert_kept(service: Service, name: str, **answers: Any) -> None:
    """That no secret is said anywhere, and that none which came by reference is stored."""
    for place, text in {**everything_said(service, name), **answers}.items():
        for canary in (CANARY, LITERAL, FILED):
            assert canary not in str(text), place
    for place, text in everything_kept(service).items():
        assert CANARY not in text, place
        assert FILED not in text, place


@pytest.mark.parametrize(
    ("properties", "place"),
    [
        ({"sasl.pasword": "${KAFKA_CANARY}"}, "sasl.pasword"),
        ({"sasl.pasword": LITERAL}, "sasl.pasword"),
        ({"security.protocol": "${KAFKA_CANARY}"}, "security.protocol"),
        ({"stream.kafka.topic.name": "${KAFKA_CANARY}/no topic"}, "tableName"),
        ({"sasl.jaas.config": f"a.B required password={LITERAL};", "fetch.min.bytes": "${KAFKA_CANARY}"}, "fetch.min"),
        ({"stream.kafka.broker.list": "${secret:kafka}"}, "stream.kafka.broker.list"),
    ],
    ids=["password-by-reference", "password", "wrong-word", "odd-topic", "several", "secret-in-the-wrong-place"],
)
def test_a_refused_upload_is_answered_without_its_secrets(
    properties: dict[str, str], place: str, service: Service, kafka: KafkaBroker
) -> None:
    service.succeed("POST", "/schemas", schema("t"))
    config = with_properties(table("t", "topic", kafka.bootstrap), properties)
    replies = [service.request("POST", path, config) for path in ("/tables/validate", "/tables")]
    assert place in str(replies)
    assert_kept(service, "t", upload=replies)


def test_a_secret_that_does_not_fit_is_said_by_its_name_and_stops_no_other_table(
    service: Service, kafka: KafkaBroker
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(10)
    wanted = {
        "bad": {"fetch.min.bytes": "${secret:kafka}"},
        "missing": {"sasl.password": "${secret:nosuch}"},
        "outside": {"ssl.ca.location": "/etc/passwd"},
        "good": {"sasl.username": "${secret:kafka}"},
    }
    for name, properties in wanted.items():
        service.upload(schema(name), with_properties(table(name, produced.topic, kafka.bootstrap), properties))
    service.wait_for_count("good", 10)
    wait_until(lambda: len(service.logged("table cannot be run")) >= 3, "three tables cannot be run")
    reasons = " ".join(record["reason"] for record in service.logged("table cannot be run"))
    assert "fetch.min.bytes must be a whole number" in reasons
    assert "the secret nosuch cannot be read" in reasons
    assert "/etc/passwd is not in the folder of secrets" in reasons
    assert_kept(service, "bad")


def test_a_table_that_consumes_shows_references_and_masked_passwords(service: Service, kafka: KafkaBroker) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(10)
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required username=u"
    properties = {
        "client.rack": "${KAFKA_CANARY}",
        "client.id": "${secret:kafka}",
        "sasl.jaas.config": f'{login} password="${{file:kafka.properties:key}}";',
        "ssl.key.password": LITERAL,
        "no.such.property": "${KAFKA_CANARY}",
        "other.password": LITERAL,
    }
    config = with_properties(table("kept", produced.topic, kafka.bootstrap), properties)
    service.succeed("POST", "/schemas", schema("kept"))
    tried = service.succeed("POST", "/tables/validate", config)
    reply = service.succeed("POST", "/tables", config)
    service.wait_for_count("kept", 10)
    shown = str(service.get("/tables/kept").body)
    assert "${KAFKA_CANARY}" in shown
    assert "${secret:kafka}" in shown
    assert "ssl.key.password: a secret is written out here" in str(reply["warnings"])
    assert_kept(service, "kept", upload=reply, validate=tried)


def test_settings_which_are_arguments_of_the_processes_hold_no_secret() -> None:
    assert [name for name in Settings.model_fields if is_secret(name)] == []
