"""Query benchmark: latency over HTTP on many sealed segments, each query beside a bare DuckDB on the same files.

    python -m scripts.bench_query [--quick] [--segments 100] [--segment-rows 100000] [--data-dir FOLDER]

Service and DuckDB answer in turn, so that a slow minute of the machine slows both: read the ratios. With --data-dir the
loaded table is kept and used again.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.json as pj

from crushpad.managed.kafka import start_kafka
from crushpad.managed.zookeeper import start_zookeeper
from crushpad.quickstart.clicks import clicks
from crushpad.settings import ENGINE_THREADS
from ingest.streams.producer import BatchProducer, create_topic, end_offsets
from scripts.bench_clients import Client, concurrency
from scripts.bench_query_cases import FIRST_MS, TABLE, Case, Loaded, cases, pruned
from scripts.bench_service import CLICK_TYPES, Service, clicks_table, free_port

SEED = 7
BATCH = 20_000
LOAD_S = 600
RUNS_MIN, RUNS_MAX = 7, 200
STARTS = 3
PRUNED_LINE_MS = 10.0
START_LINE_S, START_LINE_SEGMENT_S = 2.0, 0.0001


class Bare:
    """DuckDB in this process, with an engine's threads: the same Parquet files, and the consuming rows as Arrow."""

    def __init__(self, paths: list[str], consuming: pa.Table) -> None:
        self._connection = duckdb.connect(config={"threads": ENGINE_THREADS})
        self._connection.execute("SET parquet_metadata_cache = true")
        self._connection.register("consuming", consuming)
        names = ", ".join(name for name, _ in CLICK_TYPES)
        files = ", ".join(f"'{path}'" for path in paths)
        relation = f"SELECT {names} FROM read_parquet([{files}]) UNION ALL SELECT {names} FROM consuming"
        self._connection.execute(f"CREATE VIEW t AS {relation}")

    def ask(self, sql: str) -> tuple[float, list[list[Any]]]:
        """(ms, rows)"""
        began = time.perf_counter()
        rows = self._connection.execute(sql).fetchall()
        return (time.perf_counter() - began) * 1000, [list(row) for row in rows]


def load(brokers: str, service: Service, loaded: Loaded) -> None:
    """Produce what is missing of the stream, and wait until the table holds it."""
    began = time.monotonic()
    if service.request("GET", f"/tables/{TABLE}/schema")[0] != 200:
        create_topic(brokers, TABLE, 1)
        service.upload(*clicks_table(TABLE, brokers, loaded.segment_rows, blooms=("user_id",)))
    with BatchProducer(brokers) as producer:
        for at in range(end_offsets(brokers, TABLE)[0], loaded.rows, BATCH):
            rows = min(BATCH, loaded.rows - at)
            producer.send(TABLE, 0, clicks(SEED, at, rows, FIRST_MS + at, 1.0))
        producer.flush(LOAD_S)
    service.wait(lambda: service.count(TABLE) == loaded.rows, LOAD_S, 0.5)
    service.wait(lambda: len(service.segments(TABLE)) == loaded.segments, LOAD_S, 0.5)
    print(f"loaded {loaded.rows:,} rows, {loaded.segments} sealed segments, in {time.monotonic() - began:.0f} s")


def consuming_rows(loaded: Loaded) -> pa.Table:
    """The rows behind the last sealed segment, made again."""
    at = loaded.rows - loaded.consuming_rows
    lines = clicks(SEED, at, loaded.consuming_rows, FIRST_MS + at, 1.0)
    options = pj.ParseOptions(explicit_schema=pa.schema(CLICK_TYPES))
    return pj.read_json(pa.BufferReader(b"\n".join(lines)), parse_options=options)


def sealed_paths(service: Service) -> list[str]:
    """Where the files of the sealed segments are."""
    segments = json.loads(service.request("GET", f"/segments/{TABLE}/zkmetadata")[1])
    sealed = (name for name, said in segments.items() if said["segment.realtime.status"] == "DONE")
    found = (json.loads(service.request("GET", f"/segments/{TABLE}/{name}/metadata")[1]) for name in sealed)
    return [one["crushpad.path"] for one in found]


