"""IN_SUBQUERY over a real engine, and aggregations that the locked engine works out by itself."""

import pytest

from tests.unit.query.query_house import Asker, House, clicks


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("ids"))
    house.seal(clicks(0, 20))
    house.consume(clicks(20, 30))
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("IN_SUBQUERY(user, 'SELECT ID_SET(user) FROM clicks WHERE age < 2') = 1", 6),
        ("IN_SUBQUERY(user, 'SELECT ID_SET(user) FROM clicks WHERE age < 2') = 0", 24),
        ("IN_SUBQUERY(age, 'SELECT IDSET(age) FROM clicks WHERE city = ''Bern''') = 1 AND age > 20", 3),
        ("IN_SUBQUERY(amount, 'SELECT ID_SET(amount) FROM clicks WHERE age = 3')", 1),
        ("IN_SUBQUERY(tags, 'SELECT ID_SET(tags) FROM clicks WHERE city = ''Chur'' AND age < 3')", 30),
        ("IN_SUBQUERY(user, 'SELECT ID_SET(user) FROM clicks WHERE age > 1000')", 0),
    ],
)
def test_ids_of_a_sub_query(ask, condition, count):
    assert ask.rows(f"SELECT count(*) FROM clicks WHERE {condition}") == [[count]]


def test_a_sub_query_in_a_sub_query(ask):
    inner = "SELECT ID_SET(age) FROM clicks WHERE age < 2"
    outer = f"SELECT ID_SET(user) FROM clicks WHERE IN_SUBQUERY(age, ''{inner}'')"
    assert ask.rows(f"SELECT count(*) FROM clicks WHERE IN_SUBQUERY(user, '{outer}')") == [[6]]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("IN_SUBQUERY(user)", "SELECT ID_SET(y) FROM"),
        ("IN_SUBQUERY(user, 'SELECT user FROM clicks')", "SELECT ID_SET(y) FROM"),
        ("IN_SUBQUERY(user, 'SELECT ID_SET(user) FROM clicks LIMIT 3')", "FROM and WHERE only"),
        ("IN_SUBQUERY(user, 'SELECT ID_SET(user) FROM elsewhere')", "TableDoesNotExistError"),
    ],
)
def test_broken_sub_queries_are_named(ask, condition, words):
    body = ask(f"SELECT count(*) FROM clicks WHERE {condition}")
    assert words in body["exceptions"][0]["message"]


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("DISTINCTCOUNTTHETASKETCH(user, '', 'age < 3', 'age < 2', 'SET_DIFF($1, $2)')", 1),
        ("FUNNELMAXSTEP(ts, 100000, 2, age = 3, age = 5)", 2),
        ("FUNNELCOUNT(STEPS(age < 12, age > 20), CORRELATEBY(user))", [10, 9]),
        ("SUMPRECISION(amount, 3)", "218"),
        (
            "FREQUENTSTRINGSSKETCH(city) FILTER (WHERE age = 0)",
            "BAEKCAMAAAABAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAQAAABCZXJu",
        ),
    ],
)
def test_aggregations_in_the_locked_engine(ask, item, value):
    assert ask.rows(f"SELECT {item} FROM clicks") == [[value]]


def test_rolled_up_keys_show_as_null(ask):
    sql = "SELECT city, GROUPING(city), count(*) FROM clicks GROUP BY ROLLUP(city) ORDER BY count(*) DESC, city"
    assert ask.rows(sql) == [[None, 1, 30], ["Bern", 0, 10], ["Chur", 0, 10], ["Genf", 0, 10]]
