"""Queries through real engine processes: exact, bounded, and a dead engine is an error of one query (P22, P26, P27)."""

import asyncio
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from engine.limits import RUNTIME_BYTES
from query.execute import EnginePool, Overloaded
from query.jobs import EngineJob
from segments.consuming.file import ConsumingFile
from tests.service import wait_until
from tests.unit.query.query_house import Asker, House, clicks


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made: Path = tmp_path_factory.mktemp("house")
    return made


@pytest.fixture(scope="module")
def ask(folder):
    house = House(folder)
    house.seal(clicks(0, 100))
    house.seal(clicks(100, 200))
    house.consume(clicks(0, 50), partition=1)
    house.partitions[1] = []
    house.consume(clicks(150, 230), start=150)
    house.publish()
    asker = Asker(house, size=2)
    yield asker
    asker.close()


def job(sql: str, timeout_ms: int = 10_000, **changes) -> EngineJob:
    return EngineJob(
        **{
            "id": 1, "sql": sql, "relations": (), "output_types": ("LONG",), "timeout_ms": timeout_ms,
            "rows_max": 1000, "bytes_max": 1 << 20, **changes,
        }
    )  # fmt: skip


ENDLESS_SQL = "SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE hash(a.range, b.range) = 7"


def test_rows_of_sealed_and_consuming_segments_are_counted_once(ask):
    assert ask.rows("SELECT count(*) FROM clicks") == [[280]]


def test_counts_agree_however_they_are_found(ask):
    assert ask.rows("SELECT count(*) FROM clicks WHERE amount >= 0") == [[280]]
    assert ask.rows('SELECT "$partition", count(*) FROM clicks GROUP BY "$partition" ORDER BY 1') == [[0, 230], [1, 50]]


def test_min_and_max_of_metadata_and_of_consuming_rows_are_merged(ask):
    assert ask.rows("SELECT min(amount), max(amount), count(*) FROM clicks") == [[0.0, 114.5, 280]]


def test_groups_with_their_aggregates(ask):
    rows = ask.rows('SELECT city, count(*), sum(amount) FROM clicks WHERE "$partition" = 0 GROUP BY city ORDER BY city')
    expected = [sum(n * 0.5 for n in range(230) if n % 3 == rest) for rest in range(3)]
    assert [row[2] for row in rows] == expected


def test_a_row_looks_as_pinot_shows_it(ask):
    body = ask("SELECT * FROM clicks WHERE ts = '2026-01-01 00:00:05' AND \"$partition\" = 0")
    assert body["resultTable"] == {
        "dataSchema": {
            "columnNames": ["age", "amount", "city", "price", "tags", "ts", "user"],
            "columnDataTypes": ["INT", "DOUBLE", "STRING", "FLOAT", "STRING_ARRAY", "TIMESTAMP", "STRING"],
        },
        "rows": [[5, 2.5, "Genf", 0.1, ["Genf", "all"], "2026-01-01 00:00:05.0", "u5"]],
    }


def test_a_segment_that_cannot_hold_a_row_is_not_opened(ask):
    body = ask("SELECT count(*) FROM clicks WHERE ts >= '2026-01-01 00:02:00' AND age < 1000")
    assert (body["numSegmentsQueried"], body["numSegmentsProcessed"], body["numSegmentsPrunedByServer"]) == (4, 2, 2)
    assert body["resultTable"]["rows"] == [[110]]


def test_an_answer_says_what_was_looked_at(ask):
    body = ask("SELECT city, count(*) FROM clicks WHERE user = 'u3' GROUP BY city")
    told = {key: body[key] for key in ("numDocsScanned", "totalDocs", "numServersQueried", "tablesQueried")}
    assert told == {"numDocsScanned": 28, "totalDocs": 280, "numServersQueried": 1, "tablesQueried": ["clicks"]}
    assert body["visibleOffsets"] == {"clicks_REALTIME": {"0": 230, "1": 50}}
    assert body["minConsumingFreshnessTimeMs"] > 0


def test_an_empty_answer_still_has_its_schema(ask):
    body = ask("SELECT city, age FROM clicks WHERE city = 'Zug'")
    assert body["resultTable"] == {
        "dataSchema": {"columnNames": ["city", "age"], "columnDataTypes": ["STRING", "INT"]},
        "rows": [],
    }


@pytest.mark.parametrize("name", ["clicks", "CLICKS", "clicks_REALTIME", "default.clicks", '"clicks"'])
def test_a_table_is_found_by_any_of_its_names(ask, name):
    assert ask.rows(f"SELECT count(*) FROM {name}") == [[280]]


