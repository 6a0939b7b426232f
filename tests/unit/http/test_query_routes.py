"""The query routes: what reaches the answerer, and what a client gets back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from crushpad.http.app import create_app
from tests.unit.http.conftest import House

MISSING_SQL = {"code": 400, "error": "Payload is missing the query string field 'sql'"}


@pytest.mark.parametrize("path", ["/query/sql", "/sql"])
def test_sql_is_answered_on_every_route(client: TestClient, path: str):
    posted = client.post(path, json={"sql": "SELECT 1"})
    got = client.get(path, params={"sql": "SELECT 1"})

    assert posted.status_code == got.status_code == 200
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["x-pinot-error-code"] == "-1"
    assert posted.json() == got.json() == {"sql": "SELECT 1", "options": {}}


def test_the_query_route_asks_for_the_multi_stage_engine(client: TestClient):
    assert client.post("/query", json={"sql": "SELECT 1"}).json()["options"] == {"useMultistageEngine": "true"}


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ("", {}),
        (";timeoutMs=5", {"timeoutMs": "5"}),
        ("a=b; c = d ;;", {"a": "b", "c": "d"}),
        ("a=b=c", {"a": "b=c"}),
        (None, {}),
    ],
)
def test_query_options_are_pairs_with_blanks_and_empty_parts_skipped(client: TestClient, said, options):
    answer = client.post("/query/sql", json={"sql": "SELECT 1", "queryOptions": said})

    assert answer.json()["options"] == options


def test_an_option_of_the_service_holds_unless_the_request_has_it(house: House):
    house.query_options = {"timeoutMs": "10000"}
    client = house.client()

    assert client.post("/query/sql", json={"sql": "SELECT 1"}).json()["options"] == {"timeoutMs": "10000"}
    said = client.post("/query/sql", json={"sql": "SELECT 1", "queryOptions": "timeoutMs=5"})
    assert said.json()["options"] == {"timeoutMs": "5"}


@pytest.mark.parametrize("trace", [True, "true"])
def test_trace_becomes_an_option(client: TestClient, trace):
    answer = client.post("/query/sql", json={"sql": "SELECT 1", "trace": trace})

    assert answer.json()["options"] == {"trace": "true"}


@pytest.mark.parametrize("trace", [False, "false", None, ""])
def test_no_trace_is_no_option(client: TestClient, trace):
    answer = client.post("/query/sql", json={"sql": "SELECT 1", "trace": trace, "unknown": {"key": 1}})

    assert answer.json()["options"] == {}


def test_a_query_option_without_a_value_is_refused(client: TestClient):
    refused = client.post("/query/sql", json={"sql": "SELECT 1", "queryOptions": "timeoutMs"})

    assert refused.status_code == 400
    assert "'timeoutMs' must be key=value" in refused.json()["error"]


@pytest.mark.parametrize("body", [{}, {"foo": 1}, {"sql": None}])
def test_a_body_without_sql_is_a_400_in_pinots_words(client: TestClient, body):
    refused = client.post("/query/sql", json=body)

    assert (refused.status_code, refused.json()) == (400, MISSING_SQL)


def test_an_address_without_sql_is_refused_alike(client: TestClient):
    assert client.get("/query/sql").json() == MISSING_SQL


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b'{"sql": 7}', b"\xff", b'{"sql": "SELECT 1"', b"[" * 50_000]
)
def test_what_is_no_query_is_a_400(client: TestClient, body: bytes):
    refused = client.post("/query/sql", content=body)

    assert refused.status_code == 400
    assert "'sql'" in refused.json()["error"]


def test_empty_sql_is_the_answerers_business(client: TestClient):
    assert client.post("/query/sql", json={"sql": ""}).status_code == 200


@pytest.mark.parametrize(
    ("code", "status"), [(150, 400), (190, 404), (250, 408), (429, 429), (503, 503), (700, 400), (450, 500), (1, 500)]
)
def test_errors_are_200_unless_the_client_asks_for_http_statuses(client: TestClient, code: int, status: int):
    body = {"sql": f"error {code}"}

    plain = client.post("/query/sql", json=body)
    honest = client.post("/query/sql", json=body, headers={"Pinot-Use-Http-Status-For-Errors": "true"})

    assert (plain.status_code, plain.headers["x-pinot-error-code"]) == (200, str(code))
    assert (honest.status_code, honest.headers["x-pinot-error-code"]) == (status, str(code))
    assert plain.json() == honest.json()


@pytest.mark.parametrize(("said", "status"), [(None, 404), ("true", 404), ("false", 200)])
def test_a_service_may_be_honest_to_all_who_do_not_say_otherwise(house: House, said: str | None, status: int):
    client = TestClient(create_app(replace(house.services(), honest_status=True)))
    headers = {} if said is None else {"Pinot-Use-Http-Status-For-Errors": said}
    reply = client.post("/query/sql", json={"sql": "error 190"}, headers=headers)
    assert (reply.status_code, reply.headers["X-Pinot-Error-Code"]) == (status, "190")


def test_a_cursor_may_be_asked_for_in_the_address(client: TestClient):
    asked = client.post("/query/sql?getCursor=true&numRows=7", json={"sql": "x"}).json()
    assert asked["options"]["getCursor"] == "true"
    assert asked["options"]["cursorNumRows"] == "7"
    assert "cursorNumRows" not in client.post("/query/sql?getCursor=true", json={"sql": "x"}).json()["options"]
    assert "getCursor" not in client.post("/query/sql?numRows=7", json={"sql": "x"}).json()["options"]
