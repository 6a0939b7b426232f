"""Mathematics beside the everyday: remainders, limits, buckets, and what NaN and infinity are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dialects.column_types import BIG_DECIMAL, BYTES, DECIMAL_DUCKDB, DOUBLE, INT, LONG, STRING
from dialects.conversions import Typed, convert, decimal_text
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, Render, common_type, scalar, special


def _remainder(template: str) -> Render:
    """Of the wider of both types."""

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        data_type = common_type(arguments)
        left, right = (_countable(value, data_type) for value in arguments)
        sql = template.format(left, right)
        return Typed(decimal_text(sql) if data_type == BIG_DECIMAL else sql, data_type)

    return render


def _countable(value: Typed, data_type: str) -> str:
    sql = convert(value, data_type)
    return f"CAST({sql} AS {DECIMAL_DUCKDB})" if data_type == BIG_DECIMAL else sql


def _negate(arguments: Sequence[Typed], _: Context) -> Typed:
    value = arguments[0]
    data_type = common_type(arguments)
    sql = f"(-{_countable(value, data_type)})"
    return Typed(decimal_text(sql) if data_type == BIG_DECIMAL else sql, data_type)


def _width_bucket(arguments: Sequence[Typed], _: Context) -> Typed:
    """Raises ValidationFault for literal bounds that are no range."""
    low, high = (_literal_number(value) for value in arguments[1:3])
    count = _literal_number(arguments[3])
    if (low is not None and high is not None and not low < high) or (count is not None and count <= 0):
        raise ValidationFault("widthBucket needs a low bound below the high one and at least one bucket")
    value, start, end = (convert(argument, DOUBLE) for argument in arguments[:3])
    buckets = convert(arguments[3], LONG)
    inside = f"trunc(({value} - {start}) / ({end} - {start}) * {buckets}) + 1"
    sql = f"CASE WHEN {value} < {start} THEN 0 WHEN {value} >= {end} THEN {buckets} + 1 ELSE {inside} END"
    return Typed(f"CAST({sql} AS INTEGER)", INT)


def _literal_number(value: Typed) -> float | None:
    number = value.literal.value if value.literal is not None else None
    return float(number) if isinstance(number, int | float) else None


def _flag(name: str, sql: str, doc: str) -> Function:
    return scalar(name, "d", INT, f"CAST({sql} AS INTEGER)", doc)


_WHOLE = "CAST(floor({0} / {1}) AS BIGINT)"
_REST = "({0} % nullif({1}, 0))"
_POSITIVE = f"(CASE WHEN {_REST} < 0 THEN {_REST} + abs({{1}}) ELSE {_REST} END)"

NUMBERS: tuple[Function, ...] = (
    scalar("intdivorzero", "dd", LONG, f"CASE WHEN {{1}} = 0 THEN 0 ELSE {_WHOLE} END", "whole division, 0 by zero"),
    special(
        "moduloorzero",
        2,
        2,
        _remainder(f"(CASE WHEN {{1}} = 0 THEN {{1}} ELSE {_REST} END)"),
        "remainder of the wider type, 0 by zero",
    ),
    special(
        "positivemodulo",
        2,
        2,
        _remainder(_POSITIVE),
        "remainder of the wider type that is not negative",
        nullable=True,
    ),
    special("negate", 1, 1, _negate, "of the same type; the least number has no negative and fails"),
    _flag("isfinite", "isfinite({0})", "1 or 0"),
    _flag("isinfinite", "isinf({0})", "1 or 0"),
    _flag("isnan", "isnan({0})", "1 or 0"),
    scalar("ifnotfinite", "dd", DOUBLE, "CASE WHEN isfinite({0}) THEN {0} ELSE {1} END", "else the second"),
    scalar("exp2", "d", DOUBLE, "power(2e0, {0})", "2 to the x"),
    scalar("exp10", "d", DOUBLE, "power(10e0, {0})", "10 to the x"),
    scalar("log1p", "d", DOUBLE, "pinot_log1p({0})", "logarithm of 1 + x"),
    scalar("sigmoid", "d", DOUBLE, "(1e0 / (1e0 + exp(-{0})))", "1 / (1 + e^-x)"),
    scalar("asinh", "d", DOUBLE, "asinh({0})", "area hyperbolic sine"),
    scalar("acosh", "d", DOUBLE, "CASE WHEN {0} < 1 THEN 'NaN'::DOUBLE ELSE acosh({0}) END", "area hyperbolic cosine"),
    scalar("atanh", "d", DOUBLE, "CASE WHEN abs({0}) > 1 THEN 'NaN'::DOUBLE ELSE atanh({0}) END", "area tangent"),
    scalar("pi", "", DOUBLE, f"{math.pi!r}e0", "3.14159..."),
    scalar("e", "", DOUBLE, f"{math.e!r}e0", "2.71828...", aliases=("euler",)),
    scalar("factorial", "l", LONG, "pinot_factorial({0})", "of 0 to 20"),
    special("widthbucket", 4, 4, _width_bucket, "1 to n of a range cut in n; 0 below, n + 1 above"),
    scalar(
        "hexdecimaltolong",
        "s",
        LONG,
        "CAST('0x' || regexp_replace({0}, '^0[xX]', '') AS BIGINT)",
        "of digits",
    ),
    scalar("longtohexdecimal", "l", STRING, "coalesce(nullif(ltrim(lower(hex({0})), '0'), ''), '0')", "digits"),
    scalar("bigdecimaltobytes", "x", BYTES, "pinot_decimal_octets(CAST({0} AS VARCHAR))", "scale and digits"),
    scalar("bytestobigdecimal", "y", BIG_DECIMAL, "pinot_decimal_text({0})", "of scale and digits"),
)
