"""Where the record at one offset is kept: which segment has it in its range, and what that segment has of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segments.arrow_schema import OFFSET
from segments.catalogue import PartitionEntry, SegmentEntry
from segments.consuming.mapped import read_parts
from segments.consuming.sidecar import Part
from segments.name import SegmentName
from segments.offsets import OffsetRange
from segments.sealed import read_footer
from segments.view import ConsumingPart, PartitionView


class Region(StrEnum):
    """Where an offset lies in a partition."""

    BEFORE = "before"
    """Below the first offset that the table ever read."""
    GAP = "gap"
    """In a step without a file: an accepted gap, or a segment that was deleted."""
    SEALED = "sealed"
    CONSUMING = "consuming"
    BEYOND = "beyond"
    """At or after the next offset to be read."""


@dataclass(frozen=True, slots=True)
class KeptReject:
    reason: str
    field: str


@dataclass(frozen=True, slots=True)
class Settled:
    """A reject was put in by the replay `name`, or dropped there by the filter: then there are no `rows`."""

    name: str
    committed_ms: int
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Holding:
    """A segment, and what it has of the offset: `rows` (more than one where a record makes several) or `reject`.

    `committed_ms` and `attempt` are None while it is consuming; `name` is None for a file that follows one which is
    not committed yet: its name is made when that one is.
    """

    name: str | None
    sequence: int | None
    range: OffsetRange
    created_ms: int
    committed_ms: int | None
    attempt: str | None
    path: str
    config_version: int
    schema_version: int
    rows: Sequence[Mapping[str, Any]]
    reject: KeptReject | None
    settled: Settled | None = None
    """What a later replay made of the reject."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`range` is the gap's or the segment's; None outside of the partition's chain."""

    region: Region
    range: OffsetRange | None = None
    gap_reason: str | None = None
    holding: Holding | None = None


def find(raw_table: str, view: PartitionView, offset: int) -> Whereabouts:
    """Where `offset` is in one proven view. Raises FileNotFoundError when files change hands: take a fresh view."""
    entry = view.entry
    if offset < entry.first_start:
        return Whereabouts(Region.BEFORE)
    for start, end, reason in entry.gaps:
        if start <= offset < end:
            return Whereabouts(Region.GAP, OffsetRange(start, end), reason)
    for segment in entry.segments:
        if offset in segment.range:
            return Whereabouts(Region.SEALED, segment.range, holding=_sealed(entry, segment, offset))
    for number, part in enumerate(view.consuming):
        if offset in part.range:
            name = _consuming_name(raw_table, entry) if number == 0 else None
            return Whereabouts(Region.CONSUMING, part.range, holding=_consuming(name, part, offset))
    return Whereabouts(Region.BEYOND)


def _sealed(entry: PartitionEntry, segment: SegmentEntry, offset: int) -> Holding:
    footer = read_footer(Path(segment.path))
    rejects = None if segment.rejects_path is None else _at(Path(segment.rejects_path), offset)
    return Holding(
        name=segment.name,
        sequence=segment.sequence,
        range=segment.range,
        created_ms=segment.created_ms,
        committed_ms=segment.committed_ms,
        attempt=segment.attempt,
        path=segment.path,
        config_version=footer.config_version,
        schema_version=segment.schema_version,
        rows=_at(Path(segment.path), offset).to_pylist(),
        reject=None if rejects is None else _reject(rejects),
        settled=None if rejects is None or not rejects.num_rows else _settled(entry, offset),
    )


def _settled(entry: PartitionEntry, offset: int) -> Settled | None:
    """An offset is settled once at most."""
    for replay in entry.replays:
        rows = _at(Path(replay.path), offset)
        filtered = 0 if replay.filtered_path is None else _at(Path(replay.filtered_path), offset).num_rows
        if rows.num_rows or filtered:
            return Settled(replay.name, replay.committed_ms, rows.to_pylist())
    return None


def _at(path: Path, offset: int) -> pa.Table:
    return pq.read_table(path, filters=[(OFFSET, "=", offset)])


def _consuming(name: str | None, part: ConsumingPart, offset: int) -> Holding:
    state = part.state
    return Holding(
        name=name,
        sequence=None,
        range=part.range,
        created_ms=state.created_ms,
        committed_ms=None,
        attempt=None,
        path=str(part.folder),
        config_version=state.config_version,
        schema_version=state.schema_version,
        rows=[] if not state.parts else _matching(part.folder, state.parts, offset).to_pylist(),
        reject=None if state.rejected is None else _reject(_matching(part.folder, [state.rejected], offset)),
    )


def _matching(folder: Path, parts: Sequence[Part], offset: int) -> pa.Table:
    table = read_parts(folder, parts)
    return table.filter(pc.equal(table.column(OFFSET), offset))


def _reject(rejects: pa.Table) -> KeptReject | None:
    found = rejects.select(["reason", "field"]).to_pylist()
    return KeptReject(**found[0]) if found else None


def _consuming_name(raw_table: str, entry: PartitionEntry) -> str:
    return str(SegmentName.of(raw_table, entry.partition, entry.sequence, entry.created_ms))
