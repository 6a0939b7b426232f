"""What bounds of segments spare a query: rows that need no reading, and values that need no hashing."""

import random

import pytest

from tests.unit.query.query_house import NOW_MS, Asker, House, clicks

SEGMENT, SEGMENTS, CONSUMING = 50, 4, 20
ROWS = clicks(0, SEGMENT * SEGMENTS + CONSUMING)
BOUNDS = sorted({0, 1, 49, 50, 51, 99, 100, 149, 199, 200, 210, 219, 300} | set(random.Random(5).sample(range(220), 6)))


@pytest.fixture(scope="module", params=[False, True], ids=["defaults", "nulls"])
def ask(tmp_path_factory, request):
    """Four segments and twenty consuming rows of a steady stream; one sealed age is null, consuming ages are above 4980."""
    house = House(tmp_path_factory.mktemp("house"), nulls=request.param)
    for start in range(0, SEGMENT * SEGMENTS, SEGMENT):
        rows = ROWS[start : start + SEGMENT]
        house.seal([{**rows[0], "age": None}, *rows[1:]] if start == 150 else rows)
    house.consume([{**one, "age": 5000 - number} for number, one in enumerate(ROWS[SEGMENT * SEGMENTS :])])
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


def moment(number: int) -> int:
    return NOW_MS + number * 1000


def was_read(body):
    """Whether an engine was asked."""
    return body["realtimeThreadCpuTimeNs"] > 0


@pytest.mark.parametrize("low", BOUNDS)
def test_counts_of_a_time_range_are_exact_wherever_it_cuts(ask, low):
    for high in (one for one in BOUNDS if one >= low):
        (row,) = ask.rows(f"SELECT COUNT(*), MIN(amount) FROM clicks WHERE ts >= {moment(low)} AND ts < {moment(high)}")
        inside = [one["amount"] for one in ROWS[low:high]]
        assert row[0] == len(inside)
        if inside:
            assert row[1] == min(inside)


def test_segments_that_lie_within_the_range_are_not_read(ask):
    within = ask(f"SELECT COUNT(*), MAX(amount) FROM clicks WHERE ts BETWEEN {moment(50)} AND {moment(149)}")
    assert within["resultTable"]["rows"] == [[100, 74.5]]
    assert not was_read(within)
    assert within["numDocsScanned"] == 100
    cut = ask(f"SELECT COUNT(*) FROM clicks WHERE ts BETWEEN {moment(51)} AND {moment(149)}")
    assert cut["resultTable"]["rows"] == [[99]]
    assert was_read(cut)


def test_a_segment_that_the_range_cuts_is_counted_again_and_again_alike(ask):
    sql = f"SELECT COUNT(*), COUNT(1) FROM clicks WHERE ts > {moment(60)} AND ts <= {moment(120)} AND ts <> {moment(0)}"
    plain = sql.replace(f" AND ts <> {moment(0)}", "")
    assert ask.rows(sql) == ask.rows(plain) == ask.rows(plain) == [[60, 60]]
    body = ask(plain)
    assert (body["numDocsScanned"], body["numSegmentsProcessed"]) == (60, 2)


@pytest.mark.parametrize(("low", "high"), [(0, 220), (0, 149), (10, 160), (50, 99), (60, 70), (100, 205)])
def test_columns_that_only_cut_the_range_need_no_reading(ask, low, high):
    """Amounts are halves, so that sums are exact in any order."""
    inside = [one for one in ROWS[low : high + 1] if one["city"] != "Bern"]
    within = f"WHERE ts BETWEEN {moment(low)} AND {moment(high)}"
    total = sum(one["amount"] for one in inside)
    assert ask.rows(f"SELECT SUM(amount) FROM clicks {within} AND city <> 'Bern'") == [[total]]
    counts = ask.rows(f"SELECT city, SUM(amount), COUNT(*) FROM clicks {within} GROUP BY city ORDER BY city")
    assert sum(row[1] for row in counts[1:]) == total
    assert sum(row[2] for row in counts) == len(ROWS[low : high + 1])
    (row,) = ask.rows(f"SELECT SUM(amount), MIN(ts), MAX(ts) FROM clicks {within}")
    assert row == [sum(one["amount"] for one in ROWS[low : high + 1]), moment(low), moment(min(high, len(ROWS) - 1))]
    listed = ask.rows(f"SELECT amount FROM clicks {within} AND age >= 0 ORDER BY amount LIMIT 1000")
    assert [value for (value,) in listed] == [one["amount"] for one in ROWS[low : high + 1] if one["amount"] != 75]


def test_times_between_two_milliseconds_and_of_other_spellings_cut_alike(ask):
    first = "2026-01-01 00:00:00"
    for condition, expected in (
        (f"ts > '{first}' AND ts < '2026-01-01 00:00:02.0005'", 2),
        (f"ts = {moment(7)}", 1),
        (f"ts > {moment(9)} AND ts < {moment(9)}", 0),
        (f"ts >= {moment(9)} AND ts <= {moment(8)}", 0),
    ):
        assert ask.rows(f"SELECT COUNT(*) FROM clicks WHERE {condition}") == [[expected]]


def test_conditions_on_more_than_bounds_are_read(ask):
    for condition, expected in (
        (f"ts >= {moment(0)} AND city = 'Bern'", sum(one["city"] == "Bern" for one in ROWS)),
        (f"ts >= {moment(0)} OR age = 3", len(ROWS)),
        (f"ts <> {moment(3)}", len(ROWS) - 1),
    ):
        body = ask(f"SELECT COUNT(*) FROM clicks WHERE {condition}")
        assert body["resultTable"]["rows"] == [[expected]]
        assert was_read(body)


def test_a_null_meets_no_condition_though_the_bounds_do(ask):
    nulls = {"enableNullHandling": "true"} if ask.house.nulls else {}
    (row,) = ask.rows("SELECT COUNT(*) FROM clicks WHERE age >= 0 AND age <= 9000", **nulls)
    assert row == [len(ROWS) - 1]


def test_distinct_whole_numbers_count_within_and_beyond_the_known_range(ask):
    """Ages of sealed rows are at most 99, which is known; those of consuming rows are not."""
    for condition in ("", " WHERE city = 'Chur'", f" WHERE ts >= {moment(150)}"):
        sql = f"SELECT COUNT(DISTINCT age), DISTINCTCOUNT(age) FILTER (WHERE age > 50), COUNT(*) FROM clicks{condition}"
        (found,) = ask.rows(sql)
        (hashed,) = ask.rows(sql.replace("age", "(age + 0)"))
        assert found == hashed


def test_an_empty_answer_has_no_distinct_values(ask):
    assert ask.rows("SELECT COUNT(DISTINCT age) FROM clicks WHERE city = 'nowhere'") == [[0]]
