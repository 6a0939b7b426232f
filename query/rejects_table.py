"""The table `rejects`: every record that is no row, of all tables, sealed and consuming (I6); replays settle some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dialects.bound_query import Predicate
from dialects.column_types import ColumnType
from dialects.literals import quote_identifier, quote_string
from query.jobs import ConsumingRelation, ConsumingSource, PartFile
from query.plan import Counts
from query.scan import Scan, read_parquet
from segments.catalogue import PartitionEntry, SegmentEntry
from segments.system_columns import OFFSET, PARTITION, TIMESTAMP
from segments.view import ConsumingPart, TableView

REJECTS = "rejects"
_TABLE = "table"
_STORED: Mapping[str, tuple[str, str]] = {
    "partition": (PARTITION, "INT"),
    "offset": (OFFSET, "LONG"),
    "timestamp": (TIMESTAMP, "TIMESTAMP"),
    "reason": ("reason", "STRING"),
    "field": ("field", "STRING"),
}
"""Column of the system table: the column of the files, and its type."""
_STORED_NAMES = tuple(stored for stored, _ in _STORED.values())
REJECT_TYPES: Mapping[str, ColumnType] = {
    _TABLE: ColumnType("STRING"),
    **{name: ColumnType(word) for name, (_, word) in _STORED.items()},
}


def tables_asked(where: Iterable[Predicate], names: Iterable[str]) -> list[str]:
    """The tables that a query over `rejects` may find rows of: all, unless it names some by a condition on "table"."""
    conditions = [frozenset(one.values) for one in where if one.column == _TABLE and one.op in ("=", "in")]
    return sorted(name for name in names if all(name in values for values in conditions))


def scan_rejects(views: Sequence[TableView]) -> tuple[Scan, Counts]:
    """The rejects of these views, and how many there are."""
    segments = [segment for view in views for segment in _segments(view)]
    parts = [part for view in views for part in _parts(view)]
    total = sum(segment.rejects for segment in segments) + sum(part.state.rejects for part in parts)
    counts = Counts(
        segments=len(segments) + len(parts),
        segments_read=len(segments) + len(parts),
        consuming=len(parts),
        consuming_read=len(parts),
        total_docs=total,
    )
    return _scan(views), counts


def _scan(views: Sequence[TableView]) -> Scan:
    selects: list[str] = []
    relations: list[ConsumingRelation] = []
    for view in views:
        selects.extend(_sealed(view.table.name, entry) for entry in view.table.partitions if _rejects_paths(entry))
        sources = tuple(source for part in _parts(view) for source in _source(part))
        if sources:
            relations.append(
                ConsumingRelation(f"c{len(relations)}", tuple(one for one, _ in _STORED.values()), sources)
            )
            selects.append(_select(view.table.name, relations[-1].name))
    return Scan(" UNION ALL ".join(selects) or _empty(), tuple(relations))


def _sealed(table: str, entry: PartitionEntry) -> str:
    """The rejects of one partition that no replay has settled."""
    select = _select(table, read_parquet(_rejects_paths(entry)))
    settling = entry.settling_paths
    if not settling:
        return select
    offset = quote_identifier(OFFSET)
    return f"{select} WHERE {offset} NOT IN (SELECT {offset} FROM {read_parquet(settling)})"


def _rejects_paths(entry: PartitionEntry) -> list[str]:
    return [segment.rejects_path for segment in entry.segments if segment.rejects_path]


def _segments(view: TableView) -> list[SegmentEntry]:
    return [segment for entry in view.table.partitions for segment in entry.segments if segment.rejects]


def _parts(view: TableView) -> list[ConsumingPart]:
    return [part for one in view.partitions for part in one.consuming if part.state.rejected is not None]


def _source(part: ConsumingPart) -> Iterable[ConsumingSource]:
    rejected = part.state.rejected
    if rejected is not None:
        file = PartFile(rejected.file, rejected.bytes_visible)
        yield ConsumingSource(str(part.folder), (file,), part.mask_below)


def _select(table: str, source: str) -> str:
    columns = [f"{_typed(stored, word)} AS {quote_identifier(name)}" for name, (stored, word) in _STORED.items()]
    return f"SELECT {quote_string(table)} AS {quote_identifier(_TABLE)}, {', '.join(columns)} FROM {source}"


def _typed(stored: str, word: str) -> str:
    name = quote_identifier(stored)
    return f"CAST({name} AS TIMESTAMP)" if word == "TIMESTAMP" else name


def _empty() -> str:
    return f"SELECT * FROM ({_select('', _NO_REJECTS)}) WHERE false"


_NO_REJECTS = (
    f"(SELECT 0 AS {quote_identifier(PARTITION)}, 0::BIGINT AS {quote_identifier(OFFSET)}, "
    f"make_timestamp_ms(0) AS {quote_identifier(TIMESTAMP)}, '' AS reason, '' AS field)"
)
