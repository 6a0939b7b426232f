"""Records written to a topic for a person: line by line, exactly once each, with what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from ingest.streams.kafka import QUIET
from ingest.streams.kafka_refusal import properties_refused
from ingest.streams.producer import ProduceFailed
from ingest.topics import Cluster

ANY_PARTITION = -1


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to be written; `value` None is a tombstone."""

    key: bytes | None
    value: bytes | None


@dataclass(slots=True)
class Written:
    """What one partition took: `records` of them, at offsets `first` to `last`."""

    partition: int
    records: int
    first: int
    last: int


def write(
    cluster: Cluster,
    topic: str,
    records: Iterable[NewRecord],
    partition: int | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> list[Written]:
    """Write all of `records`, in order, and return when Kafka has them. Raises ProduceFailed, ValueError.

    Without `partition` the key decides, as in Kafka's own clients (murmur2). The topic must be there.
    """
    writer = _Writer(cluster)
    for record in records:
        writer.send(topic, record, ANY_PARTITION if partition is None else partition, headers)
    return writer.finished(cluster.timeout_s)


class _Writer:
    def __init__(self, cluster: Cluster) -> None:
        self._written: dict[int, Written] = {}
        self._failure: str | None = None
        with properties_refused(cluster.properties):
            self._producer = Producer({**_settings(cluster), "logger": None})

    def send(self, topic: str, record: NewRecord, partition: int, headers: Sequence[tuple[str, str]]) -> None:
        """Hand over one record, waiting while the queue is full. Raises ProduceFailed."""
        while not self._taken(topic, record, partition, headers):
            self._producer.poll(0.1)
            self._raise_failure()
        self._producer.poll(0)
        self._raise_failure()

    def finished(self, timeout_s: float) -> list[Written]:
        left = self._producer.flush(timeout_s)
        self._raise_failure()
        if left:
            raise ProduceFailed(f"{left} records are not in Kafka after {timeout_s:g} s; it is not known which are")
        return [self._written[partition] for partition in sorted(self._written)]

    def _taken(self, topic: str, record: NewRecord, partition: int, headers: Sequence[tuple[str, str]]) -> bool:
        try:
            self._producer.produce(
                topic, record.value, record.key, partition, on_delivery=self._delivered, headers=list(headers)
            )
        except BufferError:
            return False
        return True

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        partition, offset = message.partition(), message.offset()
        if error is not None or partition is None or offset is None:
            self._failure = self._failure or (error.str() if error is not None else "no offset came back")
            return
        known = self._written.setdefault(partition, Written(partition, 0, offset, offset))
        known.records, known.last = known.records + 1, offset

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise ProduceFailed(f"Kafka did not take a record: {self._failure}")


def _settings(cluster: Cluster) -> Mapping[str, Any]:
    return {
        "linger.ms": 5,
        "partitioner": "murmur2_random",
        "message.timeout.ms": int(cluster.timeout_s * 1000),
        **cluster.properties,
        "bootstrap.servers": cluster.brokers,
        "enable.idempotence": True,
        "log_level": QUIET,
    }
