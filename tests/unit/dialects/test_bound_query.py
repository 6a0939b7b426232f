"""What the planner reads off a bound query: columns, certain conditions, shapes, metadata answers, nulls."""

from datetime import datetime
from decimal import Decimal

import pytest

from dialects.bound_query import Predicate, SimpleAggregate


def test_only_the_columns_that_are_used_are_scanned(bound) -> None:
    query = bound('SELECT carrier, sum(n) FROM t WHERE flag GROUP BY carrier ORDER BY max("$offset")')
    assert query.columns == {"Carrier", "n", "flag", "$offset"}
    assert bound("SELECT count(*) FROM t").columns == frozenset()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Distance > 5", [Predicate("Distance", ">", (5,))]),
        ("5 < Distance", [Predicate("Distance", ">", (5,))]),
        ("Distance > 1.5", [Predicate("Distance", ">", (1,))]),
        ("Distance BETWEEN 1 AND 2", [Predicate("Distance", ">=", (1,)), Predicate("Distance", "<=", (2,))]),
        ("Carrier IN ('a', 'b')", [Predicate("Carrier", "in", ("a", "b"))]),
        ("Carrier = 'a' AND n = '7'", [Predicate("Carrier", "=", ("a",)), Predicate("n", "=", (7,))]),
        ("d >= 1", [Predicate("d", ">=", (1.0,))]),
        ("big = 1.50", [Predicate("big", "=", (Decimal("1.50"),))]),
        ("raw = 'ab'", [Predicate("raw", "=", (b"\xab",))]),
        ("ts < 1388534400000", [Predicate("ts", "<", (datetime(2014, 1, 1),))]),
        ("ts >= ago('P1D')", [Predicate("ts", ">=", (datetime(2023, 11, 13, 22, 13, 20),))]),
        ("ms > now() - 1000", [Predicate("ms", ">", (1_699_999_999_000,))]),
        ("CAST(ts AS TIMESTAMP) >= CAST('2014-01-01' AS TIMESTAMP)", [Predicate("ts", ">=", (datetime(2014, 1, 1),))]),
        ("Distance > 5 OR n = 1", []),
        ("NOT Distance > 5", []),
        ("Distance <> 5", []),
        ("tags = 'a'", []),
        ("Distance + 1 > 5", []),
        ("f = 0.1", []),
    ],
)
def test_certain_conditions_are_handed_out_for_pruning(bound, condition: str, expected: list[Predicate]) -> None:
    assert list(bound(f"SELECT n FROM t WHERE {condition}").where) == expected


@pytest.mark.parametrize(
    ("condition", "printed"),
    [
        ("ms >= 5 AND ms < 10", 't."ms" >= 5) AND (t."ms" < 10'),
        ("Distance = '16071'", 't."Distance" = 16071'),
        ("ts >= 1388534400000", "t.\"ts\" >= TIMESTAMP '2014-01-01 00:00:00'"),
        ("d > 1", 't."d" > 1.0e0'),
        ("raw = 'ab'", "t.\"raw\" = '\\xAB'::BLOB"),
    ],
)
def test_comparisons_stay_bare_so_that_scans_can_use_them(bound, condition: str, printed: str) -> None:
    assert printed in bound(f"SELECT n FROM t WHERE {condition}").select


def test_metadata_answers_plain_count_min_max(bound) -> None:
    simple = bound("SELECT count(*), min(n), max(d) FROM t").simple_aggregates
    assert simple == (SimpleAggregate("count", None), SimpleAggregate("min", "n"), SimpleAggregate("max", "d"))


def test_metadata_answers_them_where_bounds_tell_which_rows_are_meant(bound) -> None:
    assert bound("SELECT count(*) FROM t WHERE n > 1 AND n BETWEEN 0 AND 9").simple_aggregates is not None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM t WHERE n > 1 OR n < 0",
        "SELECT count(*) FROM t WHERE n <> 1",
        "SELECT count(*), sum(n) FROM t",
        "SELECT count(*) FROM t HAVING count(*) > 1",
        "SELECT min(nums) FROM t",
        "SELECT min(n) + 1 FROM t",
        "SELECT Carrier, count(*) FROM t GROUP BY Carrier",
        "SELECT count(*) FILTER (WHERE flag) FROM t",
        "SELECT count(*) FROM t LIMIT 0",
    ],
)
def test_nothing_else_is_answered_from_metadata(bound, sql: str) -> None:
    assert bound(sql).simple_aggregates is None


@pytest.mark.parametrize(
    ("sql", "shape"),
    [
        ("SELECT n FROM t", "rows"),
        ("SELECT count(*) FROM t", "aggregate"),
        ("SELECT Carrier, count(*) FROM t GROUP BY Carrier", "group"),
        ("SELECT Carrier FROM t GROUP BY Carrier, n", "group"),
        ("SELECT DISTINCT Carrier FROM t", "distinct"),
        ("SELECT Carrier, n FROM t GROUP BY n, Carrier", "distinct"),
    ],
)
def test_shapes(bound, sql: str, shape: str) -> None:
    assert bound(sql).shape == shape


def test_without_a_limit_ten_rows_come_back(bound) -> None:
    query = bound("SELECT n FROM t")
    assert (query.limit, query.offset) == (10, 0)
    assert query.select.endswith("LIMIT 10")
    assert bound("SELECT n FROM t LIMIT 0").limit == 0
    assert (bound("SELECT n FROM t LIMIT 3, 4").limit, bound("SELECT n FROM t LIMIT 3, 4").offset) == (4, 3)


def test_the_table_is_as_written(bound) -> None:
    assert bound("SELECT t.n FROM db.t_REALTIME AS x").table == "db.t_REALTIME"
    assert bound("SELECT 1").table == ""


def test_stored_nulls_are_asked_through_a_companion_column(bound) -> None:
    query = bound("SELECT n FROM t WHERE Carrier IS NULL", stored_nulls=True)
    assert query.null_flags == {"Carrier"}
    assert 't."$null.Carrier"' in query.select
    assert "FALSE" in bound("SELECT n FROM t WHERE Carrier IS NULL").select


def test_with_null_handling_nulls_are_nulls_and_sort_last(bound) -> None:
    query = bound("SELECT n FROM t WHERE Carrier IS NULL ORDER BY n, d DESC", null_handling=True, stored_nulls=True)
    assert 't."Carrier" IS NULL' in query.select
    assert 'ORDER BY 1 NULLS LAST, t."d" DESC NULLS FIRST' in query.select
    assert query.null_flags == frozenset()
