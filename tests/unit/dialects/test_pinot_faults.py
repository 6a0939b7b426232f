"""Every wrong query gets Pinot's code and a message that says what is wrong."""

import pytest

from dialects.binding import bind
from dialects.faults import MULTI_STAGE_HINT, QueryFault
from dialects.pinot import SQL_MAX_CHARS, parse
from dialects.token_rules import DEPTH_MAX

_PARSING = "SQLParsingError: "


@pytest.mark.parametrize(
    ("sql", "code", "message"),
    [
        ("SELECT nosuch FROM t", 710, "UnknownColumnError: Unknown columnName 'nosuch' found in the query"),
        ("SELECT count(*) FROM t WHERE nosuch = 1", 710, "UnknownColumnError: Unknown columnName 'nosuch' found in the query"),
        ("SELECT Carrier AS x FROM t WHERE x = 'AA'", 710, "UnknownColumnError: Unknown columnName 'x' found in the query"),
        ("SELECT nosuch(Carrier) FROM t", 700, "Unsupported function: nosuch"),
        ("SELECT read_csv('/etc/passwd') FROM t", 700, "Unsupported function: readcsv"),
        ("SELECT count(*) FROM t WHERE Distance = 'abc'", 700, "Cannot convert value: 'abc' to type: INT"),
        ("SELECT count(*) FROM t WHERE ts > 'noon'", 700, "Cannot convert value: 'noon' to type: TIMESTAMP"),
        ("SELECT count(*) FROM t WHERE raw = 'xyz'", 700, "Cannot convert value: 'xyz' to type: BYTES"),
        ("SELECT sum(Carrier) FROM t", 700, "Cannot aggregate values as numbers that are of type STRING"),
        ("SELECT Carrier, FROM t", 150, _PARSING + "Caught exception while parsing query: SELECT Carrier, FROM t: Encountered \"FROM\" at line 1, column 17."),
        ("SELECT upper() FROM t", 700, "Function upper takes 1 arguments, found 0"),
        ("SELECT percentile(Distance, 150) FROM t", 700, "Invalid percentile: 150, it has to be between 0 and 100"),
        ("SELECT CASE WHEN flag THEN Carrier ELSE 1 END FROM t", 700, "Cannot find one type for arguments of types STRING, INT"),
        ("SELECT CASE WHEN flag THEN 'a' ELSE 1 END FROM t", 700, "Cannot convert value: 'a' to type: INT"),
        ("SELECT toDateTime(ts, 'qq') FROM t", 700, "Unsupported letter 'q' in time pattern 'qq'"),
        ("SELECT jsonPathExists(js, '$..a') FROM t", 700, "Unsupported JSON path: '$..a', use $.key, $['key'], [index] and [*]"),
        ("SELECT Carrier, count(*) FROM t", 150, _PARSING + "Columns and Aggregate functions can't co-exist without GROUP BY clause"),
        ("SELECT Carrier FROM t ORDER BY count(*)", 150, _PARSING + "Columns and Aggregate functions can't co-exist without GROUP BY clause"),
        ("SELECT Distance, count(*) FROM t GROUP BY Carrier", 150, _PARSING + "'Distance' should appear in GROUP BY clause."),
        ("SELECT Carrier FROM t GROUP BY Carrier, count(*)", 150, _PARSING + "Aggregate expression 'count(*)' is not allowed in GROUP BY clause."),
        ("SELECT DISTINCT Carrier FROM t ORDER BY Distance", 150, _PARSING + "ORDER-BY columns should be included in the DISTINCT columns"),
        ("SELECT sum(sum(n)) FROM t", 150, _PARSING + "Aggregation sum cannot stand inside an aggregation"),
        ("SELECT Carrier FROM t WHERE sum(n) > 1", 150, _PARSING + "Aggregations cannot stand in WHERE: use HAVING"),
        ("SELECT Carrier FROM t WHERE Distance = NULL", 150, _PARSING + "Using NULL in = filter is not supported"),
        ("SELECT Carrier FROM t ORDER BY 2", 150, _PARSING + "Expected ORDER BY ordinal between 1 and 1, found 2"),
        ("SELECT Carrier a, n a FROM t", 150, _PARSING + "Duplicate alias name found: a"),
        ("SELECT Carrier FROM t LIMIT -1", 150, _PARSING + "LIMIT needs a whole number that is not negative"),
        ("SELECT Carrier FROM t GROUP BY ROLLUP(Carrier)", 150, _PARSING + "GROUP BY with GROUPING SETS, ROLLUP or CUBE needs at least one aggregation"),
        ("SELECT Groovy({x}, Carrier) FROM t", 700, "Groovy functions are not supported: write the expression with Pinot's built-in functions"),
    ],
)  # fmt: skip
def test_the_message_names_what_is_wrong(bound, sql: str, code: int, message: str) -> None:
    with pytest.raises(QueryFault) as fault:
        bound(sql)
    assert (fault.value.code, fault.value.message) == (code, message)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM t a JOIN t b ON a.n = b.n",
        "SELECT Carrier FROM t UNION ALL SELECT Carrier FROM t",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "SELECT * FROM (SELECT * FROM t)",
        "SELECT * FROM t, t",
        "SELECT Carrier FROM t WHERE n IN (SELECT n FROM t)",
        "SELECT row_number() OVER (ORDER BY n) FROM t",
        "SELECT * FROM read_parquet('x')",
    ],
)
def test_what_needs_the_multi_stage_engine_says_so(bound, sql: str) -> None:
    with pytest.raises(QueryFault) as fault:
        bound(sql)
    assert (fault.value.code, fault.value.message) == (150, _PARSING + MULTI_STAGE_HINT)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "   ;  ",
        "SELEC count(*) FROM t",
        "SELECT count(* FROM t",
        "DELETE FROM t",
        "INSERT INTO t VALUES (1)",
        "DROP TABLE t",
        "COPY t TO 'x'",
        "PRAGMA database_list",
        "ATTACH 'x' AS y",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE t",
        "SELECT a::int FROM t",
        "SELECT ? FROM t",
        "SELECT 'open FROM t",
        "SELECT /* open FROM t",
        "SELECT \ud800 FROM t",
        "SELECT '\0' FROM t",
        "SET x; SELECT 1",
        "SET x = 1 2 3; SELECT 1",
        "SET timeoutMs=1",
        "EXPLAIN SELECT 1",
        "SELECT Carrier INTO x FROM t",
        "SELECT Carrier FROM t FOR UPDATE",
        "SELECT TOP 5 Carrier FROM t",
    ],
)
def test_anything_but_one_select_is_150(bound, sql: str) -> None:
    with pytest.raises(QueryFault) as fault:
        bound(sql)
    assert fault.value.code == 150
    assert fault.value.message.startswith(_PARSING)


