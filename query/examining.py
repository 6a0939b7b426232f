"""What can be said of a query without running it: whether it is well formed, what it names, whether it compiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from dialects import pinot
from dialects.column_types import ColumnType
from dialects.faults import QueryFault
from dialects.stages.binding import bind_stages
from query.jobs import Fault
from query.tables import DEFAULT_DATABASE, SYSTEM_TYPES, QueryTables, raw_name
from query.virtual_columns import VIRTUAL_TYPES
from segments.catalogue import Catalogue
from tableconfigs.schema import Schema


def syntax_fault(sql: str) -> Fault | None:
    """Why the text is no query; None when it is one."""
    try:
        pinot.parse_query(sql)
    except QueryFault as error:
        return Fault(error.code, error.message)
    return None


def tables_named(sql: str) -> list[str]:
    """The tables that a query reads, each once and without its type, its WITH queries not. Raises QueryFault."""
    tree = pinot.parse_stages(sql).tree
    own = {named.alias.lower() for named in tree.find_all(exp.CTE)}
    written = (".".join(part.name for part in table.parts) for table in tree.find_all(exp.Table))
    return sorted({raw_name(name.removeprefix(DEFAULT_DATABASE)) for name in written if name.lower() not in own})


@dataclass(frozen=True, slots=True)
class Compiler:
    """Binds multi-stage queries to the tables of a catalogue, or to those that a sender brings along."""

    catalogue: Catalogue
    now_ms: int
    brought: Mapping[str, Schema] = field(default_factory=dict)
    """By raw table name in lower case."""
    _tables: QueryTables = field(default_factory=QueryTables)

    def fault(self, sql: str) -> Fault | None:
        """Why the query does not compile; None when it does."""
        try:
            bind_stages(pinot.parse_stages(sql), self._types, self.now_ms)
        except QueryFault as error:
            return Fault(error.code, error.message)
        return None

    def _types(self, written: str) -> Mapping[str, ColumnType]:
        schema = self.brought.get(raw_name(written.removeprefix(DEFAULT_DATABASE)).lower())
        if schema is None:
            return self._tables.find(self.catalogue, written).types
        own = {
            name: ColumnType(str(column.data_type), not column.single_value_field)
            for name, column in schema.columns.items()
        }
        return {**own, **SYSTEM_TYPES, **VIRTUAL_TYPES}
