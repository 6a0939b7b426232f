"""Range reads and the client over HTTP, on a real service: what was produced is what is read, while segments seal."""

from __future__ import annotations

import asyncio
import io
import json
import re
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from crushpad.client import (
    AsyncClient,
    BadRequest,
    Client,
    ClientError,
    NotFound,
    QueryError,
    RowRange,
    Unreachable,
)
from tests.conftest import KafkaBroker
from tests.documented_commands import REPOSITORY, run_page
from tests.produced import EPOCH_MS, HASHED, Produced, RowId, hash_of, schema, table
from tests.service import Service, running, wait_until

NAME = "clicks"
FLUSH_ROWS = 300
LINES = "application/x-ndjson"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, zookeeper: str) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("rows") / "data", f"{zookeeper}/rows-{uuid.uuid4().hex}") as service:
        yield service


@pytest.fixture(scope="module")
def produced(service: Service, kafka: KafkaBroker) -> Produced:
    """1,000 rows on two partitions, three hundred of each sealed; uploaded by the client."""
    produced = Produced.on_new_topic(kafka.bootstrap, partitions=2)
    with Client(f"http://{service.http}") as client:
        assert "successfully added" in client.upload_schema(schema(NAME)).status
        config = table(NAME, produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS)
        assert client.upload_table(config).unrecognized == {"/segmentsConfig/schemaName": NAME}
    produced.send(1000)
    service.wait_for_count(NAME, 1000)
    wait_until(lambda: len(service.sealed(NAME)) >= 2, "both partitions have sealed")
    return produced


@pytest.fixture
def client(service: Service, produced: Produced) -> Iterator[Client]:
    with Client(f"http://{service.http}") as client:
        yield client


def identities(rows: pa.Table) -> Counter[RowId]:
    """Which rows these are, by a hash of all that they say."""
    return Counter(
        (row["$partition"], row["$offset"], 0, hash_of({n: row[n] for n in HASHED})) for row in rows.to_pylist()
    )


def test_every_row_that_was_produced_is_read_once_in_the_order_of_offsets(client: Client, produced: Produced):
    rows = client.read(NAME)
    assert identities(rows) == produced.rows
    places = [(row["$partition"], row["$offset"]) for row in rows.to_pylist()]
    assert places == sorted(places)


def test_a_range_of_time_is_what_plain_python_finds(client: Client, produced: Produced):
    low, high = EPOCH_MS + 100, EPOCH_MS + 350
    rows = client.read(NAME, RowRange(low, high, columns=["ts", "lane", "amount"], filter="amount > 0", order="time"))
    expected = [one for one in produced.contents() if low <= one["ts"] < high and one["amount"] > 0]
    found = [(row["ts"], row["lane"], row["amount"]) for row in rows.to_pylist()]
    assert found == sorted((one["ts"], one["lane"], one["amount"]) for one in expected)


def test_pages_are_one_cut_while_rows_flow_and_segments_seal_and_the_service_starts_anew(
    service: Service, client: Client, produced: Produced
):
    before, wanted = produced.rows.copy(), RowRange(order="time:desc")
    sealed = len(service.sealed(NAME))
    page = client.page(NAME, wanted, limit=150)
    found = identities(page.table)
    with produced.flowing():
        wait_until(lambda: len(service.sealed(NAME)) > sealed + 1, "more segments are sealed")
        page = client.page(NAME, wanted, limit=150, cursor=page.cursor)
        found += identities(page.table)
    service.restart()
    with Client(f"http://{service.http}") as again:
        while page.cursor is not None:
            page = again.page(NAME, wanted, limit=150, cursor=page.cursor)
            found += identities(page.table)
        assert found == before
        service.wait_for_count(NAME, len(produced))
        assert identities(again.read(NAME)) == produced.rows


@pytest.fixture
def fetch(service: Service, produced: Produced) -> Callable[..., bytes]:
    """The body of an address as curl gets it."""

    def fetched(path: str, *options: str) -> bytes:
        asked = ["curl", "-sS", *options, f"http://{service.http}{path}"]
        return subprocess.run(asked, capture_output=True, check=True, timeout=30).stdout

    return fetched


READERS: dict[str, Callable[[bytes], int]] = {
    "application/x-ndjson": lambda body: len([json.loads(line) for line in body.splitlines()]),
    "text/csv": lambda body: int(pyarrow.csv.read_csv(io.BytesIO(body)).num_rows),
    "application/vnd.apache.arrow.stream": lambda body: int(pa.ipc.open_stream(body).read_all().num_rows),
    "application/vnd.apache.parquet": lambda body: int(pq.read_table(io.BytesIO(body)).num_rows),
}


@pytest.mark.parametrize("kind", READERS)
def test_rows_and_results_are_read_back_in_every_format(fetch: Callable[..., bytes], kind: str):
    accepts = ("-H", f"Accept: {kind}")
    assert READERS[kind](fetch("/tables/clicks/rows?partition=1&fromOffset=10&toOffset=410", *accepts)) == 400
    sql = json.dumps({"sql": "SELECT city, COUNT(*) FROM clicks WHERE city <> '' GROUP BY city LIMIT 99"})
    assert READERS[kind](fetch("/query/sql", "-d", sql, *accepts)) == 5


