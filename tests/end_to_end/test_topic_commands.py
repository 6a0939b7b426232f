"""`crushpad topic` on a real broker: what a person sees, data and talk apart, with the documented exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient

from tests.conftest import KafkaBroker
from tests.documented_commands import REPOSITORY, Finished, run_page
from tests.kafka_topics import create_topic, fresh_name, produce

NOBODY = "127.0.0.1:1"
Topic = Callable[..., Finished]


@pytest.fixture
def topic(kafka: KafkaBroker, tmp_path: Path) -> Topic:
    """Runs `crushpad topic ARGUMENTS` against the run's Kafka; `typed` is its standard input."""

    def run(*arguments: str, typed: bytes = b"", brokers: str = kafka.bootstrap, **environ: str) -> Finished:
        finished = subprocess.run(
            [sys.executable, "-m", "crushpad", "topic", *arguments, "--brokers", brokers],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environ},
            input=typed,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Finished(finished.args, finished.returncode, finished.stdout.decode(), finished.stderr.decode())

    return run


def data(finished: Finished) -> list[dict[str, Any]]:
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines()]


def test_a_topic_is_created_described_and_listed(topic: Topic):
    name = fresh_name("made")

    assert topic("create", name, "--partitions", "3", "--config", "retention.ms=60000").returncode == 0

    described = data(topic("describe", name, "--output", "jsonl"))
    assert [(each["partition"], each["earliest"], each["latest"]) for each in described] == [
        (p, 0, 0) for p in range(3)
    ]
    listed = data(topic("list", "--output", "jsonl"))
    assert {"topic": name, "partitions": 3, "replicas": 1} in listed


def test_lines_become_records_with_keys_tombstones_and_headers(topic: Topic):
    name = fresh_name("lines")
    topic("create", name)

    typed = b"a:one\nb:GONE\nc:\r\nd:e:f\ng:\xff\n"
    options = ["--key-separator", ":", "--null-value", "GONE", "--header", "from=hand"]
    written = data(topic("produce", name, *options, "--output", "jsonl", typed=typed))

    assert written == [{"partition": 0, "records": 5, "firstOffset": 0, "lastOffset": 4}]
    read = data(topic("consume", name, "--output", "jsonl"))
    assert [(each["key"], each["value"]) for each in read] == [
        ("a", "one"),
        ("b", None),
        ("c", ""),
        ("d", "e:f"),
        ("g", {"base64": "/w=="}),
    ]
    assert {str(each["headers"]) for each in read} == {"[{'key': 'from', 'value': 'hand'}]"}


def test_a_terminal_obeys_nothing_that_a_record_says(topic: Topic):
    name = fresh_name("escape")
    topic("create", name)
    topic("produce", name, typed=b"\x1b[31mred\x07\n" + b"long" * 100 + b"\n")

    shown = topic("consume", name).stdout

    assert "\\x1b[31mred\\x07" in shown
    assert "\x1b" not in shown
    assert "…" in shown


def test_a_line_without_its_key_is_named(topic: Topic):
    name = fresh_name("nokey")
    topic("create", name)

    ended = topic("produce", name, "--key-separator", ":", typed=b"a:1\nnothing\n")

    assert (ended.returncode, ended.stdout) == (5, "")
    assert "line 2" in ended.stderr


@pytest.fixture(scope="module")
def numbered(kafka: KafkaBroker) -> str:
    """Two partitions, 20 records in the first and 3 in the second."""
    name = fresh_name("numbered")
    create_topic(kafka.bootstrap, name, 2)
    produce(kafka.bootstrap, name, [(0, None, f"{n}", None) for n in range(20)])
    produce(kafka.bootstrap, name, [(1, None, f"{n}", None) for n in range(3)])
    return name


@pytest.mark.parametrize(
    ("options", "offsets"),
    [
        (["--partition", "0"], [*range(20)]),
        (["--partition", "0", "--from", "18"], [18, 19]),
        (["--partition", "0", "--from", "20"], []),
        (["--from", "-1"], [19, 2]),
        (["--partition", "1", "--from", "-9"], [0, 1, 2]),
        (["--partition", "0", "--from", "5", "--limit", "2"], [5, 6]),
        (["--from", "end", "--idle", "0.3"], []),
        (["--partition", "1", "--follow", "--idle", "0.3"], [0, 1, 2]),
    ],
)
def test_reading_begins_and_ends_where_it_is_asked_to(
    topic: Topic, numbered: str, options: list[str], offsets: list[int]
):
    found = data(topic("consume", numbered, "--output", "jsonl", "--limit", "0", *options))
    assert sorted(each["offset"] for each in found) == sorted(offsets)


