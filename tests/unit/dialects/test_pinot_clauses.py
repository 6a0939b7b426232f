"""Clauses of the single-stage engine over rows: groups, sets of groups, order, what Pinot rewrites (section 2.2)."""

import pytest

from dialects.faults import SyntaxFault


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (
            "SELECT Carrier, flag, count(*) FROM t GROUP BY ROLLUP(Carrier, flag)",
            {("AA", False, 1), ("AA", True, 1), ("AA", None, 2), ("DL", True, 1), ("DL", None, 1), (None, None, 3)},
        ),
        (
            "SELECT Carrier c, flag, sum(Distance) FROM t GROUP BY GROUPING SETS ((c), (2), ())",
            {("AA", None, 400.0), ("DL", None, -5.0), (None, False, 300.0), (None, True, 95.0), (None, None, 395.0)},
        ),
        (
            "SELECT Carrier, GROUPING_ID(Carrier, flag), count(*) FROM t GROUP BY CUBE(Carrier, flag) HAVING flag",
            {("AA", 0, 1), ("DL", 0, 1), (None, 2, 2)},
        ),
        (
            "SELECT CASE WHEN GROUPING(Carrier) = 1 THEN 'all' ELSE Carrier END, count(*) FROM t "
            "GROUP BY ROLLUP((Carrier, flag))",
            {("AA", 1), ("DL", 1), ("all", 3)},
        ),
        ("SELECT flag, count(*) FROM t GROUP BY flag, ROLLUP(Carrier)", {(True, 1), (False, 1), (True, 2)}),
        ("SELECT count(*) FROM t GROUP BY GROUPING SETS (())", {(3,)}),
        ("SELECT Carrier, GROUPING(Carrier) FROM t GROUP BY Carrier", {("AA", 0), ("DL", 0)}),
        ("SELECT tags, nums, count(*) FROM t WHERE nums = 1 GROUP BY tags, nums", {
            ("a", 1, 1), ("a", 2, 1), ("b", 1, 1), ("b", 2, 1),
        }),
    ],
)  # fmt: skip
def test_groups(ask, sql: str, rows: set[tuple[object, ...]]) -> None:
    assert set(ask(sql).rows) == rows


def test_grouping_is_an_int_named_for_its_keys(bound) -> None:
    column = bound("SELECT GROUPING_ID(Carrier, flag), count(*) FROM t GROUP BY ROLLUP(Carrier, flag)").output[0]
    assert (column.name, column.data_type) == ("groupingid(Carrier,flag)", "INT")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT Carrier FROM t GROUP BY Carrier ORDER BY sum(Distance)", [("DL",), ("AA",)]),
        ("SELECT Carrier FROM t GROUP BY Carrier HAVING count(*) > 1", [("AA",)]),
        ("SELECT Carrier, sum(Distance) s FROM t GROUP BY Carrier HAVING s > 0 ORDER BY s", [("AA", 400.0)]),
        ("SELECT Distance FROM t ORDER BY Distance LIMIT 1, 1", [(100,)]),
        (
            "SELECT Carrier, sum(Distance * 2) FROM t GROUP BY 1 ORDER BY sum(Distance * 2)",
            [("DL", -10.0), ("AA", 800.0)],
        ),
    ],
)
def test_order_and_conditions_of_groups(ask, sql: str, rows: list[tuple[object, ...]]) -> None:
    assert ask(sql).rows == rows


@pytest.mark.parametrize(
    ("item", "name", "value"),
    [
        ("sum(Distance * 2)", "mult(sum(Distance),'2')", 790.0),
        ("sum(2 * Distance)", "mult(sum(Distance),'2')", 790.0),
        ("sum(Distance + 1)", "add(sum(Distance),mult('1',count(Distance)))", 398.0),
        ("sum(1 - Distance)", "sub(mult('1',count(Distance)),sum(Distance))", -392.0),
        ("avg(Distance - 1)", "sub(avg(Distance),'1')", 395 / 3 - 1),
        ("min(3 - Distance)", "sub('3',max(Distance))", -297.0),
        ("max(Distance * -2)", "mult(min(Distance),'-2')", 10.0),
        # only a column and a number, and only where it is the whole item
        ("sum(Distance * n)", "sum(times(Distance,n))", 2.767011611056433e21),
        ("sum(Distance * 2) / count(*)", "divide(sum(times(Distance,'2')),count(*))", 790 / 3),
    ],
)
def test_constants_leave_aggregations(ask, item: str, name: str, value: float) -> None:
    answer = ask(f"SELECT {item} FROM t")
    assert answer.names == [name]
    assert answer.rows == [(pytest.approx(value),)]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT DISTINCT * FROM t", "name each column"),
        ("SELECT Carrier FROM t ORDER BY tags", "multi-value expression 'tags'"),
        ("SELECT Carrier FROM t GROUP BY CUBE(Carrier)", "at least one aggregation"),
        ("SELECT tags, count(*) FROM t GROUP BY ROLLUP(tags)", "in every grouping set"),
        ("SELECT Carrier, GROUPING(flag), count(*) FROM t GROUP BY ROLLUP(Carrier)", "should appear in GROUP BY"),
    ],
)
def test_what_is_refused(bound, sql: str, words: str) -> None:
    with pytest.raises(SyntaxFault, match=words):
        bound(sql)


@pytest.mark.parametrize("clauses", ["", " WHERE Distance > 100", " LIMIT 5", " GROUP BY Carrier"])
def test_constants_are_one_row_whatever_they_are_asked_of(ask, clauses: str) -> None:
    answer = ask(f"SELECT 1 + 1, 'a' AS x FROM t{clauses}")
    assert (answer.names, answer.rows) == (["2", "x"], [(2, "a")])


def test_a_constant_beside_a_column_is_in_every_row(ask) -> None:
    assert ask("SELECT 1, Carrier FROM t").rows == [(1, "AA"), (1, "AA"), (1, "DL")]


@pytest.mark.parametrize(
    "tail", ["LIMIT 1 OFFSET 1", "LIMIT 1, 1", "OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY", "OFFSET 1 LIMIT 1"]
)
def test_rows_are_passed_over_in_every_spelling(ask, tail: str) -> None:
    assert ask(f"SELECT Distance FROM t ORDER BY Distance {tail}").rows == [(100,)]


def test_fetch_is_a_limit(ask) -> None:
    assert ask("SELECT Distance FROM t ORDER BY Distance FETCH FIRST 2 ROWS ONLY").rows == [(-5,), (100,)]
