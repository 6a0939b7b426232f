"""Queries as users send them, over HTTP, on a table that is half sealed and half consuming.

Where Pinot's own raw answers lie beside the repository, ours over the same flights are compared with each of them.
"""

from __future__ import annotations

import gzip
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KafkaBroker
from tests.kafka_topics import create_topic, fresh_name, produce
from tests.produced import table
from tests.service import Service, running, wait_until

SHARED = Path(__file__).parents[3] / "shared"
FLIGHTS, RESPONSES = SHARED / "data" / "airlineStats", SHARED / "contracts" / "pinot-responses"
CLICKS = "clicks"
FIRST_MS = 1_700_000_000_000
ROWS, SEALED_ROWS = 60, 40

Click = dict[str, Any]


def schema(name: str) -> dict[str, Any]:
    texts = [{"name": column, "dataType": "STRING"} for column in ("city", "Group", "select")]
    return {
        "schemaName": name,
        "dimensionFieldSpecs": [
            *texts,
            {"name": "age", "dataType": "INT"},
            {"name": "tags", "dataType": "STRING", "singleValueField": False},
            {"name": "scores", "dataType": "INT", "singleValueField": False},
        ],
        "metricFieldSpecs": [{"name": "amount", "dataType": "DOUBLE"}],
        "dateTimeFieldSpecs": [
            {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
        ],
    }


def click(number: int) -> Click:
    """One a second: three cities, every fifth age and every seventh city is not known."""
    return {
        "city": None if number % 7 == 0 else ("Bern", "Chur", "Genf")[number % 3],
        "Group": f"g{number % 2}",
        "select": "it's",
        "age": None if number % 5 == 0 else number,
        "tags": [f"t{number % 4}", "all"],
        "scores": [number, -number],
        "amount": number / 2,
        "ts": FIRST_MS + number * 1000,
    }


ALL = [click(number) for number in range(ROWS)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, zookeeper: str) -> Iterator[Service]:
    chroot = f"{zookeeper}/queries-{uuid.uuid4().hex}"
    with running(tmp_path_factory.mktemp("queries") / "data", chroot) as service:
        yield service


@pytest.fixture(scope="module")
def ask(service: Service, kafka: KafkaBroker) -> Service:
    """The service with the clicks in it."""
    topic = fresh_name("queries")
    create_topic(kafka.bootstrap, topic)
    config = table(CLICKS, topic, kafka.bootstrap, flush_rows=SEALED_ROWS)
    config["tableIndexConfig"]["nullHandlingEnabled"] = True
    service.upload(schema(CLICKS), config)
    produce(kafka.bootstrap, topic, [(0, None, json.dumps(one), None) for one in ALL])
    service.wait_for_count(CLICKS, ROWS)
    wait_until(lambda: len(service.sealed(CLICKS)) == 1, "the first rows are sealed")
    return service


def known(column: str) -> list[Any]:
    return [one[column] for one in ALL if one[column] is not None]


CITIES = Counter(one["city"] or "null" for one in ALL)


def test_having_keeps_groups(ask: Service) -> None:
    asked = "SELECT city, COUNT(*) FROM clicks GROUP BY city HAVING COUNT(*) > 15 ORDER BY city"
    assert ask.rows(asked) == [[city, count] for city, count in sorted(CITIES.items()) if count > 15]


def test_distinct_names_each_combination_once(ask: Service) -> None:
    found = ask.rows('SELECT DISTINCT city, "Group" FROM clicks ORDER BY city, "Group" LIMIT 100')
    assert found == sorted([list(pair) for pair in {(one["city"] or "null", one["Group"]) for one in ALL}])


def test_case_names_ranges(ask: Service) -> None:
    size = "CASE WHEN amount < 10 THEN 'small' WHEN amount < 20 THEN 'middle' ELSE 'large' END"
    found = ask.rows(f"SELECT {size}, COUNT(*) FROM clicks GROUP BY {size} ORDER BY COUNT(*), {size}")
    assert found == [["large", 20], ["middle", 20], ["small", 20]]


@pytest.mark.parametrize("tail", ["LIMIT 5 OFFSET 38", "LIMIT 38, 5"])
def test_pages_cross_from_sealed_to_consuming_rows(ask: Service, tail: str) -> None:
    assert ask.rows(f"SELECT amount FROM clicks ORDER BY ts {tail}") == [[n / 2] for n in range(38, 43)]


def test_without_a_limit_ten_rows_come(ask: Service) -> None:
    assert len(ask.rows("SELECT ts FROM clicks")) == 10


def test_limit_0_has_the_columns_and_no_rows(ask: Service) -> None:
    answer = ask.answer("SELECT city, tags, amount FROM clicks LIMIT 0")
    assert answer["exceptions"] == []
    assert answer["resultTable"] == {
        "dataSchema": {
            "columnNames": ["city", "tags", "amount"],
            "columnDataTypes": ["STRING", "STRING_ARRAY", "DOUBLE"],
        },
        "rows": [],
    }


def test_order_by_several_keys(ask: Service) -> None:
    found = ask.rows('SELECT "Group", city, ts FROM clicks ORDER BY "Group" DESC, city ASC, ts DESC LIMIT 100')
    by_time = sorted(ALL, key=lambda one: -one["ts"])
    by_city = sorted(by_time, key=lambda one: one["city"] or "null")
    ordered = sorted(by_city, key=lambda one: one["Group"], reverse=True)
    assert found == [[one["Group"], one["city"] or "null", one["ts"]] for one in ordered]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("tags = 't1'", [n for n in range(ROWS) if n % 4 == 1]),
        ("tags IN ('t1', 't2')", [n for n in range(ROWS) if n % 4 in (1, 2)]),
        ("tags = 'all' AND tags = 't3'", [n for n in range(ROWS) if n % 4 == 3]),
        ("scores > 57", [58, 59]),
        ("scores BETWEEN -2 AND -1", [1, 2]),
        ("tags LIKE 'T0'", [n for n in range(ROWS) if n % 4 == 0]),
    ],
)
def test_a_condition_on_a_list_holds_when_one_element_meets_it(ask: Service, where: str, expected: list[int]) -> None:
    found = ask.rows(f"SELECT ts FROM clicks WHERE {where} ORDER BY ts LIMIT 100")
    assert found == [[FIRST_MS + number * 1000] for number in expected]


