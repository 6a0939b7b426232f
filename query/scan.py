"""The relation `t` of a query as DuckDB SQL: sealed files by schema version, then consuming relations. Pure (P28).

DuckDB takes the first file's schema for a whole list, so files are grouped by schema version, and by which columns hold
nulls: a `coalesce` hides a column from Parquet's own pruning, so it stands only where there is something to replace.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from dialects.column_types import ColumnType, duckdb_type
from dialects.function_entry import null_flag_name
from dialects.literals import quote_identifier, quote_string, value_sql
from query.jobs import ConsumingRelation, ConsumingSource, PartFile
from query.tables import SYSTEM_TYPES, QueryColumn, QueryTable
from query.virtual_columns import (
    DOC_ID,
    HOST_NAME,
    VirtualValues,
    doc_id_sql,
    is_of_segment,
    partitioned_by,
    row_number,
    tells_segments_apart,
)
from segments.catalogue import SegmentEntry
from segments.view import ConsumingPart

NULL_FLAG = null_flag_name("")
"""Starts the name of a BOOLEAN companion column that says where the stored value is null."""
_GLOB_CHARACTERS = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Scan:
    """A SELECT whose rows are the table's, and the Arrow relations that it names."""

    sql: str
    relations: tuple[ConsumingRelation, ...]


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A consuming part and the name of its segment."""

    name: str
    part: ConsumingPart


@dataclass(frozen=True, slots=True)
class Projection:
    """Which columns of a table a query reads, and how nulls read: as the column's default, or as NULL."""

    table: QueryTable
    columns: tuple[str, ...]
    null_handling: bool
    host: str
    constants: Mapping[str, int] = field(default_factory=dict)
    """Columns that are not read: whole numbers, or epoch ms, that stand for them."""

    def select(self, version: int, with_nulls: frozenset[str] | None, segment: VirtualValues | None) -> str:
        """The select list for rows of one schema version. `with_nulls` None: any column may hold nulls."""
        return ", ".join(self._item(name, version, with_nulls, segment) for name in self.columns) or "1 AS one"

    def stored(self, version: int) -> tuple[str, ...]:
        """The columns that rows of this version have in their files."""
        wanted = (name.removeprefix(NULL_FLAG) for name in self.columns)
        found = tuple(dict.fromkeys(name for name in wanted if self._is_stored(name, version)))
        return found or (next(iter(SYSTEM_TYPES)),)

    @property
    def tells_apart(self) -> bool:
        """Whether the query asks for what is of a segment: rows of different segments are then read apart."""
        return tells_segments_apart(self.columns)

    @property
    def numbers_rows(self) -> bool:
        """Whether the query asks for the places of rows in their segments."""
        return DOC_ID in self.columns

    def nulls_in(self, segment: SegmentEntry) -> frozenset[str]:
        """The columns whose nulls have to be replaced when this segment is read."""
        if self.null_handling:
            return frozenset()
        return frozenset(name for name in self.columns if self._may_hold_nulls(segment, name))

    def _may_hold_nulls(self, segment: SegmentEntry, name: str) -> bool:
        """Of a multi-value column the catalogue knows its elements' nulls, not its own."""
        column, stats = self.table.columns.get(name), segment.columns.get(name)
        return column is not None and (column.type.multi_value or stats is None or stats.nulls > 0)

    def _is_stored(self, name: str, version: int) -> bool:
        column = self.table.columns.get(name)
        return version in column.types if column is not None else name in SYSTEM_TYPES

    def _item(self, name: str, version: int, with_nulls: frozenset[str] | None, segment: VirtualValues | None) -> str:
        column = self.table.columns.get(name)
        if column is not None and name in self.constants:
            value = _constant(self.constants[name], column.type)
        elif column is not None:
            value = self._column(column, version, with_nulls)
        elif name.startswith(NULL_FLAG):
            value = self._null_flag(name.removeprefix(NULL_FLAG), version)
        elif segment is not None and is_of_segment(name):
            value = segment.sql(name, partitioned_by(self.table.entry.config))
        elif name == DOC_ID:
            value = doc_id_sql()
        elif name == HOST_NAME:
            value = quote_string(self.host)
        else:
            value = _as_stored(name, SYSTEM_TYPES[name], SYSTEM_TYPES[name])
        alias = quote_identifier(name)
        return value if value == alias else f"{value} AS {alias}"

    def _null_flag(self, name: str, version: int) -> str:
        return f"({quote_identifier(name)} IS NULL)" if self._is_stored(name, version) else "TRUE"

    def _column(self, column: QueryColumn, version: int, with_nulls: frozenset[str] | None) -> str:
        stored = column.types.get(version)
        if stored is None:
            return f"CAST(NULL AS {_sql_type(column.type)})" if self.null_handling else default_sql(column)
        value = _as_stored(column.name, stored, column.type)
        replaced = not self.null_handling and (with_nulls is None or column.name in with_nulls)
        return f"coalesce({value}, {default_sql(column)})" if replaced else value


@dataclass(frozen=True, slots=True)
class Covered:
    """Segments all of whose rows meet every condition, and what may stand for columns that only conditions name."""

    segments: tuple[SegmentEntry, ...]
    constants: Mapping[str, int]


NOT_COVERED = Covered((), {})


