"""Topics and records on the run's real Kafka, for tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

ADMIN_TIMEOUT_S = 30.0
PRODUCE_TIMEOUT_S = 60.0

Record = tuple[int, bytes | str | None, bytes | str | None, int | None]
"""(partition, key, value, timestamp in ms since the epoch or None for now)"""


def fresh_name(prefix: str = "topic") -> str:
    """A topic name that no other test has."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def create_topic(bootstrap: str, name: str, partitions: int = 1, config: Mapping[str, str] | None = None) -> None:
    """Create a topic and return when clients see all its partitions with a leader. `config`: topic properties."""
    admin = _admin(bootstrap)
    topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=dict(config or {}))
    admin.create_topics([topic], operation_timeout=ADMIN_TIMEOUT_S)[name].result(ADMIN_TIMEOUT_S)


def delete_topic(bootstrap: str, name: str) -> None:
    """Delete a topic; its name can be used again when this returns."""
    admin = _admin(bootstrap)
    admin.delete_topics([name], operation_timeout=ADMIN_TIMEOUT_S)[name].result(ADMIN_TIMEOUT_S)


def add_partitions(bootstrap: str, name: str, total: int) -> None:
    """Grow a topic to `total` partitions."""
    admin = _admin(bootstrap)
    admin.create_partitions([NewPartitions(name, total)])[name].result(ADMIN_TIMEOUT_S)


def produce(
    bootstrap: str, topic: str, records: Iterable[Record], config: Mapping[str, str | int] | None = None
) -> list[tuple[int, int]]:
    """Produce records, in order for each partition, and return each one's (partition, offset), in the order given.

    `config`: more producer properties. Raises `RuntimeError` naming the first record that was not taken.
    """
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 5, **(config or {})})
    placed: dict[int, tuple[int, int]] = {}
    failed: dict[int, str] = {}
    for number, record in enumerate(records):
        _produce_one(producer, topic, number, record, placed, failed)
    left = producer.flush(PRODUCE_TIMEOUT_S)
    if failed or left:
        raise RuntimeError(
            f"{len(failed)} records were refused and {left} not sent; first: {next(iter(failed.items()), None)}"
        )
    return [placed[number] for number in sorted(placed)]


def _produce_one(
    producer: Producer,
    topic: str,
    number: int,
    record: Record,
    placed: dict[int, tuple[int, int]],
    failed: dict[int, str],
) -> None:
    partition, key, value, timestamp_ms = record

    def on_delivery(error, message):
        if error is not None:
            failed[number] = str(error)
        else:
            placed[number] = (message.partition(), message.offset())

    stamp: dict[str, Any] = {} if timestamp_ms is None else {"timestamp": timestamp_ms}
    while True:
        try:
            producer.produce(topic, value, key, partition, on_delivery=on_delivery, **stamp)
        except BufferError:
            producer.poll(1.0)
        else:
            producer.poll(0)
            return


def _admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap})
