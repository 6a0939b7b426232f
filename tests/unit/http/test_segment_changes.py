"""Taking segments out of a table over HTTP, reloading them, and taking their files along."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from segments.commit import Versioned, plan_commit
from segments.identity import PartitionIdentity
from segments.status import PartitionStatus
from tests.contract.registry_suite import first_record, sealed_file
from tests.unit.http.conftest import NOW_MS, TABLE, House, entry, sealed, worker

NAMES = [f"clicks__0__{sequence}__20261121T0135Z" for sequence in range(4)]
CONSUMING = NAMES[3]
DAY_MS = 86_400_000


@pytest.fixture
def standing(house: House, upload: Callable[[], None], tmp_path: Path) -> House:
    """`clicks` with three sealed segments in the registry and in the catalogue, the first one on disk."""
    upload()
    house.registry.create("i1", {0: first_record()})
    for sequence in range(3):
        current = house.registry.partitions("i1")[0]
        house.registry.commit(
            plan_commit(
                PartitionIdentity("i1", current.record.topic_id, 0),
                Versioned(current.record, current.version),
                replace(sealed_file(current, 100, f"a{sequence}"), name=NAMES[sequence]),
                config_version=1,
                schema_version=1,
                now_ms=NOW_MS,
            )
        )
    (tmp_path / "first.parquet").write_bytes(b"PAR1 and more")
    paths = [str(tmp_path / "first.parquet"), "/nowhere", "/nowhere"]
    house.publish(entry([sealed(n, 100 * n, 100 * n + 100, path=path) for n, path in enumerate(paths)]))
    return house


def kinds(house: House) -> list[str]:
    return [step.kind.value for step in house.registry.steps("i1", 0, [0, 1, 2])]


def test_one_segment_is_deleted(client: TestClient, standing: House):
    assert client.delete(f"/segments/clicks/{NAMES[1]}").json() == {"status": "Segment deleted"}
    assert kinds(standing) == ["segment", "deleted", "segment"]
    assert standing.registry.steps("i1", 0, [1])[0].who == "anonymous@testclient"


@pytest.mark.parametrize("form", ["query", "list", "object"])
def test_several_segments_are_deleted_by_name(client: TestClient, standing: House, form: str):
    names = [NAMES[0], NAMES[2]]
    if form == "query":
        answer = client.delete("/segments/clicks", params={"segments": names})
    else:
        answer = client.post("/segments/clicks/delete", json=names if form == "list" else {"segments": names})
    assert answer.status_code == 200, answer.text
    assert kinds(standing) == ["deleted", "segment", "deleted"]


def test_all_sealed_segments_are_deleted(client: TestClient, standing: House):
    assert client.delete("/segments/clicks").json() == {"status": "Deleted 3 segments from table: clicks_REALTIME"}
    assert kinds(standing) == ["deleted"] * 3


def test_segments_are_deleted_from_a_sequence_number_on(client: TestClient, standing: House):
    place = f"/deleteSegmentsFromSequenceNum/clicks?segments={NAMES[1]}"
    said = client.delete(f"{place}&dryRun=true").json()
    assert said == {"status": "would be deleted", "segments": NAMES[1:3]}
    refused = client.delete(place)
    assert (refused.status_code, "should be paused" in refused.json()["error"]) == (400, True)
    assert kinds(standing) == ["segment"] * 3
    assert client.delete(f"{place}&force=true").json() == {"status": "deleted", "segments": NAMES[1:3]}
    assert kinds(standing) == ["segment", "deleted", "deleted"]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("DELETE", f"/segments/clicks/{CONSUMING}", 400),
        ("DELETE", "/segments/clicks/nosuch", 404),
        ("DELETE", f"/segments/nosuch/{NAMES[0]}", 404),
        ("DELETE", "/segments/clicks?segments=nosuch", 404),
        ("DELETE", "/deleteSegmentsFromSequenceNum/clicks", 400),
        ("DELETE", "/deleteSegmentsFromSequenceNum/clicks?segments=nosuch&force=true", 404),
        ("GET", f"/segments/clicks/{CONSUMING}", 404),
        ("GET", f"/segments/clicks/{NAMES[1]}", 404),
        ("POST", "/segments/clicks/nosuch/reload", 404),
        ("POST", "/segments/clicks/nosuch/reset", 404),
        ("POST", "/segments/clicks/nosuch/undelete", 404),
        ("POST", f"/segments/nosuch/{NAMES[0]}/undelete", 404),
        ("POST", "/segments/clicks/clicks__0__99999999999__20261121T0135Z/undelete", 404),
        ("POST", "/segments/clicks/clicks__7__0__20261121T0135Z/undelete", 404),
        ("GET", "/segments/nosuch/deleted", 404),
        ("GET", "/segments/segmentReloadStatus/nosuch", 404),
    ],
)
def test_what_is_no_sealed_segment_is_refused(client: TestClient, standing: House, method: str, path: str, code: int):
    refused = client.request(method, path)
    assert (refused.status_code, refused.json()["code"]) == (code, code)
    assert kinds(standing) == ["segment"] * 3


@pytest.mark.parametrize(
    ("retention", "kept_ms"), [("", 7 * DAY_MS), ("?retention=1d", DAY_MS), ("?retention=0d", None)]
)
def test_a_deleted_segment_is_kept_as_long_as_was_said(
    client: TestClient, standing: House, retention: str, kept_ms: int | None
):
    assert client.delete(f"/segments/clicks/{NAMES[1]}{retention}").status_code == 200
    (step,) = standing.registry.steps("i1", 0, [1])
    assert step.keep_until_ms == (0 if kept_ms is None else NOW_MS + kept_ms)
    standing.publish(entry([sealed(0, 0, 100), sealed(2, 200, 300)]))
    listed = client.get("/segments/clicks/deleted").json()
    assert [(each["segmentName"], each["deletedBy"]) for each in listed] == (
        [] if kept_ms is None else [(NAMES[1], "anonymous@testclient")]
    )
    back = client.post(f"/segments/clicks/{NAMES[1]}/undelete")
    assert (back.status_code, kinds(standing)[1]) == ((404, "deleted") if kept_ms is None else (200, "segment"))


def test_the_table_says_how_long_deleted_segments_are_kept(client: TestClient, standing: House):
    config = {**TABLE, "segmentsConfig": {**TABLE["segmentsConfig"], "deletedSegmentsRetentionPeriod": "2d"}}
    standing.publish(msgspec.structs.replace(entry([sealed(0, 0, 100)]), config=config))
    client.delete(f"/segments/clicks/{NAMES[0]}")
    assert standing.registry.steps("i1", 0, [0])[0].keep_until_ms == NOW_MS + 2 * DAY_MS


def test_several_segments_are_taken_back_by_name_all_or_none(client: TestClient, standing: House):
    client.delete("/segments/clicks")
    body = {"segments": [NAMES[0], NAMES[0].replace("__0__0__", "__0__9__")]}
    assert client.post("/segments/clicks/undelete", json=body).status_code == 404
    assert kinds(standing) == ["deleted"] * 3
    assert client.post("/segments/clicks/undelete", json=NAMES[:3]).status_code == 200
    assert kinds(standing) == ["segment"] * 3


@pytest.mark.parametrize("retention", ["forever", "-1d", "7"])
def test_a_retention_that_is_no_period_is_refused(client: TestClient, standing: House, retention: str):
    refused = client.delete(f"/segments/clicks/{NAMES[0]}?retention={retention}")
    assert (refused.status_code, "as in 1d12h" in refused.json()["error"]) == (400, True)
    assert kinds(standing) == ["segment"] * 3


def test_nothing_is_not_deleted(client: TestClient, standing: House):
    assert client.post("/segments/clicks/delete", json=[]).status_code == 400
    assert kinds(standing) == ["segment"] * 3


def test_a_sealed_segment_is_downloaded_as_it_is(client: TestClient, standing: House):
    found = client.get(f"/segments/clicks/{NAMES[0]}")
    assert (found.status_code, found.content) == (200, b"PAR1 and more")
    assert found.headers["content-type"] == "application/vnd.apache.parquet"
    assert f"{NAMES[0]}.parquet" in found.headers["content-disposition"]


def test_a_reload_commits_what_is_consuming_and_says_how_far_it_is(house: House, client: TestClient, standing: House):
    incarnation = house.configs.table("clicks_REALTIME").value.incarnation
    house.registry.create(incarnation, {0: first_record()})
    house.statuses.append(
        worker(PartitionStatus(table="clicks_REALTIME", partition=0, topic="clicks", state="CONSUMING"))
    )
    said = json.loads(client.post("/segments/clicks/reload").json()["status"])["clicks_REALTIME"]
    assert (said["numMessagesSent"], said["reloadJobMetaZKStorageStatus"]) == ("4", "SUCCESS")
    assert house.registry.partitions(incarnation)[0].record.force_commit == said["reloadJobId"]
    place = f"/segments/segmentReloadStatus/{said['reloadJobId']}"
    assert (client.get(place).json()["totalSegmentCount"], client.get(place).json()["successCount"]) == (1, 0)
    house.registry.flag(incarnation, 0, lambda _: {"force_commit": None})
    assert client.get(place).json()["successCount"] == 1
    assert client.get("/segments/clicks/needReload").json()["needReload"] is False


def test_a_reset_says_what_does_not_go_on_and_that_nothing_else_was_done(
    house: House, client: TestClient, standing: House
):
    lost = PartitionStatus(table="clicks_REALTIME", partition=0, topic="clicks", state="LOST", reason="it was cut")
    house.statuses.append(worker(lost))
    assert client.post("/segments/clicks_REALTIME/reset").json()["waiting"] == {CONSUMING: "it was cut"}
    assert client.post(f"/segments/clicks_REALTIME/{CONSUMING}/reset").json()["waiting"] == {CONSUMING: "it was cut"}
    assert client.post(f"/segments/clicks_REALTIME/{NAMES[0]}/reset").json()["waiting"] == {}