def scan(
    projection: Projection,
    segments: Iterable[SegmentEntry],
    consuming: Iterable[NamedPart],
    prefix: str = "c",
    covered: Covered = NOT_COVERED,
) -> Scan:
    """The relation over these segments and consuming parts; without any of them an empty one of the right types.

    Arrow relations are named `prefix` and a number. Of `covered` segments the columns of its constants are not read.
    """
    relations, parts = _consuming(projection, consuming, prefix)
    spared = _sealed(replace(projection, constants=covered.constants), covered.segments)
    selects = [*_sealed(projection, segments), *spared, *parts]
    return Scan(" UNION ALL ".join(selects) or _empty(projection), relations)


def _sealed(projection: Projection, segments: Iterable[SegmentEntry]) -> list[str]:
    groups: dict[tuple[int, frozenset[str], VirtualValues | None], list[str]] = {}
    for segment in segments:
        facts = VirtualValues.of_sealed(segment) if projection.tells_apart else None
        groups.setdefault((segment.schema_version, projection.nulls_in(segment), facts), []).append(segment.path)
    numbered = projection.numbers_rows
    return [
        f"SELECT {projection.select(*key)} FROM {read_parquet(paths, numbered=numbered)}"
        for key, paths in groups.items()
    ]


def _consuming(
    projection: Projection, consuming: Iterable[NamedPart], prefix: str
) -> tuple[tuple[ConsumingRelation, ...], list[str]]:
    groups: dict[tuple[int, VirtualValues | None], list[ConsumingSource]] = {}
    apart = projection.tells_apart or projection.numbers_rows
    for one in consuming:
        facts = VirtualValues.of_consuming(one.name, one.part) if apart else None
        groups.setdefault((one.part.state.schema_version, facts), []).append(_source(one.part))
    relations = tuple(
        ConsumingRelation(f"{prefix}{number}", projection.stored(version), tuple(sources))
        for number, ((version, _), sources) in enumerate(groups.items())
    )
    selects = [
        f"SELECT {projection.select(version, None, segment)} FROM {_numbered(projection, relation.name)}"
        for relation, (version, segment) in zip(relations, groups, strict=True)
    ]
    return relations, selects


def _numbered(projection: Projection, relation: str) -> str:
    return row_number(relation) if projection.numbers_rows else relation


def _source(part: ConsumingPart) -> ConsumingSource:
    files = tuple(PartFile(one.file, one.bytes_visible) for one in part.state.parts)
    return ConsumingSource(str(part.folder), files, part.mask_below)


def _empty(projection: Projection) -> str:
    types = {name: projection.table.types.get(name, ColumnType("BOOLEAN")) for name in projection.columns}
    items = [f"CAST(NULL AS {_sql_type(one)}) AS {quote_identifier(name)}" for name, one in types.items()]
    return f"SELECT {', '.join(items) or '1 AS one'} WHERE false"


def read_parquet(paths: Sequence[str], *, numbered: bool = False) -> str:
    """These files and no others, as a table function. Raises ValueError for a path that is not absolute.

    `numbered`: with the column `file_row_number`.
    """
    files = ", ".join(quote_string(unglobbed(path)) for path in paths)
    return f"read_parquet([{files}], hive_partitioning = false{', file_row_number = true' if numbered else ''})"


def unglobbed(path: str) -> str:
    """The path as a pattern that matches only itself, checked to be absolute and without `..`. Raises ValueError."""
    if not path.startswith("/") or "/../" in f"{path}/":
        raise ValueError(f"segment path {path!r} must be absolute and without '..'")
    return _GLOB_CHARACTERS.sub(r"[\g<0>]", path)


def _as_stored(name: str, stored: ColumnType, wanted: ColumnType) -> str:
    """The column as the newest schema types it. Arrow's milliseconds would be a type of their own in DuckDB."""
    value = quote_identifier(name)
    if stored == wanted and wanted.data_type != "TIMESTAMP":
        return value
    return f"CAST({value} AS {_sql_type(wanted)})"


def _constant(value: int, column: ColumnType) -> str:
    return f"make_timestamp_ms({value})" if column.data_type == "TIMESTAMP" else f"CAST({value} AS {_sql_type(column)})"


def _sql_type(column: ColumnType) -> str:
    return duckdb_type(column.data_type) + ("[]" if column.multi_value else "")


def default_sql(column: QueryColumn) -> str:
    """What a null of the column reads as: a typed literal; for a multi-value column a list of one."""
    value = _scalar_sql(column)
    return f"CAST({f'[{value}]' if column.type.multi_value else value} AS {_sql_type(column.type)})"


def _scalar_sql(column: QueryColumn) -> str:
    match column.default:
        case Decimal():
            return quote_string(f"{column.default:f}")
        case UUID():
            return quote_string(str(column.default))
        case dict() | list():
            return quote_string(json.dumps(column.default))
        case value:
            return value_sql(value, column.type.data_type)


def ordered(columns: Iterable[str], types: Mapping[str, ColumnType]) -> tuple[str, ...]:
    """The columns in the table's order, so that the same query has the same text."""
    wanted = frozenset(columns)
    flags = sorted(name for name in wanted if name.startswith(NULL_FLAG))
    return (*(name for name in types if name in wanted), *flags)
