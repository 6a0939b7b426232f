"""The query shell: statements, settings that stay, completion, history."""

from pathlib import Path

import pytest

from crushpad.cli import query_shell
from crushpad.cli.api import Api
from crushpad.cli.completion import Completion, suggestions
from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.options import Output
from crushpad.cli.query_shell import Shell, history_path
from crushpad.cli.statements import is_setting, split_statements

SCHEMA = {
    "dimensionFieldSpecs": [
        {"name": "city", "dataType": "STRING"},
        {"name": "tags", "dataType": "STRING", "singleValueField": False},
    ],
    "metricFieldSpecs": [{"name": "amount", "dataType": "DOUBLE"}],
}


class Service:
    """Answers every query with its own text, or says that there is no such column."""

    def __init__(self):
        self.asked = []

    def query(self, sql, options=""):
        self.asked.append((sql, options))
        problems = [{"message": "UnknownColumnError: nosuch", "errorCode": 710}] if "nosuch" in sql else []
        return {
            "resultTable": {"dataSchema": {"columnNames": ["sql"]}, "rows": [[sql]]}, "exceptions": problems,
            "numRowsResultSet": 1, "timeUsedMs": 2, "numDocsScanned": 3, "totalDocs": 4, "numSegmentsProcessed": 1,
            "numSegmentsQueried": 2, "partialResult": False,
        }  # fmt: skip

    def get(self, *path):
        return {"tables": ["clicks"]} if path == ("tables",) else SCHEMA


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def shell(service):
    return Shell(service, "timeoutMs=5", Output.CSV)


@pytest.mark.parametrize(
    ("text", "statements", "rest"),
    [
        ("SELECT 1;", ["SELECT 1"], ""),
        ("SELECT 1; SELECT\n2;  SELECT 3", ["SELECT 1", "SELECT\n2"], "SELECT 3"),
        ("SELECT ';' || \";\" -- ;\n/* ; */ FROM t;", ["SELECT ';' || \";\" -- ;\n/* ; */ FROM t"], ""),
        ("SELECT 'it''s;'; x", ["SELECT 'it''s;'"], "x"),
        ("SELECT 'open; ", [], "SELECT 'open; "),
        ("a - b / c;;", ["a - b / c"], ""),
    ],
)
def test_statements_end_at_semicolons_outside_of_quotes_and_comments(text, statements, rest):
    assert split_statements(text) == (statements, rest)


def test_settings_are_told_from_queries():
    assert is_setting("set timeoutMs = 5")
    assert not is_setting("SETTINGS")
    assert not is_setting("SELECT 1")


def test_a_query_may_have_many_lines(shell, service, capsys):
    assert shell.take("SELECT city")
    assert (service.asked, shell.prompt) == ([], query_shell.MORE)
    shell.take("FROM clicks; ")
    assert service.asked == [("SELECT city\nFROM clicks;\n", "timeoutMs=5")]
    assert shell.prompt == query_shell.PROMPT
    printed = capsys.readouterr()
    assert printed.out.startswith("sql\n")
    assert printed.err.startswith("1 rows in 2 ms, 3 of 4 scanned in 1 of 2 segments; ")


def test_settings_hold_for_what_follows(shell, service):
    shell.take("SET useMultistageEngine = true; SELECT 1;")
    shell.take("SELECT 2;")
    assert [sql for sql, _ in service.asked] == [
        f"SET useMultistageEngine = true;\nSELECT {number};\n" for number in (1, 2)
    ]


def test_a_failure_says_why(shell):
    with pytest.raises(Failure, match=r"UnknownColumnError: nosuch \(code 710\)") as failed:
        shell.take("SELECT nosuch;")
    assert failed.value.code is ExitCode.INVALID


def test_commands(shell, capsys):
    assert shell.take("\\d")
    assert capsys.readouterr().out == "table\nclicks\n"
    shell.take("\\d clicks")
    assert capsys.readouterr().out.splitlines()[1:] == [
        "city,STRING,dimension", "tags,STRING_ARRAY,dimension", "amount,DOUBLE,metric",
    ]  # fmt: skip
    shell.take("\\output json")
    assert shell.output is Output.JSON
    shell.take("\\timing")
    assert not shell.timing
    shell.take("\\nosuch")
    assert "SET k = v;" in capsys.readouterr().err
    assert not shell.take("\\q")


def test_tab_completes_keywords_tables_and_columns(service):
    completion = Completion(service)
    assert [completion.suggestion("c", at) for at in range(5)] == ["case", "cast(", "city", "clicks", "count("]
    assert completion.suggestion("c", 5) is None
    assert completion.suggestion("SEL", 0) == "SELECT"
    assert completion.suggestion("system.q", 0) == "system.queries"
    assert suggestions("AMO", ["amount"]) == ["amount"]


def test_tab_without_a_service_still_knows_keywords():
    nobody_listens = Api("http://127.0.0.1:1")
    assert Completion(nobody_listens).suggestion("SELE", 0) == "SELECT"


def test_history_is_kept_where_state_of_users_belongs(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert history_path() == tmp_path / "crushpad" / "query-history"
    monkeypatch.delenv("XDG_STATE_HOME")
    assert history_path() == Path.home() / ".local" / "state" / "crushpad" / "query-history"
