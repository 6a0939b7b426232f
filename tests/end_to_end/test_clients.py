"""Pinot's clients, unmodified, over HTTP against one service with one small table: they notice no difference."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pinotdb
import pytest
import sqlalchemy as sa
from pinotdb.exceptions import DatabaseError

from tests.conftest import KafkaBroker
from tests.kafka_topics import create_topic, fresh_name, produce
from tests.produced import table
from tests.service import Service, running, wait_until

EVENTS = "events"
ROWS, SEALED_ROWS = 240, 150
FIRST = datetime(2024, 3, 1, tzinfo=UTC)
FIRST_MS = int(FIRST.timestamp()) * 1000
STEP = timedelta(minutes=7)

SCHEMA: dict[str, Any] = {
    "schemaName": EVENTS,
    "dimensionFieldSpecs": [
        {"name": "city", "dataType": "STRING"},
        {"name": "level", "dataType": "INT"},
        {"name": "valid", "dataType": "BOOLEAN"},
        {"name": "details", "dataType": "JSON"},
        {"name": "raw", "dataType": "BYTES"},
        {"name": "tags", "dataType": "STRING", "singleValueField": False},
    ],
    "metricFieldSpecs": [
        {"name": "amount", "dataType": "DOUBLE"},
        {"name": "ratio", "dataType": "FLOAT"},
        {"name": "hits", "dataType": "LONG"},
        {"name": "price", "dataType": "BIG_DECIMAL"},
    ],
    "dateTimeFieldSpecs": [
        {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"},
        {"name": "at", "dataType": "TIMESTAMP", "format": "TIMESTAMP", "granularity": "1:MILLISECONDS"},
    ],
}


def event(number: int) -> dict[str, Any]:
    """One every seven minutes, of three cities."""
    moment = FIRST_MS + number * int(STEP.total_seconds()) * 1000
    return {
        "city": ("Bern", "Chur", "Genf")[number % 3],
        "level": number % 5,
        "valid": number % 2 == 0,
        "details": {"k": number, "host": f"h{number % 4}"},
        "raw": number.to_bytes(2).hex(),
        "tags": [f"t{number % 2}", "all"],
        "amount": number / 4,
        "ratio": 0.5,
        "hits": number * 10_000_000_000,
        "price": "12.50",
        "ts": moment,
        "at": moment,
    }


ALL = [event(number) for number in range(ROWS)]
CITIES = Counter(one["city"] for one in ALL)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, zookeeper: str, kafka: KafkaBroker) -> Iterator[Service]:
    """A service whose one table is partly sealed."""
    chroot = f"{zookeeper}/clients-{uuid.uuid4().hex}"
    with running(tmp_path_factory.mktemp("clients") / "data", chroot) as service:
        topic = fresh_name("clients")
        create_topic(kafka.bootstrap, topic)
        service.upload(SCHEMA, table(EVENTS, topic, kafka.bootstrap, flush_rows=SEALED_ROWS))
        produce(kafka.bootstrap, topic, [(0, None, json.dumps(one), None) for one in ALL])
        service.wait_for_count(EVENTS, ROWS)
        wait_until(lambda: len(service.sealed(EVENTS)) == 1, "the first rows are sealed")
        yield service


# pinotdb, DB-API


@pytest.fixture
def cursor(service: Service) -> Iterator[Any]:
    host, port = service.broker.split(":")
    with pinotdb.connect(host=host, port=int(port), path="/query/sql", scheme="http") as cursor:
        yield cursor


def test_db_api_rows_and_description(cursor: Any) -> None:
    cursor.execute("SELECT city, COUNT(*), SUM(amount) FROM events GROUP BY city ORDER BY city")
    assert [one[0] for one in cursor.description] == ["city", "count(*)", "sum(amount)"]
    assert cursor.fetchall() == [
        [city, count, sum(one["amount"] for one in ALL if one["city"] == city)]
        for city, count in sorted(CITIES.items())
    ]
    assert cursor.query_stats["numServersResponded"] == cursor.query_stats["numServersQueried"] == 1
    assert cursor.query_stats["totalDocs"] == ROWS


def test_db_api_types(cursor: Any) -> None:
    cursor.execute(
        "SELECT city, level, valid, details, raw, tags, amount, ratio, hits, ts, at FROM events ORDER BY ts LIMIT 2"
    )
    moment = FIRST + STEP
    assert cursor.fetchall()[1] == [
        "Chur", 1, False, {"k": 1, "host": "h1"}, "0001", ["t1", "all"], 0.25, 0.5, 10_000_000_000,
        int(moment.timestamp() * 1000), moment.replace(tzinfo=None),
    ]  # fmt: skip


def test_db_api_parameters(cursor: Any) -> None:
    cursor.execute(
        "SELECT COUNT(*) FROM events WHERE city IN (%(cities)s) AND level = %(level)s AND valid = %(valid)s",
        {"cities": ["Bern", "it's"], "level": 2, "valid": True},
    )
    expected = sum(one["city"] == "Bern" and one["level"] == 2 and one["valid"] for one in ALL)
    assert cursor.fetchone() == [expected]


def test_db_api_options_of_the_connection(service: Service) -> None:
    host, port = service.broker.split(":")
    options = {"extra_request_headers": "database=default", "use_multistage_engine": True, "timeout": 10}
    with pinotdb.connect(host=host, port=int(port), path="/query/sql", scheme="http", **options) as cursor:
        cursor.execute("SELECT SUM(level) FROM events", queryOptions="timeoutMs=5000")
        assert cursor.fetchall() == [[sum(one["level"] for one in ALL)]]
        assert cursor.description[0][0] == "EXPR$0"


def test_db_api_preserve_types(service: Service) -> None:
    host, port = service.broker.split(":")
    with pinotdb.connect(host=host, port=int(port), path="/query/sql", preserve_types=True) as cursor:
        assert list(cursor.execute("SELECT level FROM events LIMIT 1")) == [[0]]


@pytest.mark.parametrize(
    ("sql", "code"), [("SELECT nosuch FROM events", 710), ("SELECT 1 FROM nosuch", 190), ("SELEC", 150)]
)
def test_db_api_errors_carry_pinots_code(cursor: Any, sql: str, code: int) -> None:
    with pytest.raises(DatabaseError, match=rf"'errorCode': {code}"):
        cursor.execute(sql)


def test_db_api_ignored_error_codes(service: Service) -> None:
    host, port = service.broker.split(":")
    connection = pinotdb.connect(host=host, port=int(port), ignore_exception_error_codes="190")
    cursor = connection.cursor()
    cursor.execute("SELECT 1 FROM nosuch")
    connection.close()


def test_db_api_async(service: Service) -> None:
    async def asked() -> Any:
        host, port = service.broker.split(":")
        async with pinotdb.connect_async(host=host, port=int(port), path="/query/sql") as cursor:
            await cursor.execute("SELECT DISTINCT city FROM events ORDER BY city")
            return cursor.fetchall()

    assert asyncio.run(asked()) == [[city] for city in sorted(CITIES)]


# SQLAlchemy, pandas, Superset


def engine_of(service: Service, more: str = "") -> sa.Engine:
    return sa.create_engine(f"pinot://{service.broker}/query/sql?controller=http://{service.http}/{more}")


@pytest.fixture
def engine(service: Service) -> Iterator[sa.Engine]:
    engine = engine_of(service)
    yield engine
    engine.dispose()


def test_sqlalchemy_reflection(engine: sa.Engine) -> None:
    inspected = sa.inspect(engine)
    assert inspected.get_schema_names() == ["default"]
    assert inspected.has_table(EVENTS)
    assert not inspected.has_table("nosuch")
    assert EVENTS in inspected.get_table_names()
    types = {one["name"]: type(one["type"]).__name__.upper() for one in inspected.get_columns(EVENTS)}
    assert types == {
        "city": "STRING", "level": "BIGINTEGER", "valid": "BOOLEAN", "details": "JSON", "raw": "LARGEBINARY",
        "tags": "STRING", "amount": "NUMERIC", "ratio": "FLOAT", "hits": "BIGINTEGER", "price": "NUMERIC",
        "ts": "BIGINTEGER", "at": "TIMESTAMP",
    }  # fmt: skip
    assert inspected.get_pk_constraint(EVENTS)["constrained_columns"] == []
    assert inspected.get_indexes(EVENTS) == []
    assert inspected.get_foreign_keys(EVENTS) == []
    assert inspected.get_view_names() == []


def test_sqlalchemy_expressions_on_a_reflected_table(engine: sa.Engine) -> None:
    events = sa.Table(EVENTS, sa.MetaData(), autoload_with=engine)
    asked = (
        sa.select(events.c.city, sa.func.count().label("n"))
        .where(events.c.level > 1)
        .group_by(events.c.city)
        .order_by(events.c.city)
        .limit(50_000)
    )
    with engine.connect() as connection:
        rows = connection.execute(asked).all()
    expected = Counter(one["city"] for one in ALL if one["level"] > 1)
    assert [tuple(row) for row in rows] == sorted(expected.items())


def test_sqlalchemy_ping(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


def test_sqlalchemy_multi_stage(service: Service) -> None:
    engine = engine_of(service, "&use_multistage_engine=true")
    joined = "SELECT a.city, COUNT(*) FROM events a JOIN events b ON a.ts = b.ts GROUP BY a.city ORDER BY a.city"
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(sa.text(joined))] == sorted(CITIES.items())
    engine.dispose()


def test_pandas_read_sql(engine: sa.Engine) -> None:
    frame = pd.read_sql("SELECT city, amount, at FROM events WHERE level = 3 ORDER BY ts LIMIT 1000", engine)
    expected = [one for one in ALL if one["level"] == 3]
    assert frame["city"].tolist() == [one["city"] for one in expected]
    assert frame["amount"].sum() == sum(one["amount"] for one in expected)
    assert frame["at"].dtype.kind == "M"


def truncated(moment: datetime, grain: str) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match grain:
        case "second":
            return moment.replace(microsecond=0)
        case "minute":
            return moment.replace(second=0, microsecond=0)
        case "hour":
            return moment.replace(minute=0, second=0, microsecond=0)
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
    return day.replace(day=1, month=1)


MOMENTS = [FIRST.replace(tzinfo=None) + STEP * number for number in range(ROWS)]


@pytest.mark.parametrize("column", ["ts", "at"])
@pytest.mark.parametrize("grain", ["second", "minute", "hour", "day", "week", "month", "quarter", "year"])
def test_superset_time_grains(engine: sa.Engine, grain: str, column: str) -> None:
    """As Superset's engine spec writes them: the expression is repeated, columns are read by position."""
    bucket = f"CAST(DATE_TRUNC('{grain}', CAST({column} AS TIMESTAMP)) AS TIMESTAMP)"
    asked = f"SELECT {bucket}, COUNT(*) FROM events GROUP BY {bucket} ORDER BY {bucket} LIMIT 50000"
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text(asked))]
    assert rows == sorted(Counter(truncated(moment, grain) for moment in MOMENTS).items())


