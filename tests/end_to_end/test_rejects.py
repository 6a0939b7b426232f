"""Rejected records: each policy, each budget, and a replay that puts every mended record in exactly once."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from tests.conftest import KafkaBroker
from tests.kafka_topics import create_topic, fresh_name, produce
from tests.range_reads import assert_ranges_tell_what_sql_tells
from tests.service import Service, running, wait_until

GOOD = {"n": 1, "text": "good", "ts": 1_700_000_000_000}
FLUSH_ROWS = 5


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, zookeeper: str) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("rejects") / "data", f"{zookeeper}/rejects-{uuid.uuid4().hex}") as service:
        yield service


@pytest.fixture
def name() -> str:
    return f"t_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def topic(kafka: KafkaBroker) -> str:
    made = fresh_name("rejects")
    create_topic(kafka.bootstrap, made)
    return made


def valued(**fields: Any) -> bytes:
    return json.dumps({**GOOD, **fields}).encode()


def send(kafka: KafkaBroker, topic: str, *values: bytes) -> None:
    produce(kafka.bootstrap, topic, [(0, b"key", value, None) for value in values])


def schema(name: str) -> dict[str, Any]:
    return {
        "schemaName": name,
        "dimensionFieldSpecs": [{"name": "n", "dataType": "INT"}, {"name": "text", "dataType": "STRING"}],
        "dateTimeFieldSpecs": [
            {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
        ],
    }


def config(name: str, topic: str, kafka: KafkaBroker, **ingestion: Any) -> dict[str, Any]:
    stream = {
        "streamType": "kafka",
        "stream.kafka.topic.name": topic,
        "stream.kafka.broker.list": kafka.bootstrap,
        "stream.kafka.consumer.prop.auto.offset.reset": "smallest",
        "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder",
        "realtime.segment.flush.threshold.rows": "0",
        "realtime.segment.flush.threshold.segment.rows": str(FLUSH_ROWS),
    }
    return {
        "tableName": name,
        "tableType": "REALTIME",
        "segmentsConfig": {"timeColumnName": "ts", "replication": "1", "schemaName": name},
        "tenants": {},
        "tableIndexConfig": {},
        "ingestionConfig": {"streamIngestionConfig": {"streamConfigMaps": [stream]}, **ingestion},
        "metadata": {},
    }


DIVIDING = {"transformConfigs": [{"columnName": "n", "transformFunction": "CAST(text AS INT)"}]}
"""Fails for a text that is no number. A value of `n` itself is taken as it is."""


def by_offset(service: Service, name: str, **parameters: Any) -> dict[int, dict[str, Any]]:
    query = "&".join(f"{key}={value}" for key, value in parameters.items())
    found = service.succeed("GET", f"/tables/{name}/rejects?{query}")
    return {one["offset"]: one for one in found["rejects"]}


def fates(service: Service, name: str) -> dict[int, str]:
    return {offset: one["fate"] for offset, one in by_offset(service, name, settled="true").items()}


def in_sql(service: Service, name: str) -> list[int]:
    return [
        offset
        for (offset,) in service.rows(f"""SELECT "offset" FROM rejects WHERE "table" = '{name}_REALTIME' ORDER BY 1""")
    ]


def offsets(service: Service, name: str) -> list[int]:
    return [offset for (offset,) in service.rows(f'SELECT "$offset" FROM {name} ORDER BY "$offset" LIMIT 1000')]


def change(service: Service, name: str, body: dict[str, Any]) -> None:
    service.succeed("PUT", f"/tables/{name}", body)


def test_skip_keeps_place_and_reason_but_no_bytes(service: Service, kafka: KafkaBroker, name: str, topic: str) -> None:
    send(kafka, topic, valued(), b"secret words", valued())
    service.upload(schema(name), config(name, topic, kafka, rejectsConfig={"policy": "skip"}))
    service.wait_for_count(name, 2)
    wait_until(lambda: in_sql(service, name) == [1], "the reject is there")
    shown = service.succeed("GET", f"/tables/{name}/rejects/0/1")
    assert (shown["fate"], shown["value"], shown["key"]) == ("consuming", None, None)
    assert "not JSON" in shown["reason"]


def test_fail_stops_before_the_record_and_goes_on_after_a_change(
    service: Service, kafka: KafkaBroker, name: str, topic: str
) -> None:
    send(kafka, topic, valued(), valued(), b"words", valued())
    service.upload(schema(name), config(name, topic, kafka, rejectsConfig={"policy": "fail"}))
    service.wait_for_count(name, 2)
    (stopped,) = service.wait_for_state(name, "STOPPED")
    for said in ("offset 2", "not JSON", "policy for rejected records is fail", "rejectsConfig", "by itself"):
        assert said in stopped["reason"]
    assert stopped["partitionToOffsetMap"] == {"0": "2"}
    assert in_sql(service, name) == []
    change(service, name, config(name, topic, kafka, rejectsConfig={"policy": "keep"}))
    service.wait_for_count(name, 3)
    assert offsets(service, name) == [0, 1, 3]
    assert in_sql(service, name) == [2]


def test_a_budget_stops_a_segment_that_has_too_many_and_a_larger_one_lets_it_go_on(
    service: Service, kafka: KafkaBroker, name: str, topic: str
) -> None:
    send(kafka, topic, valued(), b"1", b"2", b"3", valued())
    service.upload(schema(name), config(name, topic, kafka, rejectsConfig={"budgetRows": 2}))
    (stopped,) = service.wait_for_state(name, "STOPPED")
    assert "budget is 2 rejected records" in stopped["reason"]
    assert (in_sql(service, name), offsets(service, name)) == ([1, 2], [0])
    change(service, name, config(name, topic, kafka, rejectsConfig={"budgetRows": 10, "budgetShare": 0.5}))
    service.wait_for_count(name, 2)
    assert in_sql(service, name) == [1, 2, 3]


def test_a_replay_puts_mended_records_in_exactly_once_and_says_what_became_of_each(
    service: Service, kafka: KafkaBroker, name: str, topic: str
) -> None:
    bad = {1: valued(n=None, text="seven"), 3: b"words", 4: valued(n=None, text="drop"), 6: b"\xff\xfe"}
    send(kafka, topic, *(bad.get(at, valued(n=at)) for at in range(9)))
    service.upload(schema(name), config(name, topic, kafka, **DIVIDING))
    wait_until(lambda: len(service.sealed(name)) == 1, "a segment is committed")
    assert fates(service, name) == {1: "committed", 3: "committed", 4: "committed", 6: "committed"}
    before = service.succeed("POST", f"/tables/{name}/rejects/replay")
    assert before["counts"] == {"accepted": 0, "filtered": 0, "rejected again": 4, "bytes not kept": 0}
    change(service, name, config(name, topic, kafka, filterConfig={"filterFunction": "text = 'drop'"}))
    done = service.succeed("POST", f"/tables/{name}/rejects/replay")
    assert {one["offset"]: one["outcome"] for one in done["records"]} == {
        1: "accepted",
        3: "rejected again",
        4: "filtered",
        6: "rejected again",
    }
    assert (done["left"], done["notCommitted"], len(done["segments"])) == (0, 0, 1)
    assert (offsets(service, name), in_sql(service, name)) == ([0, 1, 2, 5, 7, 8], [3, 6])
    assert service.rows(f'SELECT text, "$timestamp" FROM {name} WHERE "$offset" = 1')[0][0] == "seven"
    assert service.value(f"SELECT COUNT(*) FROM {name}") == 6
    assert fates(service, name) == {1: "accepted", 3: "committed", 4: "filtered", 6: "committed"}
    again = service.succeed("POST", f"/tables/{name}/rejects/replay")
    assert [one["offset"] for one in again["records"]] == [3, 6]
    assert again["segments"] == []
    assert_every_tool_understands(service, name)
    twice = service.request("POST", f"/tables/{name}/rejects/replay?partition=0&offset=1")
    assert (twice.status, "replayed already: accepted" in twice.body["error"]) == (409, True)
    send(kafka, topic, *(valued(n=at) for at in range(FLUSH_ROWS)))
    service.wait_for_count(name, 11)
    wait_until(lambda: len(service.sealed(name)) >= 3, "the partition commits behind the replay")
    service.kill()
    service.start()
    assert offsets(service, name) == [0, 1, 2, 5, 7, 8, 9, 10, 11, 12, 13]
    assert in_sql(service, name) == [3, 6]


def test_a_replay_that_is_killed_is_repeated_and_doubles_nothing(
    service: Service, kafka: KafkaBroker, name: str, topic: str
) -> None:
    send(kafka, topic, *(valued(n=None, text="seven"), *(valued(n=at) for at in range(FLUSH_ROWS))))
    service.upload(schema(name), config(name, topic, kafka, **DIVIDING))
    wait_until(lambda: len(service.sealed(name)) == 1, "a segment is committed")
    change(service, name, config(name, topic, kafka))
    for point, came in (("before replay commit", False), ("after replay commit", True)):
        service.restart(crash_at=point)
        killed = service.request("POST", f"/tables/{name}/rejects/replay")
        assert killed.status == 500
        wait_until(lambda came=came: (0 in offsets(service, name)) == came, f"it died {point}")  # type: ignore[misc]
    service.restart()
    assert service.succeed("POST", f"/tables/{name}/rejects/replay")["records"] == []
    assert offsets(service, name) == list(range(FLUSH_ROWS + 1))


PAGE = (Path(__file__).parents[2] / "docs" / "rejects.md").read_text(encoding="utf-8")


def test_the_commands_of_the_page_work_as_it_says(
    service: Service, kafka: KafkaBroker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = {1: valued(n=None, text="seven"), 3: b"\x1b[31m\xc3\xa9"}
    send(kafka, topic, *(bad.get(at, valued(n=at)) for at in range(7)))
    service.upload(schema("payments"), config("payments", topic, kafka, **DIVIDING))
    wait_until(lambda: len(service.sealed("payments")) == 1, "a segment is committed")
    monkeypatch.setenv("CRUSHPAD_ENDPOINT", f"http://{service.http}")
    said = {}
    for line in (line.removeprefix("    $ ") for line in PAGE.splitlines() if line.startswith("    $ ")):
        program, *arguments = shlex.split(line)
        if program == "curl":
            change(service, "payments", config("payments", topic, kafka))
            continue
        argv = [sys.executable, "-m", program, *arguments]
        ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == (6 if "replay" in arguments else 0), (line, ended.stderr)
        said[line.removeprefix("crushpad ")] = ended.stdout
    assert len(said) == 8
    assert json.loads(said["rejects show payments 0 3 --output json"])[0]["value"] == "\x1b[31mé"
    assert "$.n" in said["rejects list payments"]
    assert '"text": "seven"' in said["rejects show payments 0 1"]
    replayed = [line.split()[:3] for line in said["rejects replay payments"].splitlines()[1:]]
    assert replayed == [["0", "1", "accepted"], ["0", "3", "rejected"]]
    assert "accepted" in said["rejects list payments --all"]
    assert "\x1b" not in "".join(said.values())


def assert_every_tool_understands(service: Service, name: str) -> None:
    """The ledger, range reads, trace and the checks of files, of the table with a replay of offset 1."""
    proof = service.succeed("GET", f"/tables/{name}/ledger?deep=true")
    assert "violations" in json.dumps(proof)
    assert '"holds": false' not in json.dumps(proof), proof
    read = service.get(f"/tables/{name}/rows?partition=0&fromOffset=1&toOffset=2&columns=text")
    assert read.body == {"text": "seven"}
    assert_ranges_tell_what_sql_tells(service, name, "text")
    assert "seven" in json.dumps(service.succeed("GET", f"/tables/{name}/trace?partition=0&offset=1")["rows"])
    folder = str(service.data_dir / "segments")
    argv = [sys.executable, "-m", "crushpad", "segment", "verify", folder, "--findings-only"]
    assert subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False).returncode == 0


def letters_of(kafka: KafkaBroker, topic: str, count: int) -> list[Message]:
    """The first `count` messages of a topic, as soon as they are there."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "t", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found: list[Message] = []

    def enough() -> bool:
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            found.append(message)
        return len(found) >= count

    try:
        wait_until(enough, f"{count} letters are in {topic}")
    finally:
        consumer.close()
    return found


