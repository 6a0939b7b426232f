"""Sealed files, read back: what a footer says, which bounds its columns have, whether the bytes are still right."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from segments.catalogue import ColumnStats, SegmentEntry
from segments.encoding import leaf_path
from segments.history import Step
from segments.metadata import FOOTER_KEY, SegmentFooter
from segments.replay import filtered_path
from segments.seal import rejects_path
from segments.stores.files import digest_of

BOUND_CHARACTERS_MAX = 64
"""Longer string bounds are rounded outward: the catalogue keeps two for every column of every segment."""
_WRITES_WHOLE_BOUNDS = "parquet-cpp-arrow"
"""Other writers may have shortened string bounds."""
_MAGIC = b"PAR1"


class CorruptSegment(Exception):
    """The file is not what was sealed: quarantine it and fetch it again. The message says what is wrong."""


@dataclass(frozen=True, slots=True)
class SealedSegment:
    """The end of a sealed file, read once."""

    path: Path
    parquet: pq.FileMetaData
    footer: SegmentFooter
    leaves: Mapping[str, int]
    """Number of each Parquet leaf column, by its path."""

    @classmethod
    def open(cls, path: Path) -> SealedSegment:
        """Raises CorruptSegment."""
        parquet = _parquet_metadata(path)
        leaves = {parquet.schema.column(leaf).path: leaf for leaf in range(parquet.num_columns)}
        return cls(path, parquet, _footer(path, parquet), leaves)

    def column_stats(self) -> dict[str, ColumnStats]:
        """Bounds of every column, by name (P28). Lists, bytes and columns with NaN have none."""
        return {field.name: self._stats(field) for field in self._fields()}

    def blooms(self) -> list[str]:
        """Columns with a bloom filter in every row group."""
        return [field.name for field in self._fields() if self._has_bloom(field)]

    def _fields(self) -> pa.Schema:
        return self.parquet.schema.to_arrow_schema()

    def _chunks(self, field: pa.Field) -> Iterator[pq.ColumnChunkMetaData]:
        leaf = self.leaves[leaf_path(field)]
        return (self.parquet.row_group(group).column(leaf) for group in range(self.parquet.num_row_groups))

    def _has_bloom(self, field: pa.Field) -> bool:
        offsets = [chunk.bloom_filter_offset for chunk in self._chunks(field)]
        return bool(offsets) and None not in offsets

    def _stats(self, field: pa.Field) -> ColumnStats:
        chunks = list(self._chunks(field))
        nulls = sum(chunk.statistics.null_count for chunk in chunks if chunk.statistics)
        with_values = [chunk for chunk in chunks if not _all_null(chunk)]
        if field.name in self.footer.nan_columns or not all(map(_is_bounded, with_values)):
            return unbounded(nulls)
        exact = self.parquet.created_by.startswith(_WRITES_WHOLE_BOUNDS)
        return _merged([chunk.statistics for chunk in with_values], field.type, nulls, exact)


def read_footer(path: Path) -> SegmentFooter:
    """What a sealed file says of itself. Raises CorruptSegment."""
    return SealedSegment.open(path).footer


def column_stats(path: Path) -> dict[str, ColumnStats]:
    """Bounds of every column, by name. Raises CorruptSegment."""
    return SealedSegment.open(path).column_stats()


def blooms(path: Path) -> list[str]:
    """Columns with a bloom filter. Raises CorruptSegment."""
    return SealedSegment.open(path).blooms()


def verify(path: Path, digest: str) -> None:
    """Raises CorruptSegment, naming what is wrong, unless the file's SHA-256 is `digest`.

    A file that is not the right one may be anybody's, so nothing in it is parsed.
    """
    try:
        found, size_bytes, tail = digest_of(path), path.stat().st_size, _last_bytes(path, len(_MAGIC))
    except OSError as error:
        raise CorruptSegment(f"{path} cannot be read: {error.strerror}") from error
    if found != digest:
        kind = "altered, or another file" if tail == _MAGIC else "truncated: it does not end as Parquet does"
        raise CorruptSegment(f"{path} ({size_bytes} bytes) is {kind}; its digest is {found}, not {digest}")


def to_entry(step: Step, path: Path) -> SegmentEntry:
    """The catalogue entry of a committed segment that lies at `path`, already verified.

    Raises CorruptSegment when the file is another one than the step names.
    """
    segment = SealedSegment.open(path)
    _check_same(step, segment)
    rejects, filtered = rejects_path(path), filtered_path(path)
    return SegmentEntry(
        name=segment.footer.name,
        sequence=step.sequence,
        start=step.start,
        end=step.end,
        rows=step.rows,
        rejects=step.rejects,
        path=str(path.absolute()),
        size_bytes=step.size_bytes,
        digest=step.digest or "",
        schema_version=step.schema_version,
        attempt=step.attempt,
        created_ms=step.created_ms,
        committed_ms=step.committed_ms,
        time_min_ms=step.time_min_ms,
        time_max_ms=step.time_max_ms,
        columns=segment.column_stats(),
        blooms=segment.blooms(),
        rejects_path=str(rejects.absolute()) if rejects.is_file() else None,
        origin=step.origin.value,
        filtered_path=str(filtered.absolute()) if filtered.is_file() else None,
    )


def unbounded(nulls: int) -> ColumnStats:
    """Statistics of a column of which no bound is known."""
    return ColumnStats(None, None, nulls, exact=False)


def _check_same(step: Step, segment: SealedSegment) -> None:
    footer = segment.footer
    said = (footer.name, footer.attempt, footer.topic_id, footer.start, footer.end, segment.parquet.num_rows)
    wanted = (step.name, step.attempt, step.topic_id, step.start, step.end, step.rows)
    if said != wanted:
        raise CorruptSegment(
            f"{segment.path} is {_title(footer)}, not {step.name} of attempt {step.attempt} {step.range}"
        )


def _last_bytes(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(-min(count, file.seek(0, os.SEEK_END)), os.SEEK_END)
        return file.read()


def _title(footer: SegmentFooter) -> str:
    return f"{footer.name} of attempt {footer.attempt} {footer.range}"


def _parquet_metadata(path: Path) -> pq.FileMetaData:
    try:
        return pq.read_metadata(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CorruptSegment(f"{path} cannot be read as Parquet, truncated or overwritten: {error}") from error


def _footer(path: Path, parquet: pq.FileMetaData) -> SegmentFooter:
    text = (parquet.metadata or {}).get(FOOTER_KEY)
    if text is None:
        raise CorruptSegment(f"{path} has no {FOOTER_KEY.decode()!r} metadata: it was not sealed here")
    try:
        footer = SegmentFooter.model_validate_json(text)
    except ValidationError as error:
        raise CorruptSegment(f"{path} has a footer that cannot be read: {error}") from error
    if footer.rows != parquet.num_rows:
        raise CorruptSegment(f"{path} has {parquet.num_rows} rows, its footer says {footer.rows}")
    return footer


def _all_null(chunk: pq.ColumnChunkMetaData) -> bool:
    return chunk.statistics is not None and chunk.statistics.null_count == chunk.num_values


def _is_bounded(chunk: pq.ColumnChunkMetaData) -> bool:
    return chunk.statistics is not None and chunk.statistics.has_min_max


def _merged(stats: list[pq.Statistics], kind: pa.DataType, nulls: int, exact: bool) -> ColumnStats:
    if not stats:
        return unbounded(nulls)
    if pa.types.is_string(kind):
        return _of_texts(min(each.min for each in stats), max(each.max for each in stats), nulls, exact)
    if pa.types.is_integer(kind) or kind == pa.timestamp("ms"):
        return ColumnStats(min(each.min_raw for each in stats), max(each.max_raw for each in stats), nulls)
    if pa.types.is_floating(kind):
        # Parquet writes -0.0 and +0.0 for a bound of zero; adding 0.0 leaves one zero.
        return ColumnStats(min(each.min for each in stats) + 0.0, max(each.max for each in stats) + 0.0, nulls)
    if pa.types.is_boolean(kind):
        return ColumnStats(min(each.min for each in stats), max(each.max for each in stats), nulls)
    return unbounded(nulls)


def _of_texts(low: str, high: str, nulls: int, exact: bool) -> ColumnStats:
    whole = max(len(low), len(high)) <= BOUND_CHARACTERS_MAX
    above = high if whole else rounded_up(high)
    return unbounded(nulls) if above is None else ColumnStats(low[:BOUND_CHARACTERS_MAX], above, nulls, exact and whole)


def rounded_up(text: str) -> str | None:
    """The least text of at most `BOUND_CHARACTERS_MAX` characters that is not below `text`; None when there is none."""
    if len(text) <= BOUND_CHARACTERS_MAX:
        return text
    kept = text[:BOUND_CHARACTERS_MAX].rstrip(chr(0x10FFFF))
    return kept[:-1] + _next_character(kept[-1]) if kept else None


def _next_character(character: str) -> str:
    """The one after it; surrogates are no characters."""
    return "\ue000" if character == "\ud7ff" else chr(ord(character) + 1)
