"""One request is SET statements around one SELECT, in Pinot's lexical rules."""

import pytest

from dialects.pinot import parse


def test_options_come_from_set_statements_before_or_after_and_from_the_legacy_tail() -> None:
    statement = parse("SET timeoutMs = 5; SELECT a FROM t OPTION(useStarTree=false, x='y'); SET trace = true;")
    assert statement.options == {"timeoutMs": "5", "useStarTree": "false", "x": "y", "trace": "true"}


def test_set_wins_over_the_option_tail() -> None:
    assert parse("SET timeoutMs=1; SELECT a FROM t OPTION(timeoutMs=2)").options == {"timeoutMs": "1"}


def test_names_of_options_ignore_case() -> None:
    assert parse("SET TIMEOUTMS='7'; SELECT 1").options == {"timeoutMs": "7"}


def test_negative_numbers_are_values_of_options() -> None:
    assert parse("SET numGroupsLimit=-1; SELECT 1").options == {"numGroupsLimit": "-1"}


def test_explain_plan_for_is_recognised() -> None:
    assert parse("EXPLAIN PLAN FOR SELECT a FROM t").explain
    assert not parse("SELECT a FROM t").explain


@pytest.mark.parametrize("name", ["day", "type", "language", "public", "count", "year", "value", "status", "option"])
def test_words_that_pinot_does_not_reserve_are_columns(name: str) -> None:
    assert [column.name for column in parse(f"SELECT {name} FROM t").tree.expressions] == [name]


def test_comments_are_skipped_and_hints_are_comments() -> None:
    tree = parse("SELECT /*+ aggOptions(x='y') */ a -- rest\nFROM t /* end */").tree
    assert [column.name for column in tree.expressions] == ["a"]
