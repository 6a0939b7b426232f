"""Recovery: `kill -9` of the whole service with consuming rows, until the full count is served again."""

from __future__ import annotations

import time
from pathlib import Path

from crushpad.quickstart.clicks import clicks
from ingest.streams.producer import BatchProducer, create_topic
from scripts.bench_service import Service, clicks_table

RUNS = 3


def recovery(brokers: str, zookeeper: str, rows: int, folder: Path) -> None:
    """Prints seconds from process start to the full count, and records read again from Kafka."""
    topic = "recovery"
    create_topic(brokers, topic, 1)
    with BatchProducer(brokers) as producer:
        producer.send(topic, 0, clicks(13, 0, rows, 1_700_000_000_000, 1.0))
        producer.flush(60)
    print(f"\nkill -9 of everything with {rows:,} consuming rows")
    with Service(folder / topic, f"{zookeeper}/{topic}") as service:
        service.upload(*clicks_table(topic, brokers, segment_rows=10 * rows))
        service.wait(lambda: service.count(topic) == rows, 120)
        for _ in range(RUNS):
            _once(service, topic, rows)


def _once(service: Service, topic: str, rows: int) -> None:
    service.kill_tree()
    began = time.monotonic()
    service.start()
    short = _until_full(service, topic, rows)
    served = time.monotonic() - began
    service.wait(lambda: service.counters().get("records") is not None and service.ready(), 30)
    again = service.counters()["records"]
    print(f"  full count after {served:.2f} s (line: 3), {short} short counts before it, {again} records read again")


def _until_full(service: Service, topic: str, rows: int) -> int:
    """Ask until the count is full; how many answers were less than that."""
    short = 0
    while (count := service.count(topic)) != rows:
        short += count >= 0
        time.sleep(0.01)
    return short