def test_dead_letters_follow_the_commit_with_connects_headers_and_a_restart_repeats_none(
    service: Service, kafka: KafkaBroker, name: str, topic: str
) -> None:
    dead = fresh_name("dead")
    record = (0, b"key", b"words", None)
    produce(kafka.bootstrap, topic, [record])
    service.upload(schema(name), config(name, topic, kafka, rejectsConfig={"deadLetterTopic": dead}))
    wait_until(lambda: in_sql(service, name) == [0], "the reject is there")
    send(kafka, topic, *(valued(n=at) for at in range(FLUSH_ROWS)))
    wait_until(lambda: len(service.sealed(name)) == 1, "a segment is committed")
    (letter,) = letters_of(kafka, dead, 1)
    found: Any = letter.headers()
    headers = {key: value.decode() for key, value in found}
    prefix = "__connect.errors."
    assert (letter.key(), letter.value()) == (b"key", b"words")
    assert headers[f"{prefix}topic"] == topic
    assert (headers[f"{prefix}partition"], headers[f"{prefix}offset"]) == ("0", "0")
    assert headers[f"{prefix}connector.name"] == f"{name}_REALTIME"
    assert (headers[f"{prefix}stage"], "not JSON" in headers[f"{prefix}exception.message"]) == ("VALUE_CONVERTER", True)
    service.restart()
    send(kafka, topic, b"more words", *(valued(n=at) for at in range(FLUSH_ROWS)))
    wait_until(lambda: len(service.sealed(name)) == 2, "another segment is committed")
    assert [one.value() for one in letters_of(kafka, dead, 2)] == [b"words", b"more words"]


def test_a_dead_letter_topic_that_cannot_be_written_is_said_and_stops_nothing(
    service: Service, kafka: KafkaBroker, name: str, topic: str
) -> None:
    send(kafka, topic, b"words", *(valued(n=at) for at in range(FLUSH_ROWS)))
    service.upload(schema(name), config(name, topic, kafka, rejectsConfig={"deadLetterTopic": "not a topic!"}))
    service.wait_for_count(name, FLUSH_ROWS)
    (said,) = wait_until(
        lambda: [one for one in service.consumers(name) if one["deadLetters"]], "the trouble is in the status"
    )
    assert (said["state"], said["reason"]) == ("CONSUMING", None)
    assert "not a topic!" in said["deadLetters"]
