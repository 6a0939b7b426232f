"""Aggregations one by one: what they are called, their type and their value (contract sections 2.3, 2.5, 2.6)."""

import math
from base64 import b64decode

import pytest

from dialects.binding import bind
from dialects.faults import ValidationFault
from dialects.pinot import parse


@pytest.mark.parametrize(
    ("item", "name", "data_type", "value"),
    [
        # options beside the value are not part of the name, percents are
        ("distinctcounthll(Carrier, 12)", "distinctcounthll(Carrier)", "LONG", 2),
        ("DISTINCT_COUNT_HLL_PLUS(Carrier)", "distinctcounthllplus(Carrier)", "LONG", 2),
        ("distinctCountULL(tags)", "distinctcountull(tags)", "LONG", 4),
        ("distinctCountSmartULL(Carrier)", "distinctcountsmartull(Carrier)", "INT", 2),
        ("DISTINCTCOUNTTHETASKETCH(Carrier, 'nominalEntries=64')", "distinctcountthetasketch(Carrier)", "LONG", 2),
        ("DISTINCTCOUNTCPCSKETCH(tags, 10)", "distinctcountcpcsketch(tags)", "LONG", 4),
        ("fastHLL(Carrier)", "fasthll(Carrier)", "LONG", 2),
        (
            "PERCENTILETDIGEST(Distance, 50) FILTER (WHERE Distance > 0)",
            "percentiletdigest(Distance, 50.0) FILTER(WHERE Distance > '0')",
            "DOUBLE",
            200.0,
        ),
        ("PERCENTILETDIGEST(Distance, 50, 100)", "percentiletdigest(Distance, 50.0)", "DOUBLE", 100.0),
        ("PERCENTILETDIGEST(Distance, 50, 200)", "percentiletdigest(Distance, 50.0, 200)", "DOUBLE", 100.0),
        ("PERCENTILEKLL(Distance, 50, 800)", "percentilekll(Distance, 50.0)", "DOUBLE", 100.0),
        ("PERCENTILEKLL(Distance, 40)", "percentilekll(Distance, 40.0)", "DOUBLE", 100.0),
        ("PERCENTILEKLL(Distance, 33)", "percentilekll(Distance, 33.0)", "DOUBLE", -5.0),
        ("PERCENTILEKLLMV(nums, 50)", "percentilekllmv(nums, 50.0)", "DOUBLE", 1.0),
        ("PERCENTILEEST(f, 99)", "percentileest(f, 99.0)", "LONG", 1),
        ("PERCENTILEEST(f, 0)", "percentileest(f, 0.0)", "LONG", -1),
        ("LASTWITHTIME(Distance, ts, 'int')", "lastwithtime(Distance,ts,'INT')", "INT", -5),
        ("SUMPRECISION(bigDecimalToBytes(big))", "sumprecision(bigdecimaltobytes(big))", "STRING", "20.0"),
        (
            "ST_AsText(ST_Union(ST_Point(1, days)))",
            "stastext(stunion(stpoint('1',days)))",
            "STRING",
            "MULTIPOINT ((1 16071), (1 16075), (1 16495))",
        ),
        (
            "getThetaSketchEstimate(distinctCountRawThetaSketch(n))",
            "getthetasketchestimate(distinctcountrawthetasketch(n))",
            "LONG",
            3,
        ),
        (
            "getCpcSketchEstimate(distinctCountRawCpcSketch(n))",
            "getcpcsketchestimate(distinctcountrawcpcsketch(n))",
            "LONG",
            3,
        ),
        ("PERCENTILE33(Distance)", "percentile33(Distance)", "DOUBLE", -5.0),
        ("PERCENTILETDIGEST100MV(nums)", "percentiletdigest100mv(nums)", "DOUBLE", 3.0),
        ("PERCENTILEEST50MV(nums)", "percentileest50mv(nums)", "LONG", 2),
        ("MODE(Distance, 'MAX')", "mode(Distance)", "DOUBLE", 300.0),
        ("count(n) + 1", "plus(count(n),'1')", "LONG", 4),
        ("percentile(Distance, 50) + 1", "plus(percentile(Distance,'50'),'1')", "DOUBLE", 101.0),
        # buckets
        ("HISTOGRAM(d, 0, 10, 2)", "histogram(d)", "DOUBLE_ARRAY", [2.0, 0.0]),
        ("HISTOGRAM(d / 0, 0, 10, 2)", "histogram(divide(d,'0'))", "DOUBLE_ARRAY", [0.0, 0.0]),
        ("HISTOGRAM(Distance, 0, 300, 3)", "histogram(Distance)", "DOUBLE_ARRAY", [0.0, 1.0, 1.0]),
        ("HISTOGRAM(Distance, ARRAY[-10, 0, 200, 300])", "histogram(Distance)", "DOUBLE_ARRAY", [1.0, 1.0, 1.0]),
        ("HISTOGRAM(Distance, ARRAY['-Infinity', 0, 'Infinity'])", "histogram(Distance)", "DOUBLE_ARRAY", [1.0, 2.0]),
        # values kept
        ("ARRAYAGG(Distance, 'LONG')", "arrayagg(Distance)", "LONG_ARRAY", [100, 300, -5]),
        ("LISTAGG(Carrier, ';')", "listagg(Carrier)", "STRING", "AA;AA;DL"),
        ("SUMARRAYLONG(nums)", "sumarraylong(nums)", "LONG_ARRAY", [-2147483644, 2]),
        ("SUMARRAYDOUBLE(nums)", "sumarraydouble(nums)", "DOUBLE_ARRAY", [-2147483644.0, 2.0]),
        ("SUMPRECISION(big, 10, 3)", "sumprecision(big)", "STRING", "20.000"),
        ("SUMINT(Distance)", "sumint(Distance)", "LONG", 395),
        ("MINLONG(n)", "minlong(n)", "LONG", -7),
        ("SUMLONG(nums)", "sumlong(nums)", "LONG", -2147483642),
        ("MAXLONG(nums)", "maxlong(nums)", "LONG", 3),
        ("MAXSTRING(Carrier)", "maxstring(Carrier)", "STRING", "DL"),
        # funnels
        (
            "FUNNELCOUNT(STEPS(Distance > 0, Distance > 200), CORRELATEBY(Carrier, flag), SETTINGS('set'))",
            "funnelcount(steps(greater_than(Distance,'0'),greater_than(Distance,'200')),"
            "correlateby(Carrier,flag),settings('set'))",
            "LONG_ARRAY",
            [2, 1],
        ),
        (
            "FUNNELMAXSTEP(ms, 1000000000, 2, Distance = 100, Distance = 300)",
            "funnelmaxstep(1000000000)  (ms, equals(Distance,'100'),equals(Distance,'300'))",
            "INT",
            2,
        ),
        (
            "FUNNELMATCHSTEP(ms, 1000, 2, Distance = 100, Distance = 300)",
            "funnelmatchstep(1000)  (ms, equals(Distance,'100'),equals(Distance,'300'))",
            "INT_ARRAY",
            [1, 0],
        ),
        (
            "FUNNELCOMPLETECOUNT(ms, 1000000000, 2, Distance = 100, Distance = 300, 'mode=strict_order')",
            "funnelcompletecount(1000000000)  (ms, equals(Distance,'100'),equals(Distance,'300'))",
            "INT",
            1,
        ),
        # sets of keys
        (
            "DISTINCTCOUNTTHETASKETCH(Carrier, '', 'Distance > 0', 'Distance < 0', 'SET_INTERSECT($1, $2)')",
            "distinctcountthetasketch(Carrier)",
            "LONG",
            0,
        ),
        (
            "DISTINCTCOUNTTHETASKETCH(n, '', 'Carrier = ''AA''', 'n = 1', 'SET_DIFF(SET_UNION($1, $0), $2)')",
            "distinctcountthetasketch(n)",
            "LONG",
            2,
        ),
        # serialized as Pinot does
        (
            "DISTINCTCOUNTRAWTHETASKETCH(Carrier)",
            "distinctcountrawthetasketch(Carrier)",
            "STRING",
            "AgMDAAAazJMCAAAAAAAAANdfhXubuOpFOxx6X4yb6F0=",
        ),
        (
            "DISTINCTCOUNTRAWHLL(nums, 4)",
            "distinctcountrawhllmv(nums)",
            "STRING",
            "000000040000000c021000000000880000000000",
        ),
        (
            "FREQUENTLONGSSKETCH(Distance, 64) FILTER (WHERE Distance = 100)",
            "frequentlongssketch(Distance) FILTER(WHERE Distance = '100')",
            "STRING",
            "BAEKBgMAAAABAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAGQAAAAAAAAA",
        ),
    ],
)
def test_aggregations(ask, item: str, name: str, data_type: str, value: object) -> None:
    answer = ask(f"SELECT {item} FROM t")
    assert (answer.names, answer.types, answer.rows) == ([name], [data_type], [(value,)])


