"""Reads a topic to its end as ingestion does, or as barely as a client can, and prints what that took as JSON.

    python -m scripts.bench.fetching reader|loop BROKERS TOPIC ROWS

A process of its own, so that its CPU is that of fetching alone, librdkafka's threads included.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from ingest.streams.base import Assignment, Fetched
from ingest.streams.kafka import KafkaReader, consumer_settings

RECORDS = 10_000
WAIT_S = 5.0
QUEUE_KBYTES = 64 * 1024


def by_reader(brokers: str, topic: str) -> Iterator[int]:
    """Records a batch, as ingestion gets them: values, offsets and timestamps in columns."""
    reader = KafkaReader(topic, _settings(brokers))
    reader.assign([Assignment(0, 0, -1)])
    while True:
        yield sum(len(one.payloads) for one in reader.fetch(RECORDS, WAIT_S) if isinstance(one, Fetched))


def by_loop(brokers: str, topic: str) -> Iterator[int]:
    """Records a batch, as message objects that nobody looks at."""
    consumer = Consumer(_settings(brokers) | {"enable.partition.eof": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    while True:
        yield len(consumer.consume(RECORDS, WAIT_S))


def _settings(brokers: str) -> dict[str, Any]:
    return consumer_settings(brokers, "read_uncommitted", {}, QUEUE_KBYTES)


WAYS: dict[str, Callable[[str, str], Iterator[int]]] = {"reader": by_reader, "loop": by_loop}


def read(batches: Iterator[int], rows: int) -> dict[str, float]:
    """CPU and wall seconds until `rows` are there, and the longest wait for one batch behind the first."""
    cpu, began, seen, longest = time.process_time(), time.monotonic(), 0, 0.0
    while seen < rows:
        asked = time.monotonic()
        found = next(batches)
        longest = max(longest, time.monotonic() - asked) if seen else 0.0
        seen += found
    return {"cpu_s": time.process_time() - cpu, "wall_s": time.monotonic() - began, "longest_wait_s": longest}


if __name__ == "__main__":
    way, brokers, topic, rows = sys.argv[1:]
    print(json.dumps(read(WAYS[way](brokers, topic), int(rows))))
