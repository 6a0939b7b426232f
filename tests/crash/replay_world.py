"""A partition whose rejects are replayed while everything fails: a registry in memory, a real store, real files."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.decoders.base import SourceColumn
from ingest.decoders.json import JsonDecoder
from ingest.pipeline import Pipeline, Transform
from ingest.ports import Recipe
from ingest.replaying import Replayed, ReplayPorts, replay_round
from ingest.streams.base import Fetched
from ingest.transforms import transform_of
from segments.arrow_schema import OFFSET, row_schema
from segments.catalogue import PartitionEntry, SegmentEntry
from segments.commit import Accepted, InDoubt, Look, Outcome, SegmentCommit, Versioned, plan_commit
from segments.consuming.rejects import REJECT_SCHEMA, sealed_form
from segments.history import ConsumingRecord, Step
from segments.identity import PartitionIdentity
from segments.metadata import SegmentFacts
from segments.name import SegmentName
from segments.registry import InMemoryRegistry
from segments.replay import settled
from segments.seal import SealRequest, seal, seal_rejects
from segments.sealed import to_entry
from segments.stores.base import key_for, rejects_key
from segments.stores.local import LocalStore
from segments.view import prove_committed

INCARNATION = "inc"
IDENTITY = PartitionIdentity(INCARNATION, "topic", 0)
NOW_MS = 1_767_225_600_000
COLUMNS = {"id": SourceColumn("LONG", False), "kind": SourceColumn("STRING", False)}
POINTS = ("before replay store", "after segment store", "before replay commit", "after replay commit")


def recipe(version: int) -> Recipe:
    """Version 1 rejects every record whose `id` is text; version 2 also drops those of kind `drop`, and reads it."""
    columns = COLUMNS if version == 1 else {**COLUMNS, "id": SourceColumn("STRING", False)}
    drop = None if version == 1 else "kind = 'drop'"
    transform, source = (Transform(), columns) if drop is None else transform_of([], drop, columns)
    pipeline = Pipeline(JsonDecoder(source), tuple(columns), row_schema(columns), None, (), transform)
    return Recipe("clicks_REALTIME", "clicks", version, version, pipeline, None, ())


class Killed(BaseException):
    """The process ended. Not an Exception: nothing in a dead process handles it."""


@dataclass
class Faults:
    """What happens to one replay."""

    die_at: str | None = None
    lose_answer: str | None = None
    """"before" or "after" its commit takes effect; then the registry is away."""
    between: Callable[[], object] | None = None
    """What somebody else does between plan and commit."""


class Door:
    """The registry as one replay reaches it."""

    def __init__(self, registry: InMemoryRegistry, faults: Faults) -> None:
        self._registry, self._faults = registry, faults

    def commit(self, commit: SegmentCommit) -> Outcome:
        lost, self._faults.lose_answer = self._faults.lose_answer, None
        if lost == "before":
            return InDoubt("connection loss")
        outcome = self._registry.commit(commit)
        return InDoubt("connection loss") if lost == "after" else outcome

    def look(self, incarnation: str, partition: int, sequence: int) -> Look:
        return self._registry.look(incarnation, partition, sequence)


class Store(LocalStore):
    """A store in which a process may end behind a file."""

    def __init__(self, root: Path, crash_point: Callable[[str], None]) -> None:
        super().__init__(root)
        self._crash_point = crash_point

    def put(self, local: Path, key: str) -> str:
        uri = super().put(local, key)
        self._crash_point("after segment store")
        return uri


@dataclass
class World:
    folder: Path
    registry: InMemoryRegistry = field(default_factory=InMemoryRegistry)
    kinds: dict[int, str] = field(default_factory=dict)
    """What was produced at each offset: good, text, drop or words."""

    def __post_init__(self) -> None:
        self.random = random.Random(7)
        self.store = LocalStore(self.folder / "store")
        (self.folder / "sealing").mkdir()
        record = ConsumingRecord(
            sequence=0, start=0, leader_epoch=0, topic="t", topic_id="topic", config_version=1, schema_version=1,
            created_ms=NOW_MS,
        )  # fmt: skip
        self.registry.create(INCARNATION, {0: record})
        self._entries: dict[str, SegmentEntry] = {}

    @property
    def current(self) -> Versioned:
        return self.registry.partitions(INCARNATION)[0]

    def consume(self, *kinds: str) -> None:
        """Records of these kinds come in under the first config, and their segment is committed."""
        record = self.current.record
        offsets = np.arange(record.start, record.start + len(kinds))
        self.kinds |= dict(zip(offsets.tolist(), kinds, strict=True))
        payloads = [payload(at, kind) for at, kind in zip(offsets.tolist(), kinds, strict=True)]
        end = record.start + len(kinds)
        appended = recipe(1).pipeline.run(Fetched(0, payloads, offsets, offsets, end, 0), 0)
        rejects = REJECT_SCHEMA.empty_table() if appended.rejects is None else pa.Table.from_batches([appended.rejects])
        name = str(SegmentName.of("clicks", 0, record.sequence, NOW_MS))
        attempt = self.random.randbytes(8).hex()
        facts = SegmentFacts(
            name=name, table="clicks_REALTIME", incarnation=INCARNATION, topic="t", topic_id="topic", partition=0,
            sequence=record.sequence, start=record.start, end=end, rejects=rejects.num_rows, leader_epoch=0,
            config_version=1, schema_version=1, attempt=attempt, predecessor=record.last_attempt, created_ms=NOW_MS,
            sealed_ms=NOW_MS, crushpad_version="test",
        )  # fmt: skip
        path = self.folder / "sealing" / f"{name}.{attempt}.parquet"
        schema = recipe(1).pipeline.schema
        rows = schema.empty_table() if appended.rows is None else pa.Table.from_batches([appended.rows])
        sealed = seal(SealRequest(rows, facts, path))
        key = key_for(IDENTITY, record.sequence, name, attempt)
        if rejects.num_rows:
            self.store.put(seal_rejects(sealed_form(rejects), path).path, rejects_key(key))
        self.store.put(path, key)
        commit = plan_commit(
            IDENTITY, self.current, sealed.stored_as(key), config_version=1, schema_version=1, now_ms=NOW_MS
        )
        assert isinstance(self.registry.commit(commit), Accepted)

    def entry(self) -> PartitionEntry:
        """What a host publishes of the partition, proven."""
        record = self.current.record
        steps = self.registry.steps(INCARNATION, 0, range(record.sequence))
        made = PartitionEntry(
            0, "t", "topic", record.sequence, 0, record.start, NOW_MS, 1, 1, [self._located(s) for s in steps], []
        )
        prove_committed(made)
        return made

    def replay(self, faults: Faults | None = None, published: PartitionEntry | None = None) -> Replayed:
        """One round, planned on what is published. Raises what the round raises, and Killed."""
        faults = faults or Faults()

        def crash_point(name: str) -> None:
            if name == "before replay commit" and faults.between is not None:
                faults.between()
            if name == faults.die_at:
                raise Killed(name)

        ports = ReplayPorts(
            registry=Door(self.registry, faults),
            store=Store(self.folder / "store", crash_point),
            sealing_root=self.folder / "sealing",
            clock_ms=lambda: NOW_MS,
            random=self.random.randbytes,
            version="test",
            crash_point=crash_point,
        )
        return replay_round(ports, recipe(2), published or self.entry(), INCARNATION, None, rows_max=100)

    def rows(self) -> Counter[int]:
        """How often each offset is a row of the committed segments."""
        tables = [pq.read_table(one.path, columns=[OFFSET]) for one in self.entry().segments]
        return Counter(offset for table in tables for offset in table.column(OFFSET).to_pylist())

    def assert_each_record_once(self, replayed: bool) -> None:
        """Good records are rows; with everything replayed texts are rows too, dropped ones settled (I1)."""
        wanted = {"good", "text"} if replayed else {"good"}
        found = self.rows()
        assert set(found.values()) <= {1}, f"doubled: {found}"
        rows = set(self.of(*wanted)) if replayed else set(found)
        assert set(found) == rows >= set(self.of("good"))
        if replayed:
            assert settled(self.entry()).tolist() == sorted(self.of("text", "drop"))

    def of(self, *kinds: str) -> Iterable[int]:
        return [offset for offset, kind in self.kinds.items() if kind in kinds]

    def _located(self, step: Step) -> SegmentEntry:
        assert step.uri is not None
        if step.uri not in self._entries:
            path = self.store.local_path(step.uri)
            assert path is not None, f"I3: {step.uri} is committed and not in the store"
            self._entries[step.uri] = to_entry(step, path)
        return self._entries[step.uri]


def payload(offset: int, kind: str) -> bytes:
    record = {"good": {"id": offset}, "text": {"id": "text", "kind": "k"}, "drop": {"id": "text", "kind": "drop"}}
    return b"words" if kind == "words" else json.dumps(record[kind]).encode()
