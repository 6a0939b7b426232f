"""Questions to Kafka about a topic: its id, its partitions, its offsets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from ingest.streams.base import StreamUnavailable, TopicInfo, UnknownTopic
from ingest.streams.kafka import QUIET

Answer = TypeVar("Answer")

_ISOLATION = {
    "read_committed": IsolationLevel.READ_COMMITTED,
    "read_uncommitted": IsolationLevel.READ_UNCOMMITTED,
}
_EARLIEST: OffsetSpec = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
_LATEST: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
_MISSING = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})


class KafkaMetadata:
    """One admin client for one topic; every question is bounded by `timeout_s`."""

    def __init__(
        self, topic: str, brokers: str, isolation_level: str, extra: Mapping[str, str], timeout_s: float
    ) -> None:
        self._topic = topic
        self._isolation = _ISOLATION[isolation_level]
        self._timeout = timeout_s
        self._admin = AdminClient({**extra, "bootstrap.servers": brokers, "log_level": QUIET}, logger=None)

    def describe(self) -> TopicInfo:
        topics = TopicCollection([self._topic])
        found = self._ask(
            lambda: self._admin.describe_topics(topics, request_timeout=self._timeout)[self._topic].result()
        )
        return TopicInfo(self._topic, topic_id(str(found.topic_id)), tuple(sorted(p.id for p in found.partitions)))

    def earliest(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return self._offsets(partitions, _EARLIEST)

    def latest(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return self._offsets(partitions, _LATEST)

    def at_time(self, partitions: Sequence[int], timestamp_ms: int) -> Mapping[int, int]:
        found = self._offsets(partitions, OffsetSpec.for_timestamp(timestamp_ms))
        missing = [partition for partition, offset in found.items() if offset < 0]
        return {**found, **(self.latest(missing) if missing else {})}

    def close(self) -> None:
        """The admin client ends with its last reference."""
        del self._admin

    def _offsets(self, partitions: Sequence[int], spec: OffsetSpec) -> Mapping[int, int]:
        wanted = {TopicPartition(self._topic, partition): spec for partition in partitions}
        return self._ask(lambda: self._offsets_of(wanted))

    def _list_offsets(self, wanted: Mapping[TopicPartition, OffsetSpec]) -> Mapping[int, int]:
        futures = self._admin.list_offsets(dict(wanted), isolation_level=self._isolation, request_timeout=self._timeout)
        return {place.partition: future.result().offset for place, future in futures.items()}

    def _offsets_of(self, wanted: Mapping[TopicPartition, OffsetSpec]) -> Mapping[int, int]:
        """Of a topic that is not there Kafka only says that it has no leaders; `describe` tells them apart."""
        try:
            return self._list_offsets(wanted)
        except KafkaException as error:
            if error.args[0].code() == KafkaError._NOENT:
                self.describe()
            raise

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except KafkaException as error:
            raise _named(self._topic, error) from error


def topic_id(librdkafka: str) -> str:
    """The id as Kafka's own tools spell it: base64 for names of files and URLs, where librdkafka has `+` and `/`."""
    return librdkafka.replace("+", "-").replace("/", "_")


def _named(topic: str, error: KafkaException) -> StreamUnavailable | UnknownTopic:
    cause: Any = error.args[0]
    if cause.code() in _MISSING:
        return UnknownTopic(f"there is no topic {topic!r} ({cause.str()})")
    return StreamUnavailable(cause.str())
