"""What is known of a partition, and what a host publishes of it. Pure: the reads are in `mirror.py`.

A host may not have a file yet. The chain is published up to the first step that was never published here and whose file
is missing: consuming rows still stand for the rest. A step that is missing further back is left out, so that no view of
the partition can be proven (P22): an error, never a wrong count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from segments.catalogue import PartitionEntry, SegmentEntry, TableEntry
from segments.history import ConsumingRecord, Step, StepKind
from tableconfigs.source import StoredSchema, StoredTable


@dataclass(frozen=True, slots=True)
class PartitionState:
    """A partition as read: its consuming record, and the steps that were found, by sequence number."""

    record: ConsumingRecord
    generation: int
    """Of its history: replacement and deletion of steps move it (P6)."""
    steps: Mapping[int, Step]


def unread(known: PartitionState | None, record: ConsumingRecord, generation: int) -> list[int]:
    """Sequence numbers to fetch: `known + 1 .. sequence - 1` (P7), or all of them when the history was rewritten."""
    same = known is not None and known.generation == generation and known.record.sequence <= record.sequence
    steps = known.steps if known is not None and same else {}
    covered = {sequence for step in steps.values() for sequence in range(step.covers[0], step.covers[1] + 1)}
    return [sequence for sequence in range(record.sequence) if sequence not in covered]


def advanced(
    known: PartitionState | None, record: ConsumingRecord, generation: int, fetched: Mapping[int, Step]
) -> PartitionState:
    """The partition after what `unread` asked for was fetched; steps that are not there are not in `fetched`."""
    same = known is not None and known.generation == generation and known.record.sequence <= record.sequence
    return PartitionState(record, generation, {**known.steps, **fetched} if known is not None and same else fetched)


def chain(state: PartitionState) -> list[Step]:
    """The steps in order, without those that a merged one stands for."""
    kept: list[Step] = []
    for step in sorted(state.steps.values(), key=lambda each: (each.covers[0], -each.covers[1])):
        if not kept or step.covers[0] > kept[-1].covers[1]:
            kept.append(step)
    return kept


def needs_file(step: Step) -> bool:
    return step.kind in (StepKind.SEGMENT, StepKind.MERGED)


def file_of(step: Step, files: Mapping[int, SegmentEntry]) -> SegmentEntry | None:
    """The entry that was made from this very step: same sequence, same attempt, and not deleted since."""
    entry = files.get(step.sequence)
    return entry if needs_file(step) and entry is not None and entry.attempt == step.attempt else None


def without_file(state: PartitionState, files: Mapping[int, SegmentEntry]) -> list[Step]:
    """Steps whose file is still to be located."""
    return [step for step in chain(state) if needs_file(step) and file_of(step, files) is None]


def is_whole(state: PartitionState, files: Mapping[int, SegmentEntry]) -> bool:
    return not unread(state, state.record, state.generation) and not without_file(state, files)


def partition_entry(
    partition: int, state: PartitionState, files: Mapping[int, SegmentEntry], published: PartitionEntry | None
) -> PartitionEntry:
    """What to publish of a partition. `files` are by sequence; `published` is what this host published last."""
    held_back = _held_back(state, files, published)
    steps = [step for step in chain(state) if held_back is None or step.sequence < held_back.sequence]
    record = state.record if held_back is None else _record_before(held_back, state.record)
    return PartitionEntry(
        partition=partition,
        topic=record.topic,
        topic_id=record.topic_id,
        sequence=record.sequence,
        first_start=_first_start(state),
        committed_end=record.start,
        created_ms=record.created_ms,
        config_version=record.config_version,
        schema_version=record.schema_version,
        segments=[entry for step in steps if (entry := file_of(step, files)) is not None],
        gaps=[(step.start, step.end, _reason(step)) for step in steps if not needs_file(step)],
        force_commit=record.force_commit,
        skip=record.skip.to.value if record.skip else None,
    )


def table_entry(stored: StoredTable, schema: StoredSchema | None, partitions: Iterable[PartitionEntry]) -> TableEntry:
    """A table with its schema history; without a schema, one that nothing can be asked of."""
    return TableEntry(
        name=stored.name_with_type,
        incarnation=stored.incarnation,
        state=stored.state.value,
        config_version=stored.config_version,
        config=stored.config,
        schema_name=stored.schema_name,
        schema_version=schema.version if schema else stored.schema_version,
        schemas={**schema.history, schema.version: schema.definition} if schema else {},
        created_ms=stored.created_ms,
        partitions=sorted(partitions, key=lambda each: each.partition),
        paused=stored.why_paused,
        paused_topics=dict.fromkeys(stored.pause.inactive_topics, stored.pause.reason) if stored.pause else {},
    )


def _held_back(
    state: PartitionState, files: Mapping[int, SegmentEntry], published: PartitionEntry | None
) -> Step | None:
    """The first step without its file, if it is news to this host's readers."""
    missing = without_file(state, files)
    if not missing or published is None or missing[0].sequence < published.sequence:
        return None
    return missing[0]


def _record_before(step: Step, record: ConsumingRecord) -> ConsumingRecord:
    """The consuming record that `step` was committed on."""
    return record.model_copy(
        update={
            "sequence": step.sequence,
            "start": step.start,
            "topic_id": step.topic_id,
            "config_version": step.config_version,
            "schema_version": step.schema_version,
            "created_ms": step.created_ms,
        }
    )


def _first_start(state: PartitionState) -> int:
    """Where the chain begins; 0 when its first steps are not known, so that the hole shows."""
    if not state.record.sequence:
        return state.record.start
    first = next(iter(chain(state)), None)
    return first.start if first is not None and first.covers[0] == 0 else 0


def _reason(step: Step) -> str:
    return step.reason or step.kind.value
