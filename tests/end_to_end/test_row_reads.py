"""Range reads through real engine processes: a total order, pages and streams that survive seals, no engine held (P22)."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from engine.settings import Settings
from query.engine_handle import engine_argv, spawner
from query.execute import EnginePool
from query.faults import Unanswerable
from query.formats import Format
from query.rows import BrokenOff, Page, RowsService, RowStream
from query.rows_request import RowsFault
from tests.unit.query.query_house import NOW_MS, House, clicks

SMALL_STEPS = 20
Row = dict[str, Any]


class Engines:
    """One engine process for the houses of all tests, and the event loop that it is asked from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runner = asyncio.Runner()
        settings = Settings(folders=(str(folder),), threads=1, memory_limit_bytes=256 << 20)
        self.pool = EnginePool(spawner(engine_argv(settings)), 1, 8)
        self.runner.run(self.pool.start())

    def new_house(self) -> House:
        folder = self.folder / str(len(list(self.folder.iterdir())))
        folder.mkdir()
        return House(folder)

    def close(self) -> None:
        self.runner.run(self.pool.close())
        self.runner.close()


class Reader:
    """Reads rows of a house."""

    def __init__(self, house: House, engines: Engines) -> None:
        self.house = house
        self.engines = engines
        self.queries = house.service(engines.pool)
        self.rows = RowsService(self.queries.views, engines.pool, "127.0.0.1", lambda: NOW_MS)

    async def counted(self) -> int:
        """A count that an engine has to make."""
        answer = json.loads((await self.queries.answer("SELECT count(*) FROM clicks WHERE age <> -1", {})).body)
        ((count,),) = answer["resultTable"]["rows"]
        return int(count)

    async def open(self, form: Format = Format.JSONL, **given: Any) -> Page | RowStream:
        return await self.rows.open("clicks", {name.rstrip("_"): str(value) for name, value in given.items()}, form)

    async def streamed(self, form: Format = Format.JSONL, **given: Any) -> RowStream:
        stream = await self.open(form, **given)
        assert isinstance(stream, RowStream)
        return stream

    def bytes(self, form: Format = Format.JSONL, **given: Any) -> bytes:
        async def reading() -> bytes:
            return await rest_of(await self.streamed(form, **given))

        body: bytes = self.run(reading())
        return body

    def all(self, **given: Any) -> list[Row]:
        return rows_of(self.bytes(**given))

    def page(self, **given: Any) -> Page:
        page = self.run(self.open(**given))
        assert isinstance(page, Page)
        return page

    def walk(self, between: Callable[[int], None] = lambda _: None, **given: Any) -> list[Row]:
        """All pages; `between` is called with the number of each page after it."""
        found: list[Row] = []
        cursor: dict[str, str] = {}
        for number in range(1000):
            page = self.page(**given, **cursor)
            found += rows_of(page.body)
            if page.cursor is None:
                return found
            cursor = {"cursor": page.cursor}
            between(number)
        raise AssertionError("the walk does not end")

    def run(self, work: Any) -> Any:
        return self.engines.runner.run(work)


async def rest_of(stream: RowStream) -> bytes:
    async with aclosing(stream.rest) as rest:
        return stream.first + b"".join([chunk async for chunk in rest])


def rows_of(lines: bytes) -> list[Row]:
    return [json.loads(line) for line in lines.splitlines()]


def places(rows: list[Row]) -> list[tuple[int, int]]:
    return [(row["$partition"], row["$offset"]) for row in rows]


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    engines = Engines(tmp_path_factory.mktemp("houses"))
    yield engines
    engines.close()


@pytest.fixture
def read(engines: Engines) -> Reader:
    """Partition 0: 200 sealed rows, half of them not in the order of their offsets, 30 consuming; partition 1: 50."""
    house = engines.new_house()
    house.seal(clicks(0, 100))
    house.seal(clicks(100, 200)[::-1])
    house.consume(clicks(150, 230), start=150)
    house.partitions[1] = []
    house.consume(clicks(0, 50), partition=1)
    house.publish()
    return Reader(house, engines)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("query.rows_windows.STEP_ROWS", SMALL_STEPS)


EVERY = [(0, offset) for offset in range(230)] + [(1, offset) for offset in range(50)]


def time_of(place: tuple[int, int]) -> int:
    """Which second the row at this place has: the second segment was written backwards, part of it is consuming."""
    partition, offset = place
    return 299 - offset if partition == 0 and 100 <= offset < 200 else offset