@pytest.mark.parametrize("minutes", [5, 10, 15, 30])
def test_superset_grains_of_some_minutes(engine: sa.Engine, minutes: int) -> None:
    width = minutes * 60_000
    bucket = f"CAST(ROUND(DATE_TRUNC('minute', CAST(ts AS TIMESTAMP)), {width}) AS TIMESTAMP)"
    asked = f"SELECT {bucket}, SUM(amount) FROM events GROUP BY {bucket} ORDER BY {bucket} LIMIT 50000"
    sums: Counter[datetime] = Counter()
    for one in ALL:
        start = one["ts"] // width * width
        sums[datetime.fromtimestamp(start / 1000, UTC).replace(tzinfo=None)] += one["amount"]
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(sa.text(asked))] == sorted(sums.items())


def test_superset_charts_and_filter_values(engine: sa.Engine) -> None:
    day = "CAST(DATE_TRUNC('day', CAST(at AS TIMESTAMP)) AS TIMESTAMP)"
    chart = (
        f"SELECT {day}, city, COUNT(*), SUM(amount) FROM events WHERE at >= CAST('2024-03-01 12:00:00.000' AS TIMESTAMP)"
        f" AND at < CAST('2024-03-02 00:00:00.000' AS TIMESTAMP) GROUP BY {day}, city ORDER BY COUNT(*) DESC LIMIT 50000"
    )
    inside = [at for at, moment in enumerate(MOMENTS) if datetime(2024, 3, 1, 12) <= moment < datetime(2024, 3, 2)]
    with engine.connect() as connection:
        rows = connection.execute(sa.text(chart)).all()
        values = connection.execute(sa.text("SELECT city FROM events GROUP BY city LIMIT 10000")).scalars().all()
    assert {row[1]: row[2] for row in rows} == Counter(ALL[at]["city"] for at in inside)
    assert {row[0] for row in rows} == {datetime(2024, 3, 1)}
    assert sorted(values) == sorted(CITIES)