def test_counts_of_a_column_are_named_for_it_where_nulls_matter(bound) -> None:
    (column,) = bound("SELECT count(n) FROM t", null_handling=True).output
    assert column.name == "count(n)"


_OVER_NO_ROWS = [
    ("count(*)", 0, 0),
    ("sum(Distance)", 0.0, None),
    ("min(Distance)", math.inf, None),
    ("max(Distance)", -math.inf, None),
    ("avg(Distance)", -math.inf, None),
    ("minmaxrange(Distance)", -math.inf, None),
    ("stddev_pop(d)", -math.inf, None),
    ("mode(d)", -math.inf, None),
    ("percentile(Distance, 50)", -math.inf, None),
    ("percentileest(Distance, 50)", -(2**63), None),
    ("distinctsum(Distance)", 0.0, None),
    ("distinctcount(Distance)", 0, 0),
    ("distinctcounthll(Distance)", 0, 0),
    ("distinctcountthetasketch(tags)", 0, 0),
    ("distinctcountthetasketch(n, '', 'n = 1', 'n = 2', 'SET_UNION($1, $2)')", 0, 0),
    ("distinctcountcpcsketch(n)", 0, 0),
    ("summv(nums)", 0.0, None),
    ("countmv(nums)", 0, 0),
    ("histogram(d, 0, 10, 2)", [0.0, 0.0], [0.0, 0.0]),
    ("funnelmaxstep(ms, 10, 1, flag)", 0, 0),
    ("funnelmatchstep(ms, 10, 2, flag, flag)", [0, 0], [0, 0]),
    ("funnelcount(steps(flag), correlateby(n))", [0], [0]),
    ("exprmin(Distance, n)", -(2**31), None),
]


