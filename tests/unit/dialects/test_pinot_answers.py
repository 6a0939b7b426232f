"""What a client gets for Pinot SQL: every answer here comes out of DuckDB."""

import math
from collections.abc import Callable
from datetime import datetime

import pytest

Ask = Callable[..., "object"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # arithmetic is DOUBLE: nothing overflows, nothing raises
        ("Distance + 1", 101.0),
        ("n * n", 1.0),
        ("9223372036854775807 + 1", -(2**63)),
        ("Distance / 8", 12.5),
        ("Distance / 0", math.inf),
        ("-Distance / 0", -math.inf),
        ("mod(-7.5, 2)", -1.5),
        ("2 - 3 - 4", -5.0),
        ("-Distance", -100.0),
        ("ln(0)", -math.inf),
        ("log(10)", math.log(10)),
        ("power(2, 10)", 1024.0),
        ("truncate(2.789, 1)", 2.7),
        ("roundDecimal(2.5)", 3.0),
        ("round(ms, 60000)", 1388571600000),
        ("intDiv(7, 2)", 3),
        ("least(Distance, n)", 1),
        ("greatest(Distance, 2.5)", 100.0),
        # decimals have the digits that BigDecimal gives them; a literal of sums and products is a double there
        ("big + 1", "11.5"),
        ("big - 1", "9.5"),
        ("big * 2", "21.00"),
        ("big * big", "110.25"),
        ("big / 3", "3.5"),
        ("big / 4", "2.6"),
        ("1 / big", "0"),
        ("big + n", "11.5"),
        ("big + 0.25", "10.75"),
        ("big % 4", 2.5),
        # text: positions as Pinot counts them
        ("substr('abcdef', 2)", "cdef"),
        ("substr('abcdef', 2, 4)", "cd"),
        ("substr('abcdef', 2, -1)", "cdef"),
        ("substring('abcdef', 2, 3)", "bcd"),
        ("strpos('abc', 'c')", 2),
        ("strpos('abc', 'x')", -1),
        ("strpos('a-b-c', '-', 2)", 3),
        ("strrpos('abcab', 'ab')", 3),
        ("splitPart('a,,b', ',', 1)", "b"),
        ("splitPart('a,b', ',', 7)", "null"),
        ("split('a,,b', ',')", ["a", "b"]),
        ("concat('a', 'b', '-')", "a-b"),
        ("concat_ws(':', 'a', 'b', 'c')", "a:b:c"),
        ("Carrier || '!'", "AA!"),
        ("'it''s'", "it's"),
        ("regexpExtract('foo12', '[a-z]+(\\d+)', 1)", "12"),
        ("regexpExtract('foo', '(\\d+)', 1, 'none')", "none"),
        ("regexpReplace('abab', '(a)', '$1x')", "axbaxb"),
        ("REGEXP_LIKE('xaay', 'a+')", True),
        ("Carrier LIKE 'a%'", True),
        ("'a%b' LIKE 'a\\%b'", True),
        ("'axb' LIKE 'a\\%b'", False),
        ("lpad(Carrier, 4, '0')", "00AA"),
        ("TRIM(TRAILING 'c' FROM concat(Carrier, 'cc'))", "AA"),
        ("SUBSTRING('abcdef' FROM 3)", "cdef"),
        ("initcap('hello wORLD-foo')", "Hello World-foo"),
        ("CAST(d * 100000000 AS STRING)", "2.5E8"),
        ("CAST(d * 0.00001 AS STRING)", "2.5E-5"),
        ("CAST(-d / 0 AS STRING)", "-Infinity"),
        ("CAST(f AS STRING)", "1.5"),
        ("isJson('')", True),
        ("arrayElementAtInt(nums, 5)", 0),
        ("arrayElementAtString(tags, 5)", ""),
        ("toIso8601(0)", "1970-01-01T00:00:00Z"),
        ("jsonExtractScalar(js, 'a.b', 'STRING')", "x"),
        ("codepoint('A')", 65),
        ("md5(toUtf8('a'))", "0cc175b9c0f1b6a831c399e269772661"),
        ("encodeUrl('a b&')", "a+b%26"),
        ("initcap('hELLO')", "Hello"),
        # casts are Java's
        ("CAST(2.9 AS INT)", 2),
        ("CAST(-2.9 AS LONG)", -2),
        ("CAST(1e300 AS LONG)", 9223372036854775807),
        ("CAST(5000000000 AS INT)", 705032704),
        ("CAST(ts AS LONG)", 1388571630123),
        ("CAST(ts AS STRING)", "2014-01-01 10:20:30.123"),
        ("CAST(1388571630123 AS TIMESTAMP)", datetime(2014, 1, 1, 10, 20, 30, 123000)),
        ("CAST('2014-01-02' AS TIMESTAMP)", datetime(2014, 1, 2)),
        ("CAST('1388571630123' AS TIMESTAMP)", datetime(2014, 1, 1, 10, 20, 30, 123000)),
        ("CAST('TRUE' AS BOOLEAN)", True),
        ("CAST(raw AS STRING)", "abcd"),
        ("CAST(1 AS STRING)", "1"),
        ("CAST(12 AS BIG_DECIMAL)", "12"),
        ("CAST(nums AS STRING_ARRAY)", ["1", "2"]),
        # conditionals
        ("CASE WHEN Distance > 100 THEN 'far' ELSE 'near' END", "near"),
        ("CASE Carrier WHEN 'AA' THEN 1 ELSE 2.5 END", 1.0),
        ("CASE WHEN Distance > 100 THEN 'far' END", ""),
        ("coalesce(Carrier, 'x')", "AA"),
        ("CASE WHEN Distance > 1 THEN NULL ELSE 5 END", 0),
        ("nullif(Carrier, 'AA')", "null"),
        # time
        ("dateTrunc('DAY', ts)", 1388534400000),
        ("dateTrunc('week', ms)", 1388361600000),
        ("DATETRUNC('month', days, 'DAYS')", 16071),
        ("dateTrunc('day', ms, 'MILLISECONDS', 'America/New_York', 'SECONDS')", 1388552400),
        ("year(ts)", 2014),
        ("dayOfWeek(ts)", 3),
        ("hour(ms, 'America/New_York')", 5),
        ("millisecond(ts)", 123),
        ("EXTRACT(YEAR FROM ts)", 2014),
        ("toEpochDays(ms)", 16071),
        ("toEpochHoursRounded(ms, 24)", 385704),
        ("toEpochMinutesBucket(ms, 10)", 2314286),
        ("fromEpochDays(days)", 1388534400000),
        ("timeConvert(days, 'DAYS', 'HOURS')", 385704),
        ("toDateTime(ms, 'yyyy-MM-dd''T''HH:mm:ss.SSS')", "2014-01-01T10:20:30.123"),
        ("fromDateTime('2014-01-02', 'yyyy-MM-dd')", 1388620800000),
        ("fromDateTime('bad', 'yyyy-MM-dd', 'UTC', -1)", -1),
        ("dateTimeConvert(ms, '1:MILLISECONDS:EPOCH', '1:DAYS:EPOCH', '1:DAYS')", 16071),
        *(
            (
                f"dateTimeConvert({moment}, '1:MILLISECONDS:EPOCH', '1:DAYS:SIMPLE_DATE_FORMAT:{pattern}', '{floor}')",
                text,
            )
            for moment, pattern, floor, text in (
                (1700072000142, "yyyyMMdd", "7:DAYS", "20231115"),
                (1700072000142, "yyyyMMdd HH tz(America/New_York)", "1:DAYS", "20231115 00"),
                (1700072000142, "yyyyMMdd HH tz(America/New_York)", "5:HOURS", "20231115 10"),
                (1700072000142, "HH:mm:ss.SSS", "7:MINUTES", "18:07:00.000"),
                (1700072000142, "HH:mm:ss.SSS", "7:SECONDS", "18:13:14.000"),
                (1700072000142, "HH:mm:ss.SSS", "7:MILLISECONDS", "18:13:20.140"),
                (1700072000142, "dd HH:mm", "30:HOURS", "15 00:00"),
            )
        ),
        (
            "dateTimeConvert(ms, 'EPOCH|MILLISECONDS|1', "
            "'1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd HH:mm tz(Europe/Berlin)', '15:MINUTES')",
            "20140101 11:15",
        ),
        (
            "dateTimeConvert('20140102', 'SIMPLE_DATE_FORMAT|yyyyMMdd', '1:MILLISECONDS:EPOCH', '1:DAYS')",
            1388620800000,
        ),
        ("timestampAdd(DAY, 1, ms)", 1388658030123),
        ("dateAdd('month', 1, ts)", 1391250030123),
        ("timestampDiff(MONTH, ts, '2016-01-01')", 23),
        ("dateDiff('DAY', 0, 86399999)", 0),
        ("now() - ago('PT1H')", 3600000.0),
        ("CAST(DATE_TRUNC('day', CAST(ts AS TIMESTAMP)) AS TIMESTAMP)", datetime(2014, 1, 1)),
        # JSON and maps
        ("jsonExtractScalar(js, '$.a.b', 'STRING')", "x"),
        ("jsonExtractScalar(js, '$.zz', 'INT', 0)", 0),
        ("jsonExtractScalar(js, '$.arr[*].k', 'INT_ARRAY')", [1, 2]),
        ("jsonPathLong(js, '$.n')", 5),
        ("m['k']", "v"),
        ("m['missing']", "null"),
        ("JSON_MATCH(js, '\"$.a.b\" = ''x'' AND \"$.n\" > 3')", True),
        ("JSON_MATCH(js, '\"$.arr[*].k\" IN (''2'')')", True),
        ("JSON_MATCH(js, '\"$.zz\" IS NULL')", True),
        # multi-values
        ("arrayLength(tags)", 2),
        ("valueIn(tags, 'b', 'z')", ["b"]),
        ("arrayMax(nums)", 2),
        ("arraySum(nums)", 3.0),
        ("arrayContainsString(tags, 'b')", True),
        ("arrayIndexOfInt(nums, 9)", -1),
        ("ARRAY[1, 2]", [1, 2]),
    ],
)
def test_scalar_expressions(ask, expression: str, expected: object) -> None:
    answer = ask(f'SELECT {expression} FROM t WHERE "$offset" = 10 LIMIT 1')
    assert answer.rows == [(expected,)]


