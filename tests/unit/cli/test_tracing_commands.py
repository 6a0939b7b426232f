"""`crushpad trace` and `crushpad ledger verify`: forms of the data, talk apart from it, exit codes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.cli.conftest import Finished, Service

Run = Callable[..., Finished]

TRACE = "GET /tables/clicks/trace?partition=0&offset=7"
LEDGER = "GET /tables/clicks/ledger?deep=false"


def traced(fate: str, **more: Any) -> dict[str, Any]:
    return {"fate": fate, "sentence": "it is what it is", "advice": None, "rows": [], **more}


def proof(*violations: str, looked: bool = True, unasked: tuple[str, ...] = ()) -> dict[str, Any]:
    found = [{"name": name, "sequence": 1, "sentence": f"{name} happened"} for name in violations]
    checks = [
        {"check": "chain", "invariant": "I2", "claim": "it chains", "looked": looked, "holds": not found,
         "violations": found}
    ]  # fmt: skip
    numbers = {"start": 0, "visibleEnd": 9, "committedEnd": 5, "segments": 1, "rows": 8, "rejects": 1, "gaps": []}
    partition = {"partition": 0, "holds": not found, "checks": checks, "notLookedAt": list(unasked), **numbers}
    return {"table": "clicks_REALTIME", "holds": not found, "partitions": [partition]}


def test_a_trace_is_a_line_for_each_value_and_nulls_say_nothing(crushpad: Run, service: Service):
    service.says(TRACE, traced("visible", rows=[{"city": "Rom\x1b[0m", "tags": ["a", "b"], "amount": None}]))

    ended = crushpad("trace", "clicks", "0", "7", "--endpoint", service.endpoint)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert [line.split(None, 1) for line in ended.stdout.splitlines()] == [
        ["name", "value"],
        ["fate", "visible"],
        ["sentence", "it is what it is"],
        ["rows[0].city", "Rom\\x1b[0m"],
        ["rows[0].tags[0]", "a"],
        ["rows[0].tags[1]", "b"],
    ]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_a_trace_is_data_for_programs(crushpad: Run, service: Service, form: str):
    document = traced("visible", rows=[{"city": "Łódź"}])
    service.says(TRACE, document)

    printed = crushpad("trace", "clicks", "0", "7", "--endpoint", service.endpoint, "--output", form).stdout

    if form == "csv":
        assert ["rows[0].city", "Łódź"] in list(csv.reader(io.StringIO(printed)))
    else:
        assert json.loads(printed) == document
        assert (len(printed.splitlines()) == 1) is (form == "jsonl")


@pytest.mark.parametrize(
    ("fate", "code"),
    [("visible", 0), ("rejected", 0), ("lost", 0), ("beyond-the-end", 3), ("missing", 6), ("not-known", 1)],
)
def test_the_exit_code_of_a_trace_is_that_of_the_fate(crushpad: Run, service: Service, fate: str, code: int):
    service.says(TRACE, traced(fate))

    ended = crushpad("trace", "clicks", "0", "7", "--endpoint", service.endpoint)

    assert ended.returncode == code
    assert fate in ended.stdout
    assert ("it is what it is" in ended.stderr) is (code != 0)


@pytest.mark.parametrize("arguments", [("0", "-1"), ("zero", "0"), ("-1", "0"), ("0",)])
def test_what_is_no_place_is_a_usage_error(crushpad: Run, arguments: tuple[str, ...]):
    assert crushpad("trace", "clicks", *arguments).returncode == 2


@pytest.mark.parametrize(
    ("answer", "code", "result", "said"),
    [
        (proof(), 0, "holds", "8 rows, 1 rejects"),
        (proof("chain-hole"), 6, "violated", "does not hold: chain-hole"),
        (proof(looked=False, unasked=("Kafka's offsets: nobody answers",)), 1, "not looked", "nobody answers"),
        (proof("chain-hole", unasked=("Kafka's offsets: nobody answers",)), 6, "violated", "chain-hole"),
    ],
)
def test_a_ledger_is_a_line_for_each_check_and_ends_with_what_was_found(
    crushpad: Run, service: Service, answer: dict[str, Any], code: int, result: str, said: str
):
    service.says(LEDGER, answer)

    as_table = crushpad("ledger", "verify", "clicks", "--endpoint", service.endpoint)
    as_rows = crushpad("ledger", "verify", "clicks", "--endpoint", service.endpoint, "--output", "jsonl")

    assert as_table.returncode == as_rows.returncode == code
    assert said in as_table.stderr
    (row,) = [json.loads(line) for line in as_rows.stdout.splitlines()]
    assert (row["partition"], row["invariant"], row["check"], row["result"]) == (0, "I2", "chain", result)
    assert ("chain-hole happened" in row["detail"]) is (code == 6)


def test_the_whole_proof_is_one_document(crushpad: Run, service: Service):
    service.says(LEDGER, proof())

    ended = crushpad("ledger", "verify", "clicks", "--endpoint", service.endpoint, "--output", "json")

    assert json.loads(ended.stdout) == proof()