def test_a_ping_needs_no_table(ask):
    body = ask("SELECT 1")
    assert body["resultTable"] == {"dataSchema": {"columnNames": ["1"], "columnDataTypes": ["INT"]}, "rows": [[1]]}
    assert (body["numServersQueried"], body["numServersResponded"]) == (0, 0)


@pytest.mark.parametrize(
    ("sql", "code", "message"),
    [
        ("SELECT count(*) FROM nosuch", 190, "TableDoesNotExistError"),
        ("SELECT nosuch FROM clicks", 710, "UnknownColumnError: Unknown columnName 'nosuch' found in the query"),
        ("SELECT nosuch(city) FROM clicks", 700, "Unsupported function: nosuch"),
        ("SELECT count(*) FROM clicks WHERE age = 'abc'", 700, "Cannot convert value: 'abc' to type: INT"),
        (
            "SELECT city, count(*) FROM clicks",
            150,
            "SQLParsingError: Columns and Aggregate functions can't co-exist without GROUP BY clause",
        ),
    ],
)
def test_errors_are_pinots(ask, sql, code, message):
    body = ask(sql)
    assert body["exceptions"] == [{"message": message, "errorCode": code}]
    assert body["partialResult"] is True
    assert "resultTable" not in body


HOSTILE = {
    "write": "COPY (SELECT 1) TO 'owned.csv'",
    "write into segments": "COPY clicks TO '{segments}/owned.parquet'",
    "read csv": "SELECT * FROM read_csv('/etc/passwd')",
    "read text": "SELECT read_text('/etc/passwd') FROM clicks",
    "file as table": "SELECT * FROM '/etc/passwd'",
    "quoted file as table": 'SELECT * FROM "/etc/passwd"',
    "glob": "SELECT * FROM glob('/etc/*')",
    "traversal": 'SELECT * FROM "{segments}/../../secret.parquet"',
    "attach": "ATTACH '{segments}/owned.db'",
    "pragma": "PRAGMA database_list",
    "set a duckdb option": "SET threads = 64; SELECT current_setting('threads') FROM clicks",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "two statements": "SELECT 1; SELECT 2",
    "second statement hidden": "SELECT count(*) FROM clicks; COPY (SELECT 1) TO 'owned.csv'",
    "escape from a string": "SELECT count(*) FROM clicks WHERE city = 'x'') UNION SELECT 1 --",
    "union with a file": "SELECT city FROM clicks UNION ALL SELECT * FROM read_csv('/etc/passwd')",
    "file in a sub-query": "SELECT city FROM clicks WHERE city IN (SELECT * FROM '/etc/passwd')",
    "file in a WITH": "WITH f AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM f",
    "python variable as a table": "SELECT * FROM settings a JOIN server b ON a.x = b.x",
    "relation of the printed query": "SELECT * FROM t0 JOIN clicks ON t0.city = clicks.city",
    "values that call": "SELECT * FROM (VALUES (read_text('/etc/passwd')))",
    "lateral table function": "SELECT * FROM clicks, LATERAL (SELECT * FROM glob('/*'))",
    "sub-select": "SELECT * FROM (SELECT * FROM duckdb_settings())",
    "table function": "SELECT * FROM duckdb_settings()",
    "catalog": "SELECT * FROM information_schema.tables",
    "environment": "SELECT getenv('HOME') FROM clicks",
    "create": "CREATE TABLE x AS SELECT 1",
    "drop": "DROP TABLE clicks",
    "insert": "INSERT INTO clicks VALUES (1)",
    "call": "CALL pragma_version()",
    "huge cross join": "SELECT SUM(a.amount * b.amount) FROM clicks a, clicks b, clicks c, clicks d, clicks e, clicks f",
    "huge cross join of rows": "SELECT * FROM clicks a CROSS JOIN clicks b CROSS JOIN clicks c CROSS JOIN clicks d",
    "deep sub-queries": "SELECT * FROM " + "(SELECT * FROM " * 500 + "clicks" + ")" * 500,
    "many unions": " UNION ALL ".join(["SELECT city FROM clicks"] * 5000),
    "lambda": "SELECT list_transform(tags, x -> read_text(x)) FROM clicks",
    "dollar quoting": "SELECT $$x$$ FROM clicks",
    "nul byte": "SELECT city FROM clicks WHERE city = '\x00' OR nosuch = 1",
    "deep nesting": "SELECT " + "(" * 5000 + "1" + ")" * 5000 + " FROM clicks",
    "long text": "SELECT city FROM clicks WHERE city = '" + "x" * 2_000_000 + "'",
    "giant string": "SELECT repeat(repeat(repeat('abcdefgh', 1000), 1000), 1000) FROM clicks",
    "alias that breaks out": 'SELECT city AS "x"" FROM read_csv(\'/etc/passwd\') --" FROM nosuch',
    "column that breaks out": 'SELECT "city"" FROM read_csv(\'/etc/passwd\') --" FROM clicks',
    "table that breaks out": 'SELECT * FROM "clicks) UNION SELECT 1 --"',
}


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("stages", ["false", "true"], ids=["single-stage", "multi-stage"])
@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_text_ends_in_an_error_and_writes_nothing(ask, folder, attack, stages):
    before = files_below(folder) | set(Path.cwd().iterdir())
    options = {"useMultistageEngine": stages, "timeoutMs": "1500"}
    body = ask(HOSTILE[attack].replace("{segments}", str(folder / "segments")), **options)
    assert body["exceptions"], body
    assert "resultTable" not in body
    assert "root:" not in str(body)
    assert files_below(folder) | set(Path.cwd().iterdir()) == before
    assert ask.rows("SELECT count(*) FROM clicks") == [[280]]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{folder}/owned.parquet'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{folder}/../../../etc/passwd')",
        "SET memory_limit = '100GB'",
        "SELECT 1; SELECT 2",
        "ATTACH '{folder}/owned.db'",
        "CREATE TABLE owned (a INT)",
        "PRAGMA version",
    ],
)
def test_even_sql_that_reaches_an_engine_can_only_read_segments(ask, folder, sql):
    before = files_below(folder)
    answer = ask.runner.run(ask.pool.run(job(sql.replace("{folder}", str(folder / "segments")))))
    assert answer.fault is not None
    assert files_below(folder) == before


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT length(repeat('abcdefgh', 500000000))", 245),
        ("SELECT count(*) FROM (SELECT range AS g, count(*) FROM range(1000000000) GROUP BY g)", 245),
        ("SELECT range FROM range(1000000000)", 245),
        (ENDLESS_SQL, 250),
    ],
)
def test_a_query_that_wants_too_much_is_an_error_of_its_own(ask, sql, code):
    answer = ask.runner.run(ask.pool.run(job(sql, timeout_ms=20_000 if code == 245 else 300)))
    assert answer.fault is not None
    assert answer.fault.code == code