def test_remainder_by_zero_and_zero_by_zero_are_nan(ask) -> None:
    (row,) = ask("SELECT Distance % 0, 0.0 / 0 FROM t LIMIT 1").rows
    assert all(math.isnan(value) for value in row)


def test_aggregates(ask) -> None:
    answer = ask(
        "SELECT count(*), sum(Distance), min(n), max(Distance), avg(Distance), distinctcount(Carrier), "
        "percentile(Distance, 50), percentile95(Distance), percentile(Distance, 100), minmaxrange(Distance), "
        "lastwithtime(Carrier, ts, 'STRING'), mode(Distance), mode(Distance, 'AVG') FROM t"
    )
    assert answer.rows == [(3, 395.0, -7.0, 300.0, 395 / 3, 2, 100.0, 300.0, 300.0, 305.0, "DL", -5.0, 395 / 3)]
    assert answer.types == ["LONG", *["DOUBLE"] * 4, "INT", *["DOUBLE"] * 4, "STRING", "DOUBLE", "DOUBLE"]


def test_sums_of_whole_numbers_do_not_overflow(ask) -> None:
    assert ask("SELECT sum(n), sumlong(Distance) FROM t").rows == [(2.0**63, 395)]


def test_aggregates_over_no_rows_have_pinots_values(ask) -> None:
    answer = ask(
        "SELECT count(*), sum(Distance), min(Distance), max(Distance), avg(Distance), percentile(Distance, 50), "
        "percentileest(Distance, 50), distinctcount(Carrier), mode(Distance), minmaxrange(Distance), stddev_pop(d), "
        "lastwithtime(Distance, ts, 'LONG'), distinctcounthll(Carrier) FROM t WHERE Carrier = 'XX'"
    )
    low, least = -math.inf, -(2**63)
    assert answer.rows == [(0, 0.0, math.inf, low, low, low, least, 0, low, low, low, least, 0)]


