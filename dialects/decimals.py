"""Decimal text with the digits behind the point that Java's BigDecimal would have."""

from __future__ import annotations

from dialects.column_types import BIG_DECIMAL, DECIMAL_DUCKDB, is_integral
from dialects.conversions import Typed, convert, decimal_text
from dialects.java_numbers import double_text

_DIGITS = 9
"""Behind the point of a DECIMAL_DUCKDB."""
_REPEATED_CHARS_MAX = 700


def scale_sql(text_sql: str) -> str:
    """How many digits stand behind the point."""
    return f"CASE WHEN contains({text_sql}, '.') THEN length({text_sql}) - strpos({text_sql}, '.') ELSE 0 END"


def scaled_text(decimal_sql: str, scale: str) -> str:
    """A decimal with `scale` digits behind the point, of which no more than nine are kept."""
    text = f"CAST(CAST({decimal_sql} AS {DECIMAL_DUCKDB}) AS VARCHAR)"
    return f"rtrim(left({text}, length({text}) - {_DIGITS} + least({scale}, {_DIGITS})), '.')"


def decimal_arithmetic(sign: str, left: Typed, right: Typed) -> str:
    """`+ - * /` of two numbers, one of which is BIG_DECIMAL, as text."""
    whole_literals = sign in "-/"  # the others take a literal as a double
    texts = [_text(value, whole_literals) for value in (left, right)]
    first, second = (f"CAST({text} AS {DECIMAL_DUCKDB})" for text, _ in texts)
    if sum(len(text) for text, _ in texts) > _REPEATED_CHARS_MAX:
        return decimal_text(f"({first} {sign} {second})")
    scales = [scale for _, scale in texts]
    if sign == "/":
        return scaled_text(_quotient(first, second, scales[0]), scales[0])
    scale = f"(({scales[0]}) + ({scales[1]}))" if sign == "*" else f"greatest({scales[0]}, {scales[1]})"
    return scaled_text(f"({first} {sign} {second})", scale)


def _quotient(dividend: str, divisor: str, scale: str) -> str:
    return (
        f"CASE WHEN {divisor} = 0 THEN error('Division by zero') "
        f"ELSE round_even(CAST({dividend} AS DOUBLE) / {divisor}, CAST({scale} AS INTEGER)) END"
    )


def _text(value: Typed, whole_literals: bool) -> tuple[str, str]:
    """SQL of the number as text, and of its scale."""
    number = value.literal.value if value.literal is not None else None
    if isinstance(number, int | float) and not isinstance(number, bool):
        is_whole = whole_literals and is_integral(value.data_type)
        digits = "0" if is_whole else str(len(double_text(float(number)).partition(".")[2]))
        return convert(value, BIG_DECIMAL), digits
    text = convert(value, BIG_DECIMAL)
    return text, scale_sql(text)


def text_of_double(decimal_sql: str) -> str:
    """A decimal as if it had been a double: `58.0`, and `58000000` without a point."""
    text = decimal_text(decimal_sql)
    is_plain = f"NOT contains({text}, '.') AND abs({decimal_sql}) < 10000000"
    return f"CASE WHEN {is_plain} THEN {text} || '.0' ELSE {text} END"
