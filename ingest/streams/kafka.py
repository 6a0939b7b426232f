"""Kafka by confluent-kafka, with no consumer group: offsets go in with `assign`, and nothing is ever stored in Kafka.

What librdkafka does by default and must not here: commit offsets, jump when an offset is gone, wait a second when its
queue is full, seek after assign, pause. Each is said in `consumer_settings`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import confluent_kafka
import numpy as np
from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, TopicPartition

from ingest.streams.base import (
    Assignment,
    Fetched,
    Int64s,
    OutOfRange,
    StreamEvent,
    StreamTrouble,
)
from segments.offsets import following

GATHER_S = 0.02
"""How long records are gathered once the first is there: what a row waits at most before it is decoded."""

Message = Any
"""A confluent_kafka.Message that came out of `consume`, so that partition, offset and timestamp are set."""

# Unbound methods: mapped over a batch they cost a quarter of what a method caller does.
_partition = confluent_kafka.Message.partition
_offset = confluent_kafka.Message.offset
_timestamp = confluent_kafka.Message.timestamp
_value = confluent_kafka.Message.value
_error = confluent_kafka.Message.error

_LOST = frozenset(
    {
        KafkaError.OFFSET_OUT_OF_RANGE,
        KafkaError._AUTO_OFFSET_RESET,
        KafkaError._LOG_TRUNCATION,
    }
)

QUIET = 2
"""librdkafka writes each failed connection, twenty a second, to standard error; what matters comes as an event."""

_ONE_CONNECTION = frozenset({KafkaError._TRANSPORT, KafkaError._RESOLVE})


def consumer_settings(
    brokers: str, isolation_level: str, extra: Mapping[str, str], queue_kbytes: int
) -> dict[str, Any]:
    """librdkafka settings of one handle; the safety settings win over `extra`."""
    return {
        "fetch.queue.backoff.ms": 5,
        "fetch.wait.max.ms": 100,
        "queued.min.messages": 50_000,
        "queued.max.messages.kbytes": queue_kbytes,
        "socket.nagle.disable": True,
        **extra,
        "bootstrap.servers": brokers,
        "group.id": "crushpad-has-no-group",
        "isolation.level": isolation_level,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "enable.partition.eof": True,
        "allow.auto.create.topics": False,
        "topic.metadata.propagation.max.ms": 5_000,
        "log_level": QUIET,
    }


class KafkaReader:
    """One librdkafka consumer for the partitions of one topic."""

    def __init__(self, topic: str, settings: Mapping[str, Any]) -> None:
        self._topic = topic
        self._troubles: list[StreamEvent] = []
        self._last_failure = ""
        self._away = False
        self._consumer = Consumer({**settings, "error_cb": self._note}, logger=None)
        self._assigned: dict[int, Assignment] = {}
        """By partition, where to read on."""

    def assign(self, assignments: Sequence[Assignment]) -> None:
        self.unassign([a.partition for a in assignments])
        self._consumer.incremental_assign([self._position(a) for a in assignments])
        self._assigned |= {a.partition: a for a in assignments}

    def unassign(self, partitions: Sequence[int]) -> None:
        ours = [p for p in partitions if p in self._assigned]
        if ours:
            self._consumer.incremental_unassign([TopicPartition(self._topic, p) for p in ours])
            for partition in ours:
                del self._assigned[partition]

    def fetch(self, records_max: int, wait_s: float) -> list[StreamEvent]:
        messages: list[Message] = self._consumer.consume(1, wait_s)
        if messages:
            messages += self._consumer.consume(records_max - 1, GATHER_S)
        runs: dict[int, list[Message]] = {}
        for partition, run in groupby(messages, _partition):
            runs.setdefault(_known(partition), []).extend(run)
        events = [event for partition, run in runs.items() for event in self._events(partition, run)]
        found = [event for event in events if self._wanted(event)]
        self._assigned |= {
            e.partition: _behind(e, self._assigned[e.partition]) for e in found if isinstance(e, Fetched)
        }
        return [*found, *self._told()]

    def upstream(self, partition: int) -> int | None:
        marks = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), cached=True)
        return marks[1] if marks is not None and marks[1] >= 0 else None

    def close(self) -> None:
        self._consumer.close()

    def _position(self, a: Assignment) -> TopicPartition:
        return TopicPartition(self._topic, a.partition, a.next_offset, leader_epoch=a.leader_epoch)

    def _wanted(self, event: StreamEvent) -> bool:
        return event.partition is None or event.partition in self._assigned

    def _told(self) -> list[StreamEvent]:
        """Troubles of the client since the last fetch.

        When brokers are away, partitions are assigned anew: once they are back, the end of each is told again, as a
        sign of life where there are no records.
        """
        troubles, self._troubles = self._troubles, []
        if self._away and self._assigned:
            self.assign(list(self._assigned.values()))
        self._away = False
        return troubles

    def _note(self, error: KafkaError) -> None:
        """What concerns the client as a whole comes here, within `consume`; one connection lost is no trouble yet."""
        if error.code() in _ONE_CONNECTION:
            self._last_failure = f": {error.str()}"
        else:
            down = error.code() == KafkaError._ALL_BROKERS_DOWN
            self._away = self._away or down
            what = f"Kafka is away: {error.str()}" if down else error.str()
            self._troubles.append(StreamTrouble(None, f"{what}{self._last_failure}"))
            self._last_failure = ""

    def _events(self, partition: int, run: list[Message]) -> list[StreamEvent]:
        if not any(map(_error, run)):
            return [fetched(partition, run)]
        events: list[StreamEvent] = []
        for bad, part in groupby(run, lambda message: message.error() is not None):
            chunk = list(part)
            events.extend(filter(None, map(self._event, chunk)) if bad else [fetched(partition, chunk)])
        return events

    def _event(self, message: Message) -> StreamEvent | None:
        error, partition = message.error(), message.partition()
        if error.code() == KafkaError._PARTITION_EOF:
            return _nothing_more(partition, message.offset())
        if error.code() in _LOST:
            return OutOfRange(partition, error.str())
        return StreamTrouble(partition if partition is not None and partition >= 0 else None, error.str())


def _behind(event: Fetched, before: Assignment) -> Assignment:
    """Where to read on after `event`."""
    epoch = event.leader_epoch if event.leader_epoch >= 0 else before.leader_epoch
    return Assignment(event.partition, event.next_offset, epoch)


def _known(partition: int | None) -> int:
    """A message without a partition speaks of the client as a whole."""
    return -1 if partition is None else partition


def fetched(partition: int, run: list[Message]) -> Fetched:
    """A run of one partition's records as columns; offsets come from first and last where there is no hole."""
    first, last = run[0].offset(), run[-1].offset()
    end = following(last)
    offsets = np.arange(first, end) if end - first == len(run) else np.fromiter(map(_offset, run), np.int64, len(run))
    epoch = run[-1].leader_epoch()
    known_epoch = -1 if epoch is None else epoch
    return Fetched(partition, list(map(_value, run)), offsets, _times(run), end, known_epoch, run)


def _times(run: list[Message]) -> Int64s:
    """Record times; one tuple at a time is alive, since each makes work for the garbage collector."""
    if run[0].timestamp()[0] == TIMESTAMP_NOT_AVAILABLE:
        return np.zeros(len(run), np.int64)
    return np.fromiter(map(itemgetter(1), map(_timestamp, run)), np.int64, len(run))


def _nothing_more(partition: int, position: int) -> Fetched | None:
    """The end of a partition also tells the position beyond trailing markers, which no record does."""
    if position < 0:
        return None
    empty = np.empty(0, np.int64)
    return Fetched(partition, [], empty, empty, position, -1)