def test_percentiletdigest_over_no_rows_is_nan(ask) -> None:
    ((value,),) = ask("SELECT percentiletdigest(Distance, 50) FROM t WHERE Carrier = 'XX'").rows
    assert math.isnan(value)


def test_with_null_handling_aggregates_over_no_rows_are_null(ask) -> None:
    sql = "SELECT count(*), sum(Distance), min(Distance), percentile(Distance, 50) FROM t WHERE Carrier = 'XX'"
    assert ask(sql, null_handling=True).rows == [(0, None, None, None)]


def test_grouping_ordering_and_limits(ask) -> None:
    answer = ask('SELECT Carrier AS "c", COUNT("*") AS \'y\' FROM t GROUP BY c HAVING y > 0 ORDER BY y DESC LIMIT 0, 5')
    assert (answer.names, answer.rows) == (["c", "y"], [("AA", 2), ("DL", 1)])
    assert ask("SELECT Carrier, count(*) FROM t GROUP BY 1 ORDER BY 1 DESC LIMIT 1 OFFSET 1").rows == [("AA", 2)]


def test_an_alias_wins_over_the_column_that_it_hides(ask) -> None:
    answer = ask("SELECT dateTrunc('YEAR', ts) AS ts, count(*) FROM t GROUP BY ts ORDER BY ts")
    assert answer.rows == [(1388534400000, 2), (1420070400000, 1)]
    assert ask("SELECT sum(Distance) AS Distance FROM t GROUP BY Carrier ORDER BY sum(Distance)").rows == [
        (-5.0,),
        (400.0,),
    ]


