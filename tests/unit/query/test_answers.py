"""What a query sees of nulls, of columns that came later, and of rows that change hands."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segments.catalogue import Catalogue, CatalogueReader
from tests.unit.query.query_house import CLICKS, Asker, House, click, clicks


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture
def asked(house):
    """Publishes the house and asks it."""
    askers = []

    def ask() -> Asker:
        house.publish()
        askers.append(Asker(house))
        return askers[-1]

    yield ask
    for asker in askers:
        asker.close()


def with_column(schema, spec, where="dimensionFieldSpecs"):
    evolved = copy.deepcopy(schema)
    evolved[where].append(spec)
    return evolved


def test_nulls_read_as_the_columns_defaults(house, asked):
    house.seal([click(0, city=None, age=None, tags=None, amount=None, price=None, ts=None)])
    house.consume([click(1, city=None, age=None, tags=None, amount=None, price=None, ts=None)])
    rows = asked().rows("SELECT city, age, tags, amount, price, ts FROM clicks")
    assert rows == [["null", -(2**31), ["null"], 0.0, 0.0, "1970-01-01 00:00:00.0"]] * 2


def test_conditions_meet_the_defaults_of_nulls(house, asked):
    house.seal([*clicks(1, 5), click(5, age=None)])
    ask = asked()
    assert ask.rows("SELECT count(*) FROM clicks WHERE age < 0") == [[1]]
    assert ask.rows("SELECT min(age), max(age) FROM clicks") == [[-2147483648.0, 4.0]]


def test_with_null_handling_nulls_stay_null(tmp_path):
    house = House(tmp_path, nulls=True)
    house.seal([click(1), click(2, age=None, city=None)])
    house.consume([click(3, age=None)])
    house.publish()
    ask = Asker(house)
    try:
        assert ask.rows("SELECT city, age FROM clicks LIMIT 9", enableNullHandling="true") == [
            ["Chur", 1],
            [None, None],
            ["Bern", None],
        ]
        assert ask.rows("SELECT count(*) FROM clicks WHERE age < 0", enableNullHandling="true") == [[0]]
        assert ask.rows("SELECT min(age), max(age) FROM clicks", enableNullHandling="true") == [[1.0, 1.0]]
        assert ask.rows("SELECT count(*) FROM clicks WHERE age IS NULL") == [[2]]
        assert ask.rows("SELECT count(*) FROM clicks WHERE age = -2147483648") == [[2]]
    finally:
        ask.close()


def test_the_multi_stage_engine_knows_which_defaults_stand_for_nulls(tmp_path):
    house = House(tmp_path, nulls=True)
    house.seal([click(1), click(2, age=None, city=None)])
    house.consume([click(3, age=None)])
    house.publish()
    ask = Asker(house)
    stages = {"useMultistageEngine": "true"}
    try:
        assert ask.rows("SELECT age, age IS NULL FROM clicks ORDER BY ts", **stages) == [
            [1, False],
            [-(2**31), True],
            [-(2**31), True],
        ]
        joined = "SELECT a.city FROM clicks a JOIN clicks b ON a.ts = b.ts WHERE a.city IS NOT NULL AND b.age IS NULL"
        assert ask.rows(joined) == [["Bern"]]
        assert ask.rows("SELECT age, age IS NULL FROM clicks ORDER BY ts", **stages, enableNullHandling="true") == [
            [1, False],
            [None, True],
            [None, True],
        ]
    finally:
        ask.close()


def test_a_column_that_came_later_has_its_default_in_older_rows(house, asked):
    house.seal(clicks(0, 3))
    house.consume(clicks(3, 5))
    house.evolve(with_column(CLICKS, {"name": "device", "dataType": "STRING", "defaultNullValue": "unknown"}))
    house.consume([{**click(5), "device": "phone"}], start=5)
    rows = asked().rows("SELECT device, count(*) FROM clicks GROUP BY device ORDER BY device")
    assert rows == [["phone", 1], ["unknown", 5]]


def test_segments_of_two_schema_versions_are_pruned_by_the_default_too(house, asked):
    house.seal(clicks(0, 3))
    house.evolve(with_column(CLICKS, {"name": "level", "dataType": "INT", "defaultNullValue": "7"}))
    house.seal([{**click(3), "level": 1}])
    ask = asked()
    assert ask.rows("SELECT count(*) FROM clicks WHERE level = 7") == [[3]]
    assert ask("SELECT user FROM clicks WHERE level = 1")["numSegmentsPrunedByValue"] == 1
    assert ask.rows("SELECT max(level) FROM clicks") == [[7.0]]


def test_a_widened_column_is_read_as_the_newest_schema_types_it(house, asked):
    house.seal(clicks(0, 3))
    wide = copy.deepcopy(CLICKS)
    wide["dimensionFieldSpecs"][2]["dataType"] = "LONG"
    house.evolve(wide)
    house.seal([click(3, age=2**40)])
    assert asked().rows("SELECT age FROM clicks ORDER BY age DESC LIMIT 2") == [[2**40], [2]]


def test_a_commit_between_two_queries_changes_nothing_that_is_seen(house, asked):
    file = house.consume(clicks(0, 40))
    ask = asked()
    everything = "SELECT count(*), sum(amount), min(age) FROM clicks WHERE amount >= 0"
    before = ask.rows(everything)
    house.seal(clicks(0, 25))
    house.publish()
    straddling = ask.rows(everything)
    house.append(file, clicks(40, 41))
    assert straddling == before
    assert ask.rows("SELECT count(*) FROM clicks") == [[41]]
    assert ask("SELECT count(*) FROM clicks")["visibleOffsets"] == {"clicks_REALTIME": {"0": 41}}


def test_rows_appended_after_a_query_are_seen_by_the_next(house, asked):
    file = house.consume(clicks(0, 10))
    ask = asked()
    for end in range(11, 60, 7):
        house.append(file, clicks(file.state.next_offset, end))
        assert ask.rows("SELECT count(*), max(amount) FROM clicks WHERE age >= 0") == [[end, (end - 1) * 0.5]]


def at(number: int) -> str:
    """The moment of row `number`, as a literal."""
    return f"'{datetime.fromtimestamp(click(number)['ts'] / 1000, UTC):%Y-%m-%d %H:%M:%S}'"


@pytest.mark.parametrize(
    ("where", "count", "read"),
    [
        (f"ts < {at(20)}", 20, 0),
        (f"ts <= {at(20)}", 21, 1),
        (f"ts BETWEEN {at(30)} AND {at(39)}", 10, 1),
        (f"ts >= {at(40)}", 0, 0),
        (f"ts >= {at(39)} AND age > 0", 1, 1),
        (f"ts < {at(20)} OR age > 38", 21, 1),
    ],
)
def test_consuming_rows_outside_a_time_range_are_not_read(house, asked, where, count, read):
    house.seal(clicks(0, 20))
    house.consume(clicks(20, 40))
    body = asked()(f"SELECT count(*) FROM clicks WHERE {where}")
    assert body["resultTable"]["rows"] == [[count]]
    assert (body["numConsumingSegmentsQueried"], body["numConsumingSegmentsProcessed"]) == (1, read)


def test_time_bounds_of_an_older_schema_prune_nothing(house, asked):
    house.consume(clicks(20, 40))
    house.evolve(with_column(CLICKS, {"name": "device", "dataType": "STRING"}))
    body = asked()(f"SELECT count(*) FROM clicks WHERE ts < {at(20)}")
    assert (body["resultTable"]["rows"], body["numConsumingSegmentsProcessed"]) == ([[0]], 1)


class StallingReader(CatalogueReader):
    """Reads the catalogue, and then the process stands still while `meanwhile` happens, once."""

    def __init__(self, folder: Path, meanwhile: Callable[[], None]) -> None:
        super().__init__(folder)
        self._meanwhile: Callable[[], None] | None = meanwhile

    def read(self) -> Catalogue:
        found = super().read()
        if self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        return found


def test_a_query_that_stalls_until_its_consuming_file_is_gone_counts_every_row(house, asked):
    file = house.consume(clicks(0, 40))
    ask = asked()
    assert ask.rows("SELECT count(*) FROM clicks") == [[40]]

    def seal_and_unlink() -> None:
        house.seal(clicks(0, 40))
        house.publish()
        file.unlink()

    ask.service = house.service(ask.pool, StallingReader(house.folder / "catalogue", seal_and_unlink))
    assert ask.rows("SELECT count(*) FROM clicks") == [[40]]


def test_a_table_without_rows_answers(house, asked):
    ask = asked()
    assert ask.rows("SELECT count(*), sum(amount), min(age) FROM clicks") == [[0, 0.0, "Infinity"]]
    assert ask.rows("SELECT min(age), max(age) FROM clicks") == [["Infinity", "-Infinity"]]
    assert ask.rows("SELECT city FROM clicks") == []
    assert ask.rows("SELECT city, count(*) FROM clicks GROUP BY city") == []


def test_names_that_need_quoting_are_read(tmp_path):
    schema = with_column(CLICKS, {"name": 'we"ird;--', "dataType": "STRING"})
    house = House(tmp_path, schema)
    house.seal([{**click(0), 'we"ird;--': "it's"}])
    house.publish()
    ask = Asker(house)
    try:
        assert ask.rows('SELECT "we""ird;--" FROM clicks WHERE "we""ird;--" = \'it\'\'s\'') == [["it's"]]
    finally:
        ask.close()


def test_a_table_that_is_being_deleted_is_not_found(house, asked):
    house.seal(clicks(0, 3))
    ask = asked()
    house.publish(state="deleting")
    assert ask("SELECT count(*) FROM clicks")["exceptions"][0]["errorCode"] == 190


def test_a_table_that_is_disabled_answers_nothing(house, asked):
    house.seal(clicks(0, 3))
    ask = asked()
    house.publish(state="disabled")
    (error,) = ask("SELECT count(*) FROM clicks")["exceptions"]
    assert (error["errorCode"], error["message"]) == (191, "TableIsDisabledError")


def test_a_chain_with_a_hole_is_never_counted(house, asked):
    house.seal(clicks(0, 10))
    house.seal(clicks(10, 20))
    house.seal(clicks(20, 30))
    del house.partitions[0][1]
    assert asked()("SELECT count(*) FROM clicks")["exceptions"][0]["errorCode"] == 305
