"""Consuming rows `[start, end)` to one Parquet file: sorted, each column in the encoding that suits it (P8, I3).

Sealing is on the path of every row, so it looks at a sample before it works, gathers one row group at a time, and does
everything in the calling thread: seals run side by side in a pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segments.arrow_schema import OFFSET
from segments.commit import SealedFile
from segments.encoding import DICTIONARY_BYTES_MAX, ZSTD_LEVEL, ColumnEncoding, Sample, choose, leaf_path, leaf_type
from segments.history import Origin
from segments.metadata import FOOTER_KEY, SegmentFacts, SegmentFooter
from segments.own_digest import OWN_DIGEST_KEY, UNFILLED, EndKeeper
from segments.stores.files import whole_file
from segments.time_bounds import TimeColumn, time_bounds

ROW_GROUP_ROWS_MAX = 1_000_000
ROW_GROUP_BYTES_MAX = 512 * 1024 * 1024
"""Of rows in memory: what one gather may take."""
OFFSETS_MAX = 2**31 - 1
PAGE_ROWS_MAX = 100_000
BLOOM_FALSE_POSITIVES = 0.05
REJECTS_SUFFIX = ".rejects.parquet"


@dataclass(frozen=True, slots=True)
class SealRequest:
    """Rows in offset order, system columns included, and where they shall go.

    `sort_column` is the configured sorted column, else the time column, else None: offset order.
    """

    rows: pa.Table
    facts: SegmentFacts
    path: Path
    sort_column: str | None = None
    time: TimeColumn | None = None
    bloom_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SealResult:
    """A durable file and what it holds."""

    path: Path
    digest: str
    """SHA-256, lower-case hex."""
    size_bytes: int
    footer: SegmentFooter

    @property
    def rows(self) -> int:
        return self.footer.rows

    def stored_as(self, uri: str) -> SealedFile:
        """What the commit wants to know, once the file is in the deep store under `uri`."""
        footer = self.footer
        return SealedFile(
            name=footer.name,
            uri=uri,
            digest=self.digest,
            size_bytes=self.size_bytes,
            rows=footer.rows,
            rejects=footer.rejects,
            start=footer.start,
            end=footer.end,
            leader_epoch=footer.leader_epoch,
            time_min_ms=footer.time_min_ms,
            time_max_ms=footer.time_max_ms,
            attempt=footer.attempt,
        )


@dataclass(frozen=True, slots=True)
class SealedRejects:
    """The durable file of a segment's rejected records."""

    path: Path
    digest: str
    size_bytes: int
    rows: int


def seal(request: SealRequest) -> SealResult:
    """Write the segment and make it durable. No rows at all make a segment too.

    Raises ValueError for rows outside the facts' offsets or a column that is not there, DiskFull when there is no room,
    and OSError when the disk fails; then no file is left.
    """
    table = gatherable(request.rows.replace_schema_metadata(None))
    _check(request, table)
    order = sort_order(table, request.sort_column)
    encodings = choose(Sample.of(table, order))
    footer = _footer(request, table, encodings)
    with whole_file(request.path) as file:
        keeper = EndKeeper(file)
        with _writer(keeper, table.schema, request, encodings) as writer:
            for group in row_groups(table, order):
                writer.write_table(group, row_group_size=ROW_GROUP_ROWS_MAX)
            writer.add_key_value_metadata({FOOTER_KEY: footer.encoded(), OWN_DIGEST_KEY: UNFILLED})
            keeper.keep_back()
        keeper.release()
    return SealResult(request.path, file.digest, file.size_bytes, footer)


def seal_rejects(table: pa.Table, segment_path: Path) -> SealedRejects:
    """Write the rejected records of a segment beside it. Raises as `seal`."""
    path = rejects_path(segment_path)
    with whole_file(path) as file:
        pq.write_table(table, file, compression="zstd", store_schema=False, write_page_checksum=True)
    return SealedRejects(path, file.digest, file.size_bytes, table.num_rows)


def rejects_path(segment_path: Path) -> Path:
    """`<name>.rejects.parquet` beside `<name>.parquet`."""
    return segment_path.with_name(segment_path.name.removesuffix(".parquet") + REJECTS_SUFFIX)


def sort_order(table: pa.Table, column: str | None) -> pa.Array | None:
    """Row numbers in the stable order of `column`, nulls last; None when the rows lie so already."""
    if column is None or is_sorted(values := table.column(column).combine_chunks()):
        return None
    return pc.sort_indices(values)


