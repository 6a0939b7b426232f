"""GAPFILL: the five nestings of Pinot, over sealed and consuming rows."""

import pytest

from query.examining import syntax_fault, tables_named
from query.fingerprint import fingerprint
from tests.unit.query.query_house import Asker, House

PARKING = {
    "schemaName": "parking",
    "dimensionFieldSpecs": [
        {"name": "level", "dataType": "STRING"},
        {"name": "lot", "dataType": "INT"},
        {"name": "taken", "dataType": "BOOLEAN"},
    ],
    "metricFieldSpecs": [{"name": "cars", "dataType": "INT"}],
    "dateTimeFieldSpecs": [
        {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
    ],
}
HOUR = 3_600_000
START = 1_636_257_600_000
"""2021-11-07 04:00"""
FORMAT = "1:MILLISECONDS:SIMPLE_DATE_FORMAT:yyyy-MM-dd HH:mm:ss.SSS"
PREVIOUS = "FILL(cars, 'FILL_PREVIOUS_VALUE'), TIMESERIESON(level)"
TIME = f"DATETIMECONVERT(ts, '1:MILLISECONDS:EPOCH', '{FORMAT}', '1:HOURS')"


def event(hours: float, level: str, cars: int, **values):
    return {"level": level, "lot": 1, "taken": cars > 0, "cars": cars, "ts": START + round(hours * HOUR), **values}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Level A at 4:10 and 6:40, level B at 5:00; level C two hours before."""
    house = House(tmp_path_factory.mktemp("house"), PARKING, table="parking")
    house.seal([event(0.2, "A", 1), event(1, "B", 3)])
    house.consume([event(2.7, "A", 2), event(-2, "C", 9)], start=2)
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


def filled(options="TIMESERIESON(level)", time="time_col", end="2021-11-07 8:00:00.000"):
    return f"GapFill({time}, '{FORMAT}', '2021-11-07 4:00:00.000', '{end}', '1:HOURS', {options})"


def hours(rows):
    """Rows with the hour in the place of the time."""
    return [[int(row[0][11:13]), *row[1:]] for row in rows]


def test_a_selection_is_filled_for_each_series(ask):
    sql = f"SELECT {filled(time=TIME, options=PREVIOUS)} AS time_col"
    body = ask(f"{sql}, level, cars, taken FROM parking WHERE ts >= {START} ORDER BY ts LIMIT 200")
    assert body["exceptions"] == []
    assert body["resultTable"]["dataSchema"] == {
        "columnNames": ["time_col", "level", "cars", "taken"],
        "columnDataTypes": ["STRING", "STRING", "INT", "BOOLEAN"],
    }
    assert body["resultTable"]["rows"][0][0] == "2021-11-07 04:00:00.000"
    assert hours(body["resultTable"]["rows"]) == [
        [4, "A", 1, True],
        [4, "B", 0, False],
        [5, "B", 3, True],
        [5, "A", 1, False],
        [6, "A", 2, True],
        [6, "B", 3, False],
        [7, "A", 2, False],
        [7, "B", 3, False],
    ]


def test_what_was_before_the_start_goes_on(ask):
    sql = f"SELECT {filled(time=TIME, options=PREVIOUS)}, level, cars"
    rows = ask.rows(f"{sql} FROM parking WHERE level = 'C' LIMIT 200")
    assert hours(rows) == [[4, "C", 9], [5, "C", 9], [6, "C", 9], [7, "C", 9]]


@pytest.mark.parametrize("option", ["FILL(cars, 'FILL_DEFAULT_VALUE'), ", ""])
def test_without_a_previous_value_zero_is_filled(ask, option):
    call = filled(time=TIME, options=f"{option}TIMESERIESON(level)")
    rows = ask.rows(f"SELECT {call} t, level, cars FROM parking WHERE level = 'B' LIMIT 9")
    assert hours(rows) == [[4, "B", 0], [5, "B", 3], [6, "B", 0], [7, "B", 0]]


AGGREGATED = (
    f"SELECT {TIME} AS time_col, level, LASTWITHTIME(cars, ts, 'INT') AS cars, COUNT(*) AS n FROM parking"
    f" WHERE ts >= {START} GROUP BY time_col, level LIMIT 200"
)


def test_an_aggregation_is_filled(ask):
    body = ask(f"SELECT {filled(PREVIOUS)}, level, cars, n FROM ({AGGREGATED}) LIMIT 200")
    assert body["exceptions"] == []
    assert body["resultTable"]["dataSchema"] == {
        "columnNames": ["time_col", "level", "cars", "n"],
        "columnDataTypes": ["STRING", "STRING", "INT", "LONG"],
    }
    assert hours(body["resultTable"]["rows"])[:4] == [[4, "A", 1, 1], [4, "B", 0, 0], [5, "B", 3, 1], [5, "A", 1, 0]]


def test_conditions_around_hold_for_filled_rows(ask):
    rows = ask.rows(f"SELECT {filled(PREVIOUS)} AS t, level, cars FROM ({AGGREGATED}) WHERE cars = 3 LIMIT 200")
    assert hours(rows) == [[5, "B", 3], [6, "B", 3], [7, "B", 3]]


def test_filled_rows_are_selected_from(ask):
    inner = f"SELECT {filled(PREVIOUS, time=TIME)} AS time_col, cars, level FROM parking WHERE ts >= {START} LIMIT 200"
    rows = ask.rows(f"SELECT time_col, level, cars, time_col FROM ({inner}) WHERE level = 'B' LIMIT 3")
    assert [row[0] for row in hours(rows)] == [4, 5, 6]
    assert [row[3] for row in rows] == [row[0] for row in rows]


def test_filled_rows_are_aggregated(ask):
    inner = f"SELECT {filled(PREVIOUS, time=TIME)} AS time_col, cars, level FROM parking WHERE ts >= {START} LIMIT 200"
    body = ask(f"SELECT time_col, SUM(cars), COUNT(*) AS n FROM ({inner}) GROUP BY time_col HAVING n > 0 LIMIT 200")
    assert body["exceptions"] == []
    assert body["resultTable"]["dataSchema"] == {
        "columnNames": ["time_col", "sum(cars)", "n"],
        "columnDataTypes": ["STRING", "DOUBLE", "LONG"],
    }
    assert hours(body["resultTable"]["rows"]) == [[4, 1.0, 2], [5, 4.0, 2], [6, 5.0, 2], [7, 5.0, 2]]


def test_aggregations_are_filled_and_aggregated_again(ask):
    inner = f"SELECT {filled(PREVIOUS)} AS time_col, level, cars FROM ({AGGREGATED}) LIMIT 200"
    rows = ask.rows(f"SELECT time_col, SUM(cars) AS cars FROM ({inner}) GROUP BY time_col LIMIT 200")
    assert hours(rows) == [[4, 1.0], [5, 4.0], [6, 5.0], [7, 5.0]]


def test_a_window_of_the_aggregation_is_longer_than_a_gap(ask):
    call = filled("'2:HOURS', " + PREVIOUS, time=TIME, end="2021-11-07 9:00:00.000")
    inner = f"SELECT {call} AS time_col, cars, level FROM parking WHERE ts >= {START} LIMIT 200"
    rows = ask.rows(f"SELECT time_col, SUM(cars) AS cars FROM ({inner}) GROUP BY time_col LIMIT 200")
    assert hours(rows) == [[4, 5.0], [6, 10.0]]


def test_times_are_numbers_where_the_format_says_so(ask):
    call = f"GAP_FILL(DATETRUNC('HOUR', ts), '1:MILLISECONDS:EPOCH', {START}, {START + 2 * HOUR}, '1:HOURS', "
    call += "TIMESERIESON(level, lot))"
    body = ask(f"SELECT {call} AS t, level, lot FROM parking WHERE level = 'A' LIMIT 10")
    assert body["exceptions"] == []
    assert body["resultTable"]["dataSchema"]["columnDataTypes"] == ["LONG", "STRING", "INT"]
    assert body["resultTable"]["rows"] == [[START, "A", 1], [START + HOUR, "A", 1]]


def test_one_series_of_all_rows(ask):
    rows = ask.rows(f"SELECT {filled('TIMESERIESON()', time=TIME)} AS t, cars FROM parking WHERE level = 'B' LIMIT 10")
    assert hours(rows) == [[4, 0], [5, 3], [6, 0], [7, 0]]


def test_no_rows_have_no_gaps(ask):
    call = filled(PREVIOUS, time=TIME)
    assert ask.rows(f"SELECT {call} AS t, level, cars FROM parking WHERE level = 'Z' LIMIT 9") == []


@pytest.mark.parametrize(
    ("sql", "code", "message"),
    [
        (f"SELECT {filled('FILL(cars)')}, cars FROM parking", 700, "GAPFILL needs"),
        (f"SELECT {filled(PREVIOUS.replace('_PREVIOUS', '_SOME'))}, cars FROM parking", 700, "FILL_PREVIOUS_VALUE or"),
        (f"SELECT {filled(PREVIOUS.partition(', T')[0], time='ts')}, cars FROM parking", 700, "TimeSeriesOn"),
        (f"SELECT {filled(time='ts')}, cars FROM parking", 700, "'level' is not present in the SELECT list"),
        (f"SELECT {filled(PREVIOUS, time='ts')}, level FROM parking", 700, "FILL column 'cars' is not present"),
        (
            f"SELECT {filled(time='ts')}, level, SUM(cars) FROM parking GROUP BY ts, level",
            150,
            "can not be in the same",
        ),
        (f"SELECT {filled()}, level FROM (SELECT ts AS time_col, level FROM parking)", 150, "should be in the same"),
        (f"SELECT SUM(cars) FROM (SELECT {filled(time='ts')}, level, cars FROM parking)", 150, "No GroupBy Clause."),
        (f"SELECT GapFill(ts, '{FORMAT}') FROM parking", 700, "GAPFILL needs"),
        (f"SET useMultistageEngine = true; SELECT {filled(time='ts')}, level FROM parking", 700, "single-stage engine"),
    ],
)
def test_what_is_wrong_is_named(ask, sql, code, message):
    (fault,) = ask(sql)["exceptions"]
    assert fault["errorCode"] == code
    assert message in fault["message"]


def test_a_statement_with_gaps_to_fill_is_explained_and_examined(ask):
    inner = f"SELECT {filled(PREVIOUS, time=TIME)} AS time_col, cars, level FROM parking"
    sql = f"SELECT time_col, SUM(cars) FROM ({inner}) GROUP BY time_col"
    body = ask(f"EXPLAIN PLAN FOR {sql}")
    assert body["exceptions"] == []
    assert body["resultTable"]["dataSchema"]["columnNames"] == ["Operator", "Operator_Id", "Parent_Id"]
    assert syntax_fault(sql) is None
    assert tables_named(sql) == ["parking"]
    assert "gapfill" in fingerprint(sql).text.lower()
