"""Parsed and bound queries, kept: dashboards send the same few texts again and again."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlglot import exp

from dialects import pinot
from dialects.binding import RELATION, bind
from dialects.bound_query import BoundQuery
from dialects.column_types import BOOLEAN, ColumnType
from dialects.function_entry import null_flag_name
from dialects.gapfill_binding import bind_any
from dialects.lookups import LookupTable
from dialects.pinot import StageStatement, Statement
from dialects.stages.binding import bind_stages
from dialects.stages.relation import BoundStages
from query.table_limits import limits_of, overridden
from query.tables import QueryTable

KEPT_MAX = 512
KEPT_SQL_CHARS_MAX = 20_000

_VOLATILE = re.compile(r"now|ago|current|today", re.IGNORECASE)

T = TypeVar("T")


class _Recent(Generic[T]):
    """The values that were used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable) -> T | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: Hashable, value: T) -> T:
        self._values[key] = value
        if len(self._values) > self._size:
            self._values.popitem(last=False)
        return value


@dataclass(frozen=True, slots=True)
class _KeptStages:
    """A bound statement and the versions of the tables that it was bound to."""

    bound: BoundStages
    versions: list[Hashable]


@dataclass(frozen=True, slots=True)
class Named:
    """A table that a statement names: its columns, and what changes whenever they do."""

    types: Mapping[str, ColumnType]
    version: Hashable
    defaults: Mapping[str, str] = field(default_factory=dict)
    """What a null of each column reads as, as SQL."""
    stored_nulls: bool = False

    def seen(self, *, null_handling: bool) -> Mapping[str, ColumnType]:
        """The columns, and where defaults stand for nulls also the flags that tell them apart."""
        if null_handling or not self.stored_nulls:
            return self.types
        return {**self.types, **{null_flag_name(name): ColumnType(BOOLEAN) for name in self.types}}


def _lookup_table(named: Named) -> LookupTable:
    return LookupTable(named.types, named.defaults)


def _versions(bound: BoundStages, find: Callable[[str], Named]) -> list[Hashable]:
    return [find(scan.written).version for scan in bound.scans]


class BindingCache:
    """Parses and binds. A text that may name the current time is bound anew each time."""

    def __init__(self) -> None:
        self._statements: _Recent[Statement | StageStatement] = _Recent(KEPT_MAX)
        self._bound: _Recent[BoundQuery] = _Recent(KEPT_MAX)
        self._stages: _Recent[_KeptStages] = _Recent(KEPT_MAX)

    def parse(self, sql: str, *, stages: bool) -> Statement | StageStatement:
        """`stages`: the request wants the multi-stage engine. Raises QueryFault."""
        statement = self._statements.get((sql, stages))
        if statement is not None:
            return statement
        parsed = pinot.parse_query(sql, stages=stages)
        return self._statements.put((sql, stages), parsed) if len(sql) <= KEPT_SQL_CHARS_MAX else parsed

    def bind_stages(
        self, sql: str, statement: StageStatement, find: Callable[[str], Named], *, null_handling: bool, now_ms: int
    ) -> BoundStages:
        """`find` gives a table by its name as written. Raises QueryFault."""
        key = (sql, null_handling)
        kept = self._stages.get(key)
        if kept is not None and kept.versions == _versions(kept.bound, find):
            return kept.bound
        made = bind_stages(
            statement,
            lambda written: find(written).seen(null_handling=null_handling),
            now_ms,
            lambda name: _lookup_table(find(name)),
            null_handling=null_handling,
        )
        if len(sql) <= KEPT_SQL_CHARS_MAX and not _VOLATILE.search(sql):
            self._stages.put(key, _KeptStages(made, _versions(made, find)))
        return made

    def bind(
        self,
        sql: str,
        statement: Statement,
        table: QueryTable,
        find: Callable[[str], Named],
        *,
        null_handling: bool,
        now_ms: int,
    ) -> BoundQuery:
        """`find` gives other tables, for LOOKUP: what reads them is bound anew each time. Raises QueryFault."""
        entry = table.entry
        hinted = sum(len(one.segments) for one in entry.partitions).bit_length()  # binds anew when a table has grown
        key = (sql, entry.incarnation, entry.config_version, entry.schema_version, null_handling, hinted)
        bound = self._bound.get(key)
        if bound is not None:
            return bound
        statement = overridden(statement, limits_of(entry).overrides)

        def of_relation(one: Statement, types: Mapping[str, ColumnType], relation: str) -> BoundQuery:
            return bind(
                one,
                types,
                stored_nulls=table.stored_nulls and relation == RELATION,
                null_handling=null_handling,
                now_ms=now_ms,
                tables=lambda written: _lookup_table(find(written)),
                relation=relation,
                range_of=table.range_of,
            )

        made = bind_any(statement, table.types, of_relation)
        keeps = len(sql) <= KEPT_SQL_CHARS_MAX and not _VOLATILE.search(sql) and not made.lookups
        return self._bound.put(key, made) if keeps else made


def table_written(statement: Statement) -> str | None:
    """The table that a statement names, as it is written; None without FROM."""
    source = statement.tree.find(exp.Table)
    return None if source is None else ".".join(part.name for part in source.parts)


def is_ordered(statement: Statement | StageStatement) -> bool:
    return statement.tree.args.get("order") is not None
