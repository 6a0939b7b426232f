"""Pause, resume, commits on demand and accepted gaps over HTTP: what is written down, and what is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from starlette.testclient import TestClient

from segments.history import ConsumingRecord, SkipTo
from segments.status import PartitionStatus
from tests.unit.http.conftest import NOW_MS, SCHEMA, TABLE, House, entry, worker

CONSUMING = "clicks__0__0__20261121T0135Z"


def record(**changes: Any) -> ConsumingRecord:
    said = {"sequence": 0, "start": 0, "leader_epoch": 0, "topic": "clicks", "topic_id": "t1", "config_version": 1,
            "schema_version": 1, "created_ms": NOW_MS}  # fmt: skip
    return ConsumingRecord(**said | changes)


def status(**changes: Any) -> PartitionStatus:
    said = {"table": "clicks_REALTIME", "partition": 0, "topic": "clicks", "state": "CONSUMING", "current_offset": 20}
    return PartitionStatus(**said | changes)


@pytest.fixture
def incarnation(house: House, upload: Callable[[], None]) -> str:
    """`clicks` with one partition that has read 20 records."""
    upload()
    incarnation = house.configs.table("clicks_REALTIME").value.incarnation
    house.registry.create(incarnation, {0: record()})
    house.publish(entry([]))
    house.statuses.append(worker(status()))
    return str(incarnation)


def now(house: House, incarnation: str) -> ConsumingRecord:
    return house.registry.partitions(incarnation)[0].record


def test_a_pause_is_kept_with_its_comment_until_it_is_taken_back(house: House, client: TestClient, incarnation: str):
    asked = client.post("/tables/clicks/pauseConsumption?comment=broker upgrade").json()
    assert asked == {
        "pauseFlag": True,
        "consumingSegments": [CONSUMING],
        "reasonCode": "ADMINISTRATIVE",
        "comment": "broker upgrade",
        "timestamp": "2026-11-21 01:35:55.873",
    }
    house.statuses[:] = [worker(status(state="PAUSED", current_offset=0))]
    assert client.get("/tables/clicks/pauseStatus").json() == asked | {"consumingSegments": []}
    assert house.configs.table("clicks_REALTIME").value.why_paused == "paused by a person: broker upgrade"

    resumed = client.post("/tables/clicks/resumeConsumption").json()
    assert (resumed["pauseFlag"], resumed["comment"][:22]) == (False, "Pause flag is cleared.")
    assert client.get("/tables/clicks/pauseStatus").json()["comment"] == "Table is unpaused."
    assert now(house, incarnation).skip is None


def test_a_table_that_was_never_paused_has_no_time_of_it(client: TestClient, incarnation: str):
    found = client.get("/tables/clicks/pauseStatus").json()
    assert (found["pauseFlag"], found["timestamp"], found["comment"]) == (False, "", "Table is unpaused.")


@pytest.mark.parametrize("parameter", ["consumeFrom", "resumeFrom"])
@pytest.mark.parametrize("to", ["smallest", "largest"])
def test_a_resumption_from_elsewhere_is_written_into_every_partition(
    house: House, client: TestClient, incarnation: str, parameter: str, to: str
):
    headers = {"Authorization": f"Basic {base64.b64encode(b'ada:secret').decode()}"}
    client.post(f"/tables/clicks/resumeConsumption?{parameter}={to}&comment=only new ones", headers=headers)
    skip = now(house, incarnation).skip
    assert skip is not None
    assert (skip.to, skip.reason, skip.who) == (SkipTo(to), "only new ones", "ada@testclient")


def test_a_forced_commit_is_a_job_that_knows_what_is_left(house: House, client: TestClient, incarnation: str):
    asked = client.post("/tables/clicks/forceCommit").json()
    assert (asked["forceCommitStatus"], asked["jobMetaZKWriteStatus"]) == ("SUCCESS", "SUCCESS")
    job = asked["forceCommitJobId"]
    assert now(house, incarnation).force_commit == job

    def left() -> Any:
        found = client.get(f"/tables/forceCommitStatus/{job}").json()
        assert (found["jobId"], found["jobType"], found["tableName"]) == (job, "FORCE_COMMIT", "clicks_REALTIME")
        assert json.loads(found["segmentsForceCommitted"]) == [CONSUMING]
        assert found["numberOfSegmentsYetToBeCommitted"] == len(found["segmentsYetToBeCommitted"])
        assert found["submissionTimeMs"] == str(NOW_MS)
        return found["segmentsYetToBeCommitted"]

    assert left() == [CONSUMING]
    house.registry.flag(incarnation, 0, lambda _: {"force_commit": None})
    assert left() == []
    assert list(client.get("/table/clicks/jobs").json()) == []
    house.registry.drop(incarnation)
    assert left() == []


@pytest.mark.parametrize("choice", ["partitions=0", f"segments={CONSUMING}", "partitions=0,%200"])
def test_a_commit_is_forced_by_partition_or_by_segment(house: House, client: TestClient, incarnation: str, choice: str):
    assert client.post(f"/tables/clicks/forceCommit?{choice}").status_code == 200
    assert now(house, incarnation).force_commit


def test_a_gap_is_accepted_only_where_nothing_is_consumed(house: House, client: TestClient, incarnation: str):
    place = "/tables/clicks/partitions/0/acceptGap"
    assert client.post(place).status_code == 409
    house.statuses[:] = [worker(status(state="LOST", reason="records 5 to 9 are not in Kafka any more"))]
    assert client.post(f"{place}?to=smallest&comment=retention").status_code == 200
    skip = now(house, incarnation).skip
    assert skip is not None
    assert (skip.to, skip.reason, skip.who) == (SkipTo.SMALLEST, "retention", "anonymous@testclient")


def test_watermarks_say_where_the_next_segment_starts(client: TestClient, incarnation: str):
    assert client.get("/tables/clicks/consumerWatermarks").json() == {
        "watermarks": [{"partitionGroupId": 0, "sequenceNumber": 0, "offset": 0}]
    }


def test_topics_are_paused_by_their_index(house: House, client: TestClient, incarnation: str):
    paused = client.post("/tables/clicks/pauseTopicConsumption?topicIndices=0").json()
    assert (paused["pauseFlag"], paused["indexOfInactiveTopics"]) == (False, [0])
    resumed = client.post("/tables/clicks/resumeTopicConsumption?topicIndices=0").json()
    assert "indexOfInactiveTopics" not in resumed
    refused = client.post("/tables/clicks/pauseTopicConsumption?topicIndices=0,7")
    assert refused.status_code == 400
    assert "[7]" in refused.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "code", "error"),
    [
        ("POST", "/tables/nosuch/pauseConsumption", 404, "Table nosuch_REALTIME not found!"),
        ("GET", "/tables/nosuch/pauseStatus", 404, "Table nosuch_REALTIME not found!"),
        ("POST", "/tables/clicks_OFFLINE/pauseConsumption", 400, "Table clicks_OFFLINE is not a realtime table"),
        ("POST", "/tables/clicks/resumeConsumption?consumeFrom=latest", 400, "consumeFrom must be lastConsumed"),
        ("POST", "/tables/clicks/forceCommit?partitions=0&segments=x", 400, "Cannot specify both"),
        ("POST", "/tables/clicks/forceCommit?partitions=a", 400, "partitions must be numbers"),
        ("POST", "/tables/clicks/forceCommit?partitions=7", 404, "has no partitions [7]"),
        ("POST", "/tables/clicks/forceCommit?segments=clicks__0__9__20261121T0135Z", 400, "not in CONSUMING state"),
        ("GET", "/tables/forceCommitStatus/nosuch", 404, "Failed to find controller job id: nosuch"),
        ("POST", "/tables/clicks/pauseTopicConsumption", 400, "topicIndices"),
        ("POST", "/tables/clicks/partitions/9/acceptGap", 404, "has no partition 9"),
        ("POST", "/tables/clicks/partitions/0/acceptGap?to=middle", 400, "'smallest' or 'largest'"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    client: TestClient, incarnation: str, method: str, path: str, code: int, error: str
):
    refused = client.request(method, path)
    assert (refused.status_code, refused.json()["code"]) == (code, code)
    assert error in refused.json()["error"]


def test_a_disabled_table_is_not_controlled_and_goes_on_when_it_is_enabled(client: TestClient, incarnation: str):
    assert client.put("/tables/clicks/state?state=disable").json() == {
        "status": "Request to disable table 'clicks_REALTIME' is successful"
    }
    assert client.get("/tables/clicks/state?type=REALTIME").json() == {"state": "disabled"}
    refused = client.post("/tables/clicks/pauseConsumption")
    assert (refused.status_code, refused.json()["error"]) == (400, "Table clicks_REALTIME is disabled!")
    client.put("/tables/clicks/state?state=ENABLE")
    assert client.get("/tables/clicks/state").json() == {"state": "enabled"}
    assert client.put("/tables/clicks/state?state=off").status_code == 400


CHANGES = [
    ("POST", "/schemas", {"json": SCHEMA}, "upload schema", "clicks", 1, 1),
    ("PUT", "/schemas/clicks", {"json": SCHEMA}, "change schema", "clicks", 1, 1),
    ("PUT", "/tables/clicks", {"json": TABLE | {"metadata": {}}}, "change table", "clicks_REALTIME", 1, 2),
    ("PUT", "/tables/clicks/state?state=disable", {}, "disable table", "clicks_REALTIME", 1, 1),
    ("POST", "/tables/clicks/pauseConsumption", {}, "pause", "clicks_REALTIME", 1, 1),
    ("POST", "/tables/clicks/resumeConsumption", {}, "resume", "clicks_REALTIME", 1, 1),
    ("POST", "/tables/clicks/forceCommit", {}, "force commit", "clicks_REALTIME", 1, 1),
    ("POST", "/segments/clicks/reload", {}, "reload segments", "clicks_REALTIME", 1, 1),
    ("DELETE", "/tables/clicks", {}, "delete table", "clicks_REALTIME", 1, None),
]


@pytest.mark.parametrize(("method", "path", "body", "what", "subject", "before", "after"), CHANGES)
def test_every_change_leaves_one_line_that_says_who_and_what(
    client: TestClient,
    incarnation: str,
    method: str,
    path: str,
    body: Any,
    what: str,
    subject: str,
    before: int | None,
    after: int | None,
):
    headers = {"Authorization": f"Basic {base64.b64encode(b'ada:secret').decode()}"}
    with structlog.testing.capture_logs() as lines:
        assert client.request(method, path, headers=headers, **body).status_code == 200
    (line,) = [each for each in lines if each["event"] == "admin change"]
    assert (line["what"], line["subject"], line["user"], line["address"]) == (what, subject, "ada", "testclient")
    assert (line["before"], line["after"]) == (before, after)
    assert "secret" not in str(line)


@pytest.mark.parametrize("authorization", ["", "Bearer abc", "Basic !", "Basic //8=", "Basic YQ==", "Basic Cjpi"])
def test_nobody_is_taken_for_a_user_who_gave_no_name(client: TestClient, incarnation: str, authorization: str):
    with structlog.testing.capture_logs() as lines:
        client.post("/tables/clicks/pauseConsumption", headers={"Authorization": authorization})
    assert [each["user"] for each in lines if each["event"] == "admin change"] == ["anonymous"]


def test_creating_a_table_is_a_change_too(house: House, client: TestClient):
    client.post("/schemas", json=SCHEMA)
    with structlog.testing.capture_logs() as lines:
        client.post("/tables", json=TABLE)
    (line,) = [each for each in lines if each["event"] == "admin change"]
    assert (line["what"], line["subject"], line["after"]) == ("create table", "clicks_REALTIME", 1)


def test_a_pause_says_what_was_paused_before(client: TestClient, incarnation: str):
    with structlog.testing.capture_logs() as lines:
        for change in ("pauseTopicConsumption?topicIndices=0", "pauseConsumption", "resumeConsumption"):
            assert client.post(f"/tables/clicks/{change}").status_code == 200
    said = [(each["paused_before"], each["paused"]) for each in lines if each["event"] == "admin change"]
    assert said == [([], [0]), ([0], True), (True, [0])]


def test_schema_and_table_created_together_leave_a_line_that_names_the_table(client: TestClient):
    document = {"tableName": "clicks", "schema": SCHEMA, "realtime": TABLE}
    with structlog.testing.capture_logs() as lines:
        client.post("/tableConfigs", json=document)
        client.put("/tableConfigs/clicks", json=document | {"realtime": TABLE | {"metadata": {}}})
    said = [(each["subject"], each["before"], each["after"]) for each in lines if each["event"] == "admin change"]
    assert said == [("clicks_REALTIME", None, 1), ("clicks_REALTIME", 1, 2)]
