"""Range reads: rows a second as Arrow over HTTP, beside DuckDB writing the same rows to Arrow, in turn.

    python -m scripts.bench_rows [--quick] [--memory] [--segments 10] [--segment-rows 500000]

Read the ratios: a slow minute of the machine slows both. DuckDB has an engine's one thread, and two to compare: what it
writes to Arrow is converted by one thread anyhow. CPU is what each process used for one read, so it says more than the
clock where several share a core. Memory is the peak of resident memory while all rows are streamed in a format.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import duckdb
import psutil
import pyarrow as pa

from crushpad.client import Client, RowRange
from crushpad.client.requests import FORMATS
from crushpad.managed.kafka import start_kafka
from crushpad.managed.zookeeper import start_zookeeper
from crushpad.settings import ENGINE_THREADS
from scripts.bench.abba import running
from scripts.bench.data.clicks import CLICKS, COLUMNS
from scripts.bench.loading import Loaded, ingest, produce
from scripts.bench.systems.crushpad import Crushpad

RUNS = 3
LINE_ROWS_S = 1_000_000
LINE_RATIO = 0.8
TABLE = "clicks"
NAMES = tuple(name for name, _ in COLUMNS)
ORDERS = {"offset": "", "offset:desc": ' ORDER BY "$offset" DESC', "time": ' ORDER BY ts, "$offset"'}
"""Order of a range read: what DuckDB is told. The files lie in the order of offsets, one behind the other."""
MB = 2**20
PASSED = {"crushpad.runners.front": "front", "query.engine_process": "engine"}


def duckdb_writes(paths: list[Path], order: str, sink: Path, threads: int = ENGINE_THREADS) -> Callable[[], int]:
    """The same rows in the same order, read by DuckDB and written as an Arrow stream."""
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("SET parquet_metadata_cache = true")
    files, names = ", ".join(f"'{path}'" for path in paths), ", ".join(NAMES)
    relation = f"SELECT {names} FROM read_parquet([{files}]){order}"

    def write() -> int:
        rows = 0
        reader = connection.sql(relation).to_arrow_reader(16_384)
        with pa.OSFile(str(sink), "wb") as file, pa.ipc.new_stream(file, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
                rows += batch.num_rows
        return rows

    return write


def service_streams(client: Client, order: str) -> Callable[[], int]:
    wanted = RowRange(columns=NAMES, order=order)
    return lambda: sum(batch.num_rows for batch in client.rows(TABLE, wanted))


def compare(title: str, ours: Callable[[], int], theirs: Callable[[], int], rows: int) -> None:
    """Both in turn; prints million rows a second and the ratio of the medians."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(RUNS):
        for read, taken in zip((ours, theirs), times, strict=True):
            began = time.perf_counter()
            found = read()
            taken.append(time.perf_counter() - began)
            assert found == rows, f"{title}: {found} rows, not {rows}"
    us, them = (rows / median(taken) for taken in times)
    held = "held" if us >= LINE_ROWS_S and us / them >= LINE_RATIO else "MISSED"
    print(f"  {title:<28}{us / 1e6:>8.2f}{them / 1e6:>10.2f}{us / them:>8.2f}  {held}")


def processes(service: Crushpad) -> Iterator[tuple[str, psutil.Process]]:
    """Those of the service that rows pass through, and this one, their reader."""
    yield "client", psutil.Process()
    for process in psutil.Process(service.pid).children(recursive=True):
        name = next((part for part in process.cmdline() if part in PASSED), None)
        if name is not None:
            yield PASSED[name], process


def cpu_s(service: Crushpad) -> Counter[str]:
    """CPU seconds so far by kind of process."""
    used: Counter[str] = Counter()
    for name, process in processes(service):
        used[name] += sum(process.cpu_times()[:2])
    return used


@contextmanager
def peaks(service: Crushpad) -> Iterator[dict[str, float]]:
    """The most resident memory of each kind of process while the block runs, in MB."""
    watched = list(processes(service))
    found: dict[str, float] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for name, process in watched:
                found[name] = max(found.get(name, 0.0), process.memory_info().rss / MB)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def speed(client: Client, service: Crushpad, loaded: Loaded, sink: Path) -> None:
    paths = service.files(TABLE)
    print(f"\n  {'million rows a second':<28}{'HTTP':>8}{'DuckDB':>10}{'ratio':>8}")
    for order, sql in ORDERS.items():
        ours, theirs = service_streams(client, order), duckdb_writes(paths, sql, sink)
        compare(order, ours, theirs, loaded.rows)
    ours, theirs = service_streams(client, "offset"), duckdb_writes(paths, "", sink, threads=2)
    compare("offset, DuckDB on 2 threads", ours, theirs, loaded.rows)
    for title, read in (("a read over HTTP", ours), ("DuckDB", duckdb_writes(paths, "", sink))):
        before = cpu_s(service)
        read()
        used = cpu_s(service) - before
        print(f"  CPU seconds of {title}: " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in used.items()))


def memory(client: Client, service: Crushpad) -> None:
    print(f"\n  {'all rows as':<12}{'MB':>8}{'s':>8}  most resident MB")
    for form in FORMATS:
        began = time.perf_counter()
        with peaks(service) as found:
            size = sum(map(len, client.export(TABLE, form=form)))
        said = ", ".join(f"{name} {most:,.0f}" for name, most in found.items())
        print(f"  {form:<12}{size / MB:>8,.0f}{time.perf_counter() - began:>8.1f}  {said}")


def measure(folder: Path, loaded: Loaded, *, with_memory: bool) -> None:
    with ExitStack() as stack:
        zookeeper, kafka = start_zookeeper(folder / "zookeeper"), start_kafka(folder / "kafka")
        stack.callback(zookeeper.stop)
        stack.callback(kafka.stop)
        service = Crushpad(folder / "service", zookeeper.address)
        stack.enter_context(running(service))
        produce(kafka.address, loaded)
        ingest(service, kafka.address, loaded)
        client = stack.enter_context(Client(f"http://127.0.0.1:{service.port}"))
        if with_memory:
            memory(client, service)
        else:
            speed(client, service, loaded, folder / "duckdb.arrow")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--segments", type=int, default=10)
    parser.add_argument("--segment-rows", type=int, default=500_000)
    parser.add_argument("--quick", action="store_true", help="4 segments of 250,000 rows")
    parser.add_argument("--memory", action="store_true", help="resident memory in every format, rather than speed")
    options = parser.parse_args()
    segments, rows = (4, 250_000) if options.quick else (options.segments, options.segment_rows)
    loaded = Loaded(TABLE, CLICKS, segments * rows, rows)
    with tempfile.TemporaryDirectory(prefix="crushpad-bench-") as name:
        measure(Path(name), loaded, with_memory=options.memory)


if __name__ == "__main__":
    main()
