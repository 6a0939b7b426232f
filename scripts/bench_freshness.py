"""Freshness: from a row's Kafka append time to the first answer that counts it."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path

import numpy as np

from crushpad.quickstart.clicks import clicks
from ingest.streams.producer import BatchProducer, create_topic
from scripts.bench_service import Service, clicks_table

TICK_S = 0.01
QUERY_EVERY_S = 0.005
WARM_UP_S = 2
"""Not counted: the producer fetches its id, the new table's partition is found and assigned."""
SEED = 11


class SteadyStream(threading.Thread):
    """`rate` rows a second in ticks of 10 ms; remembers how many rows were handed over by when."""

    def __init__(self, brokers: str, topic: str, rate: int, seconds: int) -> None:
        super().__init__(daemon=True)
        self._brokers, self._topic, self._rate, self._ticks = brokers, topic, rate, int(seconds / TICK_S)
        self.sent: list[tuple[int, float]] = []

    def run(self) -> None:
        each = int(self._rate * TICK_S)
        rows = [clicks(SEED, at * each, each, 1_700_000_000_000, 0.02) for at in range(self._ticks)]
        with BatchProducer(self._brokers, {"linger.ms": 0}) as producer:
            began = time.monotonic()
            for at, batch in enumerate(rows):
                time.sleep(max(0.0, began + at * TICK_S - time.monotonic()))
                producer.send(self._topic, 0, batch)
                self.sent.append(((at + 1) * each, time.monotonic()))
            producer.flush(60)


def freshness(brokers: str, zookeeper: str, rate: int, seconds: int, folder: Path) -> None:
    """Prints p50, p90, p99 and the worst, over all and around seals."""
    topic = "fresh"
    create_topic(brokers, topic, 1)
    with Service(folder / topic, f"{zookeeper}/{topic}") as service:
        service.upload(*clicks_table(topic, brokers, segment_rows=rate * seconds // 4))
        service.wait(lambda: service.count(topic) == 0, 30)
        stream = SteadyStream(brokers, topic, rate, seconds)
        stream.start()
        seen = _watch(service, topic, stream, rate * seconds)
    _print(rate, seconds, _delays(stream.sent, seen), seen)


def _watch(service: Service, topic: str, stream: SteadyStream, total: int) -> list[tuple[int, float]]:
    """(rows counted, when the answer came) until all rows are there."""
    seen: list[tuple[int, float]] = []
    while not seen or seen[-1][0] < total:
        seen.append((service.count(topic), time.monotonic()))
        if not stream.is_alive() and time.monotonic() - stream.sent[-1][1] > 60:
            raise TimeoutError(f"only {seen[-1][0]} of {total} rows are queryable")
        time.sleep(QUERY_EVERY_S)
    return seen


def _delays(sent: list[tuple[int, float]], seen: list[tuple[int, float]]) -> np.ndarray:
    """For each tick: ms from handing over its last row to the first answer that counted it."""
    counts = np.array([count for count, _ in seen])
    moments = np.array([moment for _, moment in seen])
    first = np.searchsorted(np.maximum.accumulate(counts), [rows for rows, _ in sent])
    delays = np.asarray((moments[first] - np.array([moment for _, moment in sent])) * 1000)
    return delays[int(WARM_UP_S / TICK_S) :]


def _print(rate: int, seconds: int, delays: np.ndarray, seen: list[tuple[int, float]]) -> None:
    falls = sum(1 for before, after in itertools.pairwise(seen) if after[0] < before[0])
    p50, p90, p99 = np.percentile(delays, [50, 90, 99])
    print(
        f"\nfreshness at {rate:,} rows/s for {seconds} s, after {WARM_UP_S} s, three seals within, hand-over to answer"
    )
    print(f"  p50 {p50:.0f} ms  p90 {p90:.0f} ms  p99 {p99:.0f} ms  worst {delays.max():.0f} ms  (lines: 50, 250)")
    print(f"  {len(seen):,} answers, {falls} of them counted less than the one before")
