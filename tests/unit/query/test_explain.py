"""EXPLAIN PLAN FOR: the rows that Pinot's single-stage engine shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.query.query_house import Asker, House, clicks


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    folder: Path = tmp_path_factory.mktemp("explain")
    house = House(folder)
    house.seal(clicks(0, 10))
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


def test_a_group_by_with_a_filter(ask: Asker) -> None:
    body = ask("EXPLAIN PLAN FOR SELECT city, count(*) FROM clicks WHERE age > 5 GROUP BY city")
    assert body["resultTable"]["dataSchema"] == {
        "columnNames": ["Operator", "Operator_Id", "Parent_Id"],
        "columnDataTypes": ["STRING", "INT", "INT"],
    }
    assert body["resultTable"]["rows"] == [
        ["BROKER_REDUCE(limit:10)", 1, 0],
        ["COMBINE_GROUP_BY", 2, 1],
        ["PLAN_START(numSegmentsForThisPlan:1)", -1, -1],
        ["GROUP_BY(groupKeys:city, aggregations:count(*))", 3, 2],
        ["PROJECT(city)", 4, 3],
        ["DOC_ID_SET", 5, 4],
        ["FILTER_FULL_SCAN(operator:RANGE,predicate:age > '5')", 6, 5],
    ]


def test_a_selection_with_order_expressions_and_connectives(ask: Asker) -> None:
    sql = (
        "SELECT city, upper(user) FROM clicks WHERE (city = 'Bern' OR NOT age IN (1, 2)) AND upper(user) = 'U1' "
        "ORDER BY age DESC LIMIT 5"
    )
    assert ask.rows(f"EXPLAIN PLAN FOR {sql}") == [
        ["BROKER_REDUCE(sort:[age DESC],limit:5)", 1, 0],
        ["COMBINE_SELECT_ORDERBY", 2, 1],
        ["PLAN_START(numSegmentsForThisPlan:1)", -1, -1],
        ["SELECT_ORDERBY(selectList:age, city, upper(user))", 3, 2],
        ["TRANSFORM(age, city, upper(user))", 4, 3],
        ["PROJECT(age, city, user)", 5, 4],
        ["DOC_ID_SET", 6, 5],
        ["FILTER_AND", 7, 6],
        ["FILTER_OR", 8, 7],
        ["FILTER_FULL_SCAN(operator:EQ,predicate:city = 'Bern')", 9, 8],
        ["FILTER_FULL_SCAN(operator:NOT_IN,predicate:age NOT IN ('1','2'))", 10, 8],
        ["FILTER_EXPRESSION(operator:EQ,predicate:upper(user) = 'U1')", 11, 7],
    ]


@pytest.mark.parametrize(
    ("sql", "operators"),
    [
        ("SELECT 1", ["BROKER_EVALUATE"]),
        ("SELECT 1 FROM clicks", ["BROKER_EVALUATE"]),
        (
            "SELECT count(*) FROM clicks",
            [
                "BROKER_REDUCE(limit:10)",
                "COMBINE_AGGREGATE",
                "PLAN_START(numSegmentsForThisPlan:1)",
                "AGGREGATE_NO_SCAN",
            ],
        ),
        (
            "SELECT DISTINCT city FROM clicks",
            [
                "BROKER_REDUCE(limit:10)",
                "COMBINE_DISTINCT",
                "PLAN_START(numSegmentsForThisPlan:1)",
                "DISTINCT(keyColumns:city)",
                "PROJECT(city)",
                "DOC_ID_SET",
                "FILTER_MATCH_ENTIRE_SEGMENT(docs:10)",
            ],
        ),
        (
            "SELECT city, sum(age + 1) AS x FROM clicks GROUP BY city HAVING x > 5 ORDER BY x",
            [
                "BROKER_REDUCE(havingFilter:sum(plus(age,'1')) > '5',sort:[sum(plus(age,'1')) ASC],limit:10)",
                "COMBINE_GROUP_BY",
                "PLAN_START(numSegmentsForThisPlan:1)",
                "GROUP_BY(groupKeys:city, aggregations:sum(plus(age,'1')))",
                "TRANSFORM(city, plus(age,'1'))",
                "PROJECT(city, age)",
                "DOC_ID_SET",
                "FILTER_MATCH_ENTIRE_SEGMENT(docs:10)",
            ],
        ),
    ],
)
@pytest.mark.parametrize("form", ["PLAN", "PLAN INCLUDING ALL ATTRIBUTES WITHOUT IMPLEMENTATION AS XML"])
def test_operators(ask: Asker, form: str, sql: str, operators: list[str]) -> None:
    assert [row[0] for row in ask.rows(f"EXPLAIN {form} FOR {sql}")] == operators
