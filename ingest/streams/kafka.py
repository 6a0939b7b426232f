"""Kafka by confluent-kafka, with no consumer group: offsets go in with `assign`, and nothing is ever stored in Kafka.

What librdkafka does by default and must not here: commit offsets, jump when an offset is gone, wait a second when its
queue is full, seek after assign, pause. Each is said in `consumer_settings`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from ingest.streams.base import Assignment, Fetched, StreamEvent, StreamTrouble
from ingest.streams.gathering import Gathering

CHUNK_RECORDS = 1_000
"""So many messages stay in the processor's cache until everything is asked of them."""
BYTES_MAX = 8 * 1024 * 1024
"""Of record values in one fetch, about."""
GATHER_S = 0.005
"""Records that trickle in are gathered so that fetches lie so far apart: each costs about a millisecond."""

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

    def __init__(self, topic: str, settings: Mapping[str, Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._topic = topic
        self._clock = clock
        self._not_before_s = 0.0
        """When the next fetch may end with less than it could hold."""
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
        events = self._gathered(records_max, wait_s).events()
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

    def _gathered(self, records_max: int, wait_s: float) -> Gathering:
        """All that is there, up to a limit; when that is little, what comes until it is time for the next fetch."""
        gathering, messages = Gathering(), self._consumer.consume(1, wait_s)
        if not messages:
            return gathering
        gathering.add(messages)
        left = records_max - 1
        while left > 0 and gathering.size_bytes < BYTES_MAX:
            asked = min(CHUNK_RECORDS, left)
            messages = self._consumer.consume(asked, max(0.0, self._not_before_s - self._clock()))
            if messages:
                gathering.add(messages)
            if len(messages) < asked:
                break
            left -= asked
        self._not_before_s = self._clock() + GATHER_S
        return gathering


def _behind(event: Fetched, before: Assignment) -> Assignment:
    """Where to read on after `event`."""
    epoch = event.leader_epoch if event.leader_epoch >= 0 else before.leader_epoch
    return Assignment(event.partition, event.next_offset, epoch)
