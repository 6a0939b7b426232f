"""What binding hands to the query floor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dialects.literals import Value
from dialects.lookups import LookupScan

Shape = Literal["rows", "aggregate", "group", "distinct"]
Sign = Literal["=", "<", ">", "<=", ">=", "in"]


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """`count(*)`, `LONG`: the name and Pinot's type word of one result column."""

    name: str
    data_type: str


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition that every row of the answer meets, for pruning.

    `values` are Python scalars of the column's type: int, float, str, bool, bytes, Decimal, or datetime (UTC without
    zone) for TIMESTAMP. One value, or the list of an IN.
    """

    column: str
    op: Sign
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class SimpleAggregate:
    """One select item that metadata can answer; `column` is None for COUNT(*). MIN and MAX are DOUBLE."""

    function: Literal["count", "min", "max"]
    column: str | None


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A statement resolved against a schema and printed.

    `select` is DuckDB SQL of the whole query, LIMIT included, over a relation `t` that has `columns` under their schema
    names (and, for each name in `null_flags`, a BOOLEAN column `$null.<name>`: true where the stored value is null).
    Its result columns stand in the order of `output`; read them by position.

    `where` holds conditions that are certain; empty is always right. `simple_aggregates` is set when all select items
    are answerable from metadata. `table` is as written and "" when the statement has no FROM. `lookups` are other
    relations that `select` names.
    """

    table: str
    columns: frozenset[str]
    select: str
    output: tuple[OutputColumn, ...]
    where: tuple[Predicate, ...]
    shape: Shape
    simple_aggregates: tuple[SimpleAggregate, ...] | None
    limit: int
    offset: int
    options: dict[str, str]
    null_flags: frozenset[str] = field(default=frozenset())
    filter_only: frozenset[str] = field(default=frozenset())
    """Columns that only conditions of `where` name, if those are all: any values that meet them will do."""
    lookups: tuple[LookupScan, ...] = ()
