"""A stream in memory, for tests: partitions are lists of records, with holes, trimming and re-creation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.streams.base import Assignment, Fetched, OutOfRange, StreamEvent, TopicInfo, UnknownTopic
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


class MemoryStream:
    """StreamReader and StreamMetadata over MemoryTopics by name."""

    def __init__(self, topics: dict[str, MemoryTopic], topic: str) -> None:
        self._topics = topics
        self._topic = topic
        self._next: dict[int, int] = {}
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
        events = [self._fetch(partition, records_max) for partition in sorted(self._next)]
        return [event for event in events if event is not None]

    def _fetch(self, partition: int, records_max: int) -> StreamEvent | None:
        log, at = self._log, self._next[partition]
        if not log.start.get(partition, 0) <= at <= log.end[partition]:
            del self._next[partition]
            return OutOfRange(partition, f"{at} is outside [{log.start.get(partition, 0)}, {log.end[partition]}]")
        found = [r for r in log.records[partition] if r.offset >= at][:records_max]
        end = following(found[-1].offset) if len(found) == records_max else log.end[partition]
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
        return self._log.end.get(partition)

    def describe(self) -> TopicInfo:
        return TopicInfo(self._topic, self._log.topic_id, tuple(sorted(self._log.records)))

    def earliest(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return {p: self._log.start.get(p, 0) for p in partitions}

    def latest(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return {p: self._log.end[p] for p in partitions}

    def at_time(self, partitions: Sequence[int], timestamp_ms: int) -> Mapping[int, int]:
        log = self._log
        first = {p: [r.offset for r in log.records[p] if r.timestamp_ms >= timestamp_ms][:1] for p in partitions}
        return {p: found[0] if found else log.end[p] for p, found in first.items()}

    def close(self) -> None:
        self._next.clear()