def test_groups_by_a_list_are_groups_by_its_elements(ask: Service) -> None:
    counts = Counter(tag for one in ALL for tag in one["tags"])
    found = ask.rows("SELECT tags, COUNT(*) FROM clicks GROUP BY tags ORDER BY tags LIMIT 100")
    assert found == [[tag, count] for tag, count in sorted(counts.items())]


def test_nulls_are_found_as_nulls_and_read_as_defaults(ask: Service) -> None:
    nulls = ROWS - len(known("age"))
    assert ask.value("SELECT COUNT(*) FROM clicks WHERE age IS NULL") == nulls
    assert ask.value("SELECT COUNT(*) FROM clicks WHERE age IS NOT NULL") == len(known("age"))
    assert ask.value("SELECT COUNT(*) FROM clicks WHERE age = -2147483648") == nulls
    assert ask.value("SELECT MIN(age) FROM clicks") == -2147483648.0


def test_with_null_handling_nulls_stay_nulls(ask: Service) -> None:
    def value(sql: str) -> Any:
        return ask.value(f"SET enableNullHandling = true; {sql}")

    assert value("SELECT COUNT(*) FROM clicks WHERE age < 0") == 0
    assert value("SELECT COUNT(age) FROM clicks") == len(known("age"))
    assert value("SELECT MIN(age) FROM clicks") == min(known("age"))
    assert value("SELECT AVG(age) FROM clicks") == pytest.approx(sum(known("age")) / len(known("age")))
    assert value("SELECT city FROM clicks WHERE city IS NULL LIMIT 1") is None
    assert ask.rows("SELECT MIN(age) FROM clicks", enableNullHandling="true") == [[min(known("age"))]]