def test_peek_shows_the_newest_of_each_partition_beyond_markers(topic: Topic, kafka: KafkaBroker, numbered: str):
    found = data(topic("peek", numbered, "--count", "2", "--output", "jsonl"))
    assert [(each["partition"], each["offset"]) for each in found] == [(0, 18), (0, 19), (1, 1), (1, 2)]


def test_no_group_is_left_in_kafka_by_reading(topic: Topic, kafka: KafkaBroker, numbered: str):
    topic("consume", numbered)
    topic("peek", numbered)

    groups = AdminClient({"bootstrap.servers": kafka.bootstrap}).list_consumer_groups().result()

    assert [group.group_id for group in groups.valid if "crushpad" in group.group_id] == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["describe", "no-such-topic"], 3, "no-such-topic"),
        (["consume", "no-such-topic"], 3, "no-such-topic"),
        (["peek", "no-such-topic"], 3, "no-such-topic"),
        (["produce", "no-such-topic"], 3, "no-such-topic"),
        (["consume", "{numbered}", "--partition", "7"], 3, "no partition 7"),
        (["produce", "{numbered}", "--partition", "7"], 3, "no partition 7"),
        (["consume", "{numbered}", "--partition", "0", "--from", "21"], 3, "offsets 0 up to 20, not 21"),
        (["consume", "{numbered}", "--from", "middle"], 2, "'middle'"),
        (["consume", "{numbered}", "--follow"], 2, "jsonl or csv"),
        (["consume", "{numbered}", "--limit", "0", "--output", "json"], 2, "jsonl or csv"),
        (["create", "{numbered}"], 4, "already"),
        (["create", "not/a/name"], 5, "not/a/name"),
        (["create", "fresh", "--config", "no.such=1"], 5, "no.such"),
        (["create", "fresh", "--replication-factor", "3"], 5, "eplication factor"),
        (["list", "--property", "no.such=1"], 5, "no.such"),
        (["list", "--property", "nonsense"], 2, "KEY=VALUE"),
        (["list", "--property", "sasl.password=${file:nowhere}"], 5, "nowhere"),
        (["list", "--property", "sasl.password=${env:NOWHERE}"], 5, "NOWHERE"),
    ],
)
def test_bad_input_gets_one_sentence_and_the_documented_code(
    topic: Topic, numbered: str, arguments: list[str], code: int, said: str
):
    ended = topic(*(argument.replace("{numbered}", numbered) for argument in arguments))

    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("verb", ["list", "describe", "create", "produce", "consume", "peek"])
def test_a_broker_that_is_away_is_said(topic: Topic, verb: str):
    ended = topic(verb, *(["x"] if verb != "list" else []), "--timeout", "0.5", brokers=NOBODY)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert NOBODY in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_secret_comes_from_a_file_and_a_bare_one_is_warned_of(topic: Topic, tmp_path: Path):
    (tmp_path / "password").write_text("hidden\n")

    by_reference = topic("list", "--property", "sasl.password=${file:password}")
    bare = topic("list", "--property", "sasl.password=hidden")

    assert (by_reference.returncode, by_reference.stderr) == (0, "")
    assert bare.returncode == 0
    assert "warning" in bare.stderr
    assert "hidden" not in bare.stderr


def test_the_pages_commands_do_what_it_says(kafka: KafkaBroker, tmp_path: Path):
    name = fresh_name("quickstart")

    ended = list(run_page("topics.md", tmp_path, {"quickstart-events": name}, f"--brokers {kafka.bootstrap}"))

    assert [(line, each.stderr) for line, each in ended if each.returncode] == []
    assert len(ended) > 8
    assert "This is my second event" in ended[3][1].stdout
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "test"})
    assert len(consumer.list_topics(name, 10).topics[name].partitions) == 2
    consumer.close()
