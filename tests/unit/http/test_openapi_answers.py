"""The examples of answers in the OpenAPI document are what the routes answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from crushpad.http.openapi_answers import ANSWERS
from segments.status import PartitionStatus
from tests.contract.registry_suite import first_record
from tests.unit.http.conftest import SCHEMA, TABLE, House, entry, sealed, worker

BODIES = {
    ("post", "/tables"): TABLE | {"tableName": "other"},
    ("put", "/tables/{table}"): TABLE,
    ("post", "/tableConfigs"): {
        "tableName": "both",
        "schema": SCHEMA | {"schemaName": "both"},
        "realtime": TABLE | {"tableName": "both"},
    },
    ("put", "/tableConfigs/{table}"): {"tableName": "clicks", "schema": SCHEMA, "realtime": TABLE},
}


@pytest.fixture
def standing(house: House, client: TestClient, upload: Callable[[], None]) -> TestClient:
    """`clicks` consumes behind one sealed segment, and a job is there; the schema of another table too."""
    upload()
    client.post("/schemas", json=SCHEMA | {"schemaName": "other"})
    incarnation = house.configs.table("clicks_REALTIME").value.incarnation
    house.registry.create(incarnation, {0: first_record()})
    house.publish(entry([sealed(0, 0, 100)]))
    status = PartitionStatus(table="clicks_REALTIME", partition=0, topic="clicks", state="CONSUMING")
    house.statuses.append(worker(status))
    return client


def answered(client: TestClient, method: str, path: str) -> Any:
    place = path.format(table="clicks", job_id="", segment="clicks__0__0__20261121T0135Z")
    if "{job_id}" in path:
        place = f"{place}{client.post('/tables/clicks/forceCommit').json()['forceCommitJobId']}"
    reply = client.request(method, place, json=BODIES.get((method, path)))
    assert reply.status_code == 200, reply.text
    return reply.json()


def shape(body: Any) -> Any:
    """Keys and kinds of values; what an object has by name or by number is one of its kind."""
    if isinstance(body, list):
        return [shape(each) for each in body[:1]]
    if isinstance(body, dict) and all("__" in key or key.isdigit() for key in body):
        return [shape(each) for each in list(body.values())[:1]]
    return {key: shape(value) for key, value in body.items()} if isinstance(body, dict) else None


ALIKE = [each for each in ANSWERS if "undelete" not in each[1] and each != ("delete", "/segments/{table}/{segment}")]
"""What needs no more than a table; the others are one status."""


@pytest.mark.parametrize(("method", "path"), ALIKE)
def test_an_answer_looks_like_its_example(standing: TestClient, method: str, path: str):
    body, example = answered(standing, method, path), ANSWERS[method, path]
    if "unrecognizedProperties" in example:
        assert set(body) - {"warnings"} == set(example)
    else:
        assert shape(body) == shape(example)


def test_every_example_stands_in_the_document_with_the_keys_that_are_always_there(client: TestClient):
    paths = client.get("/openapi.json").json()["paths"]
    for (method, path), example in ANSWERS.items():
        said = paths[path][method]["responses"]["200"]["content"]["application/json"]
        assert said["example"] == example
        assert isinstance(example, list) or said["schema"]["required"] == sorted(example)
