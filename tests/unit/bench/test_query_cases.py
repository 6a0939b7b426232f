"""What is asked: DuckDB's texts run on the data sets, and find something."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from scripts.bench.bare import Bare
from scripts.bench.data.dataset import FIRST_MS
from scripts.bench.data.exponential import RATES, exponential
from scripts.bench.data.lineorder import LINEORDER
from scripts.bench.loading import Loaded
from scripts.bench.queries import clicks, star
from scripts.bench.queries import exponential as spread
from scripts.bench.queries.case import Case, of_table
from scripts.bench.query import clicks_of_a_day, of_clicks, percentiles, span_of

CLICKS = clicks_of_a_day("clicks", 20_000, 20_000)


@pytest.fixture(scope="module")
def some_clicks() -> Bare:
    return Bare.over_rows(CLICKS.arrow())


def finds_something(bare: Bare, asked: Case) -> bool:
    return all(any(row[-1] for row in bare.ask(query.expected)[1]) for query in asked.queries)


def names(cases: Sequence[Case]) -> list[str]:
    return [case.name for case in cases]


def test_every_case_of_the_clicks_finds_rows(some_clicks: Bare) -> None:
    for turn in range(5):
        assert [case.name for case in of_clicks(CLICKS).cases(turn) if not finds_something(some_clicks, case)] == []


def test_literals_move_from_turn_to_turn_and_names_stay() -> None:
    first, second = (of_clicks(CLICKS).cases(turn) for turn in range(2))
    assert names(first) == names(second)
    moved = [one.name for one, other in zip(first, second, strict=True) if one.queries != other.queries]
    assert [name.split()[0] for name in moved] == ["Q2", "Q2", "Q2", "Q2", "Q3", "Q4", "Q5", "Q8"]


def test_a_window_lies_within_the_span() -> None:
    span = span_of(CLICKS, 0)
    for turn in range(200):
        start, end = (int(word) for word in span.window(clicks.HOUR_MS, turn).split() if word.isdigit())
        assert end - start == clicks.HOUR_MS - 1
        assert 0 <= start - FIRST_MS <= span.length_ms - clicks.HOUR_MS


def test_all_thirteen_star_schema_queries_select_something() -> None:
    bare = Bare.over_rows(Loaded("lineorder", LINEORDER, 60_000, 60_000).arrow())
    cases = [*star.cases()]
    assert len(cases) == 13
    assert [case.name for case in cases if not finds_something(bare, case)] == []


@pytest.mark.parametrize("rate", RATES)
def test_the_cases_of_exponential_spread_run_at_every_rate(rate: float) -> None:
    bare = Bare.over_rows(Loaded("exponential", exponential(rate), 5_000, 5_000).arrow())
    assert all(bare.ask(query.bare)[1] for case in spread.cases(rate) for query in case.queries)


def test_the_table_is_named_in_the_text_that_systems_get() -> None:
    (query,) = of_table(clicks.count(), "clicks").queries
    assert query.sql == "SELECT COUNT(*) FROM clicks"
    assert query.bare == "SELECT COUNT(*) FROM t"


def test_percentiles_are_named_by_case() -> None:
    assert percentiles({"Q1": [1.0, 2.0, 3.0]}, {"p50": 50, "p99": 99}) == {"Q1 p50": 2.0, "Q1 p99": 2.98}
