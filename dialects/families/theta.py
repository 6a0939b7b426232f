"""Theta sketches, and sets of them: DISTINCTCOUNTTHETASKETCH(x, '', 'a = 1', 'b = 2', 'SET_DIFF($1, $2)')."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dialects.column_types import BYTES, LONG, STRING, element_of
from dialects.conversions import Typed
from dialects.families.aggregate_entry import own
from dialects.families.distinct_counts import distinct_count
from dialects.families.predicates import condition
from dialects.families.sketches import parameters, power_of_two, sketch
from dialects.faults import ValidationFault
from dialects.function_entry import MANY, Context, Function, literal_text

_NAME = "distinctcountthetasketch"
_EXPRESSION_MAX_CHARS = 1_000
_TOKEN = re.compile(r"\s*(\$\d+|\w+|[(),])")
_SETS = {"setunion": "union", "setintersect": "intersect", "setdiff": "diff"}


def _count(arguments: Sequence[Typed], context: Context) -> Typed:
    if len(arguments) < 4 and element_of(arguments[0].data_type) != BYTES:
        _lg_entries(arguments)
        return distinct_count(LONG)(arguments, context)
    return Typed(f"coalesce(pinot_theta_estimate({_sketch(arguments, context)}), 0)", LONG)


def _raw(arguments: Sequence[Typed], context: Context) -> Typed:
    return Typed(f"to_base64({_sketch(arguments, context)})", STRING)


def _lg_entries(arguments: Sequence[Typed]) -> int:
    text = literal_text(arguments[1], _NAME, "parameters") if len(arguments) > 1 else ""
    return power_of_two(_NAME, parameters(text, _NAME, {"nominalentries": 4096})["nominalentries"])


def _sketch(arguments: Sequence[Typed], context: Context) -> str:
    lg_entries = _lg_entries(arguments)
    if len(arguments) < 4:
        return sketch("theta", arguments[0], lg_entries, context)
    value, _, *filters, expression = arguments
    conditions = [condition(one, context) for one in filters]
    text = literal_text(expression, _NAME, "set expression")
    return _Sets(value, conditions, lg_entries, context).read(text)


@dataclass(frozen=True, slots=True)
class _Sets:
    """`$0` is the sketch of all rows, `$n` that of the rows that meet the n-th condition."""

    value: Typed
    conditions: list[str]
    lg_entries: int
    context: Context

    def read(self, text: str) -> str:
        if len(text) > _EXPRESSION_MAX_CHARS:
            raise ValidationFault(
                f"Function {_NAME} takes a set expression of at most {_EXPRESSION_MAX_CHARS} characters"
            )
        tokens = iter(_tokens(text))
        sql = self._operand(next(tokens, ""), tokens)
        if next(tokens, None) is not None:
            raise _unreadable(text)
        return sql

    def _operand(self, token: str, tokens: Iterator[str]) -> str:
        if token.startswith("$"):
            return self._filtered(int(token[1:]))
        function = _SETS.get(token.replace("_", "").lower())
        if function is None or next(tokens, "") != "(":
            raise _unreadable(token)
        operands = [self._operand(next(tokens, ""), tokens)]
        while (separator := next(tokens, "")) == ",":
            operands.append(self._operand(next(tokens, ""), tokens))
        if separator != ")" or len(operands) < 2 or (function == "diff" and len(operands) > 2):
            raise _unreadable(token)
        return self._combined(function, operands)

    def _combined(self, function: str, operands: list[str]) -> str:
        sql, setting = operands[0], f", {self.lg_entries}" if function == "union" else ""
        for operand in operands[1:]:
            sql = f"pinot_theta_{function}({sql}, {operand}{setting})"
        return sql

    def _filtered(self, number: int) -> str:
        if number > len(self.conditions):
            raise ValidationFault(f"Function {_NAME} has {len(self.conditions)} conditions, found ${number}")
        where = self.context.filtered(self.conditions[number - 1]) if number else self.context.where
        made = sketch("theta", self.value, self.lg_entries, replace(self.context, where=where))
        return f"coalesce({made}, pinot_theta_of_bigint([], {self.lg_entries}))"


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unreadable(text)
        yield found.group(1)
        at = found.end()


def _unreadable(text: str) -> ValidationFault:
    return ValidationFault(
        f"Function {_NAME} cannot read '{text[:100]}': use $1, $2, ... in SET_UNION, SET_INTERSECT and SET_DIFF"
    )


THETA: tuple[Function, ...] = (
    own(_NAME, 1, MANY, _count, "exact here; of sets and of sketches within 2 %", (f"{_NAME}mv",)),
    Function("distinctcountrawthetasketch", 1, MANY, _raw, "approximate; base64", aggregate=True, nullable=True),
)