ORDERED = {
    "offset": EVERY,
    "offset:desc": EVERY[::-1],
    "time": sorted(EVERY, key=lambda place: (time_of(place), place)),
    "time:desc": sorted(EVERY, key=lambda place: (time_of(place), place))[::-1],
}


@pytest.mark.parametrize("order", ORDERED)
def test_rows_come_once_each_in_a_total_order(read: Reader, order: str):
    assert places(read.all(order=order)) == ORDERED[order]


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("order", ORDERED)
def test_many_steps_and_many_pages_give_the_same_rows(read: Reader, order: str):
    rows = read.all(order=order)
    assert places(rows) == ORDERED[order]
    assert read.walk(order=order, limit=33) == rows


def test_a_range_of_time_is_half_open(read: Reader):
    found = read.all(from_=NOW_MS + 10_000, to=NOW_MS + 12_000, columns="ts,$partition")
    assert found == [
        {"ts": f"2026-01-01 00:00:{second}.0", "$partition": partition} for partition in (0, 1) for second in (10, 11)
    ]
    assert read.all(from_="2026-01-01T00:00:10Z", to="2026-01-01T00:00:12Z", columns="ts,$partition") == found


def test_a_range_of_offsets_is_half_open(read: Reader):
    assert places(read.all(partition=0, fromOffset=98, toOffset=203)) == EVERY[98:203]
    assert read.all(partition=0, fromOffset=230) == []


def test_a_filter_is_pinots_where(read: Reader):
    found = read.all(filter="city = 'Bern' AND age BETWEEN 10 AND 20 OR user = 'u7' AND amount < 4")
    numbers = [row["age"] for row in found if row["$partition"] == 1]
    assert numbers == [n for n in range(50) if (n % 3 == 0 and 10 <= n <= 20) or (n % 10 == 7 and n < 8)]


def test_every_format_holds_the_same_rows(read: Reader):
    rows = read.all(columns="user,age,amount,$offset")
    arrow = pa.ipc.open_stream(read.bytes(Format.ARROW, columns="user,age,amount,$offset")).read_all()
    assert arrow.to_pylist() == rows
    assert [str(one) for one in arrow.schema.types] == ["string", "int32", "double", "int64"]
    assert pq.read_table(io.BytesIO(read.bytes(Format.PARQUET, columns="user,age,amount,$offset"))).equals(arrow)
    table = pyarrow.csv.read_csv(io.BytesIO(read.bytes(Format.CSV, columns="user,age,amount,$offset")))
    assert table.to_pylist() == rows


def test_no_rows_still_have_their_columns(read: Reader):
    nothing: dict[str, Any] = {"filter": "city = 'Zug'", "columns": "tags,ts"}
    schema = pa.ipc.open_stream(read.bytes(Format.ARROW, **nothing)).read_all().schema
    assert schema == pa.schema([("tags", pa.list_(pa.string())), ("ts", pa.timestamp("ms"))])
    assert pq.read_table(io.BytesIO(read.bytes(Format.PARQUET, **nothing))).num_rows == 0
    assert read.bytes(Format.CSV, **nothing) == b'"tags","ts"\n'
    assert read.bytes(**nothing) == b""


@pytest.mark.parametrize("form", Format)
def test_a_page_is_a_whole_file(read: Reader, form: Format):
    page = read.page(form=form, limit=10)
    readers = {
        Format.JSONL: lambda: len(rows_of(page.body)),
        Format.CSV: lambda: pyarrow.csv.read_csv(io.BytesIO(page.body)).num_rows,
        Format.ARROW: lambda: pa.ipc.open_stream(page.body).read_all().num_rows,
        Format.PARQUET: lambda: pq.read_table(io.BytesIO(page.body)).num_rows,
    }
    assert (readers[form](), page.rows, page.cursor is None) == (10, 10, False)


def grown_and_sealed(house: House) -> Callable[[int], None]:
    """Between two pages: more rows come, what was consuming is sealed, and its files go."""

    def happens(page: int) -> None:
        if page == 1:
            house.append(house.files[0], clicks(230, 260))
            house.append(house.files[1], clicks(50, 60), partition=1)
        if page == 2:
            house.seal(clicks(200, 260)[::-1])
            house.seal(clicks(0, 60), partition=1)
            house.publish()
        if page == 3:
            unlink_all(house)

    return happens


def unlink_all(house: House) -> None:
    for file in [path for path in house.consuming_root.rglob("*") if path.is_file()]:
        file.unlink()


@pytest.mark.parametrize("order", ORDERED)
def test_pages_are_one_cut_while_rows_come_and_segments_seal(read: Reader, order: str):
    found = places(read.walk(grown_and_sealed(read.house), order=order, limit=40))
    assert sorted(found) == EVERY
    assert len(read.all()) == 320


