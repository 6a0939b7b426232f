"""What a person sees: help at once, data and talk apart, exit codes as documented."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crushpad.version import installed_version
from tests.unit.cli.conftest import Finished, Service

Run = Callable[..., Finished]

HEAVY = {
    "pyarrow",
    "numpy",
    "duckdb",
    "fastapi",
    "pydantic",
    "confluent_kafka",
    "kazoo",
    "sqlglot",
    "structlog",
    "rich",
}


def answer(rows: list[list[object]], exceptions: list[dict[str, object]] | None = None) -> dict[str, object]:
    table = {"dataSchema": {"columnNames": ["city", "count(*)"], "columnDataTypes": ["STRING", "LONG"]}, "rows": rows}
    statistics = {"numDocsScanned": 7, "totalDocs": 9, "numSegmentsProcessed": 1, "numSegmentsQueried": 2}
    return {
        "resultTable": table,
        "exceptions": exceptions or [],
        "numRowsResultSet": len(rows),
        "timeUsedMs": 3,
        **statistics,
    }


def test_help_needs_nothing_heavy():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys; import crushpad.cli.app; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    ).stdout.split()

    assert HEAVY.isdisjoint(loaded)


def test_help_names_every_noun(crushpad: Run):
    helped = crushpad("--help")

    assert helped.returncode == 0
    for noun in ("quickstart", "serve", "table", "schema", "query", "config", "version"):
        assert noun in helped.stdout


def test_the_version_is_data(crushpad: Run):
    assert crushpad("version").stdout.strip() == installed_version()


@pytest.mark.parametrize("arguments", [["nosuch"], ["table", "get"], ["serve", "--port", "x"], ["query", "run"]])
def test_a_wrong_command_line_is_2(crushpad: Run, arguments: list[str]):
    finished = crushpad(*arguments)

    assert finished.returncode == 2
    assert finished.stdout == ""


def test_the_effective_config_has_an_origin_for_each_value(crushpad: Run):
    shown = crushpad("config", "show", "--effective", "--output", "json", CRUSHPAD_PORT="9100", CRUSHPAD_PROT="1")

    by_name = {entry["name"]: entry for entry in json.loads(shown.stdout)}
    assert by_name["port"] == {"name": "port", "value": 9100, "origin": "environment CRUSHPAD_PORT"}
    assert by_name["host"]["origin"] == "default"
    assert "CRUSHPAD_PROT" in shown.stderr
    assert "CRUSHPAD_PORT" in shown.stderr


def test_without_effective_only_what_differs_is_shown(crushpad: Run):
    shown = crushpad("config", "show", "--output", "csv", CRUSHPAD_PORT="9100")

    assert shown.stdout == "name,value,origin\nport,9100,environment CRUSHPAD_PORT\n"


@pytest.mark.parametrize("command", [["serve"], ["config", "show"]])
def test_wrong_settings_are_5_with_every_problem(crushpad: Run, command: list[str]):
    finished = crushpad(*command, CRUSHPAD_PORT="many", CRUSHPAD_LOG_LEVEL="loud")

    assert finished.returncode == 5
    assert "environment CRUSHPAD_PORT" in finished.stderr
    assert "environment CRUSHPAD_LOG_LEVEL" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_listening_beyond_loopback_is_warned_about(crushpad: Run):
    assert "without authentication" in crushpad("config", "show", CRUSHPAD_HOST="0.0.0.0").stderr
    assert "without authentication" not in crushpad("config", "show", CRUSHPAD_HOST="::1").stderr


def test_a_server_that_cannot_start_is_1_with_what_to_do(crushpad: Run, service: Service):
    taken = service.endpoint.rpartition(":")[2]

    finished = crushpad("serve", "--port", "0", "--broker-port", "0", CRUSHPAD_ZOOKEEPER_PORT=taken)

    assert finished.returncode == 1
    assert f"port {taken} on 127.0.0.1 is in use by another program" in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("table", "city     count(*)\nBerlin         10\nBéziers         2\n"),
        ("csv", "city,count(*)\nBerlin,10\nBéziers,2\n"),
        ("jsonl", '{"city": "Berlin", "count(*)": 10}\n{"city": "Béziers", "count(*)": 2}\n'),
    ],
)
def test_rows_are_data_in_the_form_asked_for(crushpad: Run, service: Service, output: str, expected: str):
    service.says("POST /query/sql", answer([["Berlin", 10], ["Béziers", 2]]))

    finished = crushpad("query", "run", "SELECT 1", "--output", output, "--endpoint", service.endpoint)

    assert finished.returncode == 0
    assert finished.stdout == expected
    assert json.loads(service.asked[0][1]) == {"sql": "SELECT 1", "queryOptions": ""}


def test_statistics_are_talk(crushpad: Run, service: Service):
    service.says("POST /query/sql", answer([["Berlin", 10]]))

    finished = crushpad("query", "run", "SELECT 1", CRUSHPAD_ENDPOINT=service.endpoint)

    assert "1 rows in 3 ms, 7 of 9 scanned in 1 of 2 segments" in finished.stderr


@pytest.mark.parametrize(("code", "status"), [(150, 5), (700, 5), (190, 3), (250, 1), (450, 1)])
def test_an_error_of_the_query_decides_the_exit_code(crushpad: Run, service: Service, code: int, status: int):
    service.says("POST /query/sql", answer([], [{"errorCode": code, "message": "it went wrong"}]))

    finished = crushpad("query", "run", "SELECT 1", "--endpoint", service.endpoint)

    assert finished.returncode == status
    assert f"it went wrong (code {code})" in finished.stderr


@pytest.mark.parametrize(("status", "code"), [(400, 5), (404, 3), (409, 4), (500, 1), (503, 1)])
def test_an_error_of_the_service_decides_the_exit_code(
    crushpad: Run, service: Service, tmp_path: Path, status: int, code: int
):
    service.says("POST /tables", {"code": status, "error": "this is why"}, status)
    file = tmp_path / "table.json"
    file.write_text("{}")

    finished = crushpad("table", "create", str(file), "--endpoint", service.endpoint)

    assert finished.returncode == code
    assert finished.stderr == "crushpad: this is why\n"


def test_unknown_keys_of_a_config_are_talked_about(crushpad: Run, service: Service, tmp_path: Path):
    service.says("POST /tables", {"unrecognizedProperties": {"/nosuch": 7}, "status": "Table t_REALTIME added"})
    file = tmp_path / "table.json"
    file.write_text('{"tableName": "t"}')

    finished = crushpad("table", "create", str(file), "--endpoint", service.endpoint)

    assert finished.returncode == 0
    assert "/nosuch is not known" in finished.stderr
    assert "Table t_REALTIME added" in finished.stderr
    assert service.asked == [("POST /tables", b'{"tableName": "t"}')]


def test_a_service_that_is_not_there_is_1_with_the_address(crushpad: Run):
    finished = crushpad("table", "list", "--endpoint", "http://127.0.0.1:1")

    assert finished.returncode == 1
    assert "no answer from http://127.0.0.1:1" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_deleting_asks_unless_told_not_to(crushpad: Run, service: Service):
    service.says("GET /tables/clicks", {"REALTIME": {}})
    service.says("DELETE /tables/clicks", {"status": "Tables: [clicks_REALTIME] deleted"})
    arguments = ["table", "delete", "clicks", "--endpoint", service.endpoint]

    assert crushpad(*arguments).returncode == 2
    assert crushpad(*arguments, "--dry-run").stderr == "would delete clicks\n"
    assert all(request.startswith("GET") for request, _ in service.asked)

    deleted = crushpad(*arguments, "--yes")
    assert (deleted.returncode, deleted.stderr) == (0, "Tables: [clicks_REALTIME] deleted\n")


def test_deleting_what_is_not_there_is_3(crushpad: Run, service: Service):
    assert crushpad("schema", "delete", "nosuch", "--yes", "--endpoint", service.endpoint).returncode == 3


def test_names_are_quoted_on_the_way(crushpad: Run, service: Service):
    service.says("GET /schemas/a%2Fb%3Fc", {"schemaName": "a/b?c"})

    finished = crushpad("schema", "get", "a/b?c", "--endpoint", service.endpoint)

    assert json.loads(finished.stdout) == {"schemaName": "a/b?c"}
