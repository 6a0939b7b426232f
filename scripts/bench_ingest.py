"""Ingest benchmark: rows per CPU-second, Kafka to queryable and durably sealed, beside a bare loop in the same run.

    python -m scripts.bench_ingest [--rows 3000000] [--partitions 1 4] [--freshness-rate 50000] [--recovery-rows 400000]

Prints ratios: these machines are noisy, so the bare loop (consume, join, pyarrow.json) runs before and after each
measurement, in a process of its own, on the same topic.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from crushpad.managed.kafka import start_kafka
from crushpad.managed.zookeeper import start_zookeeper
from crushpad.quickstart.clicks import clicks
from ingest.streams.producer import BatchProducer, create_topic
from scripts.bench_freshness import freshness
from scripts.bench_recovery import recovery
from scripts.bench_service import Service, clicks_table, cpu_by_process

SEED = 7
BATCH = 20_000
SEGMENT_ROWS = 500_000
POLL_S = 0.5
FIRST_MS = 1_700_000_000_000


def produce(brokers: str, topic: str, partitions: int, rows: int) -> None:
    """`rows` clicks, spread evenly in runs of a batch."""
    create_topic(brokers, topic, partitions)
    with BatchProducer(brokers) as producer:
        for at in range(0, rows, BATCH):
            count = min(BATCH, rows - at)
            producer.send(topic, (at // BATCH) % partitions, clicks(SEED, at, count, FIRST_MS + at, 1.0))
        producer.flush(120)


def bare_loop(brokers: str, topic: str, rows: int) -> float:
    """Rows per CPU-second of consume and parse alone, in a fresh process."""
    argv = [sys.executable, "-m", "scripts.bench_bare_loop", brokers, topic, str(rows)]
    answer = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    return float(answer["rows_per_cpu_s"])


def service_run(brokers: str, zookeeper: str, topic: str, rows: int, folder: Path) -> dict[str, float]:
    """One table over the whole topic: until every row is queryable and sealed."""
    with Service(folder, f"{zookeeper}/{topic}") as service:
        schema, table = clicks_table(topic, brokers, SEGMENT_ROWS, flush_time="15s")
        before, began = cpu_by_process(service.pid), time.monotonic()
        service.upload(schema, table)
        service.wait(lambda: service.count(topic) == rows, 600, POLL_S)
        queryable = time.monotonic() - began
        service.wait(lambda: service.sealed_rows(topic) == rows, 120, POLL_S)
        spent = {name: cpu - before.get(name, 0.0) for name, cpu in cpu_by_process(service.pid).items()}
        print("  us of CPU a row by process:", {name: round(cpu / rows * 1e6, 2) for name, cpu in spent.items()})
        return {
            "rows_per_cpu_s": rows / sum(spent.values()),
            "rows_per_s_wall": rows / queryable,
            "bytes_per_row": service.sealed_bytes(topic) / rows,
            "peak_rss_mb": service.rss_mb(),
        }


def compare(brokers: str, zookeeper: str, partitions: int, rows: int, folder: Path) -> float:
    """The ratio of the service to the bare loop; prints both."""
    topic = f"clicks{partitions}x{rows}"
    produce(brokers, topic, partitions, rows)
    bare = [bare_loop(brokers, topic, rows)]
    found = service_run(brokers, zookeeper, topic, rows, folder / topic)
    bare.append(bare_loop(brokers, topic, rows))
    reference = statistics.mean(bare)
    ratio = found["rows_per_cpu_s"] / reference
    print(f"\n{rows:,} rows, {partitions} partition(s)")
    print(f"  bare consume + parse   {bare[0]:>10,.0f} and {bare[1]:,.0f} rows per CPU-second (before, after)")
    print(f"  service, whole tree    {found['rows_per_cpu_s']:>10,.0f} rows per CPU-second")
    print(f"  ratio                  {ratio:>10.2f}  (line: 0.60)")
    print(f"  rows/s wall            {found['rows_per_s_wall']:>10,.0f}  until queryable, broker on the same machine")
    print(f"  sealed bytes a row     {found['bytes_per_row']:>10.1f}")
    print(f"  resident, whole tree   {found['peak_rss_mb']:>10,.0f} MB")
    return ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--partitions", type=int, nargs="*", default=[1, 4])
    parser.add_argument("--freshness-rate", type=int, default=50_000)
    parser.add_argument("--freshness-seconds", type=int, default=30)
    parser.add_argument("--recovery-rows", type=int, default=400_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="crushpad-bench-") as name:
        folder = Path(name)
        zookeeper, kafka = start_zookeeper(folder / "zookeeper"), start_kafka(folder / "kafka")
        try:
            print(f"{psutil.cpu_count()} processors, Kafka and ZooKeeper on the same machine")
            ratios = [compare(kafka.address, zookeeper.address, n, options.rows, folder) for n in options.partitions]
            if options.freshness_rate:
                freshness(kafka.address, zookeeper.address, options.freshness_rate, options.freshness_seconds, folder)
            if options.recovery_rows:
                recovery(kafka.address, zookeeper.address, options.recovery_rows, folder)
            if ratios:
                print(f"\nlowest ratio to the bare loop: {min(ratios):.2f}")
        finally:
            kafka.stop()
            zookeeper.stop()


if __name__ == "__main__":
    main()
