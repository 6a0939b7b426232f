"""One segment on one screen, from its facts and the end of its file."""

from __future__ import annotations

from typing import Any

from segments.inspection.consuming import ConsumingSegment
from segments.inspection.facts import REPLAYED, Facts
from segments.inspection.sealed import SealedFile
from segments.inspection.values import iso
from segments.own_digest import OWN_DIGEST_KEY
from segments.system_columns import ORDINAL

Fields = dict[str, Any]
"""By name, in the order in which they are shown."""

LIST_COLUMNS = ("segment", "state", "partition", "sequence", "start", "end", "rows", "bytes", "time_min", "time_max")
"""Of a listing; `path` and `problem` come behind."""


def list_row(facts: Facts) -> list[Any]:
    """Values in the order of `LIST_COLUMNS`."""
    times = iso(facts.time_min_ms), iso(facts.time_max_ms)
    place = facts.partition, facts.sequence, facts.start, facts.end
    return [facts.name, facts.state.value, *place, facts.rows, facts.size_bytes, *times]


def summary(segment: SealedFile | ConsumingSegment) -> Fields:
    """Everything that is known without reading rows; what this kind of segment does not say is None."""
    facts = segment.facts
    kind = _sealed(segment) if isinstance(segment, SealedFile) else _consuming(segment)
    return {
        "segment": facts.name,
        "state": facts.state.value,
        "file": str(segment.path),
        "bytes": facts.size_bytes,
        "table": facts.table,
        "incarnation": facts.incarnation,
        "topic": facts.topic,
        "topic_id": facts.topic_id,
        "partition": facts.partition,
        "sequence": facts.sequence,
        "start": facts.start,
        "end": facts.end,
        "rows": facts.rows,
        "rejects": facts.rejects,
        "origin": facts.origin,
        "offsets": explained(facts, _has_one_row_a_record(segment)),
        "time_column": facts.time_column,
        "time_min": iso(facts.time_min_ms),
        "time_max": iso(facts.time_max_ms),
        "created": iso(facts.created_ms),
        "attempt": facts.attempt,
        "predecessor": facts.predecessor,
        "leader_epoch": facts.leader_epoch,
        "config_version": facts.config_version,
        "schema_version": facts.schema_version,
        **kind,
    }


def explained(facts: Facts, one_row_a_record: bool) -> str:
    """Why the range has as many offsets as it has, and why offsets without a row are legal."""
    if facts.origin == REPLAYED:
        return f"{facts.rows} rows of records before {facts.start} that were rejected once; the range moves no offset"
    length = facts.end - facts.start
    known = [(facts.rejects, "rejected"), (facts.filtered, "filtered out"), (facts.tombstones, "tombstones")]
    said = [f"{length} offsets", f"{facts.rows} rows", *(f"{count} {word}" for count, word in known if count)]
    if not one_row_a_record:
        return f"{', '.join(said)}; some records made several rows, so offsets without a row are not counted here"
    holes = length - facts.rows - sum(count or 0 for count, _ in known)
    if holes == 0:
        return f"{', '.join(said)}; none is missing"
    return f"{', '.join(said)}; {holes} without a row, as Kafka allows: {_reasons(facts)}"


def _reasons(facts: Facts) -> str:
    reasons = "transaction markers, aborted or compacted records"
    return reasons if facts.filtered is not None else f"filtered records, tombstones, {reasons}"


def _has_one_row_a_record(segment: SealedFile | ConsumingSegment) -> bool:
    """Whether all ordinals are 0 (P3)."""
    if isinstance(segment, ConsumingSegment):
        accounted = segment.facts.rows + segment.facts.rejects
        return accounted <= segment.facts.end - segment.facts.start
    if ORDINAL not in segment.leaves:
        return False
    found = [chunk.statistics for chunk in segment.chunks(segment.leaves[ORDINAL])]
    return all(each is not None and each.has_min_max and each.max == 0 for each in found)


def _sealed(segment: SealedFile) -> Fields:
    parquet = segment.parquet
    return {
        "sealed": iso(segment.facts.sealed_ms),
        "sort_column": segment.facts.sort_column,
        "columns": parquet.num_columns,
        "row_groups": parquet.num_row_groups,
        "bytes_per_row": round(segment.facts.size_bytes / parquet.num_rows, 1) if parquet.num_rows else None,
        "own_digest": "stated" if OWN_DIGEST_KEY in parquet.metadata else "none: sealed by an early version",
        "written_by": f"crushpad {segment.facts.crushpad_version}, {parquet.created_by}",
    }


def _consuming(segment: ConsumingSegment) -> Fields:
    state = segment.side_car
    return {
        "writer": state.writer,
        "files": len(state.named),
        "frames": sum(part.frames for part in state.parts),
        "newest_record": iso(state.newest_ms or None),
    }
