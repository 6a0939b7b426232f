"""Functions that DuckDB does not have, asked of a real service: sealed and consuming rows, both engines, errors."""

from collections.abc import Iterator

import pytest

from tests.unit.query.query_house import Asker, House, clicks

STAGES = "SET useMultistageEngine=true; "
SQUARE = "ST_GeomFromText('POLYGON ((-1 -1, 3 -1, 3 3, -1 3, -1 -1))')"


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    house = House(tmp_path_factory.mktemp("functions"))
    house.seal(clicks(0, 6))
    house.consume(clicks(6, 9))
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


@pytest.mark.parametrize("engine", ["", STAGES], ids=["single-stage", "multi-stage"])
@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT soundex(city), count(*) FROM clicks GROUP BY soundex(city) ORDER BY 1", [["B650", 3], ["C600", 3], ["G510", 3]]),
        ("SELECT count(*) FROM clicks WHERE text_match(city, 'bern OR /ge.f/')", [[6]]),
        (f"SELECT count(*) FROM clicks WHERE ST_Contains({SQUARE}, ST_Point(age, 1)) = 1", [[3]]),
        ("SELECT max(murmurHash3Bit32(city, 0) - murmurHash3Bit32(city, 0)) FROM clicks", [[0]]),
        ("SELECT uniqueNgrams(city, 3) FROM clicks WHERE age = 0", [[["Ber", "ern"]]]),
        ("SELECT dow(ts), monthOfYear(ts) FROM clicks WHERE age = 0", [[4, 1]]),
    ],
)  # fmt: skip
def test_they_answer_over_sealed_and_consuming_rows(asker: Asker, engine: str, sql: str, rows: list[object]) -> None:
    assert asker.rows(engine + sql) == rows


def test_the_nearest_rows_of_the_whole_table_are_found(asker: Asker) -> None:
    near = "VECTOR_SIMILARITY(ARRAY[age, 1], ARRAY[8, 1], 2)"

    assert asker.rows(f"SELECT age FROM clicks WHERE {near} ORDER BY age") == [[7], [8]]
    (fault,) = asker(f"{STAGES}SELECT age FROM clicks WHERE {near}")["exceptions"]
    assert "use ORDER BY cosineDistance" in fault["message"]


def test_what_a_function_cannot_take_is_error_200_with_its_words(asker: Asker) -> None:
    (fault,) = asker("SELECT ipv4ToLong(city) FROM clicks LIMIT 1")["exceptions"]

    assert fault["errorCode"] == 200
    assert fault["message"].startswith("QueryExecutionError: not an IP address without a prefix: '")


def test_a_missing_function_names_what_to_do_instead(asker: Asker) -> None:
    (fault,) = asker("SELECT geoToH3(age, age, 5) FROM clicks")["exceptions"]

    assert fault["errorCode"] == 700
    assert "Unsupported function: geotoh3: H3 cells are not supported: use ST_Distance" in fault["message"]
