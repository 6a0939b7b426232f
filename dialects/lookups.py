"""LOOKUP('table', 'column', 'key', value, ...): a column of another table, where its key columns have these values.

Any table can be looked up; of several rows with one key the latest counts. What is not found reads as the column's
default, with null handling too, as in Pinot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dialects.column_types import ColumnType
from dialects.conversions import Typed, convert
from dialects.faults import ValidationFault
from dialects.function_entry import MANY, Context, Function
from dialects.literals import default_sql, quote_identifier
from dialects.tree import Call, Literal, Node, Query

_FORM = "LOOKUP needs ('table', 'column', 'key column', value), and more pairs of key column and value"
_LATEST = ("$timestamp", "$partition", "$offset", "$ordinal")


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A table that can be looked up: its columns, and as SQL what a null of each reads as, where that is special."""

    types: Mapping[str, ColumnType]
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LookupScan:
    """A table that a statement looks up: `relation` is to have `columns` under their schema names."""

    written: str
    relation: str
    columns: frozenset[str]


@dataclass(slots=True)
class Lookups:
    """Resolves the calls of one statement, and keeps which tables they read. `find` raises TableFault."""

    find: Callable[[str], LookupTable]
    _read: dict[str, set[str]] = field(default_factory=dict)

    @property
    def scans(self) -> tuple[LookupScan, ...]:
        return tuple(
            LookupScan(name, f"lookup{at}", frozenset(columns)) for at, (name, columns) in enumerate(self._read.items())
        )

    def node(self, arguments: Sequence[Node]) -> Node:
        """The call with the SQL of its sub-query and of its keys behind what was written. Raises QueryFault."""
        if len(arguments) < 4 or len(arguments) % 2:
            raise ValidationFault(_FORM)
        written, table = _text(arguments[0]), self.find(_text(arguments[0]))
        column, *keys = (_column(written, table, _text(one)) for one in (arguments[1], *arguments[2::2]))
        self._read.setdefault(written, set()).update((column, *keys, *_order(table)))
        relation = f"lookup{list(self._read).index(written)}"
        parts = [
            _value(relation, table, column),
            *(Query(f"l.{quote_identifier(k)}", _word(table, k)) for k in keys),
        ]
        return Call("lookup", (*arguments, *parts))


def _value(relation: str, table: LookupTable, column: str) -> Query:
    """The sub-query as far as its WHERE: an aggregation has one row whether a row matches or not."""
    word = _word(table, column)
    latest = ", ".join(f"l.{quote_identifier(name)}" for name in _order(table))
    found = f"arg_max_null(l.{quote_identifier(column)}, ROW({latest or 0}))"
    return Query(
        f"SELECT coalesce({found}, {table.defaults.get(column) or default_sql(word)}) FROM {relation} AS l", word
    )


def _order(table: LookupTable) -> list[str]:
    """The columns by which one row is later than another; the tables of the system have none."""
    return [name for name in _LATEST if name in table.types]


def written_arguments(call: Call) -> tuple[Node, ...]:
    """The arguments of a resolved call as they were written."""
    return tuple(one for one in call.arguments if not isinstance(one, Query))


def _text(node: Node) -> str:
    match node:
        case Literal(str(text)):
            return text
        case _:
            raise ValidationFault(_FORM)


def _column(written: str, table: LookupTable, name: str) -> str:
    """The column in the schema's spelling."""
    spelled = next((known for known in table.types if known.lower() == name.lower()), None)
    if spelled is None:
        raise ValidationFault(f"LOOKUP: table '{written}' has no column '{name}'")
    return spelled


def _word(table: LookupTable, column: str) -> str:
    return table.types[column].word


def _render(arguments: Sequence[Typed], _: Context) -> Typed:
    """`table, column, (key name, value) * n, sub-query, key * n`."""
    pairs = len(arguments) // 3 - 1
    if pairs < 1 or len(arguments) % 3:
        raise ValidationFault(_FORM)
    values, query, keys = arguments[3 : 2 + 2 * pairs : 2], arguments[2 + 2 * pairs], arguments[3 + 2 * pairs :]
    matches = (f"{key.sql} = {convert(value, key.data_type)}" for key, value in zip(keys, values, strict=True))
    return Typed(f"({query.sql} WHERE {' AND '.join(matches)})", query.data_type)


LOOKUP: tuple[Function, ...] = (
    Function("lookup", 4, MANY, _render, "table, column, then pairs of key column and value; not found: the default"),
)
