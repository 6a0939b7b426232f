"""Query tables: a catalogue entry made ready to be asked, once for each version of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dialects.column_types import ColumnType
from dialects.faults import DisabledTableFault, TableFault
from query.value_ranges import value_range
from query.virtual_columns import VIRTUAL_TYPES
from segments import view
from segments.catalogue import Catalogue, TableEntry
from segments.pruning import PrunableColumn
from segments.system_columns import OFFSET, ORDINAL, PARTITION, TIMESTAMP
from tableconfigs.data_types import DataType, DefaultValue
from tableconfigs.datetime_format import TimeKind
from tableconfigs.field_specs import DateTimeFieldSpec
from tableconfigs.indexing import TableIndexConfig
from tableconfigs.schema import Schema
from tableconfigs.segments_config import SegmentsConfig

SYSTEM_TYPES: Mapping[str, ColumnType] = {
    PARTITION: ColumnType("INT"),
    OFFSET: ColumnType("LONG"),
    TIMESTAMP: ColumnType("TIMESTAMP"),
    ORDINAL: ColumnType("INT"),
}
"""Stored with every row (P3)."""

DEFAULT_DATABASE = "default."
_TYPE_SUFFIXES = ("_REALTIME", "_OFFLINE")


@dataclass(frozen=True)
class QueryColumn:
    """A column as the newest schema has it. `types` maps each schema version that has the column to its type there."""

    name: str
    type: ColumnType
    default: DefaultValue
    types: Mapping[int, ColumnType]

    def prunable(self, null_handling: bool) -> PrunableColumn | None:
        """For pruning, None when its bounds say nothing about a condition (multi-value columns)."""
        if self.type.multi_value:
            return None
        default = self.default if not null_handling and isinstance(self.default, int | float | str) else None
        return PrunableColumn(self.type.data_type, default, {v: t.data_type for v, t in self.types.items()})


@dataclass(frozen=True)
class QueryTable:
    """A table with its columns by schema version; its committed steps are proven to chain (P22)."""

    entry: TableEntry
    columns: Mapping[str, QueryColumn]
    stored_nulls: bool
    time_column: str | None
    time_unit_ms: int | None = None
    """Milliseconds in one unit of the time column (TIMESTAMP: 1); None where bounds in ms say nothing of its values."""

    @property
    def raw_name(self) -> str:
        return raw_name(self.entry.name)

    @cached_property
    def types(self) -> dict[str, ColumnType]:
        """Every name that a query may use, with its type."""
        return {**{name: one.type for name, one in self.columns.items()}, **SYSTEM_TYPES, **VIRTUAL_TYPES}

    def prunable(self, null_handling: bool) -> Mapping[str, PrunableColumn]:
        """What pruning needs of each single-value column, with or without nulls read as defaults."""
        return self._prunable[null_handling]

    @cached_property
    def _prunable(self) -> dict[bool, dict[str, PrunableColumn]]:
        return {mode: self._prunable_in(mode) for mode in (False, True)}

    def _prunable_in(self, null_handling: bool) -> dict[str, PrunableColumn]:
        found = ((name, column.prunable(null_handling)) for name, column in self.columns.items())
        return {name: column for name, column in found if column is not None}

    def range_of(self, column: str) -> tuple[int, int] | None:
        """About which whole numbers the column holds in the sealed segments."""
        return value_range((one for entry in self.entry.partitions for one in entry.segments), column)

    @cached_property
    def sealed_rows(self) -> int:
        return sum(segment.rows for entry in self.entry.partitions for segment in entry.segments)


def raw_name(name: str) -> str:
    """The table's name without its type."""
    for suffix in _TYPE_SUFFIXES:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def query_table(entry: TableEntry) -> QueryTable:
    """Read the entry's schemas and prove its steps. Raises ViewNotProven, and InvalidConfig for a broken schema."""
    view.prove_table(entry)
    versions = {version: Schema.parse(schema).value for version, schema in entry.schemas.items()}
    newest = versions[entry.schema_version]
    columns = {
        name: QueryColumn(name, _type(newest, name), spec.default_null, _types_by_version(versions, name))
        for name, spec in newest.columns.items()
    }
    index = TableIndexConfig.model_validate(entry.config.get("tableIndexConfig", {}))
    kept = SegmentsConfig.model_validate(entry.config.get("segmentsConfig", {}))
    stored_nulls = index.null_handling_enabled or newest.enable_column_based_null_handling
    return QueryTable(entry, columns, stored_nulls, kept.time_column_name, _time_unit_ms(newest, kept.time_column_name))


def _time_unit_ms(schema: Schema, time_column: str | None) -> int | None:
    spec = schema.columns.get(time_column or "")
    if not isinstance(spec, DateTimeFieldSpec):
        return None
    is_epoch = spec.format_spec.kind is TimeKind.EPOCH and spec.data_type in (DataType.INT, DataType.LONG)
    return 1 if spec.data_type is DataType.TIMESTAMP else spec.format_spec.epoch_unit_ms if is_epoch else None


def _type(schema: Schema, name: str) -> ColumnType:
    spec = schema.columns[name]
    return ColumnType(str(spec.data_type), not spec.single_value_field)


def _types_by_version(versions: Mapping[int, Schema], name: str) -> dict[int, ColumnType]:
    return {version: _type(schema, name) for version, schema in versions.items() if name in schema.columns}


@dataclass
class QueryTables:
    """Query tables by name, remade only when their catalogue entry is another one."""

    _made: dict[str, QueryTable] = field(default_factory=dict)
    _names: tuple[int, dict[str, str]] = (-1, {})

    def find(self, catalogue: Catalogue, written: str) -> QueryTable:
        """The table that a query names: any case, with or without type or `default.`. Raises TableFault."""
        name = self._lookup(catalogue).get(written.lower().removeprefix(DEFAULT_DATABASE))
        if name is None:
            raise TableFault
        if catalogue.tables[name].state == "disabled":
            raise DisabledTableFault
        made = self._made.get(name)
        if made is None or made.entry is not catalogue.tables[name]:
            made = self._made[name] = query_table(catalogue.tables[name])
        return made

    def entry(self, catalogue: Catalogue, written: str) -> TableEntry | None:
        """The table that `find` would find, as the catalogue has it."""
        name = self._lookup(catalogue).get(written.lower().removeprefix(DEFAULT_DATABASE))
        return None if name is None else catalogue.tables[name]

    def has(self, catalogue: Catalogue, written: str) -> bool:
        """Whether `find` would find the table."""
        return written.lower().removeprefix(DEFAULT_DATABASE) in self._lookup(catalogue)

    def names(self, catalogue: Catalogue) -> list[str]:
        """The tables that can be asked, with their types; those being deleted cannot."""
        return [name for name, entry in catalogue.tables.items() if entry.state != "deleting"]

    def _lookup(self, catalogue: Catalogue) -> dict[str, str]:
        if self._names[0] != catalogue.generation:
            names = self.names(catalogue)
            self._made = {name: one for name, one in self._made.items() if name in names}
            raw = {raw_name(name).lower(): name for name in names}
            self._names = catalogue.generation, raw | {name.lower(): name for name in names}
        return self._names[1]
