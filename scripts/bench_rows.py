"""Range reads: rows a second as Arrow over HTTP, beside DuckDB writing the same rows to Arrow, in turn.

    python -m scripts.bench_rows [--quick] [--segments 10] [--segment-rows 500000]

Read the ratios: a slow minute of the machine slows both. Memory is the largest growth of a process of the service while
rows are streamed.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import duckdb
import psutil
import pyarrow as pa

from crushpad.client import Client, RowRange
from crushpad.managed.kafka import start_kafka
from crushpad.managed.zookeeper import start_zookeeper
from scripts.bench_query import consuming_rows, load, sealed_paths
from scripts.bench_query_cases import TABLE, Loaded
from scripts.bench_service import CLICK_TYPES, Service, free_port

RUNS = 3
LINE_ROWS_S = 1_000_000
LINE_RATIO = 0.8
NAMES = tuple(name for name, _ in CLICK_TYPES)
ORDERS = {"offset": "", "offset:desc": ' ORDER BY "$offset" DESC', "time": ' ORDER BY ts, "$offset"'}
"""Order of a range read: what DuckDB is told. The files lie in the order of offsets, one behind the other."""
MB = 2**20


def duckdb_writes(paths: list[str], consuming: pa.Table, order: str, sink: Path) -> Callable[[], int]:
    """The same rows in the same order, read by DuckDB with an engine's one thread, written as an Arrow stream."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET parquet_metadata_cache = true")
    connection.register("consuming", consuming)
    files, names = ", ".join(f"'{path}'" for path in paths), ", ".join(NAMES)
    sealed = f"SELECT {names} FROM read_parquet([{files}]){order}"
    relation = f"FROM ({sealed}) UNION ALL SELECT {names} FROM consuming"

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


@contextmanager
def watched(pid: int) -> Iterator[dict[str, float]]:
    """How much each process of the service grew while the block ran, in MB."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    before = {process.pid: process.memory_info().rss for process in processes}
    grown: dict[str, float] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for process in processes:
                name = next((part for part in process.cmdline() if part.startswith(("crushpad.", "query."))), "host")
                more = (process.memory_info().rss - before[process.pid]) / MB
                grown[name] = max(grown.get(name, 0.0), more)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield grown
    finally:
        done.set()
        thread.join()


def measure(folder: Path, loaded: Loaded) -> None:
    with ExitStack() as stack:
        zookeeper, kafka = start_zookeeper(folder / "zookeeper"), start_kafka(folder / "kafka")
        stack.callback(zookeeper.stop)
        stack.callback(kafka.stop)
        port = free_port()
        service = Service(folder / "service", f"{zookeeper.address}/bench", "--broker-port", str(port))
        with service, Client(f"http://127.0.0.1:{port}") as client:
            load(kafka.address, service, loaded)
            paths, consuming = sealed_paths(service), consuming_rows(loaded)
            print(f"\n  {'million rows a second':<28}{'HTTP':>8}{'DuckDB':>10}{'ratio':>8}")
            with watched(service.pid) as grown:
                for order, sql in ORDERS.items():
                    theirs = duckdb_writes(paths, consuming, sql, folder / "duckdb.arrow")
                    compare(order, service_streams(client, order), theirs, loaded.rows)
            print("\n  grown meanwhile, MB: " + ", ".join(f"{name} {more:,.0f}" for name, more in grown.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--segments", type=int, default=10)
    parser.add_argument("--segment-rows", type=int, default=500_000)
    parser.add_argument("--consuming-rows", type=int, default=50_000)
    parser.add_argument("--quick", action="store_true", help="4 segments of 250,000 rows")
    options = parser.parse_args()
    segments, rows = (4, 250_000) if options.quick else (options.segments, options.segment_rows)
    loaded = Loaded(segments, rows, options.consuming_rows)
    with tempfile.TemporaryDirectory(prefix="crushpad-bench-") as name:
        measure(Path(name), loaded)


if __name__ == "__main__":
    main()
