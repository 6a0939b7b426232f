"""Comparisons and conditions, with Pinot's meaning over multi-value columns: some element matches, or none does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dialects.column_types import (
    BIG_DECIMAL,
    BOOLEAN,
    DECIMAL_DUCKDB,
    DOUBLE,
    LONG,
    STRING,
    TEXTUAL,
    TIMESTAMP,
    element_of,
    is_array,
    is_integral,
    is_numeric,
    widest,
)
from dialects.comparisons import FLIPPED, SIGNS, compare_literal, in_values
from dialects.conversions import Typed, convert, convert_sql
from dialects.faults import SyntaxFault, ValidationFault
from dialects.function_entry import MANY, Context, Function, literal_text, special
from dialects.literals import quote_string, value_sql
from dialects.tree import Literal


def _comparison(function: str) -> Callable[[Sequence[Typed], Context], Typed]:
    sign = SIGNS[function]

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        left, right = arguments
        return Typed(compare(sign, left, right, context), BOOLEAN)

    return render


def compare(sign: str, left: Typed, right: Typed, context: Context) -> str:
    """SQL of a comparison; literals take the other side's type, a multi-value left side matches by any element."""
    if left.literal is not None and right.literal is None:
        return compare(FLIPPED[sign], right, left, context)
    if is_array(left.data_type):
        return _compare_elements(sign, left, right, context)
    if right.literal is not None and left.literal is None:
        return _compare_with_literal(sign, left.sql, left.data_type, right.literal, context)
    return _compare_expressions(sign, left, right)


def _compare_with_literal(sign: str, sql: str, data_type: str, literal: Literal, context: Context) -> str:
    outcome = compare_literal(sign, data_type, literal)
    if isinstance(outcome, bool):
        return _always(outcome, sql, context)
    subject = f"CAST({sql} AS {DECIMAL_DUCKDB})" if data_type == BIG_DECIMAL else sql
    return f"({subject} {outcome[0]} {value_sql(outcome[1], data_type)})"


def _always(outcome: bool, sql: str, context: Context) -> str:
    if not context.null_handling:
        return "TRUE" if outcome else "FALSE"
    return f"(CASE WHEN {sql} IS NOT NULL THEN {'TRUE' if outcome else 'FALSE'} END)"


def _compare_elements(sign: str, left: Typed, right: Typed, context: Context) -> str:
    if right.literal is None:
        raise SyntaxFault("A multi-value column can be compared with literals only")
    positive = "=" if sign == "<>" else sign
    condition = _compare_with_literal(positive, "e", element_of(left.data_type), right.literal, context)
    return _elements(left.sql, condition, negate=sign == "<>")


def _elements(sql: str, condition: str, *, negate: bool) -> str:
    found = f"len(list_filter({sql}, lambda e: {condition}))"
    return f"({found} = 0)" if negate else f"({found} > 0)"


def _compare_expressions(sign: str, left: Typed, right: Typed) -> str:
    if is_array(right.data_type):
        raise SyntaxFault("A multi-value column can be compared with literals only")
    common = _comparable_type(left.data_type, right.data_type)
    return f"({_as_comparable(left, common)} {sign} {_as_comparable(right, common)})"


def _as_comparable(value: Typed, common: str) -> str:
    plain = is_numeric(value.data_type) and is_numeric(common) and BIG_DECIMAL not in (value.data_type, common)
    sql = value.sql if plain or value.data_type == common else convert(value, common)
    return f"CAST({sql} AS {DECIMAL_DUCKDB})" if common == BIG_DECIMAL else sql


def _comparable_type(left: str, right: str) -> str:
    if left == right:
        return left
    if TIMESTAMP in (left, right):
        other = right if left == TIMESTAMP else left
        return TIMESTAMP if other in TEXTUAL else LONG if is_integral(other) else DOUBLE
    return widest([left, right]) or (DOUBLE if is_numeric(left) or is_numeric(right) else STRING)


def _membership(*, negate: bool) -> Callable[[Sequence[Typed], Context], Typed]:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        subject, *candidates = arguments
        literals = [candidate.literal for candidate in candidates]
        if not all(literals):
            raise SyntaxFault("IN takes literals only")
        return Typed(_in(subject, [one for one in literals if one is not None], context, negate=negate), BOOLEAN)

    return render


def _in(subject: Typed, literals: list[Literal], context: Context, *, negate: bool) -> str:
    data_type = element_of(subject.data_type)
    many = is_array(subject.data_type)
    values = in_values(data_type, literals)
    sql = "e" if many else subject.sql
    if not values:
        return _always(negate, subject.sql, context)
    left = f"CAST({sql} AS {DECIMAL_DUCKDB})" if data_type == BIG_DECIMAL else sql
    word = "NOT IN" if negate and not many else "IN"
    printed = f"{left} {word} ({', '.join(value_sql(value, data_type) for value in values)})"
    return _elements(subject.sql, printed, negate=negate) if many else f"({printed})"