def test_every_other_accept_still_has_pinots_answer(fetch: Callable[..., bytes]):
    for accept in ("text/html", "application/json, text/csv", "*/*"):
        sql = json.dumps({"sql": "SELECT COUNT(*) FROM clicks"})
        assert json.loads(fetch("/query/sql", "-d", sql, "-H", f"Accept: {accept}"))["exceptions"] == []


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/tables/nosuch/rows", 404, "Table 'nosuch' not found."),
        ("/tables/clicks/rows?columns=citi", 400, "columns: clicks has no column 'citi', did you mean 'city'?"),
        ("/tables/clicks/rows?format=xml", 400, "format must be one of jsonl, csv, arrow, parquet, not 'xml'"),
        ("/tables/clicks/rows?limit=1&limit=2", 400, "limit stands there twice"),
        ("/tables/clicks/rows?partition=9", 400, "partition 9 does not exist; there are 0, 1"),
    ],
)
def test_a_wrong_request_has_the_house_error(service: Service, produced: Produced, path: str, status: int, said: str):
    reply = service.get(path)
    assert (reply.status, reply.body["code"]) == (status, status)
    assert said in reply.body["error"]


def test_an_accept_that_is_not_offered_is_a_406(fetch: Callable[..., bytes]):
    refused = json.loads(fetch("/tables/clicks/rows", "-H", "Accept: image/png"))
    assert refused["code"] == 406
    assert "'image/png' names none of application/x-ndjson, text/csv" in refused["error"]


def test_a_query_gives_a_table_and_what_the_answer_says_of_itself(client: Client, produced: Produced):
    answer = client.query("SELECT COUNT(*) AS n, MAX(ts) FROM clicks")
    assert answer.table.column("n").to_pylist() == [len(produced)]
    assert answer.facts["totalDocs"] == len(produced)
    assert answer.visible_offsets["clicks_REALTIME"].keys() == {"0", "1"}


def test_errors_are_exceptions_by_what_to_do_next(client: Client):
    with pytest.raises(QueryError) as failed:
        client.query("SELECT nosuch FROM clicks")
    assert (failed.value.code, failed.value.status) == (710, 400)
    with pytest.raises(NotFound):
        client.read("nosuch")
    with pytest.raises(BadRequest, match="did you mean 'city'"):
        list(client.rows(NAME, RowRange(columns=["citi"])))
    with Client("http://127.0.0.1:1") as nobody, pytest.raises(Unreachable):
        nobody.query("SELECT 1")


def test_the_asynchronous_client_reads_the_same(service: Service, client: Client):
    async def asked() -> tuple[Any, ...]:
        async with AsyncClient(f"http://{service.http}") as other:
            answer = await other.query("SELECT COUNT(*) AS n FROM clicks", timeoutMs=5000)
            batches = [batch async for batch in other.rows(NAME)]
            pages = [page async for page in other.pages(NAME, limit=400)]
            with pytest.raises(ClientError):
                await other.read("nosuch")
            return answer.table, pa.Table.from_batches(batches), pa.concat_tables(pages), await other.read(NAME)

    counted, streamed, paged, read = asyncio.run(asked())
    whole = client.read(NAME)
    assert counted.to_pylist() == [{"n": whole.num_rows}]
    assert streamed.equals(whole)
    assert paged.equals(whole)
    assert read.equals(whole)


def test_the_client_loads_nothing_of_the_service():
    program = "import sys, crushpad.client; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    ours = {"query", "segments", "zk", "ingest", "engine", "dialects", "tableconfigs", "upkeep"}
    assert not (ours | {"duckdb", "fastapi", "kazoo", "confluent_kafka"}) & set(loaded.stdout.split())


def crushpad(service: Service, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "crushpad", "rows", *arguments, "--endpoint", f"http://{service.http}"]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False, timeout=30)


def test_the_command_line_writes_what_http_sends(service: Service, fetch: Callable[..., bytes]):
    options = ("--partition", "1", "--from-offset", "10", "--to-offset", "410", "--order", "offset:desc")
    for form in ("jsonl", "csv", "arrow", "parquet"):
        path = f"/tables/clicks/rows?partition=1&fromOffset=10&toOffset=410&order=offset:desc&format={form}"
        assert crushpad(service, NAME, *options, "--output", form).stdout == fetch(path)
    some = crushpad(service, NAME, "--columns", "city,$offset", "--filter", "amount > 0", "--limit", "7").stdout
    assert [list(json.loads(line)) for line in some.splitlines()] == [["city", "$offset"]] * 7


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nosuch",), 3, "Table 'nosuch' not found."),
        ((NAME, "--columns", "citi"), 5, "did you mean 'city'?"),
        ((NAME, "--output", "xml"), 2, "'xml' is not one of"),
    ],
)
def test_the_command_line_ends_with_the_documented_codes(
    service: Service, produced: Produced, arguments: tuple[str, ...], code: int, said: str
):
    finished = crushpad(service, *arguments)
    assert (finished.returncode, finished.stdout) == (code, b"")
    assert said in finished.stderr.decode()


def test_the_commands_of_the_page_work(
    service: Service, produced: Produced, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CRUSHPAD_ENDPOINT", f"http://{service.http}")
    for line, finished in run_page("rows.md", tmp_path, {"localhost:9000": service.http}):
        assert finished.returncode == 0, (line, finished.stderr)
        assert ('"error"' in finished.stdout) == ("citi" in line), (line, finished.stdout)
    assert pq.read_table(tmp_path / "clicks.parquet").num_rows == len(produced)
    assert pq.read_table(tmp_path / "some.parquet").num_rows == min(1000, len(produced))


def test_the_program_of_the_client_page_works(service: Service, produced: Produced):
    (program,) = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "client.md").read_text(), re.DOTALL)
    program = program.replace("localhost:9000", service.http)
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    assert "710 UnknownColumnError" in finished.stdout