def test_an_engine_that_ran_out_of_memory_is_replaced(one_engine):
    async def scenario(pool: EnginePool):
        (pid,) = pool.pids
        failed = await pool.run(job("SELECT length(repeat('abcdefgh', 500000000))"))
        return pid, failed, await one_engine.answer("SELECT count(*) FROM clicks WHERE age <> -1")

    pid, failed, after = one_engine.runner.run(scenario(one_engine.pool))
    assert failed.fault is not None
    assert after["resultTable"]["rows"] == [[10]]
    assert pid not in one_engine.pool.pids


def test_what_the_runtime_reserves_leaves_a_query_its_memory(tmp_path):
    house = House(tmp_path)
    house.consume(clicks(0, 40))
    house.publish()
    asker = Asker(house, memory_limit_bytes=1 << 30)
    try:
        assert len(asker.rows("SELECT * FROM clicks LIMIT 100")) == 40
        (pid,) = asker.pool.pids
        assert psutil.Process(pid).memory_info().data < RUNTIME_BYTES
    finally:
        asker.close()


def test_the_deadline_ends_a_query(ask):
    began = time.monotonic()
    answer = ask.runner.run(ask.pool.run(job(ENDLESS_SQL, timeout_ms=200)))
    assert answer.fault is not None
    assert answer.fault.message == "ExecutionTimeoutError: the query took longer than its deadline"
    assert time.monotonic() - began < 2


@pytest.fixture
def one_engine(tmp_path):
    """A pool of one engine with a queue of one, and a table behind it."""
    house = House(tmp_path)
    house.seal(clicks(0, 10))
    house.publish()
    asker = Asker(house, size=1, queue_max=1)
    yield asker
    asker.close()


def test_an_engine_killed_in_a_query_is_an_error_of_that_query_only(one_engine):
    async def scenario():
        (pid,) = one_engine.pool.pids
        running = asyncio.create_task(one_engine.answer("SELECT city FROM clicks WHERE age >= 0"))
        os.kill(pid, signal.SIGKILL)
        return await running, await one_engine.answer("SELECT count(*) FROM clicks WHERE age <> -1")

    killed, after = one_engine.runner.run(scenario())
    assert [one["errorCode"] for one in killed["exceptions"]] == [200]
    assert after["resultTable"]["rows"] == [[10]]