def test_group_by_without_an_aggregate_is_distinct(ask) -> None:
    answer = ask("SELECT Carrier FROM t GROUP BY Carrier ORDER BY Carrier")
    assert (answer.query.shape, answer.rows) == ("distinct", [("AA",), ("DL",)])
    assert ask("SELECT Carrier FROM t GROUP BY Carrier HAVING Carrier > 'B'").rows == [("DL",)]


def test_a_multi_value_key_counts_a_row_once_for_each_element(ask) -> None:
    answer = ask("SELECT tags, count(*), sum(Distance) FROM t GROUP BY tags ORDER BY tags")
    assert answer.rows == [("a", 1, 100.0), ("b", 2, 400.0), ("c", 1, 300.0), ("null", 1, -5.0)]
    assert answer.types[0] == "STRING"


def test_two_multi_value_keys_give_their_cross_product(ask) -> None:
    rows = ask("SELECT nums, tags, count(*) FROM t WHERE nums > 0 GROUP BY 1, 2 ORDER BY 1, 2").rows
    assert [row[:2] for row in rows] == [(1, "a"), (1, "b"), (2, "a"), (2, "b"), (3, "b"), (3, "c")]


@pytest.mark.parametrize(
    ("condition", "offsets"),
    [
        ("tags = 'b'", [10, 11]),
        ("tags <> 'b'", [0]),
        ("tags NOT IN ('a', 'c')", [0]),
        ("tags = 'a' AND tags = 'b'", [10]),
        ("nums > 1", [10, 11]),
        ("nums BETWEEN 2 AND 2", [10]),
        ("tags LIKE 'B%'", [10, 11]),
    ],
)
def test_conditions_on_multi_values_ask_for_some_element_or_for_none(ask, condition: str, offsets: list[int]) -> None:
    answer = ask(f'SELECT "$offset" FROM t WHERE {condition} ORDER BY "$partition", "$offset"')
    assert sorted(row[0] for row in answer.rows) == sorted(offsets)


