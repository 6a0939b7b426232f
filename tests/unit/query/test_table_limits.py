"""What a table config says of queries: time, size, how many, and expressions that stand for others (contract 1.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from query.faults import Unanswerable
from query.jobs import Fault
from query.options import SERVICE_TIMEOUT, QueryOptions
from query.table_limits import TableGuard, limits_of
from segments.catalogue import TableEntry
from tests.unit.query.query_house import Asker, House, clicks

NOW_MS = 1_760_000_000_000


def table(name: str = "t_REALTIME", version: int = 1, **sections: Any) -> TableEntry:
    return TableEntry(name, "i", "active", version, sections, "t", 1, {}, 0, [])


def options(*entries: TableEntry) -> dict[str, str]:
    return dict(TableGuard().admit(entries, NOW_MS))


@pytest.mark.parametrize(
    ("query", "service", "table_says", "took_ms"),
    [
        ({}, {}, None, 10_000),
        ({}, {SERVICE_TIMEOUT: "7000"}, None, 7_000),
        ({}, {SERVICE_TIMEOUT: "7000"}, 60_000, 60_000),
        ({"timeoutMs": "90000"}, {SERVICE_TIMEOUT: "7000"}, 60_000, 90_000),
    ],
)
def test_the_query_says_how_long_it_may_take_else_its_table_else_the_service(
    query: dict[str, str], service: dict[str, str], table_says: int | None, took_ms: int
) -> None:
    said = options(table(query={"timeoutMs": table_says}))
    assert QueryOptions.read({**said, **service, **query}, {}).timeout_ms == took_ms


def test_of_several_tables_the_shortest_time_and_the_smallest_size_count() -> None:
    first = table("a_REALTIME", query={"timeoutMs": 900, "maxQueryResponseSizeBytes": 70})
    second = table("b_REALTIME", query={"timeoutMs": 1000, "maxQueryResponseSizeBytes": 5})
    assert options(first, second) == {"timeoutMs": "900", "maxQueryResponseSizeBytes": "5"}


def test_a_time_beyond_what_may_be_asked_for_is_the_longest_that_may() -> None:
    assert options(table(query={"timeoutMs": 10**12})) == {"timeoutMs": "3600000"}


def test_a_section_that_cannot_be_read_limits_nothing() -> None:
    assert limits_of(table(query={"timeoutMs": "${UNKNOWN}"})).options == {}


def admitted(guard: TableGuard, entry: TableEntry, now_ms: int, queries: int) -> int:
    refused: list[Fault] = []
    for _ in range(queries):
        try:
            guard.admit([entry], now_ms)
        except Unanswerable as error:
            refused.append(error.fault)
    assert {fault.code for fault in refused} <= {429}
    return queries - len(refused)


@pytest.mark.parametrize(("rate", "first", "later"), [("5", 5, 5), (2.5, 2, 2), ("0.5", 1, 0)])
def test_a_table_takes_so_many_queries_a_second(rate: str | float, first: int, later: int) -> None:
    guard, entry = TableGuard(), table(quota={"maxQueriesPerSecond": rate})
    assert admitted(guard, entry, NOW_MS, 20) == first
    assert admitted(guard, entry, NOW_MS + 1_000, 20) == later


def test_a_new_config_holds_at_once_and_other_tables_have_quotas_of_their_own() -> None:
    guard = TableGuard()
    assert admitted(guard, table(quota={"maxQueriesPerSecond": 1}), NOW_MS, 9) == 1
    assert admitted(guard, table("other", quota={}), NOW_MS, 9) == 9
    assert admitted(guard, table(version=2, quota={}), NOW_MS, 9) == 9


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., Asker]]:
    made: list[Asker] = []

    def asker(**sections: Any) -> Asker:
        house = House(tmp_path)
        house.sections = sections
        house.seal(clicks(0, 6))
        house.publish()
        made.append(Asker(house))
        return made[0]

    yield asker
    made[0].close()


def test_an_answer_beyond_the_size_that_its_table_allows_is_an_error(ask: Callable[..., Asker]) -> None:
    asker = ask(query={"maxQueryResponseSizeBytes": 20})
    (error,) = asker("SELECT user, city, ts FROM clicks")["exceptions"]
    assert error["errorCode"] == 245
    assert asker.rows("SELECT user FROM clicks LIMIT 1", maxQueryResponseSizeBytes="100000") == [["u0"]]


def test_a_query_too_many_is_429(ask: Callable[..., Asker]) -> None:
    asker = ask(quota={"maxQueriesPerSecond": "0.001"})
    assert asker.rows("SELECT COUNT(*) FROM clicks_REALTIME") == [[6]]
    (error,) = asker("SELECT COUNT(*) FROM clicks JOIN clicks AS o ON 1=1", useMultistageEngine="true")["exceptions"]
    assert error["errorCode"] == 429
    assert asker.rows("SELECT 1") == [[1]], "no table is asked"


def test_an_expression_may_stand_for_another_one(ask: Callable[..., Asker]) -> None:
    asker = ask(query={"expressionOverrideMap": {"upper(city)": "city", "no ) expression": "x"}})
    assert asker.rows("SELECT UPPER(city), COUNT(*) FROM clicks WHERE upper(city) = 'Bern' GROUP BY upper(city)") == [
        ["Bern", 2]
    ]
    assert asker.rows("SELECT upper(user) FROM clicks LIMIT 1") == [["U0"]]