def is_sorted(values: pa.Array) -> bool:
    """Whether no value is less than the one before it; columns with nulls count as unsorted."""
    if len(values) < 2:
        return True
    if values.null_count:
        return False
    return bool(pc.all(pc.less_equal(values[:-1], values[1:])).as_py())


def row_groups(table: pa.Table, order: pa.Array | None) -> Iterator[pa.Table]:
    """The rows in writing order, one row group after the other: one gathered group at a time is in memory."""
    rows = row_group_rows(table.num_rows, table.nbytes)
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows) if order is None else table.take(order.slice(start, rows))


def gatherable(table: pa.Table, offsets_max: int = OFFSETS_MAX) -> pa.Table:
    """`table` with 64-bit offsets in text columns that are too large for a gather with 32-bit ones."""
    large = [field.name for field in table.schema if table.column(field.name).nbytes > offsets_max]
    fields = [_widened(field) if field.name in large else field for field in table.schema]
    return table.cast(pa.schema(fields)) if large else table


def _widened(field: pa.Field) -> pa.Field:
    wide = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}
    if pa.types.is_list(field.type):
        return field.with_type(pa.list_(wide.get(field.type.value_type, field.type.value_type)))
    return field.with_type(wide.get(field.type, field.type))


def row_group_rows(rows: int, size_bytes: int) -> int:
    """Rows a group may have so that it stays under `ROW_GROUP_ROWS_MAX` and, on average, `ROW_GROUP_BYTES_MAX`."""
    return max(1, min(ROW_GROUP_ROWS_MAX, rows * ROW_GROUP_BYTES_MAX // max(size_bytes, 1)))


def _check(request: SealRequest, table: pa.Table) -> None:
    named = {request.sort_column, request.time and request.time.name, *request.bloom_columns} - {None}
    if missing := named - set(table.column_names):
        raise ValueError(f"{request.facts.name}: no columns {sorted(map(str, missing))} in {table.column_names}")
    if table.num_rows == 0:
        return
    low, high = pc.min_max(table.column(OFFSET)).as_py().values()
    if request.facts.origin is Origin.REPLAYED:
        return
    if low not in request.facts.range or high not in request.facts.range:
        raise ValueError(f"{request.facts.name}: rows of offsets {low} to {high} are not all in {request.facts.range}")


def _footer(request: SealRequest, table: pa.Table, encodings: dict[str, ColumnEncoding]) -> SegmentFooter:
    low, high = time_bounds(table, request.time)
    return SegmentFooter(
        **request.facts.model_dump(),
        rows=table.num_rows,
        time_column=request.time.name if request.time else None,
        time_min_ms=low,
        time_max_ms=high,
        sort_column=request.sort_column,
        encodings=encodings,
        nan_columns=tuple(_nan_columns(table)),
    )


def _nan_columns(table: pa.Table) -> Iterator[str]:
    for field in table.schema:
        if pa.types.is_floating(field.type) and pc.any(pc.is_nan(table.column(field.name))).as_py():
            yield field.name


def _writer(
    file: EndKeeper, schema: pa.Schema, request: SealRequest, encodings: Mapping[str, ColumnEncoding]
) -> pq.ParquetWriter:
    order = [(request.sort_column, "ascending")] if request.sort_column else []
    return pq.ParquetWriter(
        file,
        schema,
        use_dictionary=[path for path, chosen in encodings.items() if chosen.dictionary],
        column_encoding={path: chosen.encoding.value for path, chosen in encodings.items() if not chosen.dictionary},
        compression={path: chosen.codec for path, chosen in encodings.items()},
        compression_level={path: ZSTD_LEVEL for path, chosen in encodings.items() if chosen.codec == "ZSTD"},
        dictionary_pagesize_limit=2 * DICTIONARY_BYTES_MAX,
        max_rows_per_page=PAGE_ROWS_MAX,
        write_page_index=True,
        write_page_checksum=True,
        store_schema=False,
        sorting_columns=pq.SortingColumn.from_ordering(schema, order) if order else None,
        bloom_filter_options=_blooms(request, encodings) or None,
    )


def _blooms(request: SealRequest, encodings: Mapping[str, ColumnEncoding]) -> dict[str, dict[str, float]]:
    """Bloom filters of the asked columns, as large as their distinct values need; booleans cannot have one."""
    asked = [request.rows.schema.field(name) for name in request.bloom_columns]
    paths = [leaf_path(field) for field in asked if not pa.types.is_boolean(leaf_type(field))]
    rows = min(request.rows.num_rows, ROW_GROUP_ROWS_MAX)
    return {path: {"ndv": max(1, min(encodings[path].distinct, rows)), "fpp": BLOOM_FALSE_POSITIVES} for path in paths}
