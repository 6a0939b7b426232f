"""The ledger's evidence from files: sealed segments with their rejects, and consuming rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segments.arrow_schema import OFFSET, ORDINAL
from segments.consuming.mapped import read_parts
from segments.consuming.sidecar import Part
from segments.ledger_evidence import ConsumingRows, NoFile, OffsetsFound, Replays, SegmentFile
from segments.offsets import OffsetRange
from segments.replay import filtered_path
from segments.seal import rejects_path
from segments.sealed import CorruptSegment, SealedSegment
from segments.stores.files import digest_of
from segments.view import ConsumingPart

Int64s = npt.NDArray[np.int64]
NONE: Int64s = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Kept:
    """Offsets that are kept of one range: of rows, sorted and each once, and of rejects."""

    start: int
    end: int
    config_version: int
    schema_version: int
    rows: Int64s
    rejects: Int64s


def look_at_file(path: Path | None, deep: bool) -> SegmentFile | NoFile:
    """What a sealed file says and holds; `deep` also reads every byte, for digest and doubled rows."""
    if path is None or not path.is_file():
        return NoFile("it is not in the store")
    try:
        return _looked(SealedSegment.open(path), deep)
    except (CorruptSegment, pa.ArrowException, OSError) as error:
        return NoFile(str(error))


def kept_in_file(path: Path) -> Kept:
    """Every offset that a sealed segment keeps. Raises CorruptSegment, OSError."""
    footer = SealedSegment.open(path).footer
    rejects = rejects_path(path)
    rejected = _column(pq.read_table(rejects, columns=[OFFSET])) if rejects.is_file() else NONE
    rows = np.unique(_column(pq.read_table(path, columns=[OFFSET])))
    return Kept(footer.start, footer.end, footer.config_version, footer.schema_version, rows, rejected)


def look_at_replays(segments: Sequence[Path], replays: Sequence[Path], gone: Sequence[OffsetRange]) -> Replays:
    """What replays settled, against the rejects of all segments; those of `gone` ranges were deleted with them.

    Raises pyarrow's errors and OSError.
    """
    if not replays:
        return Replays()
    rejected = np.concatenate([NONE, *(_rejects(rejects_path(path)) for path in segments)])
    settled = np.concatenate([NONE, *map(_settled, replays)])
    each = np.unique(settled)
    strange = [offset for offset in np.setdiff1d(each, rejected).tolist() if not any(offset in of for of in gone)]
    return Replays(len(each), len(strange), len(settled) - len(each))


def look_at_consuming(part: ConsumingPart) -> ConsumingRows:
    """What a side-car states and its files hold. Raises FileNotFoundError when the files change hands."""
    kept, state = kept_while_consuming(part), part.state
    rows = _places(_read(part.folder, state.parts, [OFFSET, ORDINAL]), kept.start)
    return ConsumingRows(
        start=kept.start,
        end=kept.end,
        rows_stated=state.rows,
        rejects_stated=state.rejects,
        filtered=state.filtered,
        tombstones=state.tombstones,
        rows=_found(rows[0], _doubled(*rows)),
        rejects=_found(kept.rejects, _doubled(kept.rejects, np.zeros_like(kept.rejects))),
        masked=part.mask_below is not None,
    )


def kept_while_consuming(part: ConsumingPart) -> Kept:
    """Every offset that a consuming segment keeps, from its place in the view on. Raises FileNotFoundError."""
    state, of = part.state, part.range
    rows = _column(_read(part.folder, state.parts, [OFFSET]))
    rejected = () if state.rejected is None else (state.rejected,)
    rejects = _column(_read(part.folder, rejected, [OFFSET]))
    return Kept(
        of.start,
        of.end,
        state.config_version,
        state.schema_version,
        np.unique(rows[rows >= of.start]),
        rejects[rejects >= of.start],
    )


def _looked(segment: SealedSegment, deep: bool) -> SegmentFile:
    footer, path = segment.footer, segment.path
    rejects = _rejects(rejects_path(path))
    rows = _rows(segment, deep)
    return SegmentFile(
        name=footer.name,
        attempt=footer.attempt,
        predecessor=footer.predecessor,
        topic_id=footer.topic_id,
        start=footer.start,
        end=footer.end,
        size_bytes=path.stat().st_size,
        rows_stated=footer.rows,
        rejects_stated=footer.rejects,
        rows=rows,
        rejects=_found(rejects, _doubled(rejects, np.zeros_like(rejects))),
        digest=digest_of(path) if deep else None,
        in_both=_in_both(path, rejects) if deep else None,
    )


def _rows(segment: SealedSegment, deep: bool) -> OffsetsFound:
    """By the column's bounds, or by every one of its values."""
    if deep:
        offsets, ordinals = _places(pq.read_table(segment.path, columns=[OFFSET, ORDINAL]), 0)
        return _found(offsets, _doubled(offsets, ordinals))
    bounds = segment.column_stats()[OFFSET]
    count = segment.parquet.num_rows
    return OffsetsFound(count, _whole(bounds.low), _whole(bounds.high))


def _whole(bound: object) -> int | None:
    return bound if isinstance(bound, int) else None


def _rejects(path: Path) -> Int64s:
    """The offsets in a file beside a segment; none where there is no such file."""
    return _column(pq.read_table(path, columns=[OFFSET])) if path.is_file() else NONE


def _settled(replay: Path) -> Int64s:
    """Offsets of rows that came in, and of those that the filter dropped."""
    filtered = _rejects(filtered_path(replay))
    return np.concatenate([np.unique(_column(pq.read_table(replay, columns=[OFFSET]))), filtered])


def _in_both(path: Path, rejects: Int64s) -> int:
    if not len(rejects):
        return 0
    return len(np.intersect1d(rejects, _column(pq.read_table(path, columns=[OFFSET]))))


def _read(folder: Path, parts: Sequence[Part], columns: list[str]) -> pa.Table:
    if not parts:
        return pa.table({name: pa.array([], pa.int64()) for name in columns})
    return read_parts(folder, parts).select(columns)


def _places(table: pa.Table, start: int) -> tuple[Int64s, Int64s]:
    """Offsets and ordinals from `start` on."""
    offsets = _column(table)
    ordinals = table.column(ORDINAL).cast(pa.int64()).to_numpy()
    return offsets[offsets >= start], ordinals[offsets >= start]


def _column(table: pa.Table) -> Int64s:
    values: Int64s = pc.cast(table.column(OFFSET), pa.int64()).to_numpy()
    return values


def _found(offsets: Int64s, doubled: int) -> OffsetsFound:
    if not len(offsets):
        return OffsetsFound(0, doubled=0)
    return OffsetsFound(len(offsets), int(offsets.min()), int(offsets.max()), doubled)


def _doubled(offsets: Int64s, ordinals: Int64s) -> int:
    """How many places stand more than once."""
    if len(np.unique(offsets)) == len(offsets):
        return 0
    places = np.stack([offsets, ordinals], axis=1)
    return len(places) - len(np.unique(places, axis=0))
