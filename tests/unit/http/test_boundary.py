"""What holds for every route: health, request ids, limits, headers, and errors that give nothing away."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from crushpad.http.boundary import BODY_BYTES_MAX
from crushpad.version import installed_version
from tableconfigs.source import InMemoryTableConfigSource
from tests.unit.http.conftest import House


@pytest.mark.parametrize("path", ["/health", "/health/readiness", "/health/liveness"])
def test_a_healthy_host_says_ok(client: TestClient, path: str):
    answer = client.get(path)

    assert (answer.status_code, answer.text) == (200, "OK")
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_host_that_is_not_ready_says_why_but_lives(house: House, client: TestClient):
    house.not_ready = ["no catalogue was published yet", "no engine process is up"]

    for path in ("/health", "/health/readiness"):
        refused = client.get(path)
        assert refused.status_code == 503
        assert refused.json()["error"] == "no catalogue was published yet; no engine process is up"
    assert client.get("/health/liveness").status_code == 200


def test_the_version_is_told(client: TestClient):
    assert client.get("/version").json() == {"crushpad": installed_version()}


def test_every_answer_has_a_request_id_and_security_headers(client: TestClient):
    for answer in (client.get("/health"), client.get("/nosuch"), client.post("/query/sql", json={"sql": "SELECT 1"})):
        assert len(answer.headers["x-request-id"]) == 16
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


def test_a_harmless_request_id_of_the_client_is_kept(client: TestClient):
    kept = client.get("/health", headers={"X-Request-Id": "trace-7"})
    replaced = client.get("/health", headers={"X-Request-Id": "<script>"})

    assert kept.headers["x-request-id"] == "trace-7"
    assert replaced.headers["x-request-id"] != "<script>"


@pytest.mark.parametrize("path", ["/query/sql", "/schemas", "/tables"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_refused(client: TestClient, path: str, chunked: bool):
    size = BODY_BYTES_MAX + 1
    content: Any = iter([b" " * (size // 2)] * 3) if chunked else b" " * size

    refused = client.post(path, content=content)

    assert refused.status_code == 413
    assert str(BODY_BYTES_MAX) in refused.json()["error"]


def test_an_unknown_route_is_pinots_404(client: TestClient):
    assert client.get("/nosuch").json() == {"code": 404, "error": "HTTP 404 Not Found"}
    assert client.get("/tables/clicks/segments").status_code == 404
    assert client.head("/mytables").status_code == 404


def test_a_wrong_method_names_the_right_ones(client: TestClient):
    refused = client.delete("/health")

    assert (refused.status_code, refused.json()["error"]) == (405, "HTTP 405 Method Not Allowed")
    assert refused.headers["allow"] == "GET"


def test_a_parameter_of_the_wrong_type_is_named(client: TestClient):
    refused = client.post("/schemas?override=perhaps", content=b"{}")

    assert refused.status_code == 400
    assert "override" in refused.json()["error"]
    assert "perhaps" in refused.json()["error"]


class BrokenSource(InMemoryTableConfigSource):
    def schemas(self) -> list[str]:
        raise ZeroDivisionError("secret detail")


def test_an_unexpected_error_gives_nothing_away_but_an_id_to_look_for(house: House):
    house.configs = BrokenSource()

    refused = house.client().get("/schemas", headers={"X-Request-Id": "trace-7"})

    assert refused.status_code == 500
    assert refused.json()["code"] == 500
    assert "trace-7" in refused.json()["error"]
    assert "secret detail" not in refused.text


def test_openapi_describes_query_routes_too(client: TestClient):
    paths = client.get("/openapi.json").json()["paths"]

    assert {"/query/sql", "/query", "/sql", "/tables", "/schemas/{name}"} <= paths.keys()
