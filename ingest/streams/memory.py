"""A stream in memory, for tests: partitions are lists of records, with holes, trimming and re-creation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.streams.base import (
    Assignment,
    Fetched,
    OutOfRange,
    StreamEvent,
    StreamTrouble,
    TopicInfo,
    UnknownTopic,
)
from segments.offsets import following


@dataclass(frozen=True, slots=True)
class Record:
    offset: int
    value: bytes | None
    timestamp_ms: int = 0


@dataclass
class MemoryTopic:
    """A topic's log. `start` and `end` are offsets; `records` may have holes between them."""

    topic_id: str
    records: dict[int, list[Record]]
    start: dict[int, int] = field(default_factory=dict)
    end: dict[int, int] = field(default_factory=dict)
    leader_epoch: int = 0

    @classmethod
    def of(cls, topic_id: str, values: Mapping[int, Sequence[bytes | None]]) -> MemoryTopic:
        records = {p: [Record(i, v, i) for i, v in enumerate(vs)] for p, vs in values.items()}
        return cls(topic_id, records, end={p: len(vs) for p, vs in values.items()})

    def append(self, partition: int, value: bytes | None, timestamp_ms: int = 0) -> None:
        offset = self.end.get(partition, 0)
        self.records[partition].append(Record(offset, value, timestamp_ms))
        self.end[partition] = following(offset)

    def trim(self, partition: int, before: int) -> None:
        """Delete the records before an offset, as retention does."""
        self.start[partition] = before
        self.records[partition] = [r for r in self.records[partition] if r.offset >= before]


class MemoryStream:
    """StreamReader and StreamMetadata over MemoryTopics by name."""

    def __init__(self, topics: dict[str, MemoryTopic], topic: str) -> None:
        self._topics = topics
        self._topic = topic
        self._next: dict[int, int] = {}
        self._upstream: dict[int, int] = {}
        self.fetched_records = 0

    @property
    def _log(self) -> MemoryTopic:
        if self._topic not in self._topics:
            raise UnknownTopic(self._topic)
        return self._topics[self._topic]

    def assign(self, assignments: Sequence[Assignment]) -> None:
        self._next.update({a.partition: a.next_offset for a in assignments})

    def unassign(self, partitions: Sequence[int]) -> None:
        for partition in partitions:
            self._next.pop(partition, None)

    def fetch(self, records_max: int, wait_s: float) -> list[StreamEvent]:  # noqa: ARG002 - nothing to wait for
        if self._next and self._topic not in self._topics:
            return [StreamTrouble(None, f"there is no topic {self._topic!r}")]
        events: list[StreamEvent] = []
        for partition in sorted(self._next):
            event = self._fetch(partition, records_max)
            if event is not None:
                events.append(event)
            records_max -= len(event.payloads) if isinstance(event, Fetched) else 0
        return events

    def _fetch(self, partition: int, records_max: int) -> StreamEvent | None:
        log, at = self._log, self._next[partition]
        if partition not in log.records:
            return StreamTrouble(partition, f"topic {self._topic!r} has no partition {partition}")
        self._upstream[partition] = log.end[partition]
        if not log.start.get(partition, 0) <= at <= log.end[partition]:
            del self._next[partition]
            return OutOfRange(partition, f"{at} is outside [{log.start.get(partition, 0)}, {log.end[partition]}]")
        ahead = [r for r in log.records[partition] if r.offset >= at]
        found = ahead[:records_max]
        end = log.end[partition] if len(found) == len(ahead) else _after(found, at)
        if end == at:
            return None
        self._next[partition] = end
        self.fetched_records += len(found)
        return Fetched(
            partition,
            [r.value for r in found],
            np.array([r.offset for r in found], np.int64),
            np.array([r.timestamp_ms for r in found], np.int64),
            end,
            log.leader_epoch,
        )

    def upstream(self, partition: int) -> int | None:
        return self._upstream.get(partition)

    def describe(self) -> TopicInfo:
        return TopicInfo(self._topic, self._log.topic_id, tuple(sorted(self._log.records)))

    def earliest(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return {p: self._log.start.get(p, 0) for p in self._known(partitions)}

    def latest(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return {p: self._log.end[p] for p in self._known(partitions)}

    def at_time(self, partitions: Sequence[int], timestamp_ms: int) -> Mapping[int, int]:
        return {p: self._at_time(p, timestamp_ms) for p in self._known(partitions)}

    def close(self) -> None:
        self._next.clear()

    def _known(self, partitions: Sequence[int]) -> Sequence[int]:
        missing = [p for p in partitions if p not in self._log.records]
        if missing:
            raise UnknownTopic(f"topic {self._topic!r} has no partitions {missing}")
        return partitions

    def _at_time(self, partition: int, timestamp_ms: int) -> int:
        later = (r.offset for r in self._log.records[partition] if r.timestamp_ms >= timestamp_ms)
        return next(later, self._log.end[partition])


def _after(found: Sequence[Record], at: int) -> int:
    """The next offset behind the records found from `at` on."""
    return following(found[-1].offset) if found else at
