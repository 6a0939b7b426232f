"""The invariants I1 to I6 and I8, checked over the registry, the store and every host's files after each happening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from segments.arrow_schema import OFFSET
from segments.catalogue import PartitionEntry, SegmentEntry
from segments.commit import Accepted, Outcome, SegmentCommit
from segments.consuming.listing import list_sidecars
from segments.consuming.reader import FrameCache
from segments.history import ConsumingRecord, Step, StepKind
from segments.identity import PartitionIdentity
from segments.registry import InMemoryRegistry
from segments.seal import rejects_path
from segments.sealed import to_entry, verify
from segments.stores.base import rejects_key
from segments.stores.local import LocalStore
from segments.view import ConsumingPart, PartitionView, prove_committed, view_of
from tests.crash.partition_log import Log, Row

PARTITION = 0


@dataclass
class Host:
    """One machine: its consuming files, what its follower has published, and how far its users have seen."""

    folder: Path
    entries: dict[str, PartitionEntry] = field(default_factory=dict)
    floors: dict[str, int] = field(default_factory=dict)
    damaged: set[Path] = field(default_factory=set)
    cache: FrameCache = field(default_factory=FrameCache)
    checked: object = None

    @property
    def consuming_root(self) -> Path:
        return self.folder / "consuming"

    def published_end(self, incarnation: str, partition: int) -> int:
        entry = self.entries.get(incarnation)
        return entry.committed_end if entry else 0


class Checks:
    """The truth (registry, store, log) and the comparison of everything with it."""

    def __init__(self, store_root: Path, log: Log) -> None:
        self.store_root = store_root
        self.registry = InMemoryRegistry()
        self.hosts: list[Host] = []
        self._store = LocalStore(store_root)
        self._log = log
        self._monotone = True
        self._born: dict[str, ConsumingRecord] = {}
        self._entries: dict[str, SegmentEntry] = {}

    def host(self, folder: Path) -> Host:
        host = Host(folder)
        host.consuming_root.mkdir(parents=True)
        self.hosts.append(host)
        return host

    def born(self, incarnation: str, record: ConsumingRecord) -> None:
        """A table is created; every follower sees it at once."""
        self._born[incarnation] = record
        for host in self.hosts:
            self.publish(host, incarnation)

    def damaged(self, host: Host, sidecar: Path) -> None:
        """As long as there is this file, visible rows of the host may vanish."""
        host.damaged.add(sidecar)

    def log_was_cut(self) -> None:
        """Visible rows may vanish: Kafka has others now."""
        self._monotone = False

    def commit(self, commit: SegmentCommit) -> Outcome:
        """The registry's commit, with everything that must hold before and after it."""
        identity, step = commit.identity, commit.step
        before = self.registry.partitions(identity.incarnation).get(identity.partition)
        outcome = self.registry.commit(commit)
        if isinstance(outcome, Accepted):
            assert before is not None, "I5: a commit into a table that is gone"
            assert commit.expected_version == before.version, "I5: a commit by a stale fence"
            assert (step.sequence, step.start) == (before.record.sequence, before.record.start), "I1: not the next step"
            assert step.predecessor == before.record.last_attempt, "P13: another predecessor"
            if step.kind is StepKind.SEGMENT:
                self._check_file(step)
        else:
            after = self.registry.partitions(identity.incarnation).get(identity.partition)
            assert after == before, "I5: a refused commit changed something"
        return outcome

    def publish(self, host: Host, incarnation: str) -> None:
        """The host's catalogue says what the registry says: proven, with every segment's file open (P21, P23)."""
        current = self.registry.partitions(incarnation)[PARTITION].record
        steps = self.registry.steps(incarnation, PARTITION, range(current.sequence))
        entry = PartitionEntry(
            partition=PARTITION,
            topic=current.topic,
            topic_id=current.topic_id,
            sequence=current.sequence,
            first_start=self._born[incarnation].start,
            committed_end=current.start,
            created_ms=current.created_ms,
            config_version=current.config_version,
            schema_version=current.schema_version,
            segments=[self._entry(step) for step in steps if step.kind is StepKind.SEGMENT],
            gaps=[(step.start, step.end, step.reason or "") for step in steps if step.kind is StepKind.GAP],
            force_commit=current.force_commit,
            skip=current.skip.to.value if current.skip else None,
        )
        prove_committed(entry)
        host.entries[incarnation] = entry

    def after(self, incarnation: str) -> None:
        """What every host's users see now is right, and no less than they saw before."""
        for host in self.hosts:
            self._check_view(host, incarnation)

    def visible_end(self, host: Host, incarnation: str) -> int:
        return self._view(host, incarnation).visible_end

    def _view(self, host: Host, incarnation: str) -> PartitionView:
        entry = host.entries[incarnation]
        folder = host.consuming_root / PartitionIdentity(incarnation, entry.topic_id, PARTITION).path
        return view_of(entry, list_sidecars(folder))

    def _check_view(self, host: Host, incarnation: str) -> None:
        view = self._view(host, incarnation)
        floor = host.floors.get(incarnation, 0) if self._monotone and not host.damaged else 0
        host.damaged = {path for path in host.damaged if path.exists()}
        assert view.visible_end >= floor, f"I8: {host.folder.name} saw offsets up to {floor}, now {view.visible_end}"
        host.floors[incarnation] = view.visible_end
        if host.checked == view or any(_sidecar_of(part) in host.damaged for part in view.consuming):
            return
        host.checked = view
        rows = [row for part in view.consuming for row in _consuming_rows(host.cache, part)]
        self._log.check_rows(view.entry.topic_id, view.entry.committed_end, view.visible_end, rows)

    def _entry(self, step: Step) -> SegmentEntry:
        assert step.uri is not None
        if step.uri not in self._entries:
            path = self._store.local_path(step.uri)
            assert path is not None, f"I3: {step.uri} is committed and not in the store"
            self._entries[step.uri] = to_entry(step, path)
        return self._entries[step.uri]

    def _check_file(self, step: Step) -> None:
        """I1 to I3 for one committed segment: it is there, it is whole, and it holds exactly what was produced."""
        path = self._store.local_path(step.uri or "")
        assert path is not None, f"I3: {step.uri} is committed and not in the store"
        verify(path, step.digest or "")
        table = pq.read_table(path)
        self._log.check_rows(step.topic_id, step.start, step.end, sorted(_rows(table)))
        fewest, most = self._log.rejects(step.topic_id, step.start, step.end)
        assert table.num_rows == step.rows
        assert fewest <= step.rejects <= most, f"{step.rejects} rejects of [{step.start}, {step.end})"
        assert self._store.exists(rejects_key(step.uri or "")) == bool(step.rejects) == rejects_path(path).exists()
        columns = sum(name.startswith("extra") for name in table.column_names) + 1
        assert step.config_version == step.schema_version == columns, (
            "P4: written with another version than the step says"
        )


def _sidecar_of(part: ConsumingPart) -> Path:
    return part.folder / f"{part.state.sequence:010d}.sidecar"


def _consuming_rows(cache: FrameCache, part: ConsumingPart) -> Sequence[Row]:
    rows = _rows(cache.table(part.folder, part.state.parts))
    return rows if part.mask_below is None else [row for row in rows if row[0] >= part.mask_below]


def _rows(table: pa.Table) -> list[Row]:
    return list(zip(table.column(OFFSET).to_pylist(), table.column("id").to_pylist(), strict=True))