def test_an_engine_that_does_not_answer_is_replaced(one_engine):
    async def scenario():
        (pid,) = one_engine.pool.pids
        os.kill(pid, signal.SIGSTOP)
        stuck = await one_engine.answer("SELECT city FROM clicks WHERE age >= 0", timeoutMs="100")
        return pid, stuck, await one_engine.answer("SELECT count(*) FROM clicks WHERE age <> -1")

    pid, stuck, after = one_engine.runner.run(scenario())
    assert [one["errorCode"] for one in stuck["exceptions"]] == [250]
    assert after["resultTable"]["rows"] == [[10]]
    assert pid not in one_engine.pool.pids


def test_more_queries_than_the_queue_holds_are_refused_at_once(one_engine):
    async def scenario(pool: EnginePool):
        busy = [asyncio.create_task(pool.run(job(ENDLESS_SQL, timeout_ms=400))) for _ in range(2)]
        await asyncio.sleep(0)
        began = time.monotonic()
        with pytest.raises(Overloaded):
            await pool.run(job("SELECT 1"))
        took = time.monotonic() - began
        await asyncio.gather(*busy, return_exceptions=True)
        return took

    assert one_engine.runner.run(scenario(one_engine.pool)) < 0.05


def test_a_client_that_goes_away_frees_its_engine(one_engine):
    async def scenario():
        gone = asyncio.create_task(one_engine.pool.run(job(ENDLESS_SQL, timeout_ms=60_000)))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        return await one_engine.answer("SELECT count(*) FROM clicks WHERE age <> -1")

    assert one_engine.runner.run(scenario())["resultTable"]["rows"] == [[10]]


def test_a_segment_file_that_is_gone_is_an_error_and_never_a_smaller_count(one_engine):
    for path in (one_engine.house.folder / "segments").iterdir():
        path.unlink()
    body = one_engine("SELECT SUM(amount) FROM clicks")
    assert [one["errorCode"] for one in body["exceptions"]] == [305]


async def hand_over(house: House, file: ConsumingFile) -> ConsumingFile:
    """Fill a consuming file, open the next, commit, and unlink the old one with no grace at all."""
    for _ in range(6):
        house.append(file, clicks(file.state.next_offset, file.state.next_offset + 7))
        await asyncio.sleep(0.002)
    following = house.consume([], start=file.state.next_offset)
    house.append(following, clicks(file.state.next_offset, file.state.next_offset + 3))
    house.seal(clicks(house.committed_end(), file.state.next_offset))
    await asyncio.sleep(0.002)
    house.publish()
    file.unlink()
    return following


def test_counts_are_exact_and_never_fall_while_segments_change_hands(one_engine):
    house = one_engine.house

    async def writes():
        file = house.consume([], start=10)
        for _ in range(25):
            file = await hand_over(house, file)

    async def scenario():
        writing = asyncio.create_task(writes())
        seen = []
        while not writing.done():
            body = await one_engine.answer("SELECT count(*), max(amount) FROM clicks WHERE age <> -1")
            assert body["exceptions"] == []
            seen.append((body["visibleOffsets"]["clicks_REALTIME"]["0"], *body["resultTable"]["rows"][0]))
        await writing
        return seen

    seen = one_engine.runner.run(scenario())
    assert [(end, count, largest) for end, count, largest in seen] == [(end, end, (end - 1) / 2) for end, _, _ in seen]
    assert [end for end, _, _ in seen] == sorted(end for end, _, _ in seen)
    assert len({end for end, _, _ in seen}) > 10


def test_a_query_waits_for_the_offsets_it_asks_for(one_engine):
    async def scenario():
        waiting = asyncio.create_task(one_engine.answer("SELECT count(*) FROM clicks", minOffsets="0:15"))
        await asyncio.sleep(0)
        assert not waiting.done()
        one_engine.house.consume(clicks(10, 15))
        return await waiting

    assert one_engine.runner.run(scenario())["resultTable"]["rows"] == [[15]]


def test_offsets_that_do_not_become_visible_are_an_error_at_the_deadline(one_engine):
    body = one_engine("SET timeoutMs = 50; SET minOffsets = '0:11'; SELECT count(*) FROM clicks")
    assert body["exceptions"][0]["message"] == "ExecutionTimeoutError: partition 0 is visible to 10, not to 11"


def test_an_engine_that_is_not_asked_lets_go_of_files_that_are_gone(one_engine):
    house = one_engine.house
    file = house.consume(clicks(10, 15), start=10)
    assert one_engine.rows("SELECT count(*) FROM clicks WHERE age <> -1") == [[15]]
    maps = Path(f"/proc/{one_engine.pool.pids[0]}/maps")
    assert ".arrow" in maps.read_text()
    file.unlink()
    wait_until(lambda: ".arrow" not in maps.read_text(), "the engine unmaps the unlinked file", 10)
