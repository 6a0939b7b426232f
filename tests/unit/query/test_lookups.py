"""LOOKUP: a column of another table by its key, in both engines."""

import pytest

from tests.unit.query.query_house import NOW_MS, Asker, House, clicks

CITIES = {
    "schemaName": "cities",
    "dimensionFieldSpecs": [
        {"name": "city", "dataType": "STRING"},
        {"name": "country", "dataType": "STRING"},
        {"name": "rank", "dataType": "INT"},
        {"name": "river", "dataType": "STRING", "defaultNullValue": "none"},
        {"name": "names", "dataType": "STRING", "singleValueField": False},
    ],
    "metricFieldSpecs": [{"name": "people", "dataType": "LONG"}],
    "dateTimeFieldSpecs": [{"name": "ts", "dataType": "TIMESTAMP", "format": "TIMESTAMP"}],
    "primaryKeyColumns": ["city"],
}


def city(name, country, **values):
    row = {"city": name, "country": country, "rank": 1, "river": None, "names": [name], "people": 7, "ts": 0}
    return {**row, **values}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Clicks in Bern, Chur and Genf; of the cities, Genf is missing and Chur is written twice."""
    folder = tmp_path_factory.mktemp("house")
    cities = House(folder, CITIES, table="cities")
    cities.seal([city("Bern", "CH", river="Aare"), city("Chur", "GR")])
    cities.consume([city("Chur", "CH", rank=2, ts=NOW_MS)], start=2)
    house = House(folder)
    house.beside.append(cities)
    house.seal(clicks(0, 4))
    house.consume(clicks(4, 6))
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


def table(body):
    assert body["exceptions"] == []
    schema = body["resultTable"]["dataSchema"]
    return schema["columnNames"], schema["columnDataTypes"], body["resultTable"]["rows"]


ENGINES = pytest.mark.parametrize("engine", ["", "SET useMultistageEngine = true; "])


def test_a_lookup_is_named_as_it_is_written_and_typed_as_the_other_tables_column(ask):
    sql = "SELECT user, LookUp('cities', 'country', 'city', city), LOOKUP('cities','rank','city',city) FROM clicks"
    names, types, rows = table(ask(f"{sql} ORDER BY user LIMIT 3"))
    assert names == ["user", "lookup('cities','country','city',city)", "lookup('cities','rank','city',city)"]
    assert types == ["STRING", "STRING", "INT"]
    assert rows == [["u0", "CH", 1], ["u1", "CH", 2], ["u2", "null", -(2**31)]]


@ENGINES
def test_what_is_not_found_reads_as_the_columns_default(ask, engine):
    sql = "SELECT LOOKUP('cities','people','city',city), LOOKUP('cities','river','city',city) FROM clicks WHERE age = 2"
    for nulls in ("", "SET enableNullHandling = true; "):
        assert table(ask(engine + nulls + sql))[1:] == (["LONG", "STRING"], [[0, "none"]])


@ENGINES
def test_lookups_group_filter_and_are_aggregated(ask, engine):
    country = "LOOKUP('cities', 'country', 'city', city)"
    sql = f"SELECT {country}, COUNT(*), SUM(age) FROM clicks GROUP BY {country} ORDER BY 2 DESC"
    assert ask.rows(engine + sql) == [["CH", 4, 8], ["null", 2, 7]]
    assert ask.rows(f"{engine}SELECT COUNT(*) FROM clicks WHERE {country} = 'CH'") == [[4]]
    assert ask.rows(f"{engine}SELECT MAX(LOOKUP('cities', 'rank', 'city', city)) FROM clicks") == [[2]]
    assert ask.rows(f"{engine}SELECT COUNT(*) FILTER (WHERE {country} = 'null') FROM clicks") == [[2]]


@ENGINES
def test_keys_are_any_expressions_and_several(ask, engine):
    sql = "SELECT LOOKUP('cities','country','CITY',CONCAT('Be', 'rn'),'rank',1) FROM clicks WHERE age = 2"
    assert ask.rows(engine + sql) == [["CH"]]
    assert ask.rows(engine + sql.replace("rank',1", "rank',5")) == [["null"]]


def test_multi_values_can_be_looked_up(ask):
    names, types, rows = table(ask("SELECT LOOKUP('cities','names','city',city) n FROM clicks ORDER BY user LIMIT 3"))
    assert (names, types, rows) == (["n"], ["STRING_ARRAY"], [[["Bern"]], [["Chur"]], [["null"]]])


def test_a_lookup_does_not_hide_columns_of_the_same_name(ask):
    sql = "SELECT a.city, LOOKUP('cities', 'city', 'city', b.city) FROM clicks a JOIN clicks b ON a.age + 1 = b.age"
    assert ask.rows(f"{sql} WHERE a.age = 0") == [["Bern", "Chur"]]


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        ("LOOKUP('nosuch', 'a', 'b', city)", 190, "TableDoesNotExistError"),
        ("LOOKUP('cities', 'nosuch', 'city', city)", 700, "table 'cities' has no column 'nosuch'"),
        ("LOOKUP('cities', 'country', 'nosuch', city)", 700, "table 'cities' has no column 'nosuch'"),
        ("LOOKUP('cities', 'country', 'city')", 700, "LOOKUP needs ('table', 'column'"),
        ("LOOKUP('cities', 'country', 'city', city, 'rank')", 700, "LOOKUP needs ('table', 'column'"),
        ("LOOKUP(city, 'country', 'city', city)", 700, "LOOKUP needs ('table', 'column'"),
    ],
)
def test_what_is_wrong_is_named(ask, call, code, message):
    (fault,) = ask(f"SELECT {call} FROM clicks")["exceptions"]
    assert fault["errorCode"] == code
    assert message in fault["message"]
