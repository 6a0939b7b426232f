"""How partitions and tables are, in words: state, reason with what to do, lag, flush, last commit, owner."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from crushpad.remedies import REMEDIES
from segments.status import PartitionStatus
from tests.unit.http.conftest import NOW_MS, House, entry, sealed, worker

MINUTE_MS = 60_000
REPOSITORY = Path(__file__).parents[3]


def consuming(**changes: object) -> PartitionStatus:
    said: dict[str, object] = {
        "table": "clicks_REALTIME",
        "partition": 0,
        "topic": "clicks",
        "segment_name": "clicks__0__2__20261121T0135Z",
        "state": "CONSUMING",
        "since_ms": NOW_MS - 5000,
        "current_offset": 300,
        "upstream_offset": 310,
        "lag_ms": 1500,
        "rows": 312_000,
        "bytes": 1 << 20,
        "age_ms": 110 * MINUTE_MS,
        "rows_max": 500_000,
        "bytes_max": 1 << 30,
        "age_ms_max": 360 * MINUTE_MS,
    }
    return PartitionStatus.model_validate(said | changes)


@pytest.fixture
def one_partition(house: House) -> None:
    house.publish(entry([sealed(0, 0, 100), sealed(1, 100, 250)]))


def partition_of(client: TestClient) -> dict[str, object]:
    (partition,) = client.get("/tables/clicks/partitions").json()["partitions"]
    return dict(partition)


def test_a_partition_says_where_it_is_and_what_its_flush_waits_for(
    house: House, client: TestClient, one_partition: None
):
    house.statuses = [worker(consuming())]

    assert partition_of(client) == {
        "table": "clicks_REALTIME",
        "partition": 0,
        "topic": "clicks",
        "state": "CONSUMING",
        "reason": None,
        "sinceMs": NOW_MS - 5000,
        "currentOffset": 300,
        "upstreamOffset": 310,
        "committedOffset": 250,
        "lagRows": 10,
        "lagSeconds": 1.5,
        "availabilityLagMs": None,
        "heldTo": None,
        "lastConsumedMs": None,
        "consumingSegment": "clicks__0__2__20261121T0135Z",
        "consumingRows": 312_000,
        "consumingBytes": 1 << 20,
        "consumingAgeSeconds": 6600.0,
        "consumingRejects": 0,
        "closedFiles": 0,
        "flushWaitsFor": "312,000 of 500,000 rows, or in 4 h 10 min",
        "lastCommitMs": NOW_MS + 5000,
        "lastSegment": "clicks__0__1__20261121T0135Z",
        "owner": "ingest-0",
    }


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rows": 0}, "a first row; then 500,000 rows, or an age of 6 h"),
        ({"bytes": 900 << 20}, "900 MB of 1,024 MB, or in 4 h 10 min"),
        ({"age_ms": 360 * MINUTE_MS + 5}, "312,000 of 500,000 rows, or in 0 s"),
        ({"rows_max": None}, None),
    ],
)
def test_a_flush_waits_for_rows_bytes_or_time(
    house: House, client: TestClient, one_partition: None, changes: dict[str, object], sentence: str | None
):
    house.statuses = [worker(consuming(**changes))]

    assert partition_of(client)["flushWaitsFor"] == sentence


@pytest.mark.parametrize(("rate", "words"), [(1000.0, "1,000 records/s"), (0.5, "0.5 records/s"), (None, None)])
def test_a_partition_says_that_a_rate_limit_holds_it(
    house: House, client: TestClient, one_partition: None, rate: float | None, words: str | None
):
    house.statuses = [worker(consuming(held_to=rate))]

    assert partition_of(client)["heldTo"] == words


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("CONSUMING", "Kafka is away: no broker", "crushpad doctor --brokers"),
        ("BLOCKED", "ZooKeeper is away: suspended", "crushpad doctor --zookeeper"),
        ("BLOCKED", "4 closed files wait for their commit, more are not built", "the log says why"),
        (
            "LOST",
            "the next record is not in Kafka any more (gone)",
            "POST /tables/clicks_REALTIME/partitions/0/acceptGap?to=smallest",
        ),
        ("PAUSED", "by an administrator", "POST /tables/clicks_REALTIME/resumeConsumption"),
        ("PAUSED", None, "POST /tables/clicks_REALTIME/resumeConsumption"),
        ("READY", None, "nothing to do unless it lasts"),
        ("BLOCKED", "the disk is full; free space and it goes on by itself", "goes on by itself"),
    ],
)
def test_a_reason_comes_with_what_to_do(
    house: House, client: TestClient, one_partition: None, state: str, reason: str | None, words: str
):
    house.statuses = [worker(consuming(state=state, reason=reason))]

    said = str(partition_of(client)["reason"])

    assert said.startswith(reason or "it")
    assert said.count(words) == 1


def test_the_words_that_remedies_go_by_are_those_of_ingestion():
    sources = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "ingest").glob("*.py"))

    for words, _ in REMEDIES:
        assert words in sources or words == os.strerror(errno.EFBIG), words


def test_a_partition_that_no_worker_speaks_of_is_not_passed_over(client: TestClient, one_partition: None):
    partition = partition_of(client)

    assert (partition["state"], partition["owner"], partition["lagRows"]) == ("UNREPORTED", None, None)
    assert "crushpad doctor" in str(partition["reason"])


def test_a_table_is_healthy_while_all_partitions_consume(house: House, client: TestClient, one_partition: None):
    house.statuses = [worker(consuming())]

    status = client.get("/tables/clicks/status").json()

    assert status["ingestionStatus"] == {"ingestionState": "HEALTHY", "errorMessage": ""}
    assert (status["partitions"], status["consuming"]) == (1, 1)
    assert (status["lagRows"], status["lagSeconds"], status["segmentRows"]) == (10, 1.5, 250)


def test_an_unhealthy_table_says_why(house: House, client: TestClient, one_partition: None):
    problem = "Kafka is away: no broker"
    house.statuses = [worker(consuming(state="LOADED"), problems={"clicks_REALTIME": problem})]

    status = client.get("/tables/clicks/status?type=realtime").json()["ingestionStatus"]

    assert status["ingestionState"] == "UNHEALTHY"
    assert status["errorMessage"].startswith(problem)
    assert "partition 0 is LOADED" in status["errorMessage"]
    assert client.get("/tables/clicks/partitions").json()["problems"][0].startswith(problem)


@pytest.mark.parametrize("route", ["status", "partitions"])
def test_an_unknown_table_is_a_404(client: TestClient, route: str):
    assert client.get(f"/tables/nosuch/{route}").status_code == 404
