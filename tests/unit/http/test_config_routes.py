"""Schemas and tables over HTTP: statuses, bodies and texts of Pinot 1.5.1."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tableconfigs import operations
from tableconfigs.source import InMemoryTableConfigSource, SourceUnavailable, StoredTable
from tests.unit.http.conftest import SCHEMA, TABLE, House, entry


def test_a_schema_is_uploaded_listed_and_read_back(client: TestClient):
    uploaded = client.post("/schemas", json=SCHEMA)

    assert (uploaded.status_code, uploaded.json()) == (
        200,
        {"unrecognizedProperties": {}, "status": "clicks successfully added"},
    )
    assert client.get("/schemas").json() == ["clicks"]
    read = client.get("/schemas/clicks")
    assert read.headers["content-type"] == "application/json"
    assert read.json()["schemaName"] == "clicks"
    assert [spec["name"] for spec in read.json()["dimensionFieldSpecs"]] == ["city"]
    assert read.text.startswith('{\n  "schemaName" : "clicks",\n')


def test_a_schema_is_replaced_unless_told_otherwise(client: TestClient):
    client.post("/schemas", json=SCHEMA)

    assert client.post("/schemas", json=SCHEMA).status_code == 200
    refused = client.post("/schemas?override=false", json=SCHEMA)
    assert (refused.status_code, refused.json()) == (409, {"code": 409, "error": "Schema: clicks already exists"})


def test_a_schema_that_loses_a_column_is_refused(client: TestClient):
    client.post("/schemas", json=SCHEMA)

    refused = client.put("/schemas/clicks", json=SCHEMA | {"metricFieldSpecs": []})

    assert refused.status_code == 400
    assert refused.json()["error"].startswith("Backward incompatible schema clicks. Only allow adding new columns")


def test_a_wrong_data_type_is_refused_with_its_place_and_what_would_be_right(client: TestClient):
    wrong = {"schemaName": "x1", "dimensionFieldSpecs": [{"name": "a", "dataType": "NOSUCH"}]}

    refused = client.post("/schemas", json=wrong)

    assert refused.status_code == 400
    assert "/dimensionFieldSpecs/0/dataType" in refused.json()["error"]
    assert "NOSUCH" in refused.json()["error"]
    assert "'LONG'" in refused.json()["error"]


def test_a_schema_in_use_is_not_deleted(client: TestClient, upload: Callable[[], None]):
    upload()

    refused = client.delete("/schemas/clicks")

    assert refused.status_code == 409
    assert refused.json()["error"] == "Cannot delete schema clicks, as it is associated with table clicks_REALTIME"


def test_a_schema_that_nobody_uses_is_deleted(client: TestClient):
    client.post("/schemas", json=SCHEMA)

    assert client.delete("/schemas/clicks").json() == {"status": "Schema clicks deleted"}
    assert client.get("/schemas/clicks").status_code == 404


def test_a_schema_can_be_checked_without_being_stored(client: TestClient):
    checked = client.post("/schemas/validate", json=SCHEMA | {"nosuch": 1})

    assert checked.status_code == 200
    assert checked.json()["unrecognizedProperties"] == {"/nosuch": 1}
    assert client.get("/schemas").json() == []


def test_a_table_is_created_listed_and_read_back(client: TestClient):
    client.post("/schemas", json=SCHEMA)

    created = client.post("/tables", json=TABLE)

    assert created.status_code == 200
    assert created.json()["unrecognizedProperties"] == {}
    assert created.json()["status"] == "Table clicks_REALTIME successfully added"
    assert client.get("/tables").json() == {"tables": ["clicks"]}
    assert client.get("/tables?type=realtime").json() == {"tables": ["clicks_REALTIME"]}
    assert client.get("/tables?type=OFFLINE").json() == {"tables": []}
    for name in ("clicks", "clicks_REALTIME"):
        read = client.get(f"/tables/{name}").json()
        assert list(read) == ["REALTIME"]
        assert read["REALTIME"]["tableName"] == "clicks_REALTIME"
        assert client.get(f"/tables/{name}/schema").json()["schemaName"] == "clicks"


def test_a_secret_of_a_table_is_never_shown(client: TestClient, upload: Callable[[], None]):
    upload()

    assert "very secret" not in client.get("/tables/clicks").text


def test_unknown_keys_are_reported_with_their_path(client: TestClient):
    client.post("/schemas", json=SCHEMA)

    created = client.post("/tables", json=TABLE | {"tableIndexConfig": TABLE["tableIndexConfig"] | {"nosuch": 7}})

    assert created.json()["unrecognizedProperties"] == {"/tableIndexConfig/nosuch": 7}


def test_a_table_that_exists_is_refused(client: TestClient, upload: Callable[[], None]):
    upload()

    refused = client.post("/tables", json=TABLE)

    assert refused.status_code == 409
    assert refused.json()["error"].startswith("Table config for clicks_REALTIME already exists.")


def test_a_table_without_its_schema_is_refused(client: TestClient):
    refused = client.post("/tables", json=TABLE)

    assert (refused.status_code, refused.json()["error"]) == (
        400,
        "Failed to find schema for table: clicks_REALTIME",
    )


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"\xff\xfe", b"{" * 100_000, b'{"a":' * 500])
@pytest.mark.parametrize("path", ["/tables", "/schemas", "/tables/validate", "/schemas/validate"])
def test_what_is_no_config_is_refused(client: TestClient, path: str, body: bytes):
    refused = client.post(path, content=body)

    assert refused.status_code == 400
    assert refused.json()["code"] == 400
    assert refused.json()["error"]


def test_a_wrong_value_names_path_value_and_what_would_be_right(client: TestClient):
    client.post("/schemas", json=SCHEMA)
    wrong = TABLE | {"segmentsConfig": {"timeColumnName": "ts", "replication": "many"}}

    refused = client.post("/tables", json=wrong)

    assert refused.status_code == 400
    for part in ("/segmentsConfig/replication", "many", "number"):
        assert part in refused.json()["error"]


def test_a_table_config_is_changed(client: TestClient, upload: Callable[[], None]):
    upload()

    changed = client.put("/tables/clicks", json=TABLE | {"metadata": {"customConfigs": {"owner": "ada"}}})

    assert changed.json() == {"unrecognizedProperties": {}, "status": "Table config updated for clicks"}
    assert client.get("/tables/clicks").json()["REALTIME"]["metadata"]["customConfigs"] == {"owner": "ada"}


def test_a_body_for_another_table_is_refused(client: TestClient, upload: Callable[[], None]):
    upload()

    refused = client.put("/tables/clicks", json=TABLE | {"tableName": "other"})

    assert refused.status_code == 400
    assert "other_REALTIME" in refused.json()["error"]


def test_a_deleted_table_is_gone_at_once_and_can_be_created_again(client: TestClient, upload: Callable[[], None]):
    upload()

    assert client.delete("/tables/clicks").json() == {"status": "Tables: [clicks_REALTIME] deleted"}

    assert client.get("/tables/clicks").status_code == 404
    assert client.get("/tables").json() == {"tables": []}
    assert client.post("/tables", json=TABLE).status_code == 200


def test_a_table_that_was_deleted_with_a_retention_is_gone_and_can_be_taken_back(
    house: House, client: TestClient, upload: Callable[[], None]
):
    upload()
    before = house.configs.table("clicks_REALTIME").value

    assert client.delete("/tables/clicks?retention=7d").json() == {"status": "Tables: [clicks_REALTIME] deleted"}
    assert client.get("/tables/clicks").status_code == 404
    assert client.get("/tables").json() == {"tables": []}
    assert client.post("/tables", json=TABLE).status_code == 409

    assert client.post("/tables/clicks/undelete").json() == {"status": "Table clicks_REALTIME undeleted"}
    assert house.configs.table("clicks_REALTIME").value == before
    assert client.post("/tables/clicks/undelete").status_code == 404


def test_a_table_that_is_kept_can_be_deleted_for_good(client: TestClient, upload: Callable[[], None]):
    upload()
    client.delete("/tables/clicks?retention=7d")

    assert client.delete("/tables/clicks?retention=0d").status_code == 200
    assert client.post("/tables/clicks/undelete").status_code == 404
    assert client.post("/tables", json=TABLE).status_code == 200


def test_a_retention_is_a_period(client: TestClient, upload: Callable[[], None]):
    upload()
    refused = client.delete("/tables/clicks?retention=soon")
    assert (refused.status_code, "1d12h" in refused.json()["error"]) == (400, True)


def test_a_table_whose_deletion_was_begun_is_not_listed(house: House, client: TestClient, upload: Callable[[], None]):
    upload()
    operations.begin_delete_table(house.configs, "clicks")
    house.publish(entry([], state="deleting"))

    assert client.get("/tables/clicks").status_code == 404
    assert client.get("/tables").json() == {"tables": []}


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        ("GET", "/tables/nosuch", "Table nosuch does not exist"),
        ("PUT", "/tables/nosuch", "Table nosuch does not exist"),
        ("DELETE", "/tables/nosuch", "Table 'nosuch' with type null does not exist"),
        ("GET", "/tables/nosuch/schema", "Table nosuch does not exist"),
        ("GET", "/schemas/nosuch", "Schema not found"),
        ("DELETE", "/schemas/nosuch", "Schema not found"),
    ],
)
def test_what_does_not_exist_is_a_404_in_pinots_words(client: TestClient, method: str, path: str, error: str):
    refused = client.request(method, path, content=json.dumps(TABLE))

    assert (refused.status_code, refused.json()) == (404, {"code": 404, "error": error})


def test_the_offline_half_of_a_realtime_table_does_not_exist(client: TestClient, upload: Callable[[], None]):
    upload()

    assert client.get("/tables/clicks?type=OFFLINE").status_code == 404
    assert client.delete("/tables/clicks?type=offline").status_code == 404
    assert client.get("/tables/clicks?type=NOSUCH").json() == {
        "code": 400,
        "error": "type must be REALTIME or OFFLINE, not 'NOSUCH'",
    }


def test_a_table_config_can_be_checked_without_being_stored(client: TestClient):
    client.post("/schemas", json=SCHEMA)

    checked = client.post("/tables/validate", json=TABLE)

    assert list(checked.json())[:2] == ["REALTIME", "unrecognizedProperties"]
    assert client.get("/tables").json() == {"tables": []}


class MeetingSource(InMemoryTableConfigSource):
    """A store where every writer waits for a second one, so that two uploads surely meet."""

    def __init__(self) -> None:
        super().__init__()
        self._both = threading.Barrier(2, timeout=10)

    def put_table(self, stored: StoredTable, expected_version: int | None) -> int:
        self._both.wait()
        return super().put_table(stored, expected_version)


def test_of_two_uploads_at_once_one_wins_and_the_other_gets_409(house: House):
    house.configs = MeetingSource()
    client = house.client()
    client.post("/schemas", json=SCHEMA)
    statuses: list[int] = []

    def uploading() -> None:
        statuses.append(client.post("/tables", json=TABLE).status_code)

    threads = [threading.Thread(target=uploading) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200, 409]


class AwaySource(InMemoryTableConfigSource):
    def tables(self) -> list[str]:
        raise SourceUnavailable("ZooKeeper at 127.0.0.1:2181 does not answer")

    def table(self, name_with_type: str) -> Any:
        raise SourceUnavailable("ZooKeeper at 127.0.0.1:2181 does not answer")


@pytest.mark.parametrize(("method", "path"), [("GET", "/tables"), ("GET", "/tables/clicks"), ("DELETE", "/tables/x")])
def test_a_config_store_that_is_away_is_a_503_with_the_reason(house: House, method: str, path: str):
    house.configs = AwaySource()

    refused = house.client().request(method, path)

    assert refused.status_code == 503
    assert refused.json()["error"] == "ZooKeeper at 127.0.0.1:2181 does not answer"
    assert refused.headers["retry-after"] == "1"