def test_a_syntax_error_says_where(bound) -> None:
    with pytest.raises(QueryFault, match=r'Encountered "SELEC" at line 2, column 1'):
        bound("-- a comment\nSELEC 1")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 50_000 + "1" + ")" * 50_000,
        "SELECT " + "NOT " * 50_000 + "true",
        "SELECT " + "- " * 50_000 + "1",
        "SELECT " + "abs(" * 200 + "n" + ")" * 200 + " FROM t",
        "SELECT " + "CASE WHEN " * 200 + "1",
        "SELECT n" + "+n" * 10_000 + " FROM t",
        "SELECT n" + "[1]" * 10_000 + " FROM t",
        "SELECT n FROM t WHERE n = " + "9" * 10_000,
        "SELECT n FROM t WHERE n = 1" + " OR n = 1" * 50_000,
        "SELECT '" + "x" * SQL_MAX_CHARS + "'",
    ],
    ids=lambda sql: sql[:20],
)
def test_deep_and_long_texts_are_refused_and_never_crash(bound, sql: str) -> None:
    with pytest.raises(QueryFault) as fault:
        bound(sql)
    assert fault.value.code == 150
    assert len(fault.value.message) < 3000


def test_depth_up_to_the_limit_and_long_lists_are_fine(bound, schema) -> None:
    bound("SELECT " + "(" * (DEPTH_MAX - 1) + "n" + ")" * (DEPTH_MAX - 1) + " FROM t")
    bound("SELECT n FROM t WHERE n = 1" + " OR n = 1" * 5_000)
    bound("SELECT n FROM t WHERE n IN (" + ",".join(map(str, range(50_000))) + ")")
    bind(parse("SELECT n" + " + n" * 90 + " FROM t"), schema, stored_nulls=False, null_handling=False, now_ms=0)
