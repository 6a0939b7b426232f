"""Expressions of the config as steps in SQL: printed by `dialects`, in order of their dependence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from dialects.column_types import ColumnType, array_of, duckdb_type
from dialects.expressions import ScalarExpression, print_scalar
from dialects.pinot import parse_expression
from engine.projection import RELATION
from ingest.decoders.base import Columns, Refused, SourceColumn
from segments.arrow_schema import arrow_type

DROP = "$drop"
SHOWN_MAX = 60

_QUOTED_NUMBER = re.compile(r'"-?[0-9]+(\.[0-9]+)?"')


class InvalidTransforms(ValueError):
    """Transforms depend on each other in a circle."""


@dataclass(frozen=True, slots=True)
class Step:
    """One expression of the config: `sql` gives `column` as Arrow `kind`, from `inputs`; a value there is stays."""

    column: str
    text: str
    made: str
    """The expression itself, in SQL and in the column's type."""
    inputs: tuple[str, ...]
    kind: pa.DataType

    @property
    def sql(self) -> str:
        """A transform is evaluated only where its column is null."""
        return self.made if self.column == DROP else f"coalesce({_quoted(self.column)}, {self.made})"

    def refusal(self, at: int, table: pa.Table) -> Refused:
        """Why row `at` of `table` is refused."""
        values = ", ".join(f"{name} = {_shown(table.column(name)[at])}" for name in self.inputs)
        what = "the filter" if self.column == DROP else f"the transform of {self.column!r},"
        return Refused(at, f"{what} {self.text} fails for {values}", "" if self.column == DROP else f"$.{self.column}")


def steps_of(transforms: Sequence[tuple[str, str]], filter_expression: str | None, source: Columns) -> list[Step]:
    """Transforms, each after those that it reads, and the filter last. Raises QueryFault, InvalidTransforms."""
    types = {name: ColumnType(c.data_type, c.multi_value) for name, c in source.items()}
    texts = dict(transforms)
    printed = {column: print_scalar(_constant(text), types, None) for column, text in transforms}
    steps = [_filling(column, texts[column], printed[column], source[column]) for column in _ordered(printed)]
    if filter_expression is not None:
        steps.append(_dropping(filter_expression, print_scalar(filter_expression, types, None)))
    return steps


def projection(steps: Sequence[Step], fresh: bool) -> str:
    """Nested selects, one for each depth of dependence: a transform sees the results of those that it reads.

    `fresh` says that no column of a transform has a value yet: then none is looked at.
    """
    relation = RELATION
    for level in _levels(steps):
        made = ", ".join(f"{step.made if fresh else step.sql} AS {_quoted(step.column)}" for step in level)
        relation = f"(SELECT {_others(level)}, {made} FROM {relation})"
    return f"SELECT {', '.join(_quoted(step.column) for step in steps)} FROM {relation}"


def guarded_projection(steps: Sequence[Step]) -> str:
    """As `projection`, but a value that fails is null, and `failed(column)` is true where it did.

    TRY gives null for what fails, a struct for all else.
    """
    relation = RELATION
    for level in _levels(steps):
        tried = [
            (_quoted(step.column), _quoted(failed(step.column)), f'"$tried {at}"') for at, step in enumerate(level)
        ]
        tries = ", ".join(
            f"TRY({{'v': {step.sql}}}) AS {name}" for step, (_, _, name) in zip(level, tried, strict=True)
        )
        made = ", ".join(f"{name}.v AS {column}, {name} IS NULL AS {lost}" for column, lost, name in tried)
        hidden = ", ".join(name for _, _, name in tried)
        relation = f"(SELECT * EXCLUDE ({hidden}), {made} FROM (SELECT {_others(level)}, {tries} FROM {relation}))"
    wanted = [_quoted(name) for step in steps for name in (step.column, failed(step.column))]
    return f"SELECT {', '.join(wanted)} FROM {relation}"


def failed(column: str) -> str:
    """The column of a guarded projection that says where `column`'s expression failed."""
    return f"$failed {column}"


def _others(level: Sequence[Step]) -> str:
    """All columns but those that the level fills."""
    filled = [_quoted(step.column) for step in level if step.column != DROP]
    return f"* EXCLUDE ({', '.join(filled)})" if filled else "*"


def _levels(steps: Sequence[Step]) -> list[list[Step]]:
    """Steps by depth: each reads only what steps of the levels before it made."""
    depth: dict[str, int] = {}
    for step in steps:
        depth[step.column] = 1 + max((depth[name] for name in step.inputs if name in depth), default=-1)
    return [[step for step in steps if depth[step.column] == at] for at in range(max(depth.values(), default=-1) + 1)]


def with_source_fields(
    transforms: Sequence[tuple[str, str]], drop: str | None, columns: Columns, source_types: Columns
) -> Columns:
    """The table's columns and every other field that an expression names or fills."""
    texts = [text for _, text in transforms] + ([drop] if drop is not None else [])
    named = [_dotted(column) for text in texts for column in parse_expression(text).find_all(exp.Column)]
    fields = [*named, *(column for column, _ in transforms)]
    typed = {name: source_types.get(name, SourceColumn("STRING", False)) for name in fields}
    return {**columns, **{name: column for name, column in typed.items() if name not in columns}}


def _dotted(column: exp.Column) -> str:
    """`a.b` unquoted is the field `a.b`, as complex types name it."""
    return ".".join(part.name for part in column.parts)


def _constant(text: str) -> str:
    """A number alone may stand in double quotes (contract 7.6)."""
    return text.strip()[1:-1] if _QUOTED_NUMBER.fullmatch(text.strip()) else text


def _ordered(printed: Mapping[str, ScalarExpression]) -> list[str]:
    """Columns so that each comes after those that its expression reads. Raises InvalidTransforms for a circle."""
    ordered: list[str] = []
    waiting = dict(printed)
    while waiting:
        ready = [c for c, e in waiting.items() if not (e.columns & waiting.keys()) - {c}]
        if not ready:
            raise InvalidTransforms(f"transforms of {sorted(waiting)} depend on each other in a circle")
        ordered += ready
        waiting = {c: e for c, e in waiting.items() if c not in ready}
    return ordered


def _filling(column: str, text: str, printed: ScalarExpression, target: SourceColumn) -> Step:
    kind = arrow_type(target.data_type, target.multi_value)
    return Step(column, text, _as(printed, target), tuple(sorted(printed.columns)), kind)


def _dropping(text: str, printed: ScalarExpression) -> Step:
    return Step(DROP, text, f"coalesce({printed.sql}, false)", tuple(sorted(printed.columns)), pa.bool_())


def _as(expression: ScalarExpression, column: SourceColumn) -> str:
    """The expression in the column's type; a number in a TIMESTAMP column is epoch milliseconds."""
    if column.data_type == "TIMESTAMP" and expression.data_type in ("INT", "LONG", "DOUBLE", "FLOAT"):
        return f"epoch_ms(CAST({expression.sql} AS BIGINT))"
    target = array_of(column.data_type) if column.multi_value else column.data_type
    return f"CAST({expression.sql} AS {duckdb_type(target)})"


def _shown(value: pa.Scalar) -> str:
    text = repr(value.as_py())
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 3]}..."


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