def test_multi_value_aggregates_look_at_all_elements(ask) -> None:
    sql = "SELECT countmv(nums), summv(nums), minmv(nums), max(nums), distinctcountmv(tags) FROM t WHERE nums > 0"
    assert ask(sql).rows == [(3, 6.0, 1.0, 3.0, 3)]


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("Distance = '100'", 1),
        ("Distance > 99.5", 2),
        ("Distance < 100.5", 2),
        ("Distance = 1.5", 0),
        ("Distance <> 1.5", 3),
        ("Distance < 3000000000", 3),
        ("Distance > 3000000000", 0),
        ("ts >= '2014-01-05 00:00:00'", 2),
        ("ts = 1388571630123", 1),
        ("ts > ago('P3650D')", 3),
        ("raw = 'abcd'", 1),
        ("raw = 'ABCD'", 1),
        ("flag", 2),
        ("flag = 'true'", 2),
        ("NOT flag", 1),
        ("big = 9.0", 1),
        ("big > 10", 1),
        ("f = 1.5", 1),
        ("Distance < n", 1),
        ("100 = Distance", 1),
        ("Carrier IN ('AA', 'ZZ')", 2),
        ("Distance NOT BETWEEN 0 AND 200", 2),
        ("Carrier LIKE 'a%' AND NOT Carrier LIKE '%b'", 2),
        ("\"group.topic\" = 'x'", 1),
        ("carrier = 'AA' AND T.distance = 100", 1),
        ("Carrier IS NULL", 0),
        ("Carrier IS NOT NULL", 3),
        ("Distance > 1 OR Carrier = 'DL' OR n = 1", 3),
    ],
)
def test_conditions(ask, condition: str, count: int) -> None:
    assert ask(f"SELECT count(*) FROM t WHERE {condition}").rows == [(count,)]


def test_filtered_aggregates(ask) -> None:
    answer = ask("SELECT sum(Distance) FILTER (WHERE Carrier = 'AA'), count(*) FILTER (WHERE flag) FROM t")
    assert answer.rows == [(400.0, 2)]
    assert answer.names == ["sum(Distance) FILTER(WHERE Carrier = 'AA')", "count(*) FILTER(WHERE flag = 'true')"]


def test_select_without_from_is_answered_with_the_literal_as_name(ask) -> None:
    answer = ask("SELECT 1, 'a', now(), 2.5")
    assert (answer.query.table, answer.rows) == ("", [(1, "a", 1_700_000_000_000, 2.5)])
    assert answer.names == ["1", "'a'", "1700000000000", "2.5"]
    assert answer.types == ["INT", "STRING", "LONG", "DOUBLE"]


def test_star_is_alphabetical_and_hides_what_starts_with_a_dollar(ask, schema) -> None:
    assert ask("SELECT * FROM t LIMIT 1").names == sorted(schema)


def test_decimals_sort_as_numbers(ask) -> None:
    assert ask("SELECT big FROM t ORDER BY big").rows == [("0.5",), ("9",), ("10.5",)]


def test_a_missing_json_path_without_a_default_is_an_error_of_the_run(ask) -> None:
    with pytest.raises(Exception, match="Cannot resolve JSON path"):
        ask("SELECT jsonExtractScalar(js, '$.zz', 'STRING') FROM t")


def test_what_stands_around_aggregations_keeps_its_value(ask) -> None:
    items = "CAST(count(*) AS INT), CASE WHEN count(*) > 1 THEN 1.5 END, CASE WHEN count(*) < 1 THEN 'a' END"
    answer = ask(f"SELECT {items}, CAST(max(ms) AS TIMESTAMP) FROM t")
    assert (answer.types, answer.rows) == (["OBJECT"] * 4, [(3, 1.5, None, 1425168000000)])


def test_coalesce_sees_stored_nulls(bound) -> None:
    query = bound("SELECT coalesce(Distance, 5) FROM t", stored_nulls=True)
    assert query.null_flags == {"Distance"}
    assert '"$null.Distance"' in query.select


def test_a_null_list_is_a_group_of_its_own(ask) -> None:
    answer = ask("SELECT nums, count(*) FROM t GROUP BY nums ORDER BY nums", null_handling=True)
    assert [row[0] for row in answer.rows] == [-2147483648, 1, 2, 3]
    assert "coalesce" in answer.query.select


def test_the_least_of_a_null_is_null(ask) -> None:
    items = "least(Distance, CAST(NULL AS INT)), greatest(1, nullif(Distance, 100))"
    answer = ask(f"SELECT {items} FROM t LIMIT 1", null_handling=True)
    assert answer.rows == [(None, None)]
