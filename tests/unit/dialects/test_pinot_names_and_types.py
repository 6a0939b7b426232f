"""What result columns are called and which type they state (contract section 2.3)."""

import pytest


@pytest.mark.parametrize(
    ("item", "name", "data_type"),
    [
        ("COUNT(*)", "count(*)", "LONG"),
        ("count(Distance)", "count(*)", "LONG"),
        ("SUM(Distance)", "sum(Distance)", "DOUBLE"),
        ("min(DISTANCE)", "min(Distance)", "DOUBLE"),
        ("COUNT(DISTINCT Carrier)", "distinctcount(Carrier)", "INT"),
        ("DISTINCT_COUNT_HLL(Carrier)", "distinctcounthll(Carrier)", "LONG"),
        ("PERCENTILE(Distance, 95)", "percentile(Distance, 95.0)", "DOUBLE"),
        ("PERCENTILE95(Distance)", "percentile95(Distance)", "DOUBLE"),
        ("PERCENTILEEST(Distance, 99.9)", "percentileest(Distance, 99.9)", "LONG"),
        ("LASTWITHTIME(Carrier, ts, 'STRING')", "lastwithtime(Carrier,ts,'STRING')", "STRING"),
        ("COUNT(tags)", "countmv(tags)", "LONG"),
        ("SUM(nums)", "summv(nums)", "DOUBLE"),
        ("SUM(ARRAYSUM(nums))", "summv(nums)", "DOUBLE"),
        ("COUNT(DISTINCT tags)", "distinctcountmv(tags)", "INT"),
        ("SUM(Distance * 2)", "mult(sum(Distance),'2')", "DOUBLE"),
        ("count(*) + 1", "plus(count(*),'1')", "LONG"),
        ("distinctcount(Carrier) * count(*)", "times(distinctcount(Carrier),count(*))", "LONG"),
        ("CASE WHEN count(*) > 2 THEN 1 ELSE 0 END", "case(greater_than(count(*),'2'),'1','0')", "OBJECT"),
        ("CAST(sum(n) AS BIGINT)", "cast(sum(n),'LONG')", "OBJECT"),
        ("CAST(sum(n) AS INT) + 1", "plus(cast(sum(n),'INTEGER'),'1')", "DOUBLE"),
        ("greatest(count(*), 5)", "greatest(count(*),'5')", "DOUBLE"),
        ("coalesce(max(n), 0)", "coalesce(max(n),'0')", "OBJECT"),
        ("sum(n) / count(*)", "divide(sum(n),count(*))", "DOUBLE"),
        ("STDDEV_POP(d)", "stddevpop(d)", "DOUBLE"),
        ("ARRAYAGG(Distance, 'INT')", "arrayagg(Distance)", "INT_ARRAY"),
    ],
)
def test_aggregates(bound, item: str, name: str, data_type: str) -> None:
    (column,) = bound(f"SELECT {item} FROM t").output
    assert (column.name, column.data_type) == (name, data_type)


