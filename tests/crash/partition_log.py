"""The Kafka log of the crash tests, and everything that was ever in it: what rows must look like."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.streams.base import Assignment, StreamEvent, StreamTrouble, StreamUnavailable, TopicInfo
from ingest.streams.memory import MemoryStream, MemoryTopic, Record
from segments.offsets import following

TOPIC = "clicks"
KAFKA_PARTITION = 0

Row = tuple[int, int]
"""Offset and id."""


@dataclass(frozen=True)
class Written:
    """What a record is worth: a row with this id, a reject, or nothing."""

    id: int | None = None
    rejected: bool = False


NOTHING = Written()


@dataclass
class Log:
    """One topic with one partition, cut, trimmed and created again; `history` forgets nothing."""

    topics: dict[str, MemoryTopic] = field(default_factory=dict)
    history: dict[tuple[str, int], list[Written]] = field(default_factory=dict)
    written: int = 0
    created: int = 0

    def __post_init__(self) -> None:
        self.create_again()

    @property
    def topic(self) -> MemoryTopic:
        return self.topics[TOPIC]

    @property
    def start(self) -> int:
        return self.topic.start.get(KAFKA_PARTITION, 0)

    @property
    def end(self) -> int:
        return self.topic.end[KAFKA_PARTITION]

    def create_again(self) -> None:
        self.created += 1
        self.topics[TOPIC] = MemoryTopic(f"topic-{self.created}", {KAFKA_PARTITION: []}, end={KAFKA_PARTITION: 0})

    def produce(self, kind: str) -> None:
        """A good row, a bad one, a tombstone, or a transaction marker: an offset without a record."""
        self.written += 1
        good, bad = json.dumps({"id": self.written}).encode(), b"{no json"
        self.history.setdefault((self.topic.topic_id, self.end), []).append(
            {"row": Written(id=self.written), "bad": Written(rejected=True)}.get(kind, NOTHING)
        )
        if kind == "marker":
            self.topic.end[KAFKA_PARTITION] = following(self.end)
        else:
            self.topic.append(KAFKA_PARTITION, {"row": good, "bad": bad, "tombstone": None}[kind], self.written)

    def cut(self, records: int) -> None:
        """An unclean election: the last offsets are gone, and will be written anew."""
        end = max(self.start, self.end - records)
        self._keep([r for r in self._records if r.offset < end])
        self.topic.end[KAFKA_PARTITION] = end
        self.topic.leader_epoch += 1

    def retain(self, records: int) -> None:
        """Retention leaves this many offsets."""
        self.topic.start[KAFKA_PARTITION] = max(self.start, self.end - records)
        self._keep([r for r in self._records if r.offset >= self.start])

    def check_rows(self, topic_id: str, start: int, end: int, rows: Sequence[Row]) -> None:
        """Each offset of `[start, end)` gave exactly what was once written there (I1, I2)."""
        assert [offset for offset, _ in rows] == sorted({offset for offset, _ in rows}), "a row twice, or out of order"
        found = dict(rows)
        assert all(start <= offset < end for offset in found), f"rows outside [{start}, {end})"
        for offset in range(start, end):
            possible = {written.id for written in self.history[topic_id, offset]}
            assert found.get(offset) in possible, f"offset {offset} gave id {found.get(offset)}, not one of {possible}"

    def rejects(self, topic_id: str, start: int, end: int) -> tuple[int, int]:
        """Fewest and most rejects that `[start, end)` may have."""
        options = [[w.rejected for w in self.history[topic_id, offset]] for offset in range(start, end)]
        return sum(map(all, options)), sum(map(any, options))

    @property
    def _records(self) -> list[Record]:
        return self.topic.records[KAFKA_PARTITION]

    def _keep(self, records: list[Record]) -> None:
        self.topic.records[KAFKA_PARTITION] = records


class FaultyStream(MemoryStream):
    """A client of the log that can be cut off, that fetches as much as it is told, and knows which topic it reads."""

    def __init__(self, log: Log) -> None:
        super().__init__(log.topics, TOPIC)
        self.away = False
        self.batch = 1
        self._assigned_topic = log.topic.topic_id

    def assign(self, assignments: Sequence[Assignment]) -> None:
        super().assign(assignments)
        self._assigned_topic = super().describe().topic_id

    def fetch(self, records_max: int, wait_s: float) -> list[StreamEvent]:
        if self.away:
            return [StreamTrouble(None, "the broker is away")]
        if super().describe().topic_id != self._assigned_topic:
            return [StreamTrouble(None, "unknown topic id")]
        return super().fetch(min(records_max, self.batch), wait_s)

    def describe(self) -> TopicInfo:
        self._check()
        return super().describe()

    def latest(self, partitions: Sequence[int]) -> Mapping[int, int]:
        self._check()
        return super().latest(partitions)

    def earliest(self, partitions: Sequence[int]) -> Mapping[int, int]:
        self._check()
        return super().earliest(partitions)

    def _check(self) -> None:
        if self.away:
            raise StreamUnavailable("the broker is away")
