"""Routes that look: what they ask of the process that looks, and what they refuse before it is started."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.unit.http.conftest import House, entry


@pytest.fixture
def asked(house: House) -> TestClient:
    house.publish(entry([]))
    return house.client()


def test_a_trace_asks_for_one_offset_of_one_partition(asked: TestClient):
    answer = asked.get("/tables/clicks/trace", params={"partition": 0, "offset": 7})

    assert answer.status_code == 200
    question = {"ask": "trace", "table": "clicks_REALTIME", "partition": 0, "offset": 7}
    assert question.items() <= answer.json().items()


@pytest.mark.parametrize(
    ("parameters", "status", "said"),
    [
        ({"partition": 99, "offset": 0}, 404, "has no partition 99"),
        ({"partition": 0}, 400, "offset"),
        ({"partition": 0, "offset": -1}, 400, "offset"),
        ({"partition": 0, "offset": 2**63}, 400, "offset"),
        ({"partition": "x", "offset": 0}, 400, "partition"),
    ],
)
def test_a_place_that_is_none_is_refused(asked: TestClient, parameters: dict[str, Any], status: int, said: str):
    answer = asked.get("/tables/clicks/trace", params=parameters)

    assert (answer.status_code, said in answer.json()["error"]) == (status, True)


def test_records_to_decode_have_defaults(asked: TestClient):
    answer = asked.post("/tables/clicks/decode", json={"records": [{"value": "e30="}]})

    (record,) = answer.json()["records"]
    assert record == {
        "partition": 0, "offset": 0, "timestampMs": None, "key": None, "value": "e30=", "headers": []
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [{}, {"records": 5}, {"records": [{"partition": 2**31}]}, {"records": [{"value": 5}]}, {"records": [{}] * 1001}],
)
def test_records_that_are_none_are_refused(asked: TestClient, body: dict[str, Any]):
    assert asked.post("/tables/clicks/decode", json=body).status_code == 400


def test_a_deep_ledger_may_take_longer(asked: TestClient):
    shallow = asked.get("/tables/clicks/ledger").json()
    deep = asked.get("/tables/clicks/ledger", params={"deep": "true", "partition": 0}).json()

    assert (shallow["deep"], shallow["partition"]) == (False, None)
    assert (deep["deep"], deep["partition"]) == (True, 0)
    assert deep["timeoutS"] > shallow["timeoutS"]


@pytest.mark.parametrize("path", ["trace?partition=0&offset=0", "ledger"])
def test_a_table_that_is_not_there_is_a_404(asked: TestClient, path: str):
    assert asked.get(f"/tables/nosuch/{path}").status_code == 404