@pytest.mark.parametrize(
    ("item", "name", "data_type"),
    [
        ("carrier", "Carrier", "STRING"),
        ("Distance + n", "plus(Distance,n)", "DOUBLE"),
        ("Distance % 2", "mod(Distance,'2')", "DOUBLE"),
        ("big - 1", "minus(big,'1')", "BIG_DECIMAL"),
        ("big / 3", "divide(big,'3')", "BIG_DECIMAL"),
        ("big % 3", "mod(big,'3')", "DOUBLE"),
        ("DATE_TRUNC('DAY', ts)", "datetrunc('DAY',ts)", "LONG"),
        ("YEAR(ts)", "year(ts)", "INT"),
        ("CAST(ts AS LONG)", "cast(ts,'LONG')", "LONG"),
        ("CAST(ts AS bigint)", "cast(ts,'LONG')", "LONG"),
        ("CAST(d AS INT)", "cast(d,'INTEGER')", "INT"),
        ("CAST(d AS VARCHAR)", "cast(d,'STRING')", "STRING"),
        ("CAST(d AS BIG_DECIMAL)", "cast(d,'DECIMAL')", "BIG_DECIMAL"),
        ("TRIM(LEADING 'A' FROM Carrier)", "trim('LEADING','A',Carrier)", "STRING"),
        ("TRIM(BOTH FROM Carrier)", "trim('BOTH',' ',Carrier)", "STRING"),
        ("SUBSTRING(Carrier FROM 2 FOR 1)", "substring(Carrier,'2','1')", "STRING"),
        ("CAST(d AS string)", "cast(d,'string')", "STRING"),
        ("CASE WHEN flag THEN 1 END", "case(flag,'1','null')", "INT"),
        ("CASE WHEN flag THEN '5' ELSE 1 END", "case(flag,'5','1')", "INT"),
        ("CASE WHEN flag THEN ts ELSE '2020-01-01' END", "case(flag,ts,'2020-01-01')", "TIMESTAMP"),
        (
            "DATETIMECONVERT(ms, 'EPOCH', 'TIMESTAMP', '1:DAYS')",
            "datetimeconvert(ms,'EPOCH','TIMESTAMP','1:DAYS')",
            "LONG",
        ),
        ("EXTRACT(year FROM ts)", "extract('YEAR',ts)", "INT"),
        ("TRIM(Carrier)", "trim('BOTH',' ',Carrier)", "STRING"),
        ("ADD(Distance, 1)", "add(Distance,'1')", "DOUBLE"),
        ("Distance + 1.50", "plus(Distance,'1.5')", "DOUBLE"),
        ("Distance * 1e10", "times(Distance,'1.0E10')", "DOUBLE"),
        ("2 * 3 + Distance", "plus('6',Distance)", "DOUBLE"),
        ("flag IS NOT TRUE", "isnottrue(flag)", "BOOLEAN"),
        ("Carrier = 'AA' IS TRUE", "istrue(equals(Carrier,'AA'))", "BOOLEAN"),
        ("flag = (ts IS NULL)", "equals(flag,is_null(ts))", "BOOLEAN"),
        ("tags", "tags", "STRING_ARRAY"),
        ("ts", "ts", "TIMESTAMP"),
        ("Distance > 5", "greater_than(Distance,'5')", "BOOLEAN"),
        ("m['k']", "item(m,'k')", "STRING"),
        ("upper(Carrier) AS 'loud'", "loud", "STRING"),
        ('"$offset"', "$offset", "LONG"),
    ],
)
def test_plain_expressions(bound, item: str, name: str, data_type: str) -> None:
    (column,) = bound(f"SELECT {item} FROM t").output
    assert (column.name, column.data_type) == (name, data_type)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("flag", "flag = 'true'"),
        ("NOT flag", "(NOT flag = 'true')"),
        ("startsWith(Carrier, 'A')", "startswith(Carrier,'A') = 'true'"),
        ("Distance BETWEEN 1 AND 2", "Distance BETWEEN '1' AND '2'"),
        ("Carrier LIKE 'A%'", "regexp_like(Carrier,'^A','i')"),
        ("Carrier LIKE '%a.b_'", "regexp_like(Carrier,'a\\.b.$','i')"),
        ("Carrier NOT LIKE 'A'", "(NOT regexp_like(Carrier,'^A$','i'))"),
        ("Carrier LIKE '%'", "regexp_like(Carrier,'','i')"),
        ("Carrier LIKE '1\\%b'", "regexp_like(Carrier,'^1\\%b$','i')"),
        ("Carrier IN ('a', 'b') OR ts IS NOT NULL", "(Carrier IN ('a','b') OR ts IS NOT NULL)"),
    ],
)
def test_filters_are_named_as_pinot_prints_them(bound, condition: str, text: str) -> None:
    (column,) = bound(f"SELECT count(*) FILTER (WHERE {condition}) FROM t").output
    assert column.name == f"count(*) FILTER(WHERE {text})"


def test_a_filter_inside_an_expression_is_a_call(bound) -> None:
    (column,) = bound("SELECT count(*) FILTER (WHERE n > 5) / count(*) FROM t").output
    assert column.name == "divide(filter(count(*),greater_than(n,'5')),count(*))"


@pytest.mark.parametrize(
    ("item", "name", "data_type", "value"),
    [
        ("1 + 1", "2", "LONG", 2),
        ("7 / 2", "3.5", "DOUBLE", 3.5),
        ("7 % 4", "3.0", "DOUBLE", 3.0),
        ("2 * 1.50", "3.0", "DOUBLE", 3.0),
        ("1e10", "1.0E10", "DOUBLE", 1e10),
        ("NULL", "null", "UNKNOWN", None),
        ("-5", "-5", "INT", -5),
    ],
)
def test_constants_are_called_what_they_come_to(ask, item: str, name: str, data_type: str, value: object) -> None:
    answer = ask(f"SELECT {item}")
    assert (answer.names, answer.types, answer.rows) == ([name], [data_type], [(value,)])