def _between(arguments: Sequence[Typed], context: Context) -> Typed:
    subject, low, high = arguments
    if not is_array(subject.data_type):
        above, below = compare(">=", subject, low, context), compare("<=", subject, high, context)
        return Typed(f"({above} AND {below})", BOOLEAN)
    element = Typed("e", element_of(subject.data_type))
    condition = f"{compare('>=', element, low, context)} AND {compare('<=', element, high, context)}"
    return Typed(_elements(subject.sql, condition, negate=False), BOOLEAN)


def _like(arguments: Sequence[Typed], _: Context) -> Typed:
    subject, pattern = arguments
    text = literal_text(pattern, "like", "pattern")
    trailing = len(text) - len(text.rstrip("\\"))
    complete = text + "\\" * (trailing % 2)
    # without letters case does not matter, and LIKE is nearly twice as fast
    word = "LIKE" if complete.lower() == complete.upper() else "ILIKE"
    return _per_element(subject, lambda sql: f"({sql} {word} {quote_string(complete)} ESCAPE '\\')")


def _regexp_like(arguments: Sequence[Typed], _: Context) -> Typed:
    flags = literal_text(arguments[2], "regexplike", "match parameter") if len(arguments) == 3 else ""
    if flags not in ("", "c", "i"):
        raise ValidationFault(f"Unsupported match parameter of regexp_like: '{flags}', use 'c' or 'i'")
    pattern = convert(arguments[1], STRING)
    option = ", 'i'" if flags == "i" else ""
    return _per_element(arguments[0], lambda sql: f"regexp_matches({sql}, {pattern}{option})")


def _per_element(subject: Typed, condition: Callable[[str], str]) -> Typed:
    if not is_array(subject.data_type):
        return Typed(condition(convert(subject, STRING)), BOOLEAN)
    element = convert_sql("e", element_of(subject.data_type), STRING)
    return Typed(_elements(subject.sql, condition(element), negate=False), BOOLEAN)


def _connective(word: str) -> Callable[[Sequence[Typed], Context], Typed]:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        return Typed("(" + f" {word} ".join(condition(value, context) for value in arguments) + ")", BOOLEAN)

    return render


def condition(value: Typed, context: Context) -> str:
    """A value where a condition stands: `WHERE flag` means `flag = true`."""
    if value.data_type == BOOLEAN:
        return value.sql
    return compare("=", value, Typed("TRUE", BOOLEAN, literal=Literal(True, "true")), context)


def _not(arguments: Sequence[Typed], context: Context) -> Typed:
    return Typed(f"(NOT {condition(arguments[0], context)})", BOOLEAN)


def _is_null(*, negate: bool) -> Callable[[Sequence[Typed], Context], Typed]:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value = arguments[0]
        if context.null_handling or (value.literal is not None and value.literal.value is None):
            return Typed(f"({value.sql} IS {'NOT ' if negate else ''}NULL)", BOOLEAN)
        if context.stored_nulls and value.column is not None:
            return Typed(f"({'NOT ' if negate else ''}{context.null_flag(value.column)})", BOOLEAN)
        return Typed("TRUE" if negate else "FALSE", BOOLEAN)

    return render


def _is(word: str) -> Callable[[Sequence[Typed], Context], Typed]:
    return lambda arguments, context: Typed(f"({condition(arguments[0], context)} IS {word})", BOOLEAN)


def _distinct_from(sign: str) -> Callable[[Sequence[Typed], Context], Typed]:
    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        left, right = arguments
        common = _comparable_type(left.data_type, right.data_type)
        return Typed(f"({_as_comparable(left, common)} {sign} {_as_comparable(right, common)})", BOOLEAN)

    return render


PREDICATES: tuple[Function, ...] = (
    *(special(name, 2, 2, _comparison(name), f"x {sign} y") for name, sign in SIGNS.items()),
    special("in", 2, MANY * MANY, _membership(negate=False), "x IN (literals)"),
    special("not_in", 2, MANY * MANY, _membership(negate=True), "x NOT IN (literals): no element of a multi-value x"),
    special("between", 3, 3, _between, "both ends belong to it"),
    special("like", 2, 2, _like, "ignores case; % _ and \\ as escape"),
    special("regexp_like", 2, 3, _regexp_like, "finds the pattern anywhere; RE2 syntax", aliases=("regexplikevar",)),
    special("and", 2, MANY * MANY, _connective("AND"), "all"),
    special("or", 2, MANY * MANY, _connective("OR"), "any"),
    special("not", 1, 1, _not, "negation"),
    special("is_null", 1, 1, _is_null(negate=False), "false unless nulls are stored"),
    special("is_not_null", 1, 1, _is_null(negate=True), "true unless nulls are stored"),
    special("istrue", 1, 1, _is("TRUE"), "IS TRUE"),
    special("isfalse", 1, 1, _is("FALSE"), "IS FALSE"),
    special("isnottrue", 1, 1, _is("NOT TRUE"), "IS NOT TRUE"),
    special("isnotfalse", 1, 1, _is("NOT FALSE"), "IS NOT FALSE"),
    special("isdistinctfrom", 2, 2, _distinct_from("IS DISTINCT FROM"), "null-safe inequality"),
    special("isnotdistinctfrom", 2, 2, _distinct_from("IS NOT DISTINCT FROM"), "null-safe equality"),
)
