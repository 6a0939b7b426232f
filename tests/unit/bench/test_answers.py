"""When two answers say the same."""

from __future__ import annotations

from scripts.bench.answers import difference


def test_rows_may_come_in_any_order() -> None:
    assert difference([["a", 1], ["b", 2]], [["b", 2], ["a", 1]], 0) is None


def test_numbers_are_equal_within_the_tolerance_whatever_their_type() -> None:
    assert difference([["a", 100.0]], [["a", 101]], 0.01) is None
    assert difference([["a", 100.0]], [["a", 103]], 0.01) == "['a', 100.0] is not ['a', 103]"


def test_rows_are_matched_by_their_texts_before_their_numbers() -> None:
    found = [["a", 1.0000001, 5], ["b", 1.0, 6]]
    assert difference(found, [["b", 1.0000001, 6], ["a", 1.0, 5]], 1e-6) is None


def test_missing_rows_and_other_texts_tell_answers_apart() -> None:
    assert difference([["a"]], [["a"], ["b"]], 0) == "1 rows, not 2"
    assert difference([["a", True]], [["b", True]], 0) == "['a', True] is not ['b', True]"
    assert difference([[None]], [[0]], 0) == "[None] is not [0]"
    assert difference([[1, 2]], [[1]], 0) == "[1, 2] is not [1]"
