"""Each column of a segment: type, how it is written, what is known of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from segments.catalogue import ColumnStats
from segments.column_encoding import ColumnEncoding
from segments.encoding import leaf_path
from segments.inspection.consuming import ConsumingSegment
from segments.inspection.errors import NotASegment
from segments.inspection.sealed import SealedFile
from segments.inspection.values import iso, plain
from segments.sealed import CorruptSegment, SealedSegment


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """`min` and `max` are None where none are kept: lists, bytes, columns with NaN, no values."""

    column: str
    type: str
    encoding: str
    codec: str
    dictionary: bool
    bloom: bool
    nulls: int | None
    """None for lists, unless they were counted."""
    min: Any
    max: Any
    cardinality: int | None
    cardinality_is: str
    """`estimate` (from a sample, when it was sealed) or `exact`."""
    bytes: int
    why: str | None
    """Of the encoding: what the sample said."""


def columns_of(segment: SealedFile | ConsumingSegment, exact: bool) -> list[ColumnFacts]:
    """In the file's order. With `exact`, distinct values are counted in the data. Raises NotASegment."""
    if isinstance(segment, ConsumingSegment):
        return _consuming(segment.table())
    known = _Known.of(segment)
    table = segment.table() if exact else None
    return [_sealed_column(known, field, table) for field in segment.schema]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the end of a sealed file says, by column."""

    segment: SealedFile
    stats: Mapping[str, ColumnStats]
    blooms: frozenset[str]

    @classmethod
    def of(cls, segment: SealedFile) -> _Known:
        """Raises NotASegment."""
        try:
            opened = SealedSegment.open(segment.path)
            return cls(segment, opened.column_stats(), frozenset(opened.blooms()))
        except (CorruptSegment, ValueError) as error:
            raise NotASegment(f"{segment.path} has a footer that cannot be read: {error}") from error


def _sealed_column(known: _Known, field: pa.Field, table: pa.Table | None) -> ColumnFacts:
    chunks = known.segment.chunks(known.segment.leaves[leaf_path(field)])
    stats = known.stats[field.name]
    chosen = known.segment.footer.encodings.get(leaf_path(field))
    estimate = chosen.distinct if chosen else None
    return ColumnFacts(
        column=field.name,
        type=str(field.type),
        encoding=chosen.encoding.value if chosen else "+".join(sorted({e for c in chunks for e in c.encodings})),
        codec="+".join(sorted({chunk.compression for chunk in chunks})) or _codec(chosen),
        dictionary=any(chunk.has_dictionary_page for chunk in chunks),
        bloom=field.name in known.blooms,
        nulls=_nulls(field, stats, table),
        min=_bound(field.type, stats.low),
        max=_bound(field.type, stats.high),
        cardinality=estimate if table is None else _distinct(table.column(field.name)),
        cardinality_is="estimate" if table is None else "exact",
        bytes=sum(chunk.total_compressed_size for chunk in chunks),
        why=chosen.reason if chosen else None,
    )


def _nulls(field: pa.Field, stats: ColumnStats, table: pa.Table | None) -> int | None:
    """Parquet counts an empty list as a null of its elements, so its word on lists is none."""
    if table is not None:
        return int(table.column(field.name).null_count)
    return None if pa.types.is_list(field.type) else stats.nulls


def _codec(chosen: ColumnEncoding | None) -> str:
    return chosen.codec if chosen else "NONE"


def _consuming(table: pa.Table) -> list[ColumnFacts]:
    return [_consuming_column(field, table.column(field.name)) for field in table.schema]


def _consuming_column(field: pa.Field, values: pa.ChunkedArray) -> ColumnFacts:
    low, high = (None, None) if pa.types.is_list(field.type) else pc.min_max(values).as_py().values()
    return ColumnFacts(
        column=field.name,
        type=str(field.type),
        encoding="ARROW",
        codec="NONE",
        dictionary=False,
        bloom=False,
        nulls=values.null_count,
        min=plain(low),
        max=plain(high),
        cardinality=_distinct(values),
        cardinality_is="exact",
        bytes=values.nbytes,
        why=None,
    )


def _distinct(values: pa.ChunkedArray) -> int:
    """Distinct values, nulls left out; of lists, distinct elements."""
    flat = pc.list_flatten(values) if pa.types.is_list(values.type) else values
    count: int = pc.count_distinct(flat).as_py()
    return count


def _bound(kind: pa.DataType, bound: Any) -> Any:
    return iso(bound) if pa.types.is_timestamp(kind) and bound is not None else plain(bound)