# Grafana's plugin, as it sends its requests


@pytest.fixture
def broker(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{service.broker}") as client:
        yield client


@pytest.fixture
def controller(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{service.http}") as client:
        yield client


def grafana(broker: httpx.Client, sql: str) -> dict[str, Any]:
    reply = broker.post("/query/sql", json={"sql": f"{sql};\n\nSET timeoutMs=60000;", "trace": False})
    assert (reply.status_code, reply.json()["exceptions"]) == (200, [])
    found: dict[str, Any] = reply.json()["resultTable"]
    assert None not in [cell for row in found["rows"] for cell in row], "the plugin panics on null"
    return found


def test_grafana_finds_tables(broker: httpx.Client, controller: httpx.Client) -> None:
    assert controller.head("/mytables").status_code == 404
    assert EVENTS in controller.get("/tables").json()["tables"]
    assert controller.get("/databases").json() == ["default"]
    assert list(controller.get(f"/tables/{EVENTS}").json()) == ["REALTIME"]
    assert controller.get(f"/tables/{EVENTS}/schema").json()["schemaName"] == EVENTS
    metadata = controller.get(f"/tables/{EVENTS}/metadata").json()
    assert {"tableName", "diskSizeInBytes", "numSegments", "numRows"} <= metadata.keys()
    assert broker.head("/timeseries/api/v1/query_range").status_code == 404
    assert grafana(broker, "SELECT 1")["rows"] == [[1]]


def test_grafana_time_series(broker: httpx.Client) -> None:
    end = ALL[-1]["ts"]
    found = grafana(
        broker,
        "SELECT \"city\", DATETIMECONVERT(\"ts\", '1:MILLISECONDS:EPOCH', '1:MILLISECONDS:EPOCH', '1:HOURS') AS \"time\", "
        f'SUM("amount") AS "metric" FROM "events" WHERE "ts" >= {FIRST_MS} AND "ts" < {end} '
        "AND (\"city\" = 'Bern' OR \"city\" = 'Chur') "
        'GROUP BY "city", "time" ORDER BY "time" DESC LIMIT 100000',
    )
    sums: Counter[tuple[str, int]] = Counter()
    for one in ALL[:-1]:
        if one["city"] != "Genf":
            sums[one["city"], one["ts"] // 3_600_000 * 3_600_000] += one["amount"]
    assert found["dataSchema"]["columnNames"] == ["city", "time", "metric"]
    assert {(city, moment): total for city, moment, total in found["rows"]} == dict(sums)
    assert [row[1] for row in found["rows"]] == sorted((row[1] for row in found["rows"]), reverse=True)


def test_grafana_counts_rows_with_a_quoted_star(broker: httpx.Client) -> None:
    found = grafana(broker, 'SELECT COUNT("*") AS \'metric\' FROM "events" WHERE "ts" IS NOT NULL')
    assert (found["dataSchema"]["columnNames"], found["rows"]) == (["metric"], [[ROWS]])


def test_grafana_raw_rows_logs_and_variables(broker: httpx.Client) -> None:
    raw = grafana(
        broker,
        f'SELECT "amount" AS "metric", "ts" AS "time" FROM "events" WHERE "amount" IS NOT NULL AND "ts" >= {FIRST_MS} '
        'ORDER BY "ts" DESC LIMIT 3',
    )
    assert raw["rows"] == [[one["amount"], one["ts"]] for one in reversed(ALL[-3:])]
    logs = grafana(
        broker,
        "SELECT \"city\", JSONEXTRACTSCALAR(\"details\", '$.host', 'STRING', '') AS 'host', "
        "REGEXPEXTRACT(\"city\", '(.)e(.*)', 2, '') AS 'rest', \"ts\" FROM \"events\" "
        'ORDER BY "ts" ASC, "city" ASC LIMIT 2',
    )
    assert logs["dataSchema"]["columnNames"] == ["city", "host", "rest", "ts"]
    assert logs["rows"] == [["Bern", "h0", "rn", ALL[0]["ts"]], ["Chur", "h1", "", ALL[1]["ts"]]]
    variables = grafana(
        broker, 'SELECT DISTINCT "city" FROM "events" WHERE "city" IS NOT NULL ORDER BY "city" ASC LIMIT 100'
    )
    assert variables["rows"] == [[city] for city in sorted(CITIES)]


# Trino's connector


def test_trino_metadata(service: Service, broker: httpx.Client, controller: httpx.Client) -> None:
    assert EVENTS in controller.get("/tables").json()["tables"]
    instances = controller.get(f"/tables/{EVENTS}/instances").json()
    (named,) = instances["brokers"]
    assert named == {"tableType": "REALTIME", "instances": [f"Broker_{service.broker.replace(':', '_')}"]}
    routed = broker.get(f"/debug/routingTable/{EVENTS}").json()
    assert list(routed) == ["events_REALTIME"]
    (segments,) = routed["events_REALTIME"].values()
    assert len(segments) == 2
    assert broker.get(f"/debug/timeBoundary/{EVENTS}").status_code == 404


def test_trino_pushed_down_aggregates_are_found_by_name(broker: httpx.Client) -> None:
    sql = 'SELECT "city", COUNT(*), SUM("amount"), MIN("level"), AVG("amount"), DISTINCTCOUNT("level") '
    reply = broker.post("/query/sql", json={"sql": f'{sql} FROM events_REALTIME GROUP BY "city" LIMIT 50000'}).json()
    assert reply["resultTable"]["dataSchema"]["columnNames"] == [
        "city", "count(*)", "sum(amount)", "min(level)", "avg(amount)", "distinctcount(level)",
    ]  # fmt: skip
    assert reply["numServersQueried"] >= 1


# Pinot's Java client, JDBC, the console


def test_java_client(service: Service, broker: httpx.Client, controller: httpx.Client) -> None:
    host, port = service.broker.split(":")
    live = controller.get("/tables/livebrokers").json()
    assert [(one["host"], one["port"]) for one in live["events_REALTIME"]] == [(host, int(port))]
    for path in ("/query/sql", "/query"):
        reply = broker.post(path, json={"sql": "SELECT COUNT(*) FROM events", "queryOptions": "groupByMode=sql"})
        assert (reply.status_code, reply.json()["resultTable"]["rows"]) == (200, [[ROWS]])
        assert broker.post(path, json={"sql": "SELECT nosuch FROM events"}).status_code == 200


def test_jdbc(service: Service, broker: httpx.Client, controller: httpx.Client) -> None:
    brokers = controller.get("/v2/brokers/tenants/DefaultTenant", params={"state": "ONLINE"}).json()
    host, port = service.broker.split(":")
    assert [(one["host"], str(one["port"])) for one in brokers] == [(host, port)]
    asked = "SET enableNullHandling=true;\nSELECT city FROM events LIMIT 1000000"
    assert broker.post("/query/sql", json={"sql": asked}).json()["numRowsResultSet"] == ROWS


def test_console(controller: httpx.Client) -> None:
    body = {"sql": "SELECT price FROM events LIMIT 1", "trace": True, "queryOptions": ""}
    found = controller.post("/sql", json=body).json()
    assert found["resultTable"]["dataSchema"]["columnDataTypes"] == ["BIG_DECIMAL"]
    assert Decimal(found["resultTable"]["rows"][0][0]) == Decimal("12.50")
    assert found["traceInfo"] != {}


# What else Pinot's broker offers


def test_cursors_page_through_an_answer(broker: httpx.Client) -> None:
    asked = {"sql": "SELECT ts, city FROM events ORDER BY ts LIMIT 1000"}
    first = broker.post("/query/sql", params={"getCursor": "true", "numRows": 100}, json=asked).json()
    kept = first["requestId"]
    rows = first["resultTable"]["rows"]
    assert (len(rows), first["numRows"], first["numRowsResultSet"]) == (100, 100, ROWS)
    while len(rows) < first["numRowsResultSet"]:
        page = broker.get(f"/responseStore/{kept}/results", params={"offset": len(rows), "numRows": 100}).json()
        rows += page["resultTable"]["rows"]
    assert rows == [[one["ts"], one["city"]] for one in ALL]
    assert [one["requestId"] for one in broker.get("/responseStore").json()] == [kept]
    assert "resultTable" not in broker.get(f"/responseStore/{kept}").json()
    assert broker.get(f"/responseStore/{kept}/results", params={"offset": 1000}).status_code == 400
    assert broker.delete(f"/responseStore/{kept}").status_code == 200
    assert broker.get(f"/responseStore/{kept}/results").status_code == 404
    assert broker.delete("/responseStore").text == "Deleted 0 responses"


def test_a_cursor_has_no_other_form(broker: httpx.Client) -> None:
    headers = {"Accept": "text/csv"}
    reply = broker.post("/query/sql?getCursor=true", json={"sql": "SELECT 1"}, headers=headers)
    assert (reply.status_code, "Accept: application/json" in reply.json()["error"]) == (400, True)


def test_a_query_is_seen_and_ended(service: Service, broker: httpx.Client) -> None:
    endless = (
        "SET clientQueryId = 'too long'; SELECT SUM(a.amount * b.level) FROM events a, events b, events c, events d"
    )

    async def story() -> Any:
        async with httpx.AsyncClient(base_url=f"http://{service.broker}", timeout=60) as client:
            body = {"sql": endless, "queryOptions": "timeoutMs=60000;useMultistageEngine=true"}
            query = asyncio.create_task(client.post("/query/sql", json=body))
            while not (running := (await client.get("/queries")).json()):
                await asyncio.sleep(0)
            ended = await client.delete("/query/too%20long", params={"client": "true"})
            return running, ended, (await query).json()

    running, ended, answer = asyncio.run(story())
    assert list(running.values()) == [endless]
    assert (ended.status_code, ended.text) == (200, "Cancelled client query: too long")
    assert [one["errorCode"] for one in answer["exceptions"]] == [503]
    assert answer["clientRequestId"] == "too long"
    assert broker.get("/queries").json() == {}
    sql = "SELECT state, code FROM system.queries WHERE clientId = 'too long'"
    assert broker.post("/query/sql", json={"sql": sql}).json()["resultTable"]["rows"] == [["failed", 503]]


def test_both_engines_are_compared(broker: httpx.Client) -> None:
    same = broker.post(
        "/query/compare", json={"sql": "SELECT city, COUNT(*) AS n FROM events GROUP BY city ORDER BY n, city"}
    )
    assert same.json()["comparisonAnalysis"] == []
    unlike = broker.post("/query/compare", json={"sql": "SELECT SUM(level) AS s FROM events"}).json()
    assert unlike["comparisonAnalysis"] == ['columnDataTypes: ["DOUBLE"] and ["LONG"]']


@pytest.mark.parametrize(("sql", "status"), [("SELECT 1 FROM nosuch", 404), ("SELEC", 400), ("SELECT 1", 200)])
def test_the_http_status_is_honest_for_those_who_ask(broker: httpx.Client, sql: str, status: int) -> None:
    reply = broker.post("/query/sql", json={"sql": sql}, headers={"Pinot-Use-Http-Status-For-Errors": "true"})
    assert (reply.status_code, broker.post("/query/sql", json={"sql": sql}).status_code) == (status, 200)


def test_system_tables_tell_of_the_service(broker: httpx.Client) -> None:
    sql = (
        "SELECT p.state, p.lagRecords, s.segment FROM system.partitions p JOIN system.segments s "
        'ON p."table" = s."table" AND p.partition = s.partition WHERE s.state = \'ONLINE\''
    )
    ((state, lag, segment),) = broker.post("/query/sql", json={"sql": sql}).json()["resultTable"]["rows"]
    assert (state, lag, segment.startswith("events__0__0__")) == ("CONSUMING", 0, True)


def crushpad(service: Service, *arguments: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "crushpad", *arguments, "--endpoint", f"http://{service.http}"]
    return subprocess.run(argv, input=typed, capture_output=True, text=True, timeout=30, check=False)


def test_the_command_line_asks_without_a_verb(service: Service) -> None:
    done = crushpad(
        service, "query", "SELECT city, COUNT(*) FROM events GROUP BY city ORDER BY city", "--output", "csv"
    )
    assert (done.returncode, done.stdout) == (0, "city,count(*)\nBern,80\nChur,80\nGenf,80\n")
    assert crushpad(service, "query", "SELECT nosuch FROM events").returncode == 5


def test_the_shell_answers_a_script(service: Service) -> None:
    script = (
        "SET useMultistageEngine = true;\nSELECT SUM(level)\n  FROM events;\n\\d\nSELECT 1 FROM nosuch;\nSELECT 2;\n"
    )
    done = crushpad(service, "query", "shell", "--output", "jsonl", typed=script)
    assert done.stdout.splitlines() == ['{"EXPR$0": 480}', '{"table": "events"}']
    assert (done.returncode, "(code 190)" in done.stderr) == (3, True)


def test_a_person_at_a_terminal_has_history_completion_and_timing(service: Service, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "crushpad", "query", "shell", "--endpoint", f"http://{service.http}"]
    mine, theirs = pty.openpty()
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "dumb"}
    with subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, close_fds=True) as shell:
        os.close(theirs)
        seen = until(mine, "crushpad> ")
        os.write(mine, b"SELECT hi\t FROM\n")
        seen += until(mine, "... ")
        os.write(mine, b" events WHERE level = 9;\n")
        seen += until(mine, "crushpad> ")
        os.write(mine, b"SELECT nosuch FROM events;\n")
        seen += until(mine, "crushpad> ")
        os.write(mine, b"\\q\n")
        assert shell.wait(20) == 0
    os.close(mine)
    assert "SELECT hits FROM" in seen
    assert "0 rows in" in seen
    assert " ms here" in seen
    assert "error: UnknownColumnError" in seen
    assert (tmp_path / "crushpad" / "query-history").read_text().splitlines()[-1] == "\\q"


def until(terminal: int, text: str) -> str:
    """What the terminal shows up to and with the text."""
    seen = ""
    while text not in seen:
        seen += os.read(terminal, 4096).decode()
    return seen
