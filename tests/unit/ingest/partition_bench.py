"""One partition on a bench: a real folder, a memory stream, registry and store, a clock that is turned by hand."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

from ingest import events as ev
from ingest.decoders.base import SourceColumn
from ingest.decoders.json import JsonDecoder
from ingest.machine import Action, Phase
from ingest.partition import Partition
from ingest.pipeline import Pipeline, Transform
from ingest.ports import Ports, Recipe, Source, no_crash
from ingest.state import Limits
from ingest.streams.base import Fetched
from ingest.streams.memory import MemoryStream, MemoryTopic
from segments.arrow_schema import row_schema
from segments.history import ConsumingRecord
from segments.identity import PartitionIdentity
from segments.registry import InMemoryRegistry
from segments.stores.memory import InMemoryStore

TOPIC = "clicks"
TOPIC_ID = "topic-1"
INCARNATION = "incarnation1"
IDENTITY = PartitionIdentity(INCARNATION, TOPIC_ID, 0)
NOW_MS = 1_767_225_600_000
GRACE_MS = 5_000
LIMITS = Limits(rows_max=5, age_ms_max=60_000, bytes_max=1 << 20, closed_files_max=2)


def recipe(version: int = 1) -> Recipe:
    """Config and schema version 1 have one column; every later one has one more."""
    extra = {f"extra{v}": SourceColumn("STRING", False) for v in range(2, version + 1)}
    columns = {"id": SourceColumn("LONG", False), **extra}
    pipeline = Pipeline(JsonDecoder(columns), tuple(columns), row_schema(columns), None, (), Transform())
    return Recipe("clicks_REALTIME", "clicks", version, version, pipeline, None, ())


def payload(number: int) -> bytes:
    return json.dumps({"id": number}).encode()


def payloads(count: int) -> list[bytes]:
    return [payload(number) for number in range(count)]


class Bench:
    """The world of one host, and partitions in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "sealing").mkdir(parents=True)
        self.now_ms = NOW_MS
        self.published = 0
        self.topics = {TOPIC: MemoryTopic(TOPIC_ID, {0: []}, end={0: 0})}
        self.stream = MemoryStream(self.topics, TOPIC)
        self.registry = InMemoryRegistry()
        self.store = InMemoryStore()
        self.registry.create(INCARNATION, {0: self.first_record()})
        self._random = random.Random(3)

    def first_record(self, start: int = 0) -> ConsumingRecord:
        return ConsumingRecord(
            sequence=0,
            start=start,
            leader_epoch=-1,
            topic=TOPIC,
            topic_id=TOPIC_ID,
            config_version=1,
            schema_version=1,
            created_ms=NOW_MS,
        )

    def ports(self) -> Ports:
        return Ports(
            registry=self.registry,
            store=self.store,
            consuming_root=self.folder / "consuming",
            sealing_root=self.folder / "sealing",
            capacity_bytes=16 * 1024,
            clock_ms=lambda: self.now_ms,
            random=self._random.randbytes,
            boot="boot-1",
            version="test",
            published_end=lambda incarnation, partition: self.published,
            release_grace_ms=GRACE_MS,
            environ={},
            crash_point=no_crash,
        )

    @property
    def source(self) -> Source:
        return Source(self.stream, self.stream, TOPIC)

    def partition(self, version: int = 1, limits: Limits = LIMITS) -> Partition:
        return Partition(IDENTITY, self.ports(), self.source, recipe(version), limits)

    def consuming(self, version: int = 1, limits: Limits = LIMITS) -> Partition:
        """A partition that reads."""
        partition = self.partition(version, limits)
        for action in (Action.LOAD, Action.CLAIM, Action.ASSIGN):
            do(partition, action)
        assert partition.state.phase is Phase.CONSUMING
        return partition

    def produce(self, count: int) -> None:
        for _ in range(count):
            self.topics[TOPIC].append(0, payload(self.topics[TOPIC].end[0]))

    def fetch(self) -> Fetched:
        """All that the stream has."""
        (event,) = self.stream.fetch(1_000, 0.0)
        assert isinstance(event, Fetched)
        return event

    @property
    def sidecars(self) -> list[Path]:
        return sorted((self.folder / "consuming").rglob("*.sidecar"))


def do(partition: Partition, action: Action) -> ev.Event:
    event = partition.perform(action, partition.state)
    partition.apply(event)
    return event


def take(partition: Partition, fetched: Fetched) -> ev.Event | None:
    event = partition.take(fetched)
    if event is not None:
        partition.apply(event)
    return event


def actions(partition: Partition) -> Sequence[Action]:
    return partition.next_actions(partition.facts())
