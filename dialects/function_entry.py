"""What one row of the function table is, and the short notation in which most rows are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dialects.column_types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    INT,
    LONG,
    STRING,
    TIMESTAMP,
    UNKNOWN,
    is_array,
    is_numeric,
    widest,
)
from dialects.conversions import Typed, convert
from dialects.faults import ValidationFault
from dialects.literals import quote_identifier
from dialects.tree import Literal

MANY = 1_000


def no_range(_: str) -> tuple[int, int] | None:
    """Nothing is known of any column."""
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """How to print: `relation` qualifies columns, `where` is the FILTER clause of the aggregate being printed."""

    null_handling: bool
    stored_nulls: bool
    relation: str = ""
    where: str = ""
    range_of: Callable[[str], tuple[int, int] | None] = no_range
    """About which whole numbers a column holds: a hint where a whole table is aggregated, and None elsewhere."""

    def column(self, name: str) -> str:
        return self.relation + quote_identifier(name)

    def filtered(self, condition: str) -> str:
        """`where` with one more condition."""
        first = " FILTER (WHERE "
        if self.where.startswith(first):
            return f"{first}{condition} AND {self.where.removeprefix(first)}"
        return f"{first}{condition}){self.where}"

    def null_flag(self, name: str) -> str:
        """The BOOLEAN companion column that says where a column's stored value was null."""
        return self.relation + quote_identifier(null_flag_name(name))


SEE_STORED_NULLS = frozenset({"is_null", "is_not_null", "coalesce", "ifnull"})
"""Functions that know a stored null of a column from its default."""


def null_flag_name(column: str) -> str:
    return f"$null.{column}"


Render = Callable[[Sequence[Typed], Context], Typed]
ResultType = str | Callable[[Sequence[Typed]], str]


@dataclass(frozen=True, slots=True)
class Function:
    """One row of the table: canonical name, arity, how it prints as DuckDB with which result type, and why so."""

    name: str
    minimum: int
    maximum: int
    render: Render
    doc: str
    aliases: tuple[str, ...] = ()
    aggregate: bool = False
    nullable: bool = False
    """Whether it can give NULL for arguments that are not null: without null handling the answer shows a default."""
    parameters: tuple[str, ...] = ()
    """Words for the arguments in order, where the row knows them: `STRING`, `moment`, `any`."""
    options: frozenset[str] = frozenset()
    """Names that may stand as its arguments and are no functions, as in `FUNNELCOUNT(STEPS(...), CORRELATEBY(x))`."""


def scalar(
    name: str,
    parameters: str,
    result: ResultType,
    template: str | Mapping[int, str],
    doc: str,
    *,
    aliases: Sequence[str] = (),
    nullable: bool = False,
) -> Function:
    """A function that is one DuckDB expression per number of arguments.

    `parameters` has one letter per argument: s STRING, l LONG, i INT, d DOUBLE, n any number as it is, b BOOLEAN,
    y BYTES, t a moment (TIMESTAMP or epoch milliseconds), a multi-value, x anything. A last `*` repeats the letter.
    """
    letters, repeated = parameters.rstrip("*"), parameters.endswith("*")
    templates = {len(letters): template} if isinstance(template, str) else template

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        kinds = letters + letters[-1] * (len(arguments) - len(letters)) if repeated else letters
        printed = [argument(value, kind, name) for value, kind in zip(arguments, kinds, strict=False)]
        sql = templates[len(letters) if repeated else len(arguments)].format(*printed, all=", ".join(printed))
        return Typed(sql, result if isinstance(result, str) else result(arguments))

    return Function(
        name,
        min(templates),
        MANY if repeated else max(templates),
        render,
        doc,
        tuple(aliases),
        nullable=nullable,
        parameters=tuple(_PARAMETER_WORDS[letter] for letter in letters),
    )


def special(
    name: str,
    minimum: int,
    maximum: int,
    render: Render,
    doc: str,
    *,
    aliases: Sequence[str] = (),
    nullable: bool = False,
) -> Function:
    """A function whose printing depends on its arguments."""
    return Function(name, minimum, maximum, render, doc, tuple(aliases), nullable=nullable)


_LETTER_TYPES = {"s": STRING, "l": LONG, "i": INT, "d": DOUBLE, "b": BOOLEAN, "y": BYTES, "t": TIMESTAMP}
_PARAMETER_WORDS = {**_LETTER_TYPES, "n": "number", "t": "moment", "a": "multi-value", "x": "any"}


def argument(value: Typed, kind: str, function: str) -> str:
    """SQL of an argument as a parameter letter wants it. Raises ValidationFault."""
    if kind == "a":
        return _multi_value(value, function)
    if kind == "x":
        return value.sql
    if is_array(value.data_type):
        raise ValidationFault(f"Function {function} does not take a multi-value argument of type {value.data_type}")
    if kind == "n":
        return value.sql if is_numeric(value.data_type) and value.data_type != "BIG_DECIMAL" else convert(value, DOUBLE)
    return convert(value, _LETTER_TYPES[kind])


def _multi_value(value: Typed, function: str) -> str:
    if not is_array(value.data_type):
        raise ValidationFault(f"Function {function} needs a multi-value argument, found {value.data_type}")
    return value.sql


def literal_text(value: Typed, function: str, what: str) -> str:
    """The text of an argument that must be written as a literal. Raises ValidationFault."""
    if value.literal is None or value.literal.value is None:
        raise ValidationFault(f"Function {function} needs a literal as its {what}")
    return value.literal.text


def literal_int(value: Typed, function: str, what: str) -> int:
    literal: Literal | None = value.literal
    if literal is None or isinstance(literal.value, bool) or not isinstance(literal.value, int):
        raise ValidationFault(f"Function {function} needs a whole number as its {what}")
    return literal.value


def same_type(arguments: Sequence[Typed]) -> str:
    return arguments[0].data_type


def common_type(arguments: Sequence[Typed]) -> str:
    """The type that holds all arguments. Raises ValidationFault for text beside numbers."""
    found = widest([value.data_type for value in arguments])
    if found is None:
        types = ", ".join(value.data_type for value in arguments)
        raise ValidationFault(f"Cannot find one type for arguments of types {types}")
    return STRING if found == UNKNOWN else found
