"""`crushpad table status` and `crushpad partition list`: states for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from crushpad.cli.states import PARTITION_COLUMNS
from crushpad.partitions import PartitionReport
from segments.status import PartitionStatus
from tests.unit.cli.conftest import Finished, Service

Run = Callable[..., Finished]

STATUS = PartitionStatus(
    table="clicks_REALTIME", partition=3, topic="clicks", state="BLOCKED", current_offset=7, upstream_offset=19
)
REASON = "the disk is full; free space and it goes on by itself"


def partition() -> dict[str, Any]:
    return PartitionReport("clicks_REALTIME", 3, "clicks", STATUS, REASON, "ingest-1", 5, None).to_json()


@pytest.fixture
def states(service: Service) -> Service:
    service.says("GET /tables", {"tables": ["clicks"]})
    service.says("GET /tables/clicks/partitions", {"partitions": [partition()], "problems": ["Kafka is away"]})
    summed = {"partitions": 4, "consuming": 3, "lagRows": 12, "lagSeconds": 0.5, "segments": 2, "segmentRows": 9}
    ingestion = {"ingestionState": "UNHEALTHY", "errorMessage": REASON}
    service.says(
        "GET /tables/clicks/status",
        {"ingestionStatus": ingestion, "table": "clicks_REALTIME", "consumingRows": 1, **summed},
    )
    return service


def test_partitions_are_a_table_for_people_with_the_reasons_below(crushpad: Run, states: Service):
    listed = crushpad("partition", "list", "clicks", CRUSHPAD_ENDPOINT=states.endpoint)

    header, row, reason = listed.stdout.splitlines()
    assert header.split()[:3] == ["table", "partition", "state"]
    assert row.split()[:6] == ["clicks_REALTIME", "3", "BLOCKED", "7", "19", "12"]
    assert reason == f"clicks_REALTIME 3: {REASON}"
    assert listed.stderr == "problem: Kafka is away\n"


def test_partitions_are_whole_for_programs(crushpad: Run, states: Service):
    listed = crushpad("partition", "list", "--output", "jsonl", CRUSHPAD_ENDPOINT=states.endpoint)

    assert json.loads(listed.stdout) == partition()
    assert tuple(partition()) == PARTITION_COLUMNS


def test_tables_say_how_they_are(crushpad: Run, states: Service):
    listed = crushpad("table", "status", "-o", "json", CRUSHPAD_ENDPOINT=states.endpoint)

    (table,) = json.loads(listed.stdout)
    assert (table["table"], table["state"], table["reason"]) == ("clicks_REALTIME", "UNHEALTHY", REASON)
    assert (table["partitions"], table["consuming"]) == (4, 3)


def test_an_unknown_table_is_not_found(crushpad: Run, states: Service):
    assert crushpad("partition", "list", "nosuch", CRUSHPAD_ENDPOINT=states.endpoint).returncode == 3
