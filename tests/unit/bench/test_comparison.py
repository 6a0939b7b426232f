"""Asking several in turn: who is asked when, and who was wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from scripts.bench.asking import Refused
from scripts.bench.bare import Answer
from scripts.bench.comparison import ROUNDS_MIN, WARM_ROUNDS, Ask, Comparison, in_turn
from scripts.bench.queries.case import Case, Query

ONE, TWO = Query("one", "one"), Query("two", "two")


def answering(rows: list[list[object]], log: list[str], name: str) -> Ask:
    def ask(query: Query) -> Answer:
        log.append(f"{name} {query.sql}")
        return 1.5, rows

    return ask


def refusing(query: Query) -> Answer:
    raise Refused(query.sql, 503, "no")


def compared(askers: dict[str, Ask], queries: Sequence[Query] = (ONE,)) -> tuple[Comparison, dict[str, list[float]]]:
    comparison = Comparison(askers, lambda _query: [[7]], seconds=0)
    return comparison, comparison.of(Case("some", tuple(queries)))


def test_each_round_asks_everybody_the_same_and_begins_with_another() -> None:
    log: list[str] = []
    in_turn({name: answering([], log, name) for name in "ab"}, (ONE, TWO), seconds=0)
    assert log[:6] == ["a two", "b two", "b one", "a one", "a two", "b two"]


def test_the_first_rounds_do_not_count() -> None:
    log: list[str] = []
    found = in_turn({"a": answering([], log, "a")}, (ONE,), seconds=0)
    assert found == {"a": [1.5] * ROUNDS_MIN}
    assert len(log) == WARM_ROUNDS + ROUNDS_MIN


def test_a_wrong_answer_is_counted_said_and_timed(capsys: pytest.CaptureFixture[str]) -> None:
    comparison, found = compared({"good": answering([[7]], [], "good"), "bad": answering([[8]], [], "bad")})
    assert comparison.wrong == {"bad": 1}
    assert set(found) == {"good", "bad"}
    assert "bad is wrong at some: [8] is not [7]" in capsys.readouterr().err


def test_who_refuses_is_counted_and_not_timed() -> None:
    comparison, found = compared({"good": answering([[7]], [], "good"), "bad": refusing})
    assert comparison.wrong == {"bad": 1}
    assert set(found) == {"good"}


def test_every_query_of_a_case_is_checked_once_the_times_are_taken() -> None:
    log: list[str] = []
    comparison, _ = compared({"bad": answering([[8]], log, "bad")}, (ONE, TWO))
    assert comparison.wrong == {"bad": 2}
    assert (log[0], log[-1]) == ("bad one", "bad two")
