"""Topics that are filled before a measurement begins."""

from __future__ import annotations

from collections.abc import Callable

from ingest.streams.producer import BatchProducer, create_topic

BATCH = 20_000
FLUSH_S = 120

Rows = Callable[[int, int], list[bytes]]
"""Messages `[first, first + count)` of a stream, for (first, count)."""


def fill(brokers: str, topic: str, partitions: int, rows: int, made: Rows) -> None:
    """A new topic with the first `rows` messages, spread evenly over the partitions in runs of a batch at most."""
    create_topic(brokers, topic, partitions)
    batch = min(BATCH, -(-rows // partitions))
    with BatchProducer(brokers) as producer:
        for number, first in enumerate(range(0, rows, batch)):
            producer.send(topic, number % partitions, made(first, min(batch, rows - first)))
        producer.flush(FLUSH_S)
