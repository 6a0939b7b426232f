"""GAPFILL: rows for each moment of a time series, in a statement of up to three SELECTs within each other.

The innermost SELECT asks the table. GAPFILL stands in it, or in the one around it if that one aggregates; whatever is
around GAPFILL is a SELECT over the filled rows. This is the one nested FROM of the single-stage engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from dialects.bound_query import OutputColumn
from dialects.conversions import Typed
from dialects.families.datetime import format_to_ms
from dialects.families.time_units import DateTimeFormat, parse_format, parse_granularity
from dialects.faults import MultiStageFault, SyntaxFault, ValidationFault
from dialects.gapfill_sql import Series
from dialects.literals import literal_sql
from dialects.lowering import canonical_function
from dialects.token_rules import CALL_MARK
from dialects.tree import Literal, number, string

LEVELS_MAX = 3
_FILLS = ("FILL_PREVIOUS_VALUE", "FILL_DEFAULT_VALUE")
_FORM = (
    "GAPFILL needs (time, 'format', 'start', 'end', 'granularity', FILL(column, 'FILL_PREVIOUS_VALUE'), ..., "
    "TIMESERIESON(columns))"
)


@dataclass(frozen=True, slots=True)
class Gapfill:
    """What a call asks for. `start` and `end` are moments in `format`, `step_ms` the distance of the series' moments.

    `window_ms`: the length of the time that a SELECT around it aggregates into one row.
    """

    format: DateTimeFormat
    start: Literal
    end: Literal
    step_ms: int
    window_ms: int
    previous: frozenset[str]
    series: tuple[str, ...]

    def over(self, columns: Sequence[OutputColumn], time: int, *, windowed: bool) -> Series:
        """The same for a relation of these columns, of which the one at `time` has the moments. Raises ValidationFault.

        `windowed`: what is around it aggregates.
        """
        names = [column.name for column in columns]
        return Series(
            columns=tuple(columns),
            time=time,
            keys=tuple(_place(name, names, "TIMESERIESON") for name in self.series),
            previous=frozenset(_place(name, names, "FILL") for name in self.previous),
            format=self.format,
            start=self._moment(self.start),
            end=self._moment(self.end),
            step_ms=self.step_ms,
            window_ms=self.window_ms if windowed else self.step_ms,
        )

    def _moment(self, literal: Literal) -> str:
        return format_to_ms(Typed(literal_sql(literal), literal.data_type, literal=literal), self.format)


def levels(tree: exp.Select) -> list[exp.Select]:
    """The SELECTs of the statement, the outermost first. Raises MultiStageFault for any other nesting."""
    found = [tree]
    while isinstance(source := _source(found[-1]), exp.Subquery):
        if not isinstance(source.this, exp.Select) or len(found) == LEVELS_MAX or source.args.get("joins"):
            raise MultiStageFault
        found.append(source.this)
    return found


def _source(tree: exp.Select) -> exp.Expr | None:
    source = tree.args.get("from_")
    found: exp.Expr | None = source.this if source is not None else None
    return found


def gapfill_call(tree: exp.Select) -> tuple[int, exp.Anonymous] | None:
    """The place of GAPFILL in a select list, and the call."""
    for at, item in enumerate(tree.expressions):
        call = item.this if isinstance(item, exp.Alias) else item
        if isinstance(call, exp.Anonymous) and _name(call) == "gapfill":
            return at, call
    return None


def without_gapfill(tree: exp.Select) -> exp.Select:
    """The SELECT with the time alone in the place of GAPFILL, in ORDER BY too."""
    plain = tree.copy()
    for call in [one for one in plain.find_all(exp.Anonymous) if _name(one) == "gapfill"]:
        call.replace(call.expressions[0].copy())
    return plain


def read_gapfill(call: exp.Anonymous) -> Gapfill:
    """Raises QueryFault."""
    if len(call.expressions) < 6:
        raise ValidationFault(_FORM)
    _, form, start, end, step, *options = call.expressions
    window = options.pop(0) if isinstance(options[0], exp.Literal) else step
    fills, series = _options(options)
    return Gapfill(
        format=parse_format(_text(form)),
        start=_literal(start),
        end=_literal(end),
        step_ms=parse_granularity(_text(step)),
        window_ms=parse_granularity(_text(window)),
        previous=frozenset(column for column, fill in fills if fill == _FILLS[0]),
        series=series,
    )


def _options(options: Iterable[exp.Expr]) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """(column, how) of each FILL, and the columns of TIMESERIESON."""
    fills: list[tuple[str, str]] = []
    series: tuple[str, ...] | None = None
    for option in options:
        name = _name(option) if isinstance(option, exp.Anonymous) else ""
        if name == "fill" and len(option.expressions) == 2:
            fills.append((_column(option.expressions[0]), _fill(option.expressions[1])))
        elif name == "timeserieson":
            series = tuple(map(_column, option.expressions))
        else:
            raise ValidationFault(_FORM)
    if series is None:
        raise ValidationFault("The TimeSeriesOn expressions should be specified.")
    return fills, series


def _fill(expression: exp.Expr) -> str:
    text = _text(expression)
    if text not in _FILLS:
        raise ValidationFault(f"FILL takes {' or '.join(_FILLS)}, found '{text}'")
    return text


def _name(call: exp.Anonymous) -> str:
    return canonical_function(str(call.this).removeprefix(CALL_MARK))


def _column(expression: exp.Expr) -> str:
    if not isinstance(expression, exp.Column):
        raise ValidationFault(_FORM)
    return ".".join(part.name for part in expression.parts)


def _text(expression: exp.Expr) -> str:
    if not isinstance(expression, exp.Literal):
        raise ValidationFault(_FORM)
    return expression.name


def _literal(expression: exp.Expr) -> Literal:
    text = _text(expression)
    return number(int(text)) if expression.is_int else string(text)


def _place(name: str, names: Sequence[str], option: str) -> int:
    for at, known in enumerate(names):
        if known.lower() == name.lower():
            return at
    raise ValidationFault(f"{option} column '{name}' is not present in the SELECT list")


def time_place(call: exp.Anonymous, columns: Sequence[OutputColumn]) -> int:
    """Where the SELECT below has the time. Raises SyntaxFault."""
    names = [column.name.lower() for column in columns]
    time = call.expressions[0]
    if not isinstance(time, exp.Column) or _column(time).lower() not in names:
        raise SyntaxFault("GAPFILL around an aggregation takes a column of it as its time")
    return names.index(_column(time).lower())