def test_quoted_identifiers_and_doubled_quotes(ask: Service) -> None:
    asked = 'SELECT "Group", "select" AS "a b" FROM "clicks" WHERE "select" = \'it\'\'s\' ORDER BY "ts" LIMIT 1'
    answer = ask.answer(asked)
    assert answer["resultTable"]["dataSchema"]["columnNames"] == ["Group", "a b"]
    assert answer["resultTable"]["rows"] == [["g0", "it's"]]


@pytest.mark.parametrize("name", ["clicks", "CLICKS", "clicks_REALTIME", "default.clicks"])
def test_every_name_of_a_table_means_it(ask: Service, name: str) -> None:
    answer = ask.answer(f"SELECT COUNT(*) FROM {name}")
    assert answer["resultTable"]["rows"] == [[ROWS]]
    assert answer["tablesQueried"] == ["clicks"]


def test_arithmetic_and_functions(ask: Service) -> None:
    asked = (
        "SELECT UPPER(city), amount * 2 + 1, MOD(ts / 1000, 60), DATETRUNC('MINUTE', ts) FROM clicks WHERE amount = 4.0"
    )
    second = FIRST_MS // 1000 + 8
    assert ask.rows(asked) == [["GENF", 9.0, second % 60, second // 60 * 60_000]]


@pytest.mark.parametrize(
    ("sql", "code", "said"),
    [
        ("SELECT COUNT(*) FROM nosuch", 190, "TableDoesNotExistError"),
        ("SELECT COUNT(*) FROM clicks_OFFLINE", 190, "TableDoesNotExistError"),
        ("SELECT nosuch FROM clicks", 710, "Unknown columnName 'nosuch' found in the query"),
        ("SELECT COUNT(*) FROM clicks WHERE nosuch = 1", 710, "Unknown columnName 'nosuch' found in the query"),
        ("SELEC 1", 150, "SQLParsingError"),
        ("DROP TABLE clicks", 150, "SQLParsingError"),
        ("SELECT 1; DROP TABLE clicks", 150, "SQLParsingError"),
        ("SELECT * FROM read_parquet('/etc/passwd')", 190, "TableDoesNotExistError"),
        ("SELECT nosuch(city) FROM clicks", 700, "Unsupported function: nosuch"),
        ("SELECT COUNT(*) FROM clicks WHERE age = 'abc'", 700, "Cannot convert value: 'abc' to type: INT"),
    ],
)
def test_what_cannot_be_answered_has_pinots_code(ask: Service, sql: str, code: int, said: str) -> None:
    answer = ask.answer(sql)
    (error,) = answer["exceptions"]
    assert (error["errorCode"], said in error["message"]) == (code, True), error
    assert "Traceback" not in error["message"]
    assert answer["partialResult"]
    assert "resultTable" not in answer
    assert ask.count(CLICKS) == ROWS


def test_the_same_is_answered_to_a_get(ask: Service) -> None:
    reply = ask.request("GET", "/query/sql?sql=SELECT%20COUNT(*)%20FROM%20clicks", at=ask.broker)
    assert reply.body["resultTable"]["rows"] == [[ROWS]]


@pytest.mark.parametrize("body", [{"foo": 1}, b"nonsense", {"sql": 1}])
def test_a_body_that_asks_nothing_is_refused(ask: Service, body: Any) -> None:
    reply = ask.request("POST", "/query/sql", body, at=ask.broker)
    assert (reply.status, reply.body["code"], "sql" in reply.body["error"]) == (400, 400, True)


if FLIGHTS.is_dir() and RESPONSES.is_dir():
    ASKED = re.compile(
        r"\| (?P<file>[qe]\d\d-[\w-]+\.json) \| POST /query/sql (?P<body>\{\"sql\".*\}) \| (?P<status>\d+) \|"
    )
    STAGES = "useMultistageEngine"
    SAME = (
        "numRowsResultSet", "partialResult", "numGroupsLimitReached", "numDocsScanned", "totalDocs", "tablesQueried",
        "numServersQueried", "numServersResponded", "numSegmentsQueried", "numConsumingSegmentsQueried",
    )  # fmt: skip
    OTHERWISE = {
        "q11-explain.json": "names what it reads in its own words",
        "e08-timeout.json": "one millisecond may be enough",
        "e15-num-groups-limit.json": "which groups are left is the order's, not chance",
        "e14-join-on-v1.json": "joins are answered",
        "e17-division-by-zero.json": "is answered",
        "e09-timeout-mse.json": "may be fast enough",
        "q12-explain-mse.json": "says what it reads in its own words",
    }
    OWN_WORDS = ("e01", "e02", "e12", "e16", "e20")
    """Errors whose text is that of Pinot's parser."""
    REQUESTS = {
        found["file"]: json.loads(found["body"])
        for found in map(ASKED.match, (RESPONSES / "INDEX.md").read_text().splitlines())
        if found and found["file"] not in OTHERWISE
    }
    SINGLE_STAGE = [file for file, body in REQUESTS.items() if STAGES not in json.dumps(body)]
    MULTI_STAGE = [file for file in REQUESTS if file not in SINGLE_STAGE]

    @pytest.fixture(scope="module")
    def flights(service: Service, kafka: KafkaBroker) -> Service:
        """The service with the flights in it."""
        topic = fresh_name("flights")
        create_topic(kafka.bootstrap, topic)
        with gzip.open(FLIGHTS / "data.ndjson.gz") as lines:
            produce(kafka.bootstrap, topic, [(0, None, line, None) for line in lines])
        config = (FLIGHTS / "table.json").read_text().replace("localhost:9092", kafka.bootstrap)
        service.succeed("POST", "/schemas", (FLIGHTS / "schema.json").read_bytes())
        service.succeed("POST", "/tables", config.replace("flights-realtime", topic).encode())
        service.wait_for_count("airlineStats", 9746)
        return service

    @pytest.mark.parametrize("file", SINGLE_STAGE)
    def test_the_answer_is_pinots(flights: Service, file: str) -> None:
        pinots = json.loads((RESPONSES / file).read_text())
        reply = flights.request("POST", "/query/sql", REQUESTS[file], at=flights.broker)
        ours = reply.body
        assert reply.status == 200
        assert [key for key in ours if key in pinots] == list(pinots)
        assert ours.get("resultTable") == pinots.get("resultTable")
        assert [one["errorCode"] for one in ours["exceptions"]] == [one["errorCode"] for one in pinots["exceptions"]]
        if not pinots["exceptions"]:
            assert {key: ours[key] for key in SAME} == {key: pinots[key] for key in SAME}
        elif not file.startswith(OWN_WORDS):
            assert ours["exceptions"] == pinots["exceptions"]

    @pytest.mark.parametrize("file", MULTI_STAGE)
    def test_the_answer_is_that_of_pinots_second_engine(flights: Service, file: str) -> None:
        """Rows, names and types, or the error's code: how its stages went is another engine's business."""
        pinots = json.loads((RESPONSES / file).read_text())
        ours = flights.request("POST", "/query/sql", REQUESTS[file], at=flights.broker).body
        assert ours.get("resultTable") == pinots.get("resultTable")
        assert [one["errorCode"] for one in ours["exceptions"]] == [one["errorCode"] for one in pinots["exceptions"]]
        assert pinots.keys() - ours.keys() == set()

    def test_an_empty_text_is_no_query(flights: Service) -> None:
        assert flights.error_of("")["errorCode"] == 150
