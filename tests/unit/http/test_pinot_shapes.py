"""What clients parse: every field that Pinot 1.5.1 answered is in our answer too, with a value of the same kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from segments.history import ConsumingRecord
from segments.status import PartitionStatus
from tableconfigs import operations
from tests.unit.http.conftest import NOW_MS, SCHEMA, TABLE, House, entry, sealed, worker

CONSUMING = "clicks__0__1__20261121T0135Z"
SEALED = "clicks__0__0__20261121T0135Z"
SERVER = "Server_127.0.0.1_9000"

SIZE = {"reportedSizeInBytes": 0, "estimatedSizeInBytes": 0}
STATUS = {"status": ""}
WRITTEN = {"unrecognizedProperties": {}, "status": ""}
PAUSE_STATUS = {"pauseFlag": True, "consumingSegments": [""], "reasonCode": "", "comment": "", "timestamp": ""}
ERROR = {"code": 0, "error": ""}
SEGMENT_METADATA = {
    "segmentName": "", "schemaName": "", "crc": 0, "creationTimeMillis": 0, "creationTimeReadable": "",
    "timeColumn": None, "timeUnit": None, "timeGranularitySec": None, "startTimeMillis": None,
    "startTimeReadable": None, "endTimeMillis": None, "endTimeReadable": None, "segmentVersion": None,
    "creatorName": None, "totalDocs": 0, "custom": {}, "startOffset": None, "endOffset": None, "indexes": {},
    "star-tree-index": None,
}  # fmt: skip
CONSUMER = {
    "serverName": "",
    "consumerState": "",
    "lastConsumedTimestamp": 0,
    "partitionToOffsetMap": {"0": ""},
    "partitionOffsetInfo": {
        "currentOffsetsMap": {"0": ""},
        "latestUpstreamOffsetMap": {"0": ""},
        "recordsLagMap": {"0": ""},
        "availabilityLagMsMap": {"0": ""},
    },
}
SHAPES: dict[tuple[str, str], tuple[int, Any]] = {
    ("GET", "/tables"): (200, {"tables": [""]}),
    ("GET", "/tables?type=realtime"): (200, {"tables": [""]}),
    ("GET", "/tables/clicks"): (200, {"REALTIME": {"tableName": "", "tableType": "", "segmentsConfig": {}}}),
    ("GET", "/schemas"): (200, [""]),
    ("GET", "/segments/clicks"): (200, [{"REALTIME": [""]}]),
    ("GET", "/tables/clicks/consumingSegmentsInfo"): (
        200,
        {
            "serversFailingToRespond": 0,
            "serversUnparsableRespond": 0,
            "_segmentToConsumingInfoMap": {CONSUMING: [CONSUMER]},
        },
    ),
    ("GET", "/tables/clicks/externalview"): (200, {"OFFLINE": None, "REALTIME": {CONSUMING: {SERVER: ""}}}),
    ("GET", "/tables/clicks/idealstate"): (200, {"OFFLINE": None, "REALTIME": {SEALED: {SERVER: ""}}}),
    ("GET", "/tables/clicks/size"): (
        200,
        {
            "tableName": "",
            **SIZE,
            "reportedSizePerReplicaInBytes": 0,
            "offlineSegments": None,
            "realtimeSegments": {
                **SIZE,
                "missingSegments": 0,
                "reportedSizePerReplicaInBytes": 0,
                "segments": {
                    SEALED: {
                        **SIZE,
                        "maxReportedSizePerReplicaInBytes": 0,
                        "serverInfo": {SERVER: {"segmentName": "", "diskSizeInBytes": 0}},
                    }
                },
            },
        },
    ),
    ("GET", "/tables/clicks/metadata"): (
        200,
        {"tableName": "", "diskSizeInBytes": 0, "numSegments": 0, "numRows": 0, "columnLengthMap": {},
         "columnCardinalityMap": {}, "maxNumMultiValuesMap": {}, "columnIndexSizeMap": {},
         "upsertPartitionToServerPrimaryKeyCountMap": {}},
    ),
    ("GET", "/segments/clicks/metadata"): (200, {SEALED: SEGMENT_METADATA, CONSUMING: SEGMENT_METADATA}),
    ("GET", "/segments/clicks/zkmetadata"): (
        200,
        {CONSUMING: {"segment.creation.time": "", "segment.realtime.numReplicas": "",
                     "segment.realtime.startOffset": "", "segment.realtime.status": ""}},
    ),
    ("GET", "/instances"): (200, {"instances": [""]}),
    ("GET", "/brokers/tables"): (200, {"clicks": [""]}),
    ("GET", "/tenants"): (200, {"SERVER_TENANTS": [""], "BROKER_TENANTS": [""]}),
    ("GET", "/version"): (200, {}),
    ("GET", "/cluster/info"): (200, {"clusterName": ""}),
    ("GET", "/cluster/configs"): (200, {"allowParticipantAutoJoin": ""}),
    ("GET", "/tables/clicks/state?type=REALTIME"): (200, {"state": ""}),
    ("GET", "/tables/clicks/stats"): (200, {"REALTIME": {"creationTime": ""}}),
    ("GET", "/debug/tables/clicks"): (
        200,
        [{"tableName": "", "numSegments": 0, "numServers": 0, "numBrokers": 0, "segmentDebugInfos": [],
          "serverDebugInfos": [], "brokerDebugInfos": [],
          "ingestionStatus": {"ingestionState": "", "errorMessage": ""},
          "tableSize": {"reportedSize": "", "estimatedSize": ""}}],
    ),
    ("GET", "/tables/clicks/pauseStatus"): (200, PAUSE_STATUS),
    ("POST", "/tables/clicks/pauseConsumption"): (200, PAUSE_STATUS),
    ("POST", "/tables/clicks/resumeConsumption"): (200, PAUSE_STATUS),
    ("POST", "/tables/clicks/forceCommit"): (
        200,
        {"forceCommitJobId": "", "forceCommitStatus": "", "jobMetaZKWriteStatus": ""},
    ),
    ("POST", "/segments/clicks/reload"): (200, STATUS),
    ("PUT", "/tables/clicks/state?type=REALTIME&state=disable"): (200, STATUS),
    ("DELETE", "/tables/clicks"): (200, STATUS),
    ("GET", "/tables/nosuch"): (404, ERROR),
    ("GET", "/schemas/nosuch"): (404, ERROR),
    ("GET", "/segments/nosuch"): (404, ERROR),
    ("GET", "/tables/clicks/segments"): (404, ERROR),
    ("GET", "/nosuch"): (404, ERROR),
    ("DELETE", "/tables/nosuch"): (404, ERROR),
    ("POST", "/tables/nosuch/pauseConsumption"): (404, ERROR),
}  # fmt: skip


@pytest.fixture
def standing(house: House, upload: Callable[[], None]) -> House:
    """`clicks` with one sealed segment and one that is consumed."""
    upload()
    stored = house.configs.table("clicks_REALTIME").value
    record = ConsumingRecord(
        sequence=1, start=100, leader_epoch=0, topic="clicks", topic_id="t1", config_version=1, schema_version=1,
        created_ms=NOW_MS,
    )  # fmt: skip
    house.registry.create(stored.incarnation, {0: record})
    house.publish(entry([sealed(0, 0, 100)]))
    status = PartitionStatus(
        table="clicks_REALTIME", partition=0, topic="clicks", segment_name=CONSUMING, state="CONSUMING",
        current_offset=120, upstream_offset=130, last_consumed_ms=NOW_MS, rows=20,
    )  # fmt: skip
    house.statuses.append(worker(status))
    return house


def missing(wanted: Any, found: Any, place: str = "") -> list[str]:
    """Where `found` lacks a field of `wanted`, or has another kind of value there. None stands for anything."""
    if wanted is None:
        return []
    if type(wanted) is not type(found):
        return [f"{place or '/'}: {type(wanted).__name__} wanted, not {found!r}"]
    if isinstance(wanted, dict):
        absent = [f"{place}/{key} is missing" for key in wanted.keys() - found.keys()]
        return absent + [
            line for key in wanted.keys() & found.keys() for line in missing(wanted[key], found[key], f"{place}/{key}")
        ]
    if isinstance(wanted, list):
        return [line for one in found for line in (missing(wanted[0], one, f"{place}/0") if wanted else [])]
    return []


@pytest.mark.parametrize(("method", "path"), SHAPES)
def test_an_answer_has_pinots_fields(client: TestClient, standing: House, method: str, path: str) -> None:
    status, wanted = SHAPES[method, path]
    answer = client.request(method, path)
    assert answer.status_code == status, answer.text
    assert missing(wanted, answer.json()) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [("/health", "OK"), ("/health/liveness", "OK"), ("/health/readiness", "OK"), ("/pinot-controller/admin", "GOOD")],
)
def test_health_is_plain_text(client: TestClient, path: str, text: str) -> None:
    answer = client.get(path)
    assert (answer.text, answer.headers["content-type"].split(";")[0]) == (text, "text/plain")


def test_schema_and_table_in_one_document(client: TestClient) -> None:
    document = {"tableName": "clicks", "schema": SCHEMA, "realtime": TABLE}
    assert client.post("/tableConfigs/validate", json=document).status_code == 200
    assert client.get("/tableConfigs").json() == []
    assert missing(WRITTEN, client.post("/tableConfigs", json=document).json()) == []
    assert client.post("/tableConfigs", json=document).status_code == 400
    assert client.get("/tableConfigs").json() == ["clicks"]
    found = client.get("/tableConfigs/clicks").json()
    assert missing({"tableName": "", "schema": {"schemaName": ""}, "offline": None, "realtime": {}}, found) == []
    assert client.put("/tableConfigs/clicks", json=document).status_code == 200
    assert client.delete("/tableConfigs/clicks").status_code == 200
    assert (client.get("/tables").json(), client.get("/schemas").json()) == ({"tables": []}, [])


def test_tables_are_sorted_as_asked(house: House, client: TestClient) -> None:
    client.post("/schemas", json=SCHEMA)
    for moment, name in enumerate(["b", "c", "a"]):
        client.post("/schemas", json=SCHEMA | {"schemaName": name})
        operations.add_table(house.configs, TABLE | {"tableName": name}, moment, f"i{moment}", {})
    assert client.get("/tables").json()["tables"] == ["a", "b", "c"]
    assert client.get("/tables?sortType=NAME&sortAsc=false").json()["tables"] == ["c", "b", "a"]
    assert client.get("/tables?sortType=creationTime").json()["tables"] == ["b", "c", "a"]
    assert client.get("/tables?sortType=size").status_code == 400
    assert client.get("/tables?taskType=MergeRollupTask").json()["tables"] == []


def test_segments_are_picked_by_time(client: TestClient, standing: House) -> None:
    standing.publish(entry([sealed(0, 0, 100, time_min_ms=1_000, time_max_ms=2_000)]))
    for query, names in {
        "": [SEALED, CONSUMING],
        "?startTimestamp=2000": [SEALED, CONSUMING],
        "?startTimestamp=2001": [CONSUMING],
        "?endTimestamp=1000": [],
        "?endTimestamp=1001": [SEALED],
        "?startTimestamp=1500&endTimestamp=3000&excludeOverlapping=true": [],
        "?startTimestamp=1000&endTimestamp=3000&excludeOverlapping=true": [SEALED],
    }.items():
        assert client.get(f"/segments/clicks{query}").json() == [{"REALTIME": names}], query
    assert client.get("/segments/clicks?startTimestamp=soon").status_code == 400


def test_a_partition_that_lost_records_is_an_error_that_says_why(client: TestClient, standing: House) -> None:
    lost = standing.statuses[0].partitions[0].model_copy(update={"state": "LOST", "reason": "records 1 to 5 are gone"})
    standing.statuses[:] = [worker(lost)]
    assert client.get("/tables/clicks/externalview").json()["REALTIME"][CONSUMING] == {SERVER: "ERROR"}
    assert {"segmentName": CONSUMING, "segmentStatus": "BAD"} in client.get("/tables/clicks/segmentsStatus").json()
    (found,) = client.get("/debug/tables/clicks").json()
    (ailing,) = found["segmentDebugInfos"]
    assert ailing["serverState"][SERVER]["errorInfo"]["errorMessage"] == "records 1 to 5 are gone"
