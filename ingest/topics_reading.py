"""Records of a topic as Kafka has them, with keys and headers, for people: read by `assign`, never by a group.

Ingestion reads by `streams/kafka.py`, in batches and without keys; both use the same settings.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    TIMESTAMP_CREATE_TIME,
    TIMESTAMP_LOG_APPEND_TIME,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    TopicPartition,
)

from ingest.streams.base import StreamUnavailable
from ingest.streams.kafka import consumer_settings
from ingest.streams.kafka_refusal import properties_refused
from ingest.topics import Cluster
from segments.offsets import following

BATCH = 500
WAIT_S = 0.2
QUEUE_KBYTES = 16 * 1024
NEWEST_WINDOW_MAX = 16_384
"""Offsets that are looked back over at most for the newest records of a partition: some may be markers."""

_TIME_KINDS = {TIMESTAMP_CREATE_TIME: "create time", TIMESTAMP_LOG_APPEND_TIME: "log append time"}


class OffsetGone(Exception):
    """The offset to begin at is not there (any more)."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as Kafka has it. `timestamp_ms` is None where the topic keeps none."""

    partition: int
    offset: int
    timestamp_ms: int | None
    timestamp_kind: str
    leader_epoch: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read of a topic, and when to end.

    `starts` are the first offsets by partition. With `ends` reading ends there, and it is an error when nothing comes
    for `idle_s`; without, it goes on until nothing came for `idle_s` (None: for ever).
    """

    starts: Mapping[int, int]
    ends: Mapping[int, int] | None
    idle_s: float | None


def read(cluster: Cluster, topic: str, isolation_level: str, reading: Reading) -> Iterator[Record]:
    """Records in order per partition. Raises OffsetGone, StreamUnavailable, ValueError."""
    ends = reading.ends
    starts = {p: at for p, at in reading.starts.items() if ends is None or at < ends[p]}
    if not starts:
        return
    settings = consumer_settings(cluster.brokers, isolation_level, cluster.properties, QUEUE_KBYTES)
    with properties_refused(cluster.properties), closing(_Topic(topic, settings)) as opened:
        opened.assign(starts)
        yield from opened.records(set(starts), reading)


def record_at(
    cluster: Cluster, topic: str, isolation_level: str, partition: int, offset: int, latest: int
) -> Record | None:
    """The first record at or after `offset` and before `latest`; None when none is left there.

    Raises as `read`.
    """
    return next(
        read(cluster, topic, isolation_level, _bounded({partition: offset}, {partition: latest}, cluster)), None
    )


def newest(
    cluster: Cluster, topic: str, earliest: Mapping[int, int], latest: Mapping[int, int], count: int
) -> list[Record]:
    """The newest `count` records of each partition, in order. Raises as `read`."""
    found: dict[int, list[Record]] = {partition: [] for partition in latest}
    window, open_ones = count, set(latest)
    while open_ones:
        starts = {p: max(earliest[p], latest[p] - window) for p in open_ones}
        found |= _by_partition(cluster, topic, starts, latest, count)
        window *= 2
        open_ones = {p for p in open_ones if len(found[p]) < count and starts[p] > earliest[p]}
        if window > max(NEWEST_WINDOW_MAX, 2 * count):
            break
    return [record for partition in sorted(found) for record in found[partition]]


def _by_partition(
    cluster: Cluster, topic: str, starts: Mapping[int, int], latest: Mapping[int, int], count: int
) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = {partition: [] for partition in starts}
    for record in read(cluster, topic, "read_committed", _bounded(starts, latest, cluster)):
        found[record.partition] = [*found[record.partition], record][-count:]
    return found


def _bounded(starts: Mapping[int, int], ends: Mapping[int, int], cluster: Cluster) -> Reading:
    return Reading(starts, ends, cluster.timeout_s)


class _Topic:
    """One consumer of one topic."""

    def __init__(self, topic: str, settings: Mapping[str, Any]) -> None:
        self._name = topic
        self._trouble = ""
        self._consumer = Consumer({**settings, "error_cb": self._note}, logger=None)

    def assign(self, starts: Mapping[int, int]) -> None:
        self._consumer.assign([TopicPartition(self._name, p, offset) for p, offset in starts.items()])

    def close(self) -> None:
        self._consumer.close()

    def records(self, left: set[int], reading: Reading) -> Iterator[Record]:
        """`left`: partitions whose end is not reached; taken out as they are."""
        heard = time.monotonic()
        while left:
            messages = self._consumer.consume(BATCH, WAIT_S)
            for message in messages:
                record = self._record(message, left, reading.ends)
                if record is not None:
                    yield record
            if messages:
                heard = time.monotonic()
            elif reading.idle_s is not None and time.monotonic() - heard > reading.idle_s:
                self._ended(reading)
                return

    def _record(self, message: Any, left: set[int], ends: Mapping[int, int] | None) -> Record | None:
        """A record that is wanted; None for a sign of the end."""
        partition, offset = message.partition(), message.offset()
        if message.error() is not None:
            self._heard(message.error(), partition)
        if ends is not None and (message.error() is not None or following(offset) >= ends[partition]):
            left.discard(partition)
        if message.error() is not None or (ends is not None and offset >= ends[partition]):
            return None
        return _record_of(message)

    def _heard(self, error: KafkaError, partition: int) -> None:
        """The end of a partition is no error. Raises OffsetGone, StreamUnavailable for all others."""
        if error.code() == KafkaError._PARTITION_EOF:
            return
        if error.code() in (KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET):
            raise OffsetGone(
                f"the offset asked of partition {partition} of {self._name} is not in Kafka: {error.str()}"
            )
        raise StreamUnavailable(error.str())

    def _ended(self, reading: Reading) -> None:
        """Nothing came for long enough. Raises StreamUnavailable when something should have."""
        if reading.ends is not None:
            what = self._trouble or f"nothing came for {reading.idle_s:g} s"
            raise StreamUnavailable(what)

    def _note(self, error: KafkaError) -> None:
        self._trouble = error.str()


def _record_of(message: Any) -> Record:
    kind, milliseconds = message.timestamp()
    epoch = message.leader_epoch()
    return Record(
        partition=message.partition(),
        offset=message.offset(),
        timestamp_ms=None if kind == TIMESTAMP_NOT_AVAILABLE else milliseconds,
        timestamp_kind=_TIME_KINDS.get(kind, "none"),
        leader_epoch=-1 if epoch is None else epoch,
        key=message.key(),
        value=message.value(),
        headers=tuple((name, value) for name, value in message.headers() or ()),
    )
