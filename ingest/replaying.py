"""One round of a replay: decode rejected records anew, seal what becomes rows, and commit it (`segments/replay.py`).

A round is a pure function of the chain that it was planned on: when anybody commits in between, nothing of it happens,
and the caller plans another one. A process that ends at any point leaves litter at most (P12).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from ingest.ports import Recipe
from ingest.replay_decoding import Decoded, Judged, Outcome, decoded
from segments.catalogue import PartitionEntry
from segments.commit import (
    Accepted,
    InDoubt,
    Look,
    Refusal,
    Rejected,
    Repeat,
    SealedFile,
    SegmentCommit,
    Versioned,
    resolve,
)
from segments.commit import Outcome as CommitOutcome
from segments.consuming.file import Appended
from segments.history import Origin
from segments.identity import PartitionIdentity, attempt_from
from segments.metadata import SegmentFacts
from segments.name import SegmentName
from segments.registry import RegistryUnavailable
from segments.replay import Offsets, pending, plan_replay, write_filtered
from segments.seal import SealRequest, seal
from segments.stores.base import SegmentStore, filtered_key, key_for

ATTEMPT_BYTES = 8
BYTES_MAX = 256 * 1024 * 1024
"""Of rejected records in one round, about."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A round that is over: its segment is committed as `segment`, or there was nothing to commit."""

    judged: Sequence[Judged]
    left: int
    """Committed rejects that this round did not look at, for their number."""
    segment: str | None
    sequence: int | None


class Overtaken(Exception):
    """Somebody else committed first; nothing of this round happened. Plan another one."""


class TableGone(Exception):
    """The table incarnation is gone (P2): there is nothing to put records into."""


class Commits(Protocol):
    """What a replay needs of a `SegmentRegistry`."""

    def commit(self, commit: SegmentCommit) -> CommitOutcome:
        """One transaction. Never raises for a lost answer: that is InDoubt."""

    def look(self, incarnation: str, partition: int, sequence: int) -> Look:
        """The partition after a sync, with the step at `sequence`. Raises RegistryUnavailable."""


@dataclass(frozen=True, slots=True)
class ReplayPorts:
    """The world of a replay."""

    registry: Commits
    store: SegmentStore
    sealing_root: Path
    clock_ms: Callable[[], int]
    random: Callable[[int], bytes]
    version: str
    crash_point: Callable[[str], None]


def replay_round(
    ports: ReplayPorts, recipe: Recipe, entry: PartitionEntry, incarnation: str, wanted: Offsets | None, rows_max: int
) -> Replayed:
    """Replay up to `rows_max` rejects of one partition, `wanted` ones or all, as the published chain `entry` has them.

    Raises Overtaken, TableGone, RegistryUnavailable (what became of the commit may be unknown: another round finds
    out), StoreUnavailable, DiskFull, OSError.
    """
    current = _fence(ports.registry, incarnation, entry)
    found = pending(entry, wanted, rows_max, BYTES_MAX)
    records = decoded(recipe.pipeline, entry.partition, current.record.leader_epoch, found.rejects)
    filtered = records.offsets(Outcome.FILTERED)
    if not len(filtered) and not len(records.offsets(Outcome.ACCEPTED)):
        return Replayed(records.judged, found.left, None, None)
    identity = PartitionIdentity(incarnation, entry.topic_id, entry.partition)
    sealed = _stored(ports, recipe, identity, current, records, filtered)
    commit = plan_replay(
        identity,
        current,
        sealed,
        config_version=recipe.config_version,
        schema_version=recipe.schema_version,
        now_ms=ports.clock_ms(),
    )
    ports.crash_point("before replay commit")
    _commit(ports.registry, commit)
    ports.crash_point("after replay commit")
    return Replayed(records.judged, found.left, sealed.name, current.record.sequence)


def _fence(registry: Commits, incarnation: str, entry: PartitionEntry) -> Versioned:
    """The consuming record, if the published chain is the whole one: what is settled is read from the chain."""
    current = registry.look(incarnation, entry.partition, entry.sequence).current
    if current is None:
        raise TableGone("the table incarnation is gone")
    if current.record.sequence != entry.sequence:
        raise Overtaken(f"sequence {entry.sequence} is published here, the partition is at {current.record.sequence}")
    return current


def _stored(
    ports: ReplayPorts,
    recipe: Recipe,
    identity: PartitionIdentity,
    current: Versioned,
    records: Decoded,
    filtered: Offsets,
) -> SealedFile:
    """Seal the rows and bring segment and filtered offsets into the deep store, complete, before the commit (I3)."""
    facts = _facts(ports, recipe, identity, current)
    path = ports.sealing_root / f"{facts.name}.{facts.attempt}.parquet"
    rows = _rows(recipe, records.appended)
    result = seal(SealRequest(rows, facts, path, recipe.sort_column, recipe.pipeline.time, recipe.bloom_columns))
    key = key_for(identity, facts.sequence, facts.name, facts.attempt)
    files = {write_filtered(filtered, path): filtered_key(key)} if len(filtered) else {}
    ports.crash_point("before replay store")
    for local, place in {**files, path: key}.items():
        ports.store.put(local, place)
        local.unlink()
    return result.stored_as(key)


def _rows(recipe: Recipe, appended: Appended | None) -> pa.Table:
    if appended is None or appended.rows is None:
        return recipe.pipeline.schema.empty_table()
    return pa.Table.from_batches([appended.rows])


def _facts(ports: ReplayPorts, recipe: Recipe, identity: PartitionIdentity, current: Versioned) -> SegmentFacts:
    record = current.record
    return SegmentFacts(
        name=str(SegmentName.of(recipe.raw_table, identity.partition, record.sequence, record.created_ms)),
        table=recipe.table,
        incarnation=identity.incarnation,
        topic=record.topic,
        topic_id=record.topic_id,
        partition=identity.partition,
        sequence=record.sequence,
        start=record.start,
        end=record.start,
        origin=Origin.REPLAYED,
        leader_epoch=record.leader_epoch,
        config_version=recipe.config_version,
        schema_version=recipe.schema_version,
        attempt=attempt_from(ports.random(ATTEMPT_BYTES)),
        predecessor=record.last_attempt,
        created_ms=record.created_ms,
        sealed_ms=ports.clock_ms(),
        crushpad_version=ports.version,
    )


def _commit(registry: Commits, commit: SegmentCommit) -> None:
    """Once committed it returns. After any other answer but a clear no the one next step is to look (P11)."""
    while True:
        outcome: CommitOutcome | Repeat = registry.commit(commit)
        if isinstance(outcome, Rejected) and outcome.refusal is Refusal.STALE_SERVER:
            raise RegistryUnavailable(outcome.refusal)
        if isinstance(outcome, InDoubt) or outcome == Rejected(Refusal.MOVED):
            look = registry.look(commit.identity.incarnation, commit.identity.partition, commit.step.sequence)
            outcome = resolve(commit, look)
        match outcome:
            case Accepted():
                return
            case Repeat(repeated):
                commit = repeated
            case Rejected(Refusal.GONE):
                raise TableGone(Refusal.GONE)
            case Rejected(refusal):
                raise Overtaken(refusal)
