"""The ledger of a table: evidence gathered from ZooKeeper, the store, consuming files and Kafka; the proof as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from crushpad.looks.errors import CannotLook
from crushpad.looks.world import World, no_partition
from ingest.decoders.base import DecoderWaits
from ingest.ledger_log import Place, compare
from ingest.recipes import recipe_of
from ingest.streams.base import StreamUnavailable, UnknownTopic
from ingest.topics import is_compacted
from segments.catalogue import PartitionEntry, TableEntry
from segments.commit import Versioned
from segments.consuming.listing import list_sidecars
from segments.history import ConsumingRecord, Origin, Step
from segments.identity import PartitionIdentity
from segments.ledger import Checked, Proof, prove
from segments.ledger_evidence import WITH_FILE, LogCompared, LogEnds, PartitionEvidence, Replays
from segments.ledger_files import (
    Kept,
    kept_in_file,
    kept_while_consuming,
    look_at_consuming,
    look_at_file,
    look_at_replays,
)
from segments.sealed import CorruptSegment
from segments.stores.local import LocalStore
from segments.view import ConsumingPart, choose_consuming
from tableconfigs.stream import split_partition_id
from zk.znodes import MalformedZnode

Json = dict[str, Any]

LOOKS_MAX = 3


def ledger(world: World, question: Mapping[str, Any]) -> Json:
    """`question` has `table`, `deep`, and `partition` (None: all of them). Raises CannotLook, RegistryUnavailable."""
    entry = world.table(question["table"])
    records = world.registry.partitions(entry.incarnation)
    wanted = question["partition"]
    if wanted is not None and wanted not in records:
        raise CannotLook(404, no_partition(entry, wanted))
    chosen = sorted(records) if wanted is None else [wanted]
    proofs = [_Looking(world, entry, partition, question["deep"]).proof() for partition in chosen]
    return {
        "table": entry.name,
        "incarnation": entry.incarnation,
        "deep": question["deep"],
        "holds": all(proof.holds for proof in proofs),
        "partitions": [proof_json(proof) for proof in proofs],
    }


class _Moved(Exception):
    """The partition committed meanwhile: what was gathered is not of one moment."""


@dataclass
class _Looking:
    """One partition looked at. Kafka is asked first: what is read later can only be further."""

    world: World
    entry: TableEntry
    partition: int
    deep: bool
    unasked: list[str] = field(default_factory=list)

    def proof(self) -> Proof:
        """A violation is looked at twice: a segment may be deleted or replaced in the middle of a look."""
        proof = self._once()
        return proof if proof.holds else self._once()

    def _once(self) -> Proof:
        for _ in range(LOOKS_MAX):
            self.unasked = []
            try:
                return prove(self._evidence())
            except (_Moved, FileNotFoundError):
                continue
        raise CannotLook(503, f"partition {self.partition} of {self.entry.name} commits all the time; try again")

    def _evidence(self) -> PartitionEvidence:
        log = self._log()
        current = self._current()
        steps = self._steps(current)
        parts = self._consuming(current)
        consuming = [look_at_consuming(part) for part in parts]
        if self._current().record.sequence != current.record.sequence:
            raise _Moved
        files = {at: step for at, step in steps.items() if step.kind in WITH_FILE}
        compared = self._compared(files, parts, log) if self.deep and log is not None else None
        return PartitionEvidence(
            partition=self.partition,
            record=current.record,
            steps=steps,
            files={at: look_at_file(self._path(step), self.deep) for at, step in files.items()},
            consuming=consuming,
            replays=self._replays(steps, files),
            log=log,
            compared=compared,
            unasked=tuple(self.unasked),
        )

    def _current(self) -> Versioned:
        current = self.world.registry.look(self.entry.incarnation, self.partition, 0).current
        if current is None:
            raise CannotLook(404, f"partition {self.partition} of {self.entry.name} is gone")
        return current

    def _steps(self, current: Versioned) -> dict[int, Step]:
        """Those that are there and can be read: of what is missing the proof tells."""
        sequences = range(current.record.sequence)
        with suppress(KeyError, MalformedZnode):
            return dict(enumerate(self._steps_at(sequences)))
        found = {}
        for sequence in sequences:
            with suppress(KeyError, MalformedZnode):
                (found[sequence],) = self._steps_at([sequence])
        return found

    def _steps_at(self, sequences: Sequence[int]) -> list[Step]:
        return self.world.registry.steps(self.entry.incarnation, self.partition, sequences)

    def _consuming(self, current: Versioned) -> Sequence[ConsumingPart]:
        """What goes on from the committed end that ZooKeeper says, which the catalogue may not know yet."""
        record = current.record
        identity = PartitionIdentity(self.entry.incarnation, record.topic_id, self.partition)
        found = list_sidecars(self.world.folders.consuming / identity.path)
        return choose_consuming(_entry(self.partition, record), found)

    def _path(self, step: Step) -> Path | None:
        return LocalStore(self.world.folders.segments).local_path(step.uri or "")

    def _log(self) -> LogEnds | None:
        stream, kafka_partition = self.world.stream(self.entry, self.partition), split_partition_id(self.partition)[1]
        cluster = self.world.cluster(stream)
        try:
            metadata = cluster.metadata(stream.topic, str(stream.isolation_level))
            topic = metadata.describe()
            if kafka_partition not in topic.partitions:
                raise UnknownTopic(f"topic {stream.topic} has no partition {kafka_partition} any more")
            earliest, latest = (
                asked([kafka_partition])[kafka_partition] for asked in (metadata.earliest, metadata.latest)
            )
            return LogEnds(topic.topic_id, earliest, latest, is_compacted(cluster, stream.topic))
        except (StreamUnavailable, UnknownTopic, ValueError) as error:
            self.unasked.append(f"Kafka's offsets: {error}")
            return None

    def _compared(
        self, files: Mapping[int, Step], parts: Sequence[ConsumingPart], log: LogEnds
    ) -> Sequence[LogCompared] | None:
        stream = self.world.stream(self.entry, self.partition)
        kafka_partition = split_partition_id(self.partition)[1]
        place = Place(
            self.world.cluster(stream), stream.topic, str(stream.isolation_level), kafka_partition, self.partition
        )
        try:
            recipe = recipe_of(self.entry, self.world.environ)
            return compare(place, [*self._sealed(files), *map(kept_while_consuming, parts)], recipe, log.earliest)
        except (StreamUnavailable, DecoderWaits, ValueError) as error:
            self.unasked.append(f"Kafka's records: {error}")
            return None

    def _sealed(self, files: Mapping[int, Step]) -> Iterator[Kept]:
        """What the readable files keep; of the others another check tells."""
        for path in self._paths(files, replayed=False):
            with suppress(CorruptSegment, OSError):
                yield kept_in_file(path)

    def _replays(self, steps: Mapping[int, Step], files: Mapping[int, Step]) -> Replays:
        gone = [step.range for step in steps.values() if step.kind not in WITH_FILE]
        try:
            return look_at_replays(self._paths(files, replayed=False), self._paths(files, replayed=True), gone)
        except (pa.ArrowException, OSError) as error:
            self.unasked.append(f"what replays settled: {error}")
            return Replays()

    def _paths(self, files: Mapping[int, Step], *, replayed: bool) -> list[Path]:
        """Files that are there: of replays, or of what was read from the stream."""
        wanted = [self._path(step) for step in files.values() if (step.origin is Origin.REPLAYED) is replayed]
        return [path for path in wanted if path is not None]


def _entry(partition: int, record: ConsumingRecord) -> PartitionEntry:
    """The partition as a view wants it, as far as consuming rows are concerned."""
    return PartitionEntry(
        partition=partition,
        topic=record.topic,
        topic_id=record.topic_id,
        sequence=record.sequence,
        first_start=record.start,
        committed_end=record.start,
        created_ms=record.created_ms,
        config_version=record.config_version,
        schema_version=record.schema_version,
        segments=[],
        gaps=[],
    )


def proof_json(proof: Proof) -> Json:
    """The proof of one partition: what was looked at, in numbers, and each check with what contradicts it."""
    of = proof.evidence
    return {
        "partition": of.partition,
        "holds": proof.holds,
        "start": of.first_start,
        "committedEnd": of.record.start,
        "visibleEnd": of.visible_end,
        "segments": len(of.segments),
        "rows": sum(step.rows for _, step in of.segments) + sum(part.rows.count for part in of.consuming),
        "rejects": sum(step.rejects for _, step in of.segments) + sum(part.rejects.count for part in of.consuming),
        "replayed": of.replays.settled,
        "consuming": [_camel(asdict(part)) for part in of.consuming],
        "gaps": [_gap_json(at, step) for at, step in of.chain if step.kind not in WITH_FILE],
        "kafka": None if of.log is None else {"earliest": of.log.earliest, "latest": of.log.latest},
        "compared": [_camel(asdict(each)) for each in of.compared or ()],
        "checks": [_checked_json(of, checked) for checked in proof.checked],
        "notLookedAt": list(of.unasked),
    }


def _gap_json(at: int, step: Step) -> Json:
    what = {"sequence": at, "kind": step.kind, "start": step.start, "end": step.end}
    return {**what, "reason": step.reason, "who": step.who}


def _checked_json(of: PartitionEvidence, checked: Checked) -> Json:
    check = checked.check
    found = [{"name": v.name, "sequence": v.sequence, "sentence": v.sentence} for v in checked.violations]
    return {
        "check": check.name,
        "invariant": check.invariant,
        "claim": check.claim,
        "looked": check.looked(of),
        "holds": checked.holds,
        "violations": found,
    }


def _camel(fields: Mapping[str, Any]) -> Json:
    return {_camel_name(name): _camel(value) if isinstance(value, dict) else value for name, value in fields.items()}


def _camel_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
