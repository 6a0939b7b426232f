"""The commit lane, performed: seal, store, check, commit, resolve (P8 to P13). May run beside the reading lane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingest import events as ev
from ingest.files import Files
from ingest.machine import Action
from ingest.ports import Ports, Recipe, Source
from ingest.state import ClosedFile, State
from segments.arrow_schema import OFFSET
from segments.commit import (
    Accepted,
    InDoubt,
    Look,
    Outcome,
    Refusal,
    Rejected,
    Repeat,
    SealedFile,
    SegmentCommit,
    Versioned,
    plan_commit,
    resolve,
)
from segments.consuming.frames import CorruptFrame
from segments.consuming.rejects import sealed_form
from segments.consuming.sidecar import SideCar
from segments.history import ConsumingRecord, Step
from segments.identity import PartitionIdentity, attempt_from
from segments.metadata import SegmentFacts
from segments.name import SegmentName
from segments.seal import SealRequest, rejects_path, seal, seal_rejects
from segments.stores.base import AlreadyThere, StoreUnavailable, key_for, rejects_key

ATTEMPT_BYTES = 8


class Committing:
    """Five actions over the state that is given; nothing is kept between them but files on disk."""

    def __init__(self, identity: PartitionIdentity, ports: Ports, source: Source, files: Files) -> None:
        self._identity = identity
        self._ports = ports
        self._source = source
        self._files = files
        self._actions: Mapping[Action, Callable[[State, Recipe], ev.Event]] = {
            Action.SEAL: self._seal,
            Action.STORE: self._store,
            Action.CHECK: self._check,
            Action.COMMIT: self._commit,
            Action.RESOLVE: self._resolve,
        }

    def perform(self, action: Action, state: State, recipe: Recipe) -> ev.Event:
        """Raises RegistryUnavailable, StreamUnavailable, UnknownTopic, OSError: try again."""
        return self._actions[action](state, recipe)

    def _seal(self, state: State, recipe: Recipe) -> ev.Event:
        closed, current = state.closed[0], _current(state)
        start = max(closed.start, current.record.start)
        if closed.end <= start:
            return ev.NothingLeft(closed.number)
        try:
            return ev.Sealed(self._sealed(closed, start, current, recipe))
        except CorruptFrame as error:
            return ev.Damaged(f"a consuming file is damaged, its rows are read from Kafka again: {error}")

    def _sealed(self, closed: ClosedFile, start: int, current: Versioned, recipe: Recipe) -> SealedFile:
        file = self._files.file(closed.number)
        rejects = _from(file.rejected(verify=True), start)
        facts = self._facts(current.record, file.state, recipe, start=start, end=closed.end, rejects=rejects.num_rows)
        path = self._path(facts.name, facts.attempt)
        rows = _from(file.table(verify=True), start)
        result = seal(SealRequest(rows, facts, path, recipe.sort_column, recipe.pipeline.time, recipe.bloom_columns))
        if rejects.num_rows:
            seal_rejects(sealed_form(rejects), path)
        return result.stored_as(key_for(self._identity, facts.sequence, facts.name, facts.attempt))

    def _facts(
        self, record: ConsumingRecord, written: SideCar, recipe: Recipe, *, start: int, end: int, rejects: int
    ) -> SegmentFacts:
        name = SegmentName.of(recipe.raw_table, self._identity.partition, record.sequence, record.created_ms)
        return SegmentFacts(
            name=str(name),
            table=recipe.table,
            incarnation=self._identity.incarnation,
            topic=record.topic,
            topic_id=record.topic_id,
            partition=self._identity.partition,
            sequence=record.sequence,
            start=start,
            end=end,
            rejects=rejects,
            leader_epoch=written.leader_epoch,
            config_version=written.config_version,
            schema_version=written.schema_version,
            attempt=attempt_from(self._ports.random(ATTEMPT_BYTES)),
            predecessor=record.last_attempt,
            created_ms=record.created_ms,
            sealed_ms=self._ports.clock_ms(),
            crushpad_version=self._ports.version,
        )

    def _store(self, state: State, recipe: Recipe) -> ev.Event:  # noqa: ARG002 - one shape for all actions
        sealed = _sealed(state)
        path = self._path(sealed.name, sealed.attempt)
        files = {path: sealed.uri}
        if sealed.rejects:
            files = {rejects_path(path): rejects_key(sealed.uri), **files}
        for local, key in files.items():
            self._put(local, key)
        for local in files:
            local.unlink(missing_ok=True)
        return ev.Stored()

    def _put(self, path: Path, key: str) -> None:
        try:
            self._ports.store.put(path, key)
        except (StoreUnavailable, AlreadyThere) as error:
            raise OSError(f"the deep store refused {key}: {error}") from error

    def _check(self, state: State, recipe: Recipe) -> ev.Event:
        """P10: topic and log are looked at again after the last fetch of the segment."""
        sealed, current = _sealed(state), _current(state)
        topic = self._source.metadata.describe()
        if topic.topic_id != current.record.topic_id:
            return ev.Lost(f"topic {topic.topic} was created again: its id is {topic.topic_id} now", ev.Loss.TOPIC)
        kafka_partition = self._identity.kafka_partition
        log_end = self._source.metadata.latest([kafka_partition])[kafka_partition]
        if log_end < sealed.end:
            reason = (
                f"the log of {topic.topic} ends at {log_end}, {sealed.end} was read: it was cut; accept it to go on"
            )
            return ev.Lost(reason, ev.Loss.LOG)
        commit = plan_commit(
            self._identity,
            current,
            sealed,
            config_version=recipe.config_version,
            schema_version=recipe.schema_version,
            now_ms=self._ports.clock_ms(),
        )
        return ev.Checked(replace(commit, step=self._as_written(commit.step, state.closed[0])))

    def _as_written(self, step: Step, closed: ClosedFile) -> Step:
        """The step names the versions that its rows were made with: the table's may have changed since (P4, P28)."""
        written = self._files.file(closed.number).state
        versions = {"config_version": written.config_version, "schema_version": written.schema_version}
        return step.model_copy(update=versions)

    def _commit(self, state: State, recipe: Recipe) -> ev.Event:  # noqa: ARG002
        return _after(self._ports.registry.commit(_commit_of(state)), _commit_of(state))

    def _resolve(self, state: State, recipe: Recipe) -> ev.Event:  # noqa: ARG002
        commit = _commit_of(state)
        look = self._ports.registry.look(self._identity.incarnation, self._identity.partition, commit.step.sequence)
        verdict = resolve(commit, look)
        match verdict:
            case Repeat(repeated):
                return ev.ToRepeat(repeated)
            case Accepted():
                return ev.Committed(_found(look))
            case Rejected(Refusal.GONE):
                return ev.Gone(Refusal.GONE)
            case _:
                return ev.Overtaken(str(verdict))

    def _path(self, name: str, attempt: str) -> Path:
        return self._ports.sealing_root / f"{name}.{attempt}.parquet"


def _after(outcome: Outcome, commit: SegmentCommit) -> ev.Event:
    match outcome:
        case Accepted(version):
            return ev.Committed(Versioned(commit.following, version))
        case InDoubt(why):
            return ev.Doubted(why)
        case Rejected(Refusal.GONE):
            return ev.Gone(Refusal.GONE)
        case Rejected(Refusal.MOVED):
            return ev.Doubted(Refusal.MOVED)
        case Rejected(Refusal.STALE_SERVER):
            return ev.Delayed(Refusal.STALE_SERVER)
        case Rejected(refusal):
            return ev.Overtaken(refusal)


def _found(look: Look) -> Versioned:
    assert look.current is not None
    return look.current


def _current(state: State) -> Versioned:
    assert state.current is not None
    return state.current


def _sealed(state: State) -> SealedFile:
    assert state.sealed is not None
    return state.sealed


def _commit_of(state: State) -> SegmentCommit:
    assert state.commit is not None
    return state.commit


def _from(table: pa.Table, start: int) -> pa.Table:
    """Rows at or after `start`; no copy when that is all of them."""
    if not table.num_rows or table.column(OFFSET)[0].as_py() >= start:
        return table
    return table.filter(pc.greater_equal(table.column(OFFSET), start))
