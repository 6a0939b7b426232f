"""Printed queries and tables to scan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dialects.bound_query import OutputColumn, Predicate
from dialects.column_types import ColumnType, element_of, is_array
from dialects.literals import quote_identifier
from dialects.tree import Column


@dataclass(frozen=True, slots=True)
class RelationColumn:
    """A result column: what a user calls it, its unique name in the printed SQL, and Pinot's type word."""

    name: str
    unique: str
    data_type: str

    @property
    def node(self) -> Column:
        return Column(self.unique, column_type(self.data_type))


@dataclass(frozen=True, slots=True)
class Relation:
    """A printed SELECT or set operation."""

    sql: str
    columns: tuple[RelationColumn, ...]
    leaf: bool = False
    """Whether it only chooses and computes, row by row, over one table: Pinot makes that one with what is around it."""


@dataclass(frozen=True, slots=True)
class TableScan:
    """A table that the statement reads: `relation` is to have `columns` under their schema names.

    `where` are conditions that every row meets which can have a part in the answer, for pruning.
    """

    written: str
    relation: str
    columns: frozenset[str]
    where: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class BoundStages:
    """A multi-stage statement printed as one DuckDB query over the relations of `scans`."""

    sql: str
    """`WITH` names of the statement's own queries included, those of `scans` not: see `with_relations`."""
    queries: tuple[tuple[str, str], ...]
    """The statement's WITH queries: name and SQL, in an order in which each uses only those before it."""
    output: tuple[OutputColumn, ...]
    scans: tuple[TableScan, ...]
    options: dict[str, str]

    def with_relations(self, printed: Iterable[tuple[str, str]]) -> str:
        """The whole query, given the SQL of each scan's relation."""
        named = ", ".join(f"{quote_identifier(name)} AS ({sql})" for name, sql in (*printed, *self.queries))
        return f"WITH {named} {self.sql}" if named else self.sql


def column_type(data_type: str) -> ColumnType:
    return ColumnType(element_of(data_type), is_array(data_type))


def unique_names(names: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """Names as Calcite makes them unique, and others than the `known`: a second `x` is `x0`."""
    taken = set(known)
    found = []
    for name in names:
        unique = next(one for one in _attempts(name) if one not in taken)
        taken.add(unique)
        found.append(unique)
    return found


def _attempts(name: str) -> Iterable[str]:
    yield name
    at = 0
    while True:
        yield f"{name}{at}"
        at += 1
