"""The rows of a file whose bytes are right, against everything that its footer says of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from segments.encoding import leaf_path
from segments.inspection.facts import REPLAYED
from segments.inspection.sealed import SealedFile
from segments.inspection.verify import blooms, statistics
from segments.inspection.verify.checks import Check, found, judged, ok, unknown
from segments.inspection.verify.offsets import first_disorder, wrong_offsets
from segments.inspection.verify.pages import CannotRead, reason
from segments.system_columns import OFFSET, ORDINAL, PARTITION

THREADS = 2


@dataclass
class _Seen:
    """What was found in the row groups read so far."""

    rows: int = 0
    nan: set[str] = field(default_factory=set)
    statistics: list[str] = field(default_factory=list)
    blooms: list[str] = field(default_factory=list)
    filters: int = 0
    kept: list[pa.Table] = field(default_factory=list)
    """Of the columns that are judged over all row groups."""


def data_checks(segment: SealedFile) -> list[Check]:
    """Reads every row once, with page checksums verified."""
    seen = _Seen()
    try:
        _read(segment, seen)
    except CannotRead as error:
        return [found("pages", f"they cannot be read: {reason(error)}")]
    pages = ok("pages", f"{segment.parquet.num_row_groups} row groups, checksums verified")
    return [
        pages,
        _rows(segment, seen),
        _order(segment, seen),
        _statistics(segment, seen),
        _blooms(seen),
        _offsets(segment, seen),
    ]


def _read(segment: SealedFile, seen: _Seen) -> None:
    dictionaries = [path for path, chosen in segment.footer.encodings.items() if chosen.dictionary]
    kept = dict.fromkeys([OFFSET, ORDINAL, PARTITION, *filter(None, [segment.footer.sort_column])])
    options = {"metadata": segment.parquet, "page_checksum_verification": True, "read_dictionary": dictionaries}
    with (
        segment.path.open("rb") as raw,
        pq.ParquetFile(segment.path, **options) as file,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        for group in range(segment.parquet.num_row_groups):
            table = file.read_row_group(group)
            seen.rows += table.num_rows
            seen.kept.append(table.select(list(kept)).cast(_plain(table.schema, list(kept))))
            columns = [_Column(segment, group, name, table.column(name)) for name in table.column_names]
            for problems, has_nan in pool.map(_judged, columns):
                seen.statistics += problems
                seen.nan |= has_nan
            for column in columns:
                _look_up(column, raw, seen)


@dataclass(frozen=True)
class _Column:
    """One column of one row group."""

    segment: SealedFile
    group: int
    name: str
    values: pa.ChunkedArray

    @property
    def chunk(self) -> pq.ColumnChunkMetaData:
        leaf = self.segment.leaves[leaf_path(self.segment.schema.field(self.name))]
        return self.segment.parquet.row_group(self.group).column(leaf)


def _judged(column: _Column) -> tuple[list[str], set[str]]:
    kind = column.segment.schema.field(column.name)
    problems = list(statistics.wrong_statistics(kind, column.chunk, column.values))
    return problems, {column.name} if statistics.has_nan(column.values) else set()


def _look_up(column: _Column, raw: IO[bytes], seen: _Seen) -> None:
    chunk = column.chunk
    if chunk.bloom_filter_offset is None:
        return
    seen.filters += 1
    try:
        absent = blooms.missing(raw, chunk, column.values)
    except ValueError as error:
        seen.blooms.append(f"{column.name} in row group {column.group}: {error}")
        return
    if absent:
        seen.blooms.append(f"{column.name} in row group {column.group}: {absent} values that are there do not pass")


def _plain(schema: pa.Schema, names: list[str]) -> pa.Schema:
    """The columns' types without dictionaries."""
    kinds = {name: schema.field(name).type for name in names}
    return pa.schema(
        [(name, kind.value_type if pa.types.is_dictionary(kind) else kind) for name, kind in kinds.items()]
    )


def _rows(segment: SealedFile, seen: _Seen) -> Check:
    stated = segment.footer.rows, segment.parquet.num_rows
    problems = (
        [] if set(stated) == {seen.rows} else [f"{seen.rows} rows, the footer says {stated[0]}, Parquet {stated[1]}"]
    )
    return judged("rows", problems, f"{seen.rows} rows")


def _order(segment: SealedFile, seen: _Seen) -> Check:
    column = segment.footer.sort_column or OFFSET
    at = first_disorder(_whole(seen).column(column)) if seen.kept else None
    problems = [] if at is None else [f"row {at} is less in {column} than the row before it"]
    return judged("order", problems, f"ascending in {column}")


def _statistics(segment: SealedFile, seen: _Seen) -> Check:
    stated = set(segment.footer.nan_columns)
    nan = [f"NaN is in {sorted(seen.nan)}, the footer says {sorted(stated)}"] if seen.nan != stated else []
    return judged("statistics", seen.statistics + nan, "bounds and nulls of every column are those of its values")


def _blooms(seen: _Seen) -> Check:
    if not seen.filters:
        return unknown("bloom filters", "the segment has none")
    return judged("bloom filters", seen.blooms, f"{seen.filters} filters let the values of their columns pass")


def _offsets(segment: SealedFile, seen: _Seen) -> Check:
    facts = segment.facts
    if not seen.rows:
        return ok("offsets", "no rows")
    table = _whole(seen)
    problems = list(wrong_offsets(facts, *(table.column(name).to_numpy() for name in (OFFSET, ORDINAL))))
    lowest, highest = statistics.bounds(table.column(PARTITION))
    if not lowest == highest == facts.partition:
        problems.append(f"rows of partitions {lowest} to {highest}, the segment is of {facts.partition}")
    where = f"before {facts.start}" if facts.origin == REPLAYED else f"in [{facts.start}, {facts.end})"
    return judged("offsets", problems, f"each row once, all {where}")


def _whole(seen: _Seen) -> pa.Table:
    return pa.concat_tables(seen.kept)