def test_a_cursor_goes_on_in_another_process(read: Reader):
    first = read.page(limit=150)
    rest = Reader(read.house, read.engines).page(limit=500, cursor=first.cursor)
    assert places(rows_of(first.body) + rows_of(rest.body)) == EVERY
    assert rest.cursor is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"columns": "citi"}, "columns: clicks has no column 'citi', did you mean 'city'?"),
        ({"filter": "nosuch = 1"}, "filter: 'nosuch = 1': UnknownColumnError"),
        ({"filter": "count(*) > 1"}, "Aggregations cannot stand in WHERE"),
        ({"filter": "age = 'abc'"}, "Cannot convert value: 'abc' to type: INT"),
        ({"filter": "age / 0 > CAST(city AS INT)"}, "the rows cannot be read so"),
        ({"partition": 7}, "partition 7 does not exist; there are 0, 1"),
        ({"partition": 0, "fromOffset": 231}, "fromOffset 231 is not there: partition 0 has offsets 0 to 230"),
        ({"partition": 1, "toOffset": 51}, "toOffset 51 is not there: partition 1 has offsets 0 to 50"),
        ({"cursor": "never", "limit": 1}, "cursor 'never' is none that was given here"),
    ],
)
def test_what_is_not_there_is_named(read: Reader, given: dict[str, Any], said: str):
    with pytest.raises(RowsFault) as refused:
        read.bytes(**given) if "limit" not in given else read.page(**given)
    assert said in str(refused.value)
    assert refused.value.status == 400


@pytest.mark.parametrize("other", [{"order": "time"}, {"filter": "age > 1"}, {"columns": "city"}, {"partition": 0}])
def test_a_cursor_of_another_read_is_refused(read: Reader, other: dict[str, Any]):
    cursor = read.page(limit=10).cursor
    with pytest.raises(RowsFault, match="is of another read"):
        read.page(limit=10, cursor=cursor, **other)


def test_a_cursor_of_another_table_is_refused(read: Reader):
    cursor = read.page(limit=10).cursor
    other = read.engines.new_house()
    other.incarnation = "another00000"
    other.seal(clicks(0, 100))
    other.publish()
    with pytest.raises(RowsFault, match="is of another table"):
        Reader(other, read.engines).page(limit=10, cursor=cursor)


@pytest.mark.usefixtures("small_steps")
def test_a_stream_goes_on_where_it_was_when_consuming_files_were_sealed_and_went(read: Reader):
    async def reading() -> bytes:
        stream = await read.streamed(order="offset:desc")
        read.house.seal(clicks(200, 230))
        read.house.seal(clicks(0, 50), partition=1)
        read.house.publish()
        unlink_all(read.house)
        return await rest_of(stream)

    assert places(rows_of(read.run(reading()))) == EVERY[::-1]


@pytest.mark.usefixtures("small_steps")
def test_a_stream_whose_files_are_gone_for_good_breaks_off(read: Reader):
    async def reading() -> bytes:
        stream = await read.streamed()
        for file in (read.house.folder / "segments").iterdir():
            file.unlink()
        return await rest_of(stream)

    with pytest.raises(BrokenOff, match="SegmentsUnavailableError"):
        read.run(reading())


def test_rows_whose_files_are_gone_before_the_first_are_an_error(read: Reader):
    for file in (read.house.folder / "segments").iterdir():
        file.unlink()
    with pytest.raises(Unanswerable, match="SegmentsUnavailableError"):
        read.bytes()


@pytest.mark.usefixtures("small_steps")
def test_a_reader_that_does_not_read_holds_no_engine(read: Reader, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("query.rows_walk.HOLD_S", 0.05)

    async def reading() -> tuple[int, bytes]:
        stream = await read.streamed()
        return await read.counted(), await rest_of(stream)

    counted, lines = read.run(reading())
    assert counted == len(EVERY)
    assert places(rows_of(lines)) == EVERY


def test_a_stream_that_is_left_gives_its_engine_back(read: Reader):
    async def leaving() -> int:
        stream = await read.streamed()
        await stream.rest.aclose()
        return await read.counted()

    before = read.engines.pool.pids
    assert read.run(leaving()) == len(EVERY)
    assert read.engines.pool.pids == before


def test_queries_are_answered_between_the_steps_of_a_stream(read: Reader, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("query.rows_windows.STEP_ROWS", 2)

    async def both() -> bool:
        reading = asyncio.create_task(rest_of(await read.streamed()))
        await read.counted()
        return not reading.done() and bool(await reading)

    assert read.run(both())
