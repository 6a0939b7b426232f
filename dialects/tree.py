"""The tree that binding works on: columns, literals and calls. Operators are calls, as in Pinot's own query context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dialects.column_types import BIG_DECIMAL, BOOLEAN, DOUBLE, INT, LONG, STRING, UNKNOWN, ColumnType
from dialects.java_numbers import double_text

Scalar = str | int | float | bool | None

_INT_RANGE = range(-(2**31), 2**31)
_LONG_RANGE = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the schema, in the schema's spelling."""

    name: str
    type: ColumnType


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written: `text` is what Pinot shows of it, `value` the Python scalar.

    `stated` is its type where the value alone does not say it: 2 that came out of 1 + 1 is LONG.
    """

    value: Scalar
    text: str
    stated: str | None = None

    @property
    def data_type(self) -> str:
        if self.stated is not None:
            return self.stated
        if self.value is None:
            return UNKNOWN
        if isinstance(self.value, bool):
            return BOOLEAN
        if isinstance(self.value, int):
            return INT if self.value in _INT_RANGE else LONG if self.value in _LONG_RANGE else BIG_DECIMAL
        return DOUBLE if isinstance(self.value, float) else STRING


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator by its canonical name (`plus`, `equals`, `distinctcounthll`)."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Star:
    """The `*` of COUNT(*) and of the select list."""


@dataclass(frozen=True, slots=True)
class Query:
    """A sub-query in an expression, printed already: its one value, or the condition EXISTS."""

    sql: str
    data_type: str


Node = Column | Literal | Call | Star | Query


def string(text: str) -> Literal:
    return Literal(text, text)


def number(value: int | float) -> Literal:
    return Literal(value, double_text(value) if isinstance(value, float) else str(value))


def whole(value: int) -> Literal:
    """A LONG, however small."""
    return Literal(value, str(value), LONG)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, Call):
            pending.extend(reversed(current.arguments))
