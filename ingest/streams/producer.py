"""Writes to Kafka: the quickstart's stream, benchmarks, tests. Ingestion itself never produces."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

REQUEST_TIMEOUT_S = 15.0

_log = logging.getLogger(__name__)


class ProduceFailed(Exception):
    """Kafka did not take what it was given, or does not answer; trying again may help."""


def create_topic(
    brokers: str,
    topic: str,
    partitions: int,
    settings: Mapping[str, str] | None = None,
    timeout_s: float = REQUEST_TIMEOUT_S,
) -> bool:
    """Create a topic with one replica; False when there is one of that name. Raises `ProduceFailed`."""
    admin = AdminClient(_client(brokers))
    wanted = NewTopic(topic, num_partitions=partitions, replication_factor=1, config=dict(settings or {}))
    try:
        admin.create_topics([wanted], request_timeout=timeout_s)[topic].result(timeout_s)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        raise ProduceFailed(f"cannot create topic {topic} at {brokers}: {error.args[0].str()}") from error
    except TimeoutError as error:
        raise ProduceFailed(f"cannot create topic {topic}: no answer from {brokers}") from error
    return True


def end_offsets(brokers: str, topic: str, timeout_s: float = REQUEST_TIMEOUT_S) -> list[int]:
    """The next offset of each partition, in order of partition. Raises `ProduceFailed`."""
    consumer = Consumer(_client(brokers) | {"group.id": "crushpad-has-no-group"})
    try:
        partitions = consumer.list_topics(topic, timeout_s).topics[topic].partitions
        return [
            consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout_s)[1]
            for partition in sorted(partitions)
        ]
    except KafkaException as error:
        raise ProduceFailed(f"cannot read the ends of topic {topic} at {brokers}: {error.args[0].str()}") from error
    finally:
        consumer.close()


def _client(brokers: str) -> dict[str, Any]:
    """librdkafka's own words go to our log; it would write to standard error."""
    return {"bootstrap.servers": brokers, "logger": _log, "reconnect.backoff.ms": 100, "reconnect.backoff.max.ms": 1000}


class BatchProducer:
    """Sends batches of message values in order, each exactly once (idempotent). Usable as a context manager."""

    def __init__(self, brokers: str, settings: Mapping[str, Any] | None = None) -> None:
        self._failures: list[str] = []
        self._producer = Producer(
            {
                "linger.ms": 5,
                "batch.size": 1_000_000,
                "queue.buffering.max.messages": 500_000,
                **(settings or {}),
                **_client(brokers),
                "enable.idempotence": True,
                "delivery.report.only.error": True,
                "on_delivery": self._note,
            }
        )

    def send(self, topic: str, partition: int, values: Sequence[bytes | None]) -> None:
        """Hand over `values` (None is a tombstone), waiting while the queue is full. Raises `ProduceFailed`."""
        waiting: list[dict[str, Any]] = [{"value": value} for value in values]
        while waiting:
            self._producer.produce_batch(topic, waiting, partition)
            self._producer.poll(0)
            self._raise_failures()
            waiting = [{"value": message["value"]} for message in waiting if "_error" in message]
            if waiting:
                self._producer.poll(0.05)

    def flush(self, timeout_s: float = 30.0) -> None:
        """Return once everything that was sent is in Kafka. Raises `ProduceFailed`."""
        left = self._producer.flush(timeout_s)
        self._raise_failures()
        if left:
            raise ProduceFailed(f"{left} messages are not delivered after {timeout_s:g} s")

    def close(self) -> None:
        """Flush what can be flushed and let go of the connection."""
        self._producer.flush(1.0)
        self._producer.purge()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _note(self, error: KafkaError | None, _message: object) -> None:
        if error is not None:
            self._failures.append(error.str())

    def _raise_failures(self) -> None:
        if self._failures:
            count, first = len(self._failures), self._failures[0]
            self._failures.clear()
            raise ProduceFailed(f"{count} messages were not delivered: {first}")
