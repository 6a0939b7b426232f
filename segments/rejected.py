"""Rejected records as a person asks for them: where they are, why, and what became of them; sealed and consuming."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segments.arrow_schema import OFFSET, TIMESTAMP
from segments.catalogue import PartitionEntry, SegmentEntry
from segments.consuming.reader import FrameCache
from segments.consuming.rejects import REJECT_SCHEMA, sealed_form
from segments.view import ConsumingPart

_ABOUT = [OFFSET, TIMESTAMP, "reason", "field"]


class Fate(StrEnum):
    """What a rejected record is now."""

    CONSUMING = "consuming"
    """Rejected; its segment is not committed yet."""
    COMMITTED = "committed"
    """Rejected, and can be replayed."""
    ACCEPTED = "accepted"
    """A replay made it a row."""
    FILTERED = "filtered"
    """A replay found that the table's filter drops it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One record. `segment` holds its reject, or, once it is settled, the replay that settled it."""

    partition: int
    offset: int
    timestamp_ms: int
    reason: str
    field: str
    fate: Fate
    segment: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """The record's own bytes, as far as they were kept."""

    value: bytes | None
    key: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def listed(entry: PartitionEntry, consuming: Sequence[ConsumingPart], with_settled: bool) -> Iterator[Rejected]:
    """Rejects of one partition in offset order; settled ones only if asked for.

    Raises FileNotFoundError, CorruptFrame when files change hands: take a fresh catalogue and view (P22).
    """
    settled = _settled(entry)
    for segment in _with_rejects(entry):
        for row in _about(pq.read_table(segment.rejects_path, columns=_ABOUT)):
            fate, name = settled.get(row[OFFSET], (Fate.COMMITTED, segment.name))
            if with_settled or fate is Fate.COMMITTED:
                yield _rejected(entry, row, fate, name)
    for part in consuming:
        for row in _about(_of_part(part)):
            yield _rejected(entry, row, Fate.CONSUMING, None)


def kept(entry: PartitionEntry, consuming: Sequence[ConsumingPart], offset: int) -> Kept | None:
    """The bytes of the reject at `offset`; None when there is none. Raises as `listed`."""
    tables = [pq.read_table(s.rejects_path, filters=[(OFFSET, "=", offset)]) for s in _around(entry, offset)]
    for table in [*tables, *map(_of_part, consuming)]:
        for row in table.filter(pc.equal(table.column(OFFSET), offset)).to_pylist():
            return Kept(row["raw"], row["key"], row["headers"] or ())
    return None


def _rejected(entry: PartitionEntry, row: Mapping[str, Any], fate: Fate, segment: str | None) -> Rejected:
    return Rejected(entry.partition, row[OFFSET], row[TIMESTAMP], row["reason"], row["field"], fate, segment)


def _about(rejects: pa.Table) -> list[dict[str, Any]]:
    """Where and why, by column; times are epoch milliseconds."""
    at = rejects.schema.get_field_index(TIMESTAMP)
    counted = rejects.set_column(at, TIMESTAMP, rejects.column(TIMESTAMP).cast(pa.int64()))
    rows: list[dict[str, Any]] = counted.select(_ABOUT).to_pylist()
    return rows


def _settled(entry: PartitionEntry) -> dict[int, tuple[Fate, str]]:
    """By offset: what a replay made of the record, and which one."""
    found: dict[int, tuple[Fate, str]] = {}
    for segment in entry.replays:
        for path, fate in ((segment.path, Fate.ACCEPTED), (segment.filtered_path, Fate.FILTERED)):
            if path is not None:
                offsets = pq.read_table(path, columns=[OFFSET]).column(OFFSET).to_pylist()
                found |= dict.fromkeys(offsets, (fate, segment.name))
    return found


def _with_rejects(entry: PartitionEntry) -> list[SegmentEntry]:
    return [segment for segment in entry.segments if segment.rejects and segment.rejects_path]


def _around(entry: PartitionEntry, offset: int) -> list[SegmentEntry]:
    return [segment for segment in _with_rejects(entry) if offset in segment.range]


def _of_part(part: ConsumingPart) -> pa.Table:
    """Rejects of a consuming part that belong to the view."""
    rejected = part.state.rejected
    if rejected is None:
        return REJECT_SCHEMA.empty_table()
    table = sealed_form(FrameCache().table(part.folder, [rejected]))
    return table if part.mask_below is None else table.filter(pc.greater_equal(table.column(OFFSET), part.mask_below))
