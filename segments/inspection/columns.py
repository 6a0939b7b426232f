"""Each column of a segment: type, how it is written, what is known of its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from segments.column_encoding import ColumnEncoding
from segments.encoding import leaf_path
from segments.inspection.consuming import ConsumingSegment
from segments.inspection.sealed import SealedFile
from segments.inspection.values import iso, plain
from segments.sealed import SealedSegment


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """`min` and `max` are None where none are kept: lists, bytes, columns with NaN, no values."""

    column: str
    type: str
    encoding: str
    codec: str
    dictionary: bool
    bloom: bool
    nulls: int
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
    counts = _distinct(segment.table()) if exact else {}
    return [_sealed_column(segment, SealedSegment.open(segment.path), field, counts) for field in segment.schema]


def _sealed_column(segment: SealedFile, opened: SealedSegment, field: pa.Field, counts: dict[str, int]) -> ColumnFacts:
    chunks = segment.chunks(opened.leaves[leaf_path(field)])
    stats = opened.column_stats()[field.name]
    chosen = segment.footer.encodings.get(leaf_path(field))
    low, high = (_bound(field.type, bound) for bound in (stats.low, stats.high))
    return ColumnFacts(
        column=field.name,
        type=str(field.type),
        encoding=chosen.encoding.value if chosen else "+".join(sorted({e for c in chunks for e in c.encodings})),
        codec="+".join(sorted({chunk.compression for chunk in chunks})) or _codec(chosen),
        dictionary=any(chunk.has_dictionary_page for chunk in chunks),
        bloom=field.name in opened.blooms(),
        nulls=stats.nulls,
        min=low,
        max=high,
        cardinality=counts.get(field.name, chosen.distinct if chosen else None),
        cardinality_is="exact" if counts else "estimate",
        bytes=sum(chunk.total_compressed_size for chunk in chunks),
        why=chosen.reason if chosen else None,
    )


def _codec(chosen: ColumnEncoding | None) -> str:
    return chosen.codec if chosen else "NONE"


def _consuming(table: pa.Table) -> list[ColumnFacts]:
    counts = _distinct(table)
    return [_consuming_column(field, table.column(field.name), counts[field.name]) for field in table.schema]


def _consuming_column(field: pa.Field, values: pa.ChunkedArray, distinct: int) -> ColumnFacts:
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
        cardinality=distinct,
        cardinality_is="exact",
        bytes=values.nbytes,
        why=None,
    )


def _distinct(table: pa.Table) -> dict[str, int]:
    """Distinct values by column, nulls left out; of a list column, distinct elements."""
    return {name: _count(table.column(name)) for name in table.column_names}


def _count(values: pa.ChunkedArray) -> int:
    flat = pc.list_flatten(values) if pa.types.is_list(values.type) else values
    count: int = pc.count_distinct(flat).as_py()
    return count


def _bound(kind: pa.DataType, bound: Any) -> Any:
    return iso(bound) if pa.types.is_timestamp(kind) and bound is not None else plain(bound)
