"""The multi-stage engine's SQL: what each statement answers over two small tables, with names and types of columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import duckdb
import pytest

from dialects.bound_query import Predicate
from dialects.column_types import ColumnType
from dialects.faults import QueryFault, TableFault
from dialects.pinot import StageStatement, parse_query
from dialects.stages.binding import bind_stages
from dialects.stages.relation import BoundStages

TABLES: dict[str, Mapping[str, ColumnType]] = {
    "trips": {
        "k": ColumnType("INT"),
        "v": ColumnType("LONG"),
        "s": ColumnType("STRING"),
        "d": ColumnType("DOUBLE"),
        "tags": ColumnType("STRING", True),
        "ts": ColumnType("TIMESTAMP"),
    },
    "names": {"k": ColumnType("INT"), "name": ColumnType("STRING")},
}
ROWS = {
    "trips": """SELECT * FROM (VALUES
        (1, 10::BIGINT, 'x', 1.5::DOUBLE, ['p', 'q'], TIMESTAMP '2020-01-01'),
        (2, 20, 'y', 2.5, ['p'], TIMESTAMP '2020-01-02'),
        (3, 30, 'x', 3.5, ['r'], TIMESTAMP '2020-01-03')) AS t(k, v, s, d, tags, ts)""",
    "names": "SELECT * FROM (VALUES (1, 'one'), (2, 'two'), (4, 'four')) AS t(k, name)",
}


def bound(sql: str) -> BoundStages:
    statement = parse_query(sql, stages=True)
    assert isinstance(statement, StageStatement)
    return bind_stages(statement, columns, 1_600_000_000_000)


def columns(written: str) -> Mapping[str, ColumnType]:
    if written not in TABLES:
        raise TableFault
    return TABLES[written]


def answered(sql: str) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    """((name, type) of each column, rows); each relation has exactly the columns that the binding asks for."""
    query = bound(sql)
    relations = []
    for scan in query.scans:
        named = ", ".join(f'"{name}"' for name in sorted(scan.columns)) or "1"
        relations.append((scan.relation, f"SELECT {named} FROM ({ROWS[scan.written]})"))
    rows = duckdb.connect().execute(query.with_relations(relations)).fetchall()
    return [(column.name, column.data_type) for column in query.output], rows


# fmt: off
CASES = {
    "inner join": (
        "SELECT t.s, count(*), sum(t.v) FROM trips t JOIN names n ON t.k = n.k GROUP BY t.s ORDER BY 1",
        [("s", "STRING"), ("EXPR$1", "LONG"), ("EXPR$2", "LONG")], [("x", 1, 10), ("y", 1, 20)]),
    "left join": (
        "SELECT t.k, name FROM trips t LEFT OUTER JOIN names n ON t.k = n.k ORDER BY t.k",
        [("k", "INT"), ("name", "STRING")], [(1, "one"), (2, "two"), (3, None)]),
    "right join": (
        "SELECT n.k, t.v FROM trips t RIGHT JOIN names n ON t.k = n.k ORDER BY n.k",
        [("k", "INT"), ("v", "LONG")], [(1, 10), (2, 20), (4, None)]),
    "full join using": (
        "SELECT k, v, name FROM trips FULL JOIN names USING (k) ORDER BY k",
        [("k", "INT"), ("v", "LONG"), ("name", "STRING")],
        [(1, 10, "one"), (2, 20, "two"), (3, 30, None), (4, None, "four")]),
    "natural join": (
        "SELECT * FROM names NATURAL JOIN (SELECT k, v FROM trips) AS t ORDER BY k",
        [("k", "INT"), ("name", "STRING"), ("v", "LONG")], [(1, "one", 10), (2, "two", 20)]),
    "cross join": ("SELECT count(*) FROM trips CROSS JOIN names", [("EXPR$0", "LONG")], [(9,)]),
    "tables with a comma between": (
        "SELECT a.k, b.k FROM trips a, trips b WHERE a.k = b.k + 1 ORDER BY 1",
        [("k", "INT"), ("k", "INT")], [(2, 1), (3, 2)]),
    "semi join": ("SELECT t.k FROM trips t LEFT SEMI JOIN names n ON t.k = n.k ORDER BY 1", [("k", "INT")], [(1,), (2,)]),
    "in a sub-query": ("SELECT k FROM trips WHERE k IN (SELECT k FROM names) ORDER BY k", [("k", "INT")], [(1,), (2,)]),
    "not in a sub-query": ("SELECT k FROM trips WHERE k NOT IN (SELECT k FROM names)", [("k", "INT")], [(3,)]),
    "exists, correlated": (
        "SELECT k FROM trips t WHERE EXISTS (SELECT 1 FROM names n WHERE n.k = t.k AND n.name = 'two')",
        [("k", "INT")], [(2,)]),
    "scalar sub-query, correlated": (
        "SELECT k, (SELECT max(name) FROM names n WHERE n.k = t.k) AS name FROM trips t ORDER BY k",
        [("k", "INT"), ("name", "STRING")], [(1, "one"), (2, "two"), (3, None)]),
    "asof join": (
        "SELECT n.k, t.k FROM names n ASOF JOIN trips t MATCH_CONDITION(n.k >= t.k) ON true ORDER BY 1",
        [("k", "INT"), ("k", "INT")], [(1, 1), (2, 2), (4, 3)]),
    "lateral": (
        "SELECT t.k, l.n FROM trips t CROSS JOIN LATERAL (SELECT name AS n FROM names WHERE names.k = t.k) AS l ORDER BY 1",
        [("k", "INT"), ("n", "STRING")], [(1, "one"), (2, "two")]),
    "unnest": (
        "SELECT t.k, u.tag FROM trips t CROSS JOIN UNNEST(t.tags) AS u(tag) ORDER BY 1, 2",
        [("k", "INT"), ("tag", "STRING")], [(1, "p"), (1, "q"), (2, "p"), (3, "r")]),
    "unnest with places": (
        "SELECT u.tag, u.at FROM trips t CROSS JOIN UNNEST(t.tags) WITH ORDINALITY AS u(tag, at) WHERE t.k = 1 ORDER BY 2",
        [("tag", "STRING"), ("at", "INT")], [("p", 1), ("q", 2)]),
    "elements as keys": (
        "SELECT ARRAY_TO_MV(tags) AS tag, count(*) FROM trips GROUP BY ARRAY_TO_MV(tags) ORDER BY tag",
        [("tag", "STRING"), ("EXPR$1", "LONG")], [("p", 2), ("q", 1), ("r", 1)]),
    "with queries, one used twice": (
        "WITH x AS (SELECT s, sum(v) AS sv FROM trips GROUP BY s), y AS (SELECT max(sv) AS m FROM x) "
        "SELECT x.s, sv FROM x JOIN y ON x.sv = y.m", [("s", "STRING"), ("sv", "LONG")], [("x", 40)]),
    "derived table": (
        "SELECT * FROM (SELECT s, v, rank() OVER (PARTITION BY s ORDER BY v DESC) AS r FROM trips) AS t WHERE r = 1 ORDER BY s",
        [("s", "STRING"), ("v", "LONG"), ("r", "LONG")], [("x", 30, 1), ("y", 20, 1)]),
    "windows": (
        "SELECT k, row_number() OVER (PARTITION BY s ORDER BY v DESC) AS n, "
        "sum(v) OVER (ORDER BY k ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS two, LAG(v, 1, 0) OVER (ORDER BY k) "
        "FROM trips ORDER BY k",
        [("k", "INT"), ("n", "LONG"), ("two", "LONG"), ("EXPR$3", "LONG")], [(1, 2, 10, 0), (2, 1, 30, 10), (3, 1, 50, 20)]),
    "a named window": (
        "SELECT k, sum(v) OVER w AS s FROM trips WINDOW w AS (PARTITION BY s ORDER BY k) ORDER BY k",
        [("k", "INT"), ("s", "LONG")], [(1, 10), (2, 20), (3, 40)]),
    "a window over an aggregation": (
        "SELECT s, SUM(SUM(v)) OVER () AS every FROM trips GROUP BY s ORDER BY s",
        [("s", "STRING"), ("every", "LONG")], [("x", 60), ("y", 60)]),
    "ignore nulls": (
        "SELECT n.k, LAST_VALUE(t.v) IGNORE NULLS OVER (ORDER BY n.k) AS last FROM names n LEFT JOIN trips t ON n.k = t.k ORDER BY 1",
        [("k", "INT"), ("last", "LONG")], [(1, 10), (2, 20), (4, 20)]),
    "qualify": (
        "SELECT k FROM trips QUALIFY ROW_NUMBER() OVER (PARTITION BY s ORDER BY k) = 1 ORDER BY k",
        [("k", "INT")], [(1,), (2,)]),
    "union all, ordered and limited": (
        "SELECT k FROM trips UNION ALL SELECT k FROM names ORDER BY k DESC LIMIT 3", [("k", "INT")], [(4,), (3,), (2,)]),
    "union widens": (
        "SELECT k FROM trips WHERE k = 1 UNION SELECT v FROM trips ORDER BY 1", [("k", "LONG")], [(1,), (10,), (20,), (30,)]),
    "intersect": ("SELECT k FROM trips INTERSECT SELECT k FROM names ORDER BY k", [("k", "INT")], [(1,), (2,)]),
    "left asof join": (
        "SELECT n.k, t.k FROM names n LEFT ASOF JOIN trips t MATCH_CONDITION(n.k > t.k) ON n.k = t.k + 1 ORDER BY 1",
        [("k", "INT"), ("k", "INT")],
        [(1, None), (2, 1), (4, 3)],
    ),
    "frame without its row": (
        "SELECT k, SUM(v) OVER (ORDER BY k ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM trips",
        [("k", "INT"), ("EXPR$1", "LONG")],
        [(1, 20), (2, 40), (3, 20)],
    ),
    "between symmetric": ("SELECT k FROM trips WHERE k BETWEEN SYMMETRIC 2 AND 1 ORDER BY k", [("k", "INT")], [(1,), (2,)]),
    "minus": ("SELECT k FROM trips MINUS SELECT k FROM names", [("k", "INT")], [(3,)]),
    "except": ("SELECT k FROM trips EXCEPT SELECT k FROM names", [("k", "INT")], [(3,)]),
    "rollup": (
        "SELECT s, count(*), GROUPING(s) FROM trips GROUP BY ROLLUP(s) ORDER BY s",
        [("s", "STRING"), ("EXPR$1", "LONG"), ("EXPR$2", "LONG")], [("x", 2, 0), ("y", 1, 0), (None, 3, 1)]),
    "grouping sets": (
        "SELECT s, k, count(*) FROM trips GROUP BY GROUPING SETS ((s), (k), ()) ORDER BY s, k",
        [("s", "STRING"), ("k", "INT"), ("EXPR$2", "LONG")],
        [("x", None, 2), ("y", None, 1), (None, 1, 1), (None, 2, 1), (None, 3, 1), (None, None, 3)]),
    "whole numbers stay whole": (
        "SELECT k + 1, v / 3, k / 2, d / 2, v % 7, -k FROM trips WHERE k = 3",
        [("EXPR$0", "INT"), ("EXPR$1", "LONG"), ("EXPR$2", "INT"), ("EXPR$3", "DOUBLE"), ("EXPR$4", "INT"), ("EXPR$5", "INT")],
        [(4, 10, 1, 1.75, 2, -3)]),
    "whole numbers end at their limits": (
        "SELECT k + 2147483647, k - 2147483647 - 9, k * 2147483647, v * 9223372036854775807, 0 - v * 9223372036854775807 "
        "FROM trips WHERE k = 3",
        [("EXPR$0", "INT"), ("EXPR$1", "INT"), ("EXPR$2", "INT"), ("EXPR$3", "LONG"), ("EXPR$4", "LONG")],
        [(2**31 - 1, -(2**31), 2**31 - 1, 2**63 - 1, -(2**63))]),
    "division by zero": (
        "SELECT k / 0, -v / 0, (k - 3) / 0, k % 0, d / 0 FROM trips WHERE k = 3",
        [("EXPR$0", "INT"), ("EXPR$1", "LONG"), ("EXPR$2", "INT"), ("EXPR$3", "INT"), ("EXPR$4", "DOUBLE")],
        [(2**31 - 1, -(2**63), 0, 0, float("inf"))]),
    "a sum ends at the limits of LONG": (
        "SELECT sum(v * 400000000000000000) FROM trips", [("EXPR$0", "LONG")], [(2**63 - 1,)]),
    "fractions and FLOAT make DOUBLE, decimals too": (
        "SELECT CAST(d AS FLOAT) * 2, CAST(d AS FLOAT) * 1.5, CAST(k AS DECIMAL) / 2, v % k, k % v, add(k, 1), mult(v, 2) "
        "FROM trips WHERE k = 3",
        [("EXPR$0", "FLOAT"), ("EXPR$1", "DOUBLE"), ("EXPR$2", "DOUBLE"), ("EXPR$3", "INT"), ("EXPR$4", "LONG"),
         ("EXPR$5", "INT"), ("EXPR$6", "LONG")], [(7.0, 5.25, 2.0, 0, 3, 4, 60)]),
    "functions of the argument's type": (
        "SELECT abs(k), floor(v), ceil(d), mode(k), sum(CAST(d AS FLOAT)) FROM trips WHERE k = 3 GROUP BY k, v, d",
        [("EXPR$0", "INT"), ("EXPR$1", "LONG"), ("EXPR$2", "DOUBLE"), ("EXPR$3", "INT"), ("EXPR$4", "FLOAT")],
        [(3, 30, 4.0, 3, 3.5)]),
    "literals of moments": (
        "SELECT TIMESTAMP '2020-01-01 10:00:00', DATE '2020-01-01', timestampdiff(HOUR, ts, TIMESTAMP '2020-01-02 00:00:00') "
        "FROM trips WHERE ts < TIMESTAMP '2020-01-02 00:00:00'",
        [("EXPR$0", "TIMESTAMP"), ("EXPR$1", "TIMESTAMP"), ("EXPR$2", "INT")],
        [(datetime(2020, 1, 1, 10), datetime(2020, 1, 1), 24)]),
    "names that are written twice stay": (
        "SELECT a.k, b.k, count(*) FROM trips a JOIN names b ON a.k = b.k WHERE a.k = 1 GROUP BY a.k, b.k",
        [("k", "INT"), ("k", "INT"), ("EXPR$1", "LONG")], [(1, 1, 1)]),
    "names of a star are unique": (
        "SELECT b.k, * FROM names a JOIN names b ON a.k = b.k WHERE a.k = 1",
        [("k", "INT"), ("k0", "INT"), ("name", "STRING"), ("k1", "INT"), ("name0", "STRING")], [(1, 1, "one", 1, "one")]),
    "nothing equals NULL": ("SELECT k FROM trips WHERE k = NULL OR NULL < v OR k = 2", [("k", "INT")], [(2,)]),
    "one group of all rows": ("SELECT max(k) FROM trips GROUP BY ()", [("EXPR$0", "INT")], [(3,)]),
    "NULL alone has no type": ("SELECT NULL AS x", [("x", "UNKNOWN")], [(None,)]),
    "CASE without ELSE of what is read": (
        "SELECT CASE WHEN k > 2 THEN s END, CASE WHEN k > 2 THEN k END FROM trips WHERE k > 1 ORDER BY k",
        [("EXPR$0", "STRING"), ("EXPR$1", "INT")], [("", 0), ("x", 3)]),
    "CASE without ELSE of what is joined": (
        "SELECT CASE WHEN k > 2 THEN k END FROM trips LEFT JOIN names USING (k) WHERE k = 1", [("EXPR$0", "INT")], [(None,)]),
    "types of aggregations": (
        "SELECT sum(k), min(s), max(v), avg(v), sum(d), count(DISTINCT s), count(DISTINCT s, k) FROM trips",
        [("EXPR$0", "LONG"), ("EXPR$1", "STRING"), ("EXPR$2", "LONG"), ("EXPR$3", "DOUBLE"), ("EXPR$4", "DOUBLE"),
         ("EXPR$5", "LONG"), ("EXPR$6", "LONG")], [(6, "x", 30, 20.0, 7.5, 2, 3)]),
    "aggregations over no rows": (
        "SELECT count(*), sum(v), min(v), avg(v) FROM trips WHERE k > 100",
        [("EXPR$0", "LONG"), ("EXPR$1", "LONG"), ("EXPR$2", "LONG"), ("EXPR$3", "DOUBLE")],
        [(0, None, 9223372036854775807, None)]),
    "extremes over no rows": (
        "SELECT min(k), max(k), max(d), min(k) + 1 FROM trips WHERE k > 100",
        [("EXPR$0", "INT"), ("EXPR$1", "INT"), ("EXPR$2", "DOUBLE"), ("EXPR$3", "INT")],
        [(2147483647, -2147483648, float("-inf"), 2147483647)]),
    "extremes over no rows of a projection": (
        "WITH q(x) AS (SELECT k FROM trips WHERE k > 100) SELECT min(x) FROM q", [("EXPR$0", "INT")], [(2147483647,)]),
    "extremes over no rows behind a join": (
        "SELECT min(t.k), max(t.v) FROM trips t JOIN names n ON t.s = n.name",
        [("EXPR$0", "INT"), ("EXPR$1", "LONG")], [(None, None)]),
    "aggregations of a CASE without ELSE": (
        "SELECT count(CASE WHEN k > 1 THEN 1 END), avg(CASE WHEN k > 1 THEN v END), sum(CASE WHEN k > 9 THEN v END), "
        "count(CASE WHEN k > 1 THEN NULL ELSE 'x' END), min(CASE WHEN k > 9 THEN k END) FROM trips",
        [("EXPR$0", "LONG"), ("EXPR$1", "DOUBLE"), ("EXPR$2", "LONG"), ("EXPR$3", "LONG"), ("EXPR$4", "INT")],
        [(2, 25.0, None, 1, 2147483647)]),
    "arithmetic within expressions over a table": (
        "SELECT sum(k / 2), sum(k * 1000000000), max(k * 1000000000), count(DISTINCT k / 4), k / 2 FROM trips "
        "GROUP BY k / 2 ORDER BY 1",
        [("EXPR$0", "LONG"), ("EXPR$1", "LONG"), ("EXPR$2", "INT"), ("EXPR$3", "LONG"), ("EXPR$4", "INT")],
        [(0, 1000000000, 1000000000, 1, 0), (2, 5000000000, 2147483647, 2, 1)]),
    "an average of whole numbers": (
        "SELECT avg(k / 2), avg(d / 2), avg(k / 2) FILTER (WHERE k > 9) FROM trips",
        [("EXPR$0", "DOUBLE"), ("EXPR$1", "DOUBLE"), ("EXPR$2", "DOUBLE")], [(1.0, 1.25, None)]),
    "arithmetic in conditions over a table": (
        "SELECT k FROM trips WHERE k / 2 > 0 AND k * 1000000000 > 2200000000", [("k", "INT")], [(3,)]),
    "arithmetic behind a join": (
        "SELECT sum(t.k / 2) FROM trips t JOIN names n ON t.k = n.k", [("EXPR$0", "LONG")], [(1,)]),
    "the smallest numbers": (
        "SELECT k * -2147483647, k * -2147483648 FROM trips WHERE k = 1",
        [("EXPR$0", "INT"), ("EXPR$1", "INT")], [(-2147483647, -2147483648)]),
    "moments and milliseconds": (
        "SELECT dateadd('HOUR', 1, ts), greatest(k, v), least(k, 0) FROM trips WHERE k = 1",
        [("EXPR$0", "LONG"), ("EXPR$1", "DOUBLE"), ("EXPR$2", "DOUBLE")], [(1577840400000, 10.0, 0.0)]),
    "types of CAST with sizes": (
        "SELECT CAST(d AS DECIMAL(10, 1)), CAST(d AS NUMERIC(5)), CAST(d AS DECIMAL(40, 2)), CAST(s AS VARCHAR(1)), "
        "CAST(k AS CHAR(3)), CAST(k AS SMALLINT), CAST(ts AS DATE) FROM (SELECT k, d, s, ts AS date, ts FROM trips) "
        "WHERE k = 1",
        [("EXPR$0", "DOUBLE"), ("EXPR$1", "DOUBLE"), ("EXPR$2", "BIG_DECIMAL"), ("EXPR$3", "STRING"),
         ("EXPR$4", "STRING"), ("EXPR$5", "INT"), ("EXPR$6", "TIMESTAMP")],
        [(1.5, 1.5, "1.5", "x", "1", 1, datetime(2020, 1, 1))]),
    "one alias for two columns": (
        "SELECT k AS a, v AS a FROM trips WHERE k = 1", [("a", "INT"), ("a", "LONG")], [(1, 10)]),
    "moments in sums": (
        "SELECT ts + 1000, ts - ts FROM trips WHERE k = 1", [("EXPR$0", "LONG"), ("EXPR$1", "TIMESTAMP")],
        [(1577836801000, datetime(1970, 1, 1))]),
    "NULLIF over a table": (
        "SELECT nullif(k, 1), nullif(s, 'x'), count(*) / nullif(count(*), 1), count(nullif(k, 1)) FROM trips "
        "WHERE k = 1 GROUP BY k, s", [("EXPR$0", "INT"), ("EXPR$1", "STRING"), ("EXPR$2", "LONG"), ("EXPR$3", "LONG")],
        [(None, None, None, 0)]),
    "NULLIF of each row": ("SELECT nullif(k, 1), nullif(s, 'x') FROM trips WHERE k = 1", [("EXPR$0", "INT"), ("EXPR$1", "STRING")], [(0, "")]),
    "texts and numbers together": (
        "SELECT k FROM trips WHERE k = 1 UNION ALL SELECT name FROM names WHERE k = 1 ORDER BY k",
        [("k", "STRING")], [("1",), ("one",)]),
    "constants": ("SELECT 1, 'a', 1 + 1", [("EXPR$0", "INT"), ("EXPR$1", "STRING"), ("EXPR$2", "INT")], [(1, "a", 2)]),
    "aliases and ordinals as keys": (
        "SELECT year(ts) AS y, s FROM trips GROUP BY y, 2 ORDER BY s", [("y", "LONG"), ("s", "STRING")],
        [(2020, "x"), (2020, "y")]),
    "hints are comments": (
        "SELECT /*+ joinOptions(join_strategy='lookup') */ count(*) FROM trips t JOIN names n ON t.k = n.k",
        [("EXPR$0", "LONG")], [(2,)]),
    "no limit of its own": ("SELECT count(*) FROM (SELECT a.k FROM trips a, trips b, trips c) AS x", [("EXPR$0", "LONG")], [(27,)]),
}
# fmt: on


@pytest.mark.parametrize("case", CASES)
def test_answers(case: str) -> None:
    sql, output, rows = CASES[case]
    assert answered(sql) == (output, rows)


FAULTS = {
    "an unknown column": ("SELECT nosuch FROM trips", 700),
    "an unknown column in an expression": ("SELECT nosuch + 1 FROM trips", 710),
    "an unknown column in a condition": ("SELECT k FROM trips WHERE nosuch = 1", 710),
    "an unknown column of a table": ("SELECT t.nosuch + 1 FROM trips t", 700),
    "an unknown table": ("SELECT 1 FROM nosuch", 190),
    "an ambiguous column": ("SELECT k FROM trips JOIN names ON trips.k = names.k", 700),
    "a column that is no key": ("SELECT k, count(*) FROM trips", 700),
    "an unknown function": ("SELECT nosuch(t.k) FROM trips t JOIN names n ON t.k = n.k", 700),
    "a window function without OVER": ("SELECT row_number() FROM trips", 700),
    "two columns for one": ("SELECT k FROM trips WHERE k IN (SELECT k, name FROM names)", 700),
    "sides of different width": ("SELECT k FROM trips UNION SELECT k, name FROM names", 700),
    "sides of different types": ("SELECT k FROM trips UNION SELECT tags FROM trips", 700),
    "an aggregation in WHERE": ("SELECT k FROM trips WHERE count(*) > 1", 700),
    "a join without a condition": ("SELECT 1 FROM trips LEFT JOIN names", 150),
    "recursion": ("WITH RECURSIVE x AS (SELECT 1 AS n) SELECT n FROM x", 150),
    "a function as a table": ("SELECT * FROM read_csv('/etc/passwd')", 150),
    "a file as a table": ("SELECT * FROM '/etc/passwd'", 190),
    "a frame that is an expression": (
        "SELECT sum(v) OVER (ORDER BY k ROWS BETWEEN k PRECEDING AND CURRENT ROW) FROM trips",
        150,
    ),
    "values": ("SELECT * FROM (VALUES (1)) AS t", 150),
    "a pivot": ("SELECT * FROM trips PIVOT (sum(v) FOR s IN ('x'))", 150),
    "two statements": ("SELECT 1 FROM trips; SELECT 2 FROM trips", 150),
    "too many queries": ("SELECT 1 " + "UNION ALL SELECT 1 " * 300, 150),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_refused(case: str) -> None:
    sql, code = FAULTS[case]
    with pytest.raises(QueryFault) as fault:
        bound(sql)
    assert fault.value.code == code, fault.value.message


def test_conditions_of_where_prune_the_table_that_they_are_about() -> None:
    scans = bound(
        "SELECT 1 FROM trips t LEFT JOIN names n ON t.k = n.k WHERE t.v > 5 AND n.name = 'one' AND t.k = n.k"
    ).scans
    assert {scan.written: scan.where for scan in scans} == {
        "trips": (Predicate("v", ">", (5,)),),
        "names": (Predicate("name", "=", ("one",)),),
    }


def test_the_right_side_of_an_asof_join_is_not_pruned() -> None:
    """Without the rows that WHERE refuses another row would be the nearest one."""
    sql = "SELECT 1 FROM names n ASOF JOIN trips t MATCH_CONDITION(n.k >= t.k) ON true WHERE t.v > 5 AND n.k = 2"
    assert {scan.written: scan.where for scan in bound(sql).scans} == {
        "names": (Predicate("k", "=", (2,)),),
        "trips": (),
    }


def test_only_columns_that_are_used_are_read() -> None:
    (scan,) = bound("SELECT x.s FROM (SELECT s, k FROM trips WHERE d > 1) AS x").scans
    assert scan.columns == {"s", "k", "d"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a.k FROM trips a JOIN names b ON a.k = b.k",
        "SELECT 1 FROM trips, names",
        "SET useMultistageEngine=true; SELECT k FROM trips",
        "SELECT k FROM trips OPTION(useMultistageEngine=true)",
        "WITH x AS (SELECT 1 AS n) SELECT n FROM x",
        "SELECT sum(v) OVER () FROM trips",
    ],
)
def test_requests_for_the_multi_stage_engine_are_seen(sql: str) -> None:
    assert isinstance(parse_query(sql), StageStatement)


def test_left_and_right_are_functions_too() -> None:
    assert answered("SELECT LEFT(s, 1), right(name, 2) FROM trips JOIN names USING (k) WHERE k = 1")[1] == [("x", "ne")]


@pytest.mark.parametrize(
    ("item", "data_type", "value"),
    [
        ("sum(k)", "LONG", 6),
        ("sum(CAST(d AS DECIMAL))", "BIG_DECIMAL", "7.5"),
        ("max(CAST(v AS DECIMAL) - 9)", "DOUBLE", 21.0),
        ("max(CAST(v AS DECIMAL))", "BIG_DECIMAL", "30.0"),
        ("avg(CAST(d AS DECIMAL))", "BIG_DECIMAL", "2.5"),
        ("min(ts)", "TIMESTAMP", datetime(2020, 1, 1)),
        ("distinctsum(k)", "LONG", 6),
        ("distinctcountmv(tags)", "LONG", 3),
        ("distinctcountsmartull(s)", "LONG", 2),
        ("percentile95(v)", "LONG", 30),
        ("lastwithtime(s, ts, 'STRING')", "STRING", "x"),
        ("sumprecision(d)", "BIG_DECIMAL", "7.5"),
        ("funnelcount(steps(k > 1, k > 2), correlateby(s))", "LONG_ARRAY", [2, 1]),
    ],
)
def test_aggregations_keep_types(item: str, data_type: str, value: object) -> None:
    assert answered(f"SELECT {item} FROM trips") == ([("EXPR$0", data_type)], [(value,)])


def test_a_literal_that_does_not_fit_is_found_in_planning() -> None:
    with pytest.raises(QueryFault, match="QueryPlanningError: Cannot convert value: 'abc' to type: INT") as caught:
        bound("SELECT s FROM trips WHERE k = 'abc'")
    assert caught.value.code == 720
