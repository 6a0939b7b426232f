"""Segments and consuming partitions over HTTP, in Pinot's shapes."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from segments.status import PartitionStatus
from tests.unit.http.conftest import NOW_MS, House, entry, sealed, worker

CONSUMING = "clicks__0__2__20261121T0135Z"


@pytest.fixture
def two_sealed(house: House) -> None:
    house.publish(entry([sealed(0, 0, 100), sealed(1, 100, 250)]))


def test_sealed_and_consuming_segments_are_listed(client: TestClient, two_sealed: None):
    assert client.get("/segments/clicks").json() == [
        {"REALTIME": ["clicks__0__0__20261121T0135Z", "clicks__0__1__20261121T0135Z", CONSUMING]}
    ]
    assert client.get("/segments/clicks_REALTIME").status_code == 200


@pytest.mark.parametrize("path", ["/segments/nosuch", "/segments/nosuch/zkmetadata", "/segments/clicks?type=OFFLINE"])
def test_segments_of_an_unknown_table_are_a_404(client: TestClient, two_sealed: None, path: str):
    name = path.split("/")[2].partition("?")[0]

    refused = client.get(path)

    assert (refused.status_code, refused.json()) == (404, {"code": 404, "error": f"Table '{name}' not found."})


def test_metadata_of_a_sealed_segment_has_pinots_keys_and_the_files_place(client: TestClient, two_sealed: None):
    metadata = client.get("/segments/clicks/clicks__0__1__20261121T0135Z/metadata").json()

    assert metadata["segment.realtime.status"] == "DONE"
    assert (metadata["segment.realtime.startOffset"], metadata["segment.realtime.endOffset"]) == ("100", "250")
    assert metadata["segment.total.docs"] == "150"
    assert metadata["segment.crc"] == "16"
    assert metadata["columns"]["city"] == {
        "min": "Berlin",
        "max": "Toronto",
        "exact": True,
        "nulls": 0,
        "bloomFilter": True,
    }
    assert metadata["crushpad.path"].endswith("clicks__0__1.parquet")


def test_an_empty_segment_has_its_commit_time_as_bounds(house: House, client: TestClient):
    house.publish(entry([sealed(0, 0, 0, time_min_ms=None, time_max_ms=None)]))

    metadata = client.get("/segments/clicks/clicks__0__0__20261121T0135Z/metadata").json()

    assert metadata["segment.start.time"] == metadata["segment.end.time"] == str(NOW_MS + 5000)


def test_metadata_of_the_consuming_segment_starts_where_the_last_one_ended(client: TestClient, two_sealed: None):
    assert client.get(f"/segments/clicks/{CONSUMING}/metadata").json() == {
        "segment.realtime.status": "IN_PROGRESS",
        "segment.realtime.startOffset": "250",
        "segment.realtime.numReplicas": "1",
        "segment.creation.time": str(NOW_MS),
    }


def test_metadata_of_an_unknown_segment_is_a_404(client: TestClient, two_sealed: None):
    refused = client.get("/segments/clicks/nosuch/metadata")

    assert refused.status_code == 404
    assert refused.json()["error"].startswith("Failed to find segment")


def test_metadata_of_all_segments_comes_by_name(client: TestClient, two_sealed: None):
    by_name = client.get("/segments/clicks/zkmetadata").json()

    assert {name: fields["segment.realtime.status"] for name, fields in by_name.items()} == {
        "clicks__0__0__20261121T0135Z": "DONE",
        "clicks__0__1__20261121T0135Z": "DONE",
        CONSUMING: "IN_PROGRESS",
    }


def test_a_consuming_partition_says_how_far_it_is(house: House, client: TestClient, two_sealed: None):
    house.statuses = [
        worker(
            PartitionStatus(
                table="clicks_REALTIME",
                partition=0,
                topic="clicks",
                state="CONSUMING",
                current_offset=300,
                upstream_offset=310,
                last_consumed_ms=NOW_MS,
                availability_lag_ms=40,
            )
        )
    ]

    info = client.get("/tables/clicks/consumingSegmentsInfo").json()

    assert (info["serversFailingToRespond"], info["serversUnparsableRespond"]) == (0, 0)
    (consumer,) = info["_segmentToConsumingInfoMap"][CONSUMING]
    assert consumer["serverName"] == "Server_127.0.0.1_9000"
    assert consumer["consumerState"] == "CONSUMING"
    assert consumer["lastConsumedTimestamp"] == NOW_MS
    assert consumer["partitionToOffsetMap"] == {"0": "300"}
    assert consumer["partitionOffsetInfo"] == {
        "currentOffsetsMap": {"0": "300"},
        "latestUpstreamOffsetMap": {"0": "310"},
        "recordsLagMap": {"0": "10"},
        "availabilityLagMsMap": {"0": "40"},
    }
    assert consumer["reason"] is None


def test_a_partition_that_does_not_consume_says_why(house: House, client: TestClient, two_sealed: None):
    reason = "Kafka at 127.0.0.1:9092 does not answer"
    stopped = PartitionStatus(
        table="clicks_REALTIME", partition=0, topic="clicks", state="WAITING_FOR_STREAM", reason=reason
    )
    house.statuses = [worker(stopped)]

    (consumer,) = client.get("/tables/clicks/consumingSegmentsInfo").json()["_segmentToConsumingInfoMap"][CONSUMING]

    assert consumer["consumerState"] == "NOT_CONSUMING"
    assert (consumer["state"], consumer["reason"]) == ("WAITING_FOR_STREAM", reason)
    assert consumer["lastConsumedTimestamp"] == -1
    assert consumer["partitionOffsetInfo"]["recordsLagMap"] == {"0": "UNKNOWN"}


def test_a_segment_that_nobody_consumes_has_no_consumer(client: TestClient, two_sealed: None):
    info = client.get("/tables/clicks/consumingSegmentsInfo").json()

    assert info["_segmentToConsumingInfoMap"] == {CONSUMING: []}


def test_a_partition_before_its_first_segment_and_a_table_wide_problem_are_shown(house: House, client: TestClient):
    house.publish(entry([]))
    newborn = PartitionStatus(table="clicks_REALTIME", partition=1, topic="clicks", state="STARTING")
    other = PartitionStatus(table="other_REALTIME", partition=2, topic="other", state="STARTING")
    problem = "topic clicks does not exist"
    house.statuses = [worker(newborn, other, problems={"clicks_REALTIME": problem})]

    info = client.get("/tables/clicks/consumingSegmentsInfo").json()

    assert list(info["_segmentToConsumingInfoMap"]) == ["clicks__0__0__20261121T0135Z", "clicks__1"]
    assert info["problems"] == [problem]


def test_consuming_info_of_an_unknown_table_is_a_404(client: TestClient):
    assert client.get("/tables/nosuch/consumingSegmentsInfo").status_code == 404


def test_a_table_names_its_broker_and_server(client: TestClient, two_sealed: None):
    assert client.get("/tables/clicks/instances").json() == {
        "tableName": "clicks",
        "brokers": [{"tableType": "REALTIME", "instances": ["Broker_127.0.0.1_8099"]}],
        "server": [{"tableType": "REALTIME", "instances": ["Server_127.0.0.1_9000"]}],
    }
