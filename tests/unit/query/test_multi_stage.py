"""Several relations in one query: sealed and consuming rows, each table pruned by what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.query.query_house import Asker, House, clicks

STAGES = {"useMultistageEngine": "true"}


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """30 rows: two sealed segments of ten, ten consuming."""
    folder: Path = tmp_path_factory.mktemp("stages")
    house = House(folder)
    house.seal(clicks(0, 10))
    house.seal(clicks(10, 20))
    house.consume(clicks(20, 30))
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


def test_a_table_is_joined_with_itself_over_sealed_and_consuming_rows(ask: Asker) -> None:
    sql = "SELECT a.age, b.age FROM clicks a JOIN clicks b ON a.age = b.age + 15 WHERE a.age >= 28 ORDER BY 1"
    assert ask.rows(sql) == [[28, 13], [29, 14]]


def test_the_answer_is_typed_and_named_as_by_that_engine(ask: Asker) -> None:
    body = ask("SELECT city, count(*), sum(age) FROM clicks GROUP BY city ORDER BY city LIMIT 1", **STAGES)
    assert body["resultTable"]["dataSchema"] == {
        "columnNames": ["city", "EXPR$1", "EXPR$2"],
        "columnDataTypes": ["STRING", "LONG", "LONG"],
    }
    assert body["resultTable"]["rows"] == [["Bern", 10, 135]]


def _segments(body: dict[str, Any]) -> dict[str, int]:
    names = ("numDocsScanned", "numSegmentsQueried", "numSegmentsProcessed")
    return {name: body[name] for name in names}


def test_a_plan_is_explained_by_the_broker_alone(ask: Asker) -> None:
    body = ask("EXPLAIN PLAN WITHOUT IMPLEMENTATION AS JSON FOR SELECT city FROM clicks WHERE age = 3", **STAGES)
    assert body["resultTable"]["dataSchema"]["columnNames"] == ["SQL", "PLAN", "RULE_TIMINGS"]
    assert "TableScan(table=[[clicks]]" in body["resultTable"]["rows"][0][1]
    assert (body["numServersQueried"], body["tablesQueried"]) == (0, [])


def test_an_error_before_the_run_has_no_stages(ask: Asker) -> None:
    body = ask("SELECT nosuch FROM clicks", **STAGES)
    assert [one["errorCode"] for one in body["exceptions"]] == [700]
    assert "stageStats" not in body


def test_the_body_has_the_fields_of_that_engine(ask: Asker) -> None:
    body = ask("SELECT count(*) FROM clicks a, clicks b", **STAGES)
    assert body["resultTable"]["rows"] == [[900]]
    assert body["totalDocs"] == 60
    assert body["tablesQueried"] == ["clicks"]
    assert {"stageStats", "numGroups", "maxRowsInJoin", "maxRowsInJoinReached", "maxRowsInWindow"} <= body.keys()
    assert body["stageStats"] == {
        "type": "MAILBOX_RECEIVE",
        "executionTimeMs": body["realtimeThreadCpuTimeNs"] // 1_000_000,
        "emittedRows": 1,
        "children": [{"type": "LEAF", "table": "clicks", "totalDocs": 60, **_segments(body)}],
    }
    assert body["visibleOffsets"] == {"clicks_REALTIME": {"0": 30}}


def test_each_table_is_pruned_by_its_own_conditions(ask: Asker) -> None:
    body = ask("SELECT a.age FROM clicks a JOIN clicks b ON a.age = b.age WHERE a.age = 3 AND b.age < 9")
    assert body["resultTable"]["rows"] == [[3]]
    assert body["numSegmentsQueried"] == 6
    assert body["numSegmentsPrunedByValue"] == 2  # the second sealed segment, once for each side


def test_there_is_no_limit_that_nobody_asked_for(ask: Asker) -> None:
    assert len(ask.rows("SELECT age FROM clicks", **STAGES)) == 30
    assert len(ask.rows("SELECT age FROM clicks")) == 10


def test_nothing_is_null_unless_a_join_says_so(ask: Asker) -> None:
    sql = "SELECT a.age, b.user FROM clicks a LEFT JOIN (SELECT user, age FROM clicks WHERE age < 2) b ON a.age = b.age"
    assert ask.rows(f"{sql} WHERE a.age BETWEEN 1 AND 2 ORDER BY 1") == [[1, "u1"], [2, None]]


def test_explain_says_what_is_read(ask: Asker) -> None:
    body = ask("EXPLAIN PLAN FOR SELECT a.age FROM clicks a JOIN clicks b ON a.age = b.age WHERE a.age = 3")
    assert body["resultTable"]["dataSchema"]["columnNames"] == ["SQL", "PLAN", "RULE_TIMINGS"]
    ((_, plan, _),) = body["resultTable"]["rows"]
    assert "TableScan(table=[[clicks]], columns=[[age]]" in plan


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT count(*) FROM clicks a JOIN nosuch b ON a.age = b.age", 190),
        ("SELECT age FROM clicks a JOIN clicks b ON a.age = b.age", 700),
        ("SELECT a.nosuch FROM clicks a JOIN clicks b ON a.age = b.age", 700),
        ("SELECT * FROM clicks a JOIN read_parquet('/etc/passwd') b ON 1 = 1", 150),
    ],
)
def test_faults_have_their_codes(ask: Asker, sql: str, code: int) -> None:
    assert [one["errorCode"] for one in ask(sql)["exceptions"]] == [code]


def test_offsets_to_wait_for_are_those_of_one_table(ask: Asker) -> None:
    body = ask("SELECT count(*) FROM clicks a JOIN (SELECT 1 AS one) b ON true", minOffsets="0:30")
    assert body["resultTable"]["rows"] == [[30]]
