"""Dead letters to Kafka by an idempotent producer, with the client properties of the table's stream."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ingest.dead_letter_records import DeadLetter
from ingest.streams.kafka import QUIET
from ingest.streams.producer import ProduceFailed

log = structlog.get_logger()

TIMEOUT_S = 10.0
MESSAGE_BYTES_MAX = 64 * 1024 * 1024
BROKERS_DEFAULT = -1
"""As many replicas as the cluster gives a topic by default."""
_PERMANENT = frozenset({KafkaError.MSG_SIZE_TOO_LARGE})


class KafkaOutlet:
    """An `Outlet`: one producer. A topic that is missing is created with one partition, as Kafka Connect does."""

    def __init__(self, brokers: str, extra: Mapping[str, str]) -> None:
        self._client: dict[str, str | int | float | bool] = {**extra, "bootstrap.servers": brokers, "log_level": QUIET}
        settings = {
            **self._client,
            "enable.idempotence": True,
            "message.timeout.ms": int(TIMEOUT_S * 1000),
            "message.max.bytes": MESSAGE_BYTES_MAX,
        }
        self._producer = Producer(settings, logger=None)
        self._failure: str | None = None
        self._created: set[str] = set()

    def send(self, topic: str, batch: list[DeadLetter]) -> None:
        self._failure = None
        self._create(topic)
        for letter in batch:
            self._produce(topic, letter)
        left = self._producer.flush(TIMEOUT_S)
        if self._failure or left:
            raise ProduceFailed(self._failure or f"{left} letters are not acknowledged after {TIMEOUT_S:g} s")

    def close(self) -> None:
        self._producer.purge()

    def _create(self, topic: str) -> None:
        """At the first batch. Who may not create topics may still write to one: then sending says what is wrong."""
        if topic in self._created:
            return
        admin = AdminClient(self._client, logger=None)
        wanted = NewTopic(topic, num_partitions=1, replication_factor=BROKERS_DEFAULT)
        with contextlib.suppress(KafkaException):
            admin.create_topics([wanted], request_timeout=TIMEOUT_S)[topic].result(TIMEOUT_S)
        self._created.add(topic)

    def _produce(self, topic: str, letter: DeadLetter) -> None:
        def delivered(error: KafkaError | None, _message: Message) -> None:
            self._note(error, letter)

        try:
            self._producer.produce(
                topic,
                letter.value,
                letter.key,
                on_delivery=delivered,
                timestamp=letter.timestamp_ms,
                headers=list(letter.headers),
            )
        except KafkaException as error:
            self._note(error.args[0], letter)
        except BufferError as error:
            raise ProduceFailed("the producer's queue is full") from error
        self._producer.poll(0)

    def _note(self, error: KafkaError | None, letter: DeadLetter) -> None:
        if error is not None and error.code() in _PERMANENT:
            log.warning("dead letter is too large for its topic and stays among the rejects", offset=letter.offset)
        elif error is not None:
            self._failure = error.str()