@pytest.mark.parametrize(("item", "off", "on"), _OVER_NO_ROWS)
def test_over_no_rows(ask, item: str, off: object, on: object) -> None:
    sql = f"SELECT {item} FROM t WHERE Distance > 100000"
    assert ask(sql).rows == [(off,)]
    assert ask(sql, null_handling=True).rows == [(on,)]


@pytest.mark.parametrize("nulls", [True, False])
def test_shapes_of_few_and_of_equal_values(ask, nulls: bool) -> None:
    sql = "SELECT skewness(Distance) FILTER (WHERE Distance > 0), kurtosis(days - days), skewness(days - days) FROM t"
    ((few, too_few, same),) = ask(sql, null_handling=nulls).rows
    assert math.isnan(few)
    assert math.isnan(too_few)
    assert same == 0.0


@pytest.mark.parametrize("item", ["percentiletdigest(d, 50)", "distinctavg(d)", "skewness(d)", "kurtosis(d)"])
def test_over_no_rows_some_are_no_number(ask, item: str) -> None:
    ((value,),) = ask(f"SELECT {item} FROM t WHERE Distance > 100000").rows
    assert math.isnan(value)


@pytest.mark.parametrize(("item", "_", "on"), _OVER_NO_ROWS)
def test_each_takes_a_filter(ask, item: str, _: object, on: object) -> None:
    sql = f"SELECT {item} FILTER (WHERE Distance > 100000), count(*) FROM t"
    assert ask(sql, null_handling=True).rows == [(on, 3)]


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("count(nullif(Distance, 100))", 2),
        ("sum(nullif(Distance, 100))", 295.0),
        ("distinctcount(nullif(Distance, 100))", 2),
        ("percentile(nullif(Distance, 100), 0)", -5.0),
        ("arrayagg(nullif(Distance, 100), 'INT')", [300, -5]),
        ("listagg(nullif(Carrier, 'AA'), ',')", "DL"),
        ("histogram(nullif(Distance, 100), 0, 400, 2)", [0.0, 1.0]),
        ("funnelcount(steps(nullif(flag, false)), correlateby(nullif(Carrier, 'AA')))", [1]),
        ("exprmin(Carrier, nullif(Distance, -5))", "AA"),
        ("lastwithtime(nullif(Carrier, 'DL'), ts, 'STRING')", "AA"),
        ("booland(nullif(flag, true))", False),
    ],
)
def test_nulls_are_passed_over_where_they_matter(ask, item: str, value: object) -> None:
    assert ask(f"SELECT {item} FROM t", null_handling=True).rows == [(value,)]


