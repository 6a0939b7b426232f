"""Rejected records can be asked for: which, why, and where in the stream they were (I6)."""

import pytest

from tests.unit.query.query_house import Asker, House, clicks


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("house"))
    house.seal(clicks(0, 10), rejects=[(3, "not a number", "$.age"), (7, "not JSON", "")])
    file = house.consume(clicks(10, 15))
    house.reject(file, "too long", "$.user")
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


def test_rejects_of_sealed_and_consuming_segments_are_rows(ask):
    body = ask('SELECT * FROM rejects ORDER BY "offset"')
    assert body["resultTable"] == {
        "dataSchema": {
            "columnNames": ["field", "offset", "partition", "reason", "table", "timestamp"],
            "columnDataTypes": ["STRING", "LONG", "INT", "STRING", "STRING", "TIMESTAMP"],
        },
        "rows": [
            ["$.age", 3, 0, "not a number", "clicks_REALTIME", "2026-01-01 00:00:00.003"],
            ["", 7, 0, "not JSON", "clicks_REALTIME", "2026-01-01 00:00:00.007"],
            ["$.user", 15, 0, "too long", "clicks_REALTIME", "2026-01-01 00:00:00.015"],
        ],
    }


def test_rejects_are_counted_by_table_and_reason(ask):
    rows = ask.rows(
        "SELECT reason, count(*) FROM rejects WHERE \"table\" = 'clicks_REALTIME' GROUP BY reason ORDER BY reason"
    )
    assert rows == [["not JSON", 1], ["not a number", 1], ["too long", 1]]


def test_another_table_has_none(ask):
    body = ask("SELECT count(*) FROM rejects WHERE \"table\" = 'other_REALTIME'")
    assert body["resultTable"]["rows"] == [[0]]
    assert body["totalDocs"] == 0


def test_rejects_are_no_rows_of_the_table(ask):
    assert ask.rows("SELECT count(*) FROM clicks WHERE age >= 0") == [[15]]


def test_explain_shows_what_would_be_read(ask):
    body = ask("EXPLAIN PLAN FOR SELECT city, count(*) FROM clicks WHERE age > 5 GROUP BY city")
    assert body["resultTable"]["dataSchema"] == {
        "columnNames": ["Operator", "Operator_Id", "Parent_Id"],
        "columnDataTypes": ["STRING", "INT", "INT"],
    }
    assert body["resultTable"]["rows"] == [
        ["BROKER_REDUCE(limit:10)", 1, 0],
        ["COMBINE_GROUP_BY", 2, 1],
        ["PLAN_START(numSegmentsForThisPlan:2)", -1, -1],
        ["GROUP_BY(groupKeys and aggregations:city, count(*))", 3, 2],
        ["PROJECT(age, city)", 4, 3],
        ["DOC_ID_SET", 5, 4],
        ["FILTER_FULL_SCAN(operator:RANGE,predicate:age > '5')", 6, 5],
    ]
    assert body["numDocsScanned"] == 0


def test_explain_says_when_metadata_answers(ask):
    rows = ask.rows("EXPLAIN PLAN FOR SELECT count(*) FROM clicks")
    assert [row[0] for row in rows][-1] == "AGGREGATE_NO_SCAN"


def test_explain_of_literals_is_the_brokers_alone(ask):
    assert ask.rows("EXPLAIN PLAN FOR SELECT 1") == [["BROKER_EVALUATE", 0, -1]]