def compare(case: Case, client: Client, bare: Bare, seconds: float) -> float:
    """Ask both in turn, check that they agree, print percentiles. Returns the service's p50."""
    assert_same(case, client.ask(case.sql)[1], bare.ask(case.bare)[1])
    ours: list[float] = []
    theirs: list[float] = []
    until = time.monotonic() + seconds
    while len(ours) < RUNS_MIN or (time.monotonic() < until and len(ours) < RUNS_MAX):
        ours.append(client.ask(case.sql)[0])
        theirs.append(bare.ask(case.bare)[0])
    p50, p90, p99 = np.percentile(ours, [50, 90, 99])
    reference = float(np.median(theirs))
    line = f"  (line: p50 {case.line_ms:g} ms)" if case.line_ms else ""
    print(f"  {case.name:<24}{p50:>8.1f}{p90:>8.1f}{p99:>8.1f}{reference:>9.1f}{p50 / reference:>7.2f}{line}")
    return float(p50)


def assert_same(case: Case, found: list[list[Any]], expected: list[list[Any]]) -> None:
    """Raises AssertionError unless both have the same rows, whatever their order."""
    pairs = zip(sorted(found, key=repr), sorted(expected, key=repr), strict=True)
    for ours, theirs in pairs:
        alike = (_alike(a, b, case.tolerance) for a, b in zip(ours, theirs, strict=True))
        assert all(alike), f"{case.name}: {ours} is not {theirs}"


def _alike(a: Any, b: Any, tolerance: float) -> bool:
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=tolerance)
    return bool(a == b)


def latencies(loaded: Loaded, client: Client, bare: Bare, seconds: float) -> None:
    print(f"\n  {'ms over HTTP':<24}{'p50':>8}{'p90':>8}{'p99':>8}{'DuckDB':>9}{'ratio':>7}")
    p50s = {case.name: compare(case, client, bare, seconds) for case in cases(loaded)}
    fresh = [client.ask(pruned(loaded, number).sql)[0] for number in range(RUNS_MAX)]
    p50, p90, p99 = np.percentile(fresh, [50, 90, 99])
    print(f"  {'pruned, each text new':<24}{p50:>8.1f}{p90:>8.1f}{p99:>8.1f}")
    held = "held" if p50s["pruned to one segment"] < PRUNED_LINE_MS else "MISSED"
    print(f"  line: pruned to one of {loaded.segments} segments under {PRUNED_LINE_MS:g} ms p50: {held}")


def starts(folder: Path, zookeeper: str, loaded: Loaded) -> None:
    """From process start to the full count of all sealed and consuming rows."""
    taken = ", ".join(f"{_start_s(Service(folder, zookeeper), loaded.rows):.2f}" for _ in range(STARTS))
    print(f"\n  start to full count: {taken} s  (line: {START_LINE_S + START_LINE_SEGMENT_S * loaded.segments:.2f} s)")


def _start_s(service: Service, rows: int) -> float:
    began = time.monotonic()
    service.start()
    try:
        service.wait(lambda: service.count(TABLE) == rows, 60, 0.01)
        return time.monotonic() - began
    finally:
        service.__exit__()


def measure(folder: Path, loaded: Loaded, seconds: float) -> None:
    with ExitStack() as stack:
        zookeeper, kafka = start_zookeeper(folder / "zookeeper"), start_kafka(folder / "kafka")
        stack.callback(zookeeper.stop)
        stack.callback(kafka.stop)
        port = free_port()
        with Service(folder / "service", f"{zookeeper.address}/bench", "--broker-port", str(port)) as service:
            load(kafka.address, service, loaded)
            client, bare = Client(port), Bare(sealed_paths(service), consuming_rows(loaded))
            some_user = bare.ask("SELECT min(user_id) FROM t WHERE user_id > 1000000")[1][0][0]
            latencies(replace(loaded, user_id=some_user), client, bare, seconds)
            concurrency(port, loaded, seconds * 2)
            print(f"\n  resident, whole tree: {service.rss_mb():,.0f} MB")
        starts(folder / "service", f"{zookeeper.address}/bench", loaded)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--segments", type=int, default=100)
    parser.add_argument("--segment-rows", type=int, default=100_000)
    parser.add_argument("--consuming-rows", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each query")
    parser.add_argument("--quick", action="store_true", help="10 segments of 100,000 rows, half a second a query")
    parser.add_argument("--data-dir", type=Path, help="keep the loaded table here, or use what an earlier run left")
    options = parser.parse_args()
    segments, seconds = (10, 0.5) if options.quick else (options.segments, options.seconds)
    loaded = Loaded(segments, options.segment_rows, options.consuming_rows)
    print(
        f"{psutil.cpu_count()} processors, Kafka and ZooKeeper on the same machine; {ENGINE_THREADS} thread an engine"
    )
    with tempfile.TemporaryDirectory(prefix="crushpad-bench-") as name:
        measure(options.data_dir or Path(name), loaded, seconds)


if __name__ == "__main__":
    main()
