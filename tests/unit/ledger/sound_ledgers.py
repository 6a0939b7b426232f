"""Ledgers in which everything agrees, and ways to damage them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from segments.history import ConsumingRecord, Step, StepKind
from segments.ledger_evidence import (
    ConsumingRows,
    LogCompared,
    LogEnds,
    OffsetsFound,
    PartitionEvidence,
    SegmentFile,
)

TOPIC_ID = "topic-id"


def attempt(sequence: int) -> str:
    return f"attempt{sequence}"


def step(sequence: int, start: int, length: int, is_gap: bool) -> Step:
    kept = {"name": f"s{sequence}", "uri": f"u{sequence}", "digest": f"d{sequence}", "size_bytes": 100, "rows": length}
    return Step(
        kind=StepKind.GAP if is_gap else StepKind.SEGMENT,
        sequence=sequence,
        start=start,
        end=start + length,
        covers=(sequence, sequence),
        topic_id=TOPIC_ID,
        leader_epoch=0,
        config_version=1,
        schema_version=1,
        attempt=attempt(sequence),
        predecessor=attempt(sequence - 1) if sequence else None,
        created_ms=0,
        committed_ms=0,
        reason="retention" if is_gap else None,
        who="somebody" if is_gap else None,
        **({} if is_gap else kept),
    )


def rows(start: int, count: int) -> OffsetsFound:
    return OffsetsFound(count, start, start + count - 1, 0) if count else OffsetsFound(0, doubled=0)


def file_of(of: Step) -> SegmentFile:
    return SegmentFile(
        name=of.name or "",
        attempt=of.attempt,
        predecessor=of.predecessor,
        topic_id=of.topic_id,
        start=of.start,
        end=of.end,
        size_bytes=of.size_bytes,
        rows_stated=of.rows,
        rejects_stated=0,
        rows=rows(of.start, of.rows),
        rejects=OffsetsFound(0, doubled=0),
        digest=of.digest,
        in_both=0,
    )


def ledger_of(start: int, parts: list[tuple[int, bool]], consuming: list[int], unread: int) -> PartitionEvidence:
    """A chain of parts (length, whether it is a gap) from `start`, consuming segments, and records still to be read."""
    steps, at = {}, start
    for sequence, (length, is_gap) in enumerate(parts):
        steps[sequence] = step(sequence, at, length, is_gap)
        at += length
    record = ConsumingRecord(
        sequence=len(steps),
        start=at,
        leader_epoch=0,
        topic="topic",
        topic_id=TOPIC_ID,
        config_version=1,
        schema_version=1,
        created_ms=0,
        last_attempt=attempt(len(steps) - 1) if steps else None,
    )
    open_parts = []
    for length in consuming:
        open_parts.append(ConsumingRows(at, at + length, length, 0, 0, 0, rows(at, length), OffsetsFound(0)))
        at += length
    return PartitionEvidence(
        partition=0,
        record=record,
        steps=steps,
        files={n: file_of(each) for n, each in steps.items() if each.kind is StepKind.SEGMENT},
        consuming=open_parts,
        log=LogEnds(TOPIC_ID, start, at + unread),
        compared=[LogCompared(start, at, at - start, at - start, 0, 0, 0)],
    )


LENGTHS = st.integers(1, 1000)
SOUND = st.builds(
    ledger_of,
    start=st.integers(0, 10**12),
    parts=st.lists(st.tuples(LENGTHS, st.booleans()), min_size=1, max_size=8),
    consuming=st.lists(LENGTHS, max_size=3),
    unread=st.integers(0, 1000),
)


def with_step(evidence: PartitionEvidence, at: int, **changes: object) -> PartitionEvidence:
    return replace(evidence, steps={**evidence.steps, at: evidence.steps[at].model_copy(update=changes)})


def with_file(evidence: PartitionEvidence, at: int, **changes: object) -> PartitionEvidence:
    found = evidence.files[at]
    assert isinstance(found, SegmentFile)
    return replace(evidence, files={**evidence.files, at: replace(found, **changes)})  # type: ignore[arg-type]
