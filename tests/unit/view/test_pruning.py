"""Pruning skips only what cannot match, whatever nulls, versions and types there are (P28, P30)."""

import math
import operator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.catalogue import ColumnStats, SegmentEntry
from segments.pruning import PrunableColumn, exact_bounds, prune

OPERATORS = {"=": operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True)
class Where:
    column: str
    op: Any
    values: tuple[Any, ...]

    def holds(self, value: Any) -> bool:
        if value is None:
            return False
        return value in self.values if self.op == "in" else bool(OPERATORS[self.op](value, self.values[0]))


def segment(values, version=1, stats=None, name="c") -> SegmentEntry:
    known = [value for value in values if value is not None]
    found = ColumnStats(min(known, default=None), max(known, default=None), len(values) - len(known))
    columns = {} if stats is False else {name: stats or found}
    return SegmentEntry(
        "s", 0, 0, len(values), len(values), 0, "/s", 1, "", version, "a", 0, 0, None, None, columns, []
    )


def column(data_type="LONG", default: Any = 0, **types: str) -> PrunableColumn:
    versions = {int(version[1:]): word for version, word in types.items()} or {1: data_type}
    return PrunableColumn(data_type, default, versions)


def is_kept(one: SegmentEntry, where: Where, of: PrunableColumn) -> bool:
    return bool(prune([one], [where], {where.column: of}, None).kept)


numbers = st.integers(-5, 5)
conditions = st.one_of(
    st.builds(Where, st.just("c"), st.sampled_from(sorted(OPERATORS)), st.tuples(numbers)),
    st.builds(Where, st.just("c"), st.just("in"), st.lists(numbers, min_size=1, max_size=3).map(tuple)),
)


@given(st.lists(st.none() | numbers, min_size=1, max_size=8), conditions, numbers)
def test_a_segment_with_a_matching_row_is_kept(values, where, default):
    reads_default = any(where.holds(default if value is None else value) for value in values)
    assert is_kept(segment(values), where, column(default=default)) or not reads_default
    reads_null = any(where.holds(value) for value in values)
    assert is_kept(segment(values), where, column(default=None)) or not reads_null


@given(st.lists(numbers, min_size=1, max_size=4), st.sampled_from(sorted(OPERATORS)), numbers)
def test_a_range_without_a_match_is_skipped(values, op, literal):
    where = Where("c", op, (literal,))
    everything = range(min(values), max(values) + 1)
    assert is_kept(segment(values), where, column()) == any(where.holds(value) for value in everything)


def test_rows_written_before_the_column_came_hold_its_default():
    older = segment([1, 2], version=1, stats=False)
    added = column(default=7, v2="LONG")
    assert is_kept(older, Where("c", "=", (7,)), added)
    assert not is_kept(older, Where("c", "=", (8,)), added)
    assert not is_kept(older, Where("c", "=", (7,)), column(default=None, v2="LONG"))


@pytest.mark.parametrize(
    ("old", "new", "kept"), [("INT", "LONG", False), ("LONG", "DOUBLE", True), ("STRING", "LONG", True)]
)
def test_bounds_of_an_older_type_count_only_if_the_order_is_the_same(old, new, kept):
    one = segment([1, 2]) if old != "STRING" else segment(["1", "2"])
    assert is_kept(one, Where("c", "=", (100,)), column(new, v1=old)) is kept


@pytest.mark.parametrize("data_type", ["BIG_DECIMAL", "BYTES", "JSON", "UUID"])
def test_types_whose_bounds_are_ordered_otherwise_prune_nothing(data_type):
    assert is_kept(segment(["10", "9"]), Where("c", "=", ("5",)), column(data_type, "0"))


@pytest.mark.parametrize(
    "stats", [ColumnStats(None, None, 0), ColumnStats(math.nan, 5.0, 0), ColumnStats(0.0, math.nan, 0)]
)
def test_unknown_bounds_prune_nothing(stats):
    assert is_kept(segment([1.0], stats=stats), Where("c", "=", (100.0,)), column("DOUBLE", 0.0))


def test_a_literal_near_a_bound_of_32_bit_floats_is_not_pruned():
    stored = 0.10000000149011612  # what 32 bits make of 0.1
    assert is_kept(segment([stored]), Where("c", "=", (0.1,)), column("FLOAT", 0.0))


def test_a_literal_of_another_kind_prunes_nothing():
    assert is_kept(segment([1, 2]), Where("c", "=", ("x",)), column())


def test_reasons_are_counted_apart():
    segments = [segment([1, 2]), segment([5, 6]), segment([9, 9])]
    pruned = prune(segments, [Where("c", "=", (5,))], {"c": column()}, None)
    assert (len(pruned.kept), pruned.pruned_by_value, pruned.pruned_by_time) == (1, 2, 0)
    by_time = prune(segments, [Where("c", "=", (5,))], {"c": column()}, "c")
    assert (by_time.pruned_by_value, by_time.pruned_by_time) == (0, 2)


def test_bounds_that_were_rounded_do_not_answer_min_and_max():
    rounded = segment(["aa"], stats=ColumnStats("a", "b", 0, exact=False))
    assert exact_bounds(rounded, "c", column("STRING", "null")) is None
    assert exact_bounds(segment([3, None]), "c", column(default=9)) == (3, 9)