def test_rows_where_a_measure_is_extreme(ask) -> None:
    answer = ask("SELECT exprmin(Distance, Carrier), exprmin(n, Carrier), count(*) FROM t")
    assert answer.names == ["exprmin(Distance,Carrier)", "exprmin(n,Carrier)", "count(*)"]
    assert sorted(answer.rows) == [(100, 1, 3), (300, 9223372036854775807, 3)]


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("fourthmoment(d)", "use KURTOSIS"),
        ("percentilerawtdigest(d, 50)", "PERCENTILERAWKLL"),
        ("distinctcountrawull(d)", "DISTINCTCOUNTRAWHLL"),
        ("timeseriesaggregate('m', ms)", "DATETRUNC"),
        ("distinctcounttuplesketch(Carrier)", "needs a BYTES column"),
        ("distinctcounthllplus(raw)", "keep theta, CPC or HyperLogLog"),
        ("funnelcount(steps(flag))", "CORRELATEBY"),
        ("funnelcount(steps(flag), correlateby(n), settings('fast'))", "Invalid FUNNELCOUNT SETTINGS: fast"),
        ("steps(flag)", "Unsupported function: steps"),
        ("funnelmaxstep(ms, 0, 1, flag)", "window above 0"),
        ("funnelmaxstep(ms, 10, 1, flag, 'QUICKLY')", "STRICT_ORDER"),
        ("histogram(d, ARRAY[2, 1])", "edges that increase"),
        ("distinctcountthetasketch(n, 'size=3')", "nominalentries=4096"),
        ("distinctcountthetasketch(n, '', 'n = 1', 'n = 2', 'SET_MAGIC($1, $2)')", "SET_INTERSECT"),
        ("distinctcountthetasketch(n, '', 'n = 1', 'n = 2', '$3')", "has 2 conditions"),
        ("distinctcountthetasketch(n, '', 'n = 1', 'n = 2', '$1 $2')", "cannot read"),
        (f"distinctcountthetasketch(n, '', 'n = 1', 'n = 2', '{'SET_DIFF($1,' * 5000}')", "at most 1000 characters"),
        ("arrayagg(n, 'MAP')", "Unsupported data type for ARRAY_AGG: MAP"),
    ],
)
def test_what_is_missing_or_wrong_is_named(bound, item: str, words: str) -> None:
    with pytest.raises(ValidationFault) as raised:
        bound(f"SELECT {item} FROM t")
    assert raised.value.code == 700
    assert words in raised.value.message


@pytest.mark.parametrize(
    ("count", "raw", "distinct"),
    [
        ("distinctcounthll", "distinctcountrawhll", 2),
        ("distinctcountthetasketch", "distinctcountrawthetasketch", 2),
        ("distinctcountcpcsketch", "distinctcountrawcpcsketch", 2),
    ],
)
def test_sketches_in_a_bytes_column_are_merged(ask, relation, schema, count: str, raw: str, distinct: int) -> None:
    """What one query gives as text is what a column of such sketches holds."""
    sketches = [ask(f'SELECT {raw}(Carrier) FROM t WHERE "$offset" = {offset}').rows[0][0] for offset in (10, 11, 0)]
    octets = [bytes.fromhex(text) if raw.endswith("hll") else b64decode(text) for text in sketches]
    relation.execute("CREATE OR REPLACE TEMP TABLE merged AS SELECT unnest($1::BLOB[]) AS raw", [octets])
    select = bind(
        parse(f"SELECT {count}(raw) FROM t"), schema, stored_nulls=False, null_handling=False, now_ms=0
    ).select
    assert relation.execute(select.replace("FROM t", "FROM merged AS t")).fetchall() == [(distinct,)]


def test_kll_sketches_in_a_bytes_column_are_merged(ask, relation, schema) -> None:
    ((text,),) = ask("SELECT percentilerawkll(Distance, 50) FROM t").rows
    relation.execute("CREATE OR REPLACE TEMP TABLE merged AS SELECT unnest($1::BLOB[]) AS raw", [[b64decode(text)]])
    sql = "SELECT percentilekll(raw, 50), percentilekll(raw, 100) FROM t"
    select = bind(parse(sql), schema, stored_nulls=False, null_handling=False, now_ms=0).select
    assert relation.execute(select.replace("FROM t", "FROM merged AS t")).fetchall() == [(100.0, 300.0)]
