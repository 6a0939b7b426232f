"""Arithmetic and mathematics: DOUBLE, as in Pinot, so that nothing overflows and `1 % 0` is NaN (P29)."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import BIG_DECIMAL, DOUBLE, LONG
from dialects.conversions import Typed, convert
from dialects.decimals import decimal_arithmetic
from dialects.function_entry import MANY, Context, Function, Render, common_type, scalar, special


def _arithmetic(sign: str) -> Render:
    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        if any(value.data_type == BIG_DECIMAL for value in arguments) and sign in "+-*/":
            return Typed(decimal_arithmetic(sign, *arguments), BIG_DECIMAL)
        left, right = (convert(value, DOUBLE) for value in arguments)
        return Typed(f"({left} {sign} {right})", DOUBLE)

    return render


def _divide(arguments: Sequence[Typed], context: Context) -> Typed:
    """The third argument is the result of a division by zero."""
    if len(arguments) == 2:
        return _arithmetic("/")(arguments, context)
    dividend, divisor, default = (convert(one, DOUBLE) for one in arguments)
    return Typed(f"CASE WHEN {divisor} = 0 THEN {default} ELSE ({dividend} / {divisor}) END", DOUBLE)


def _extreme(function: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        data_type = common_type(arguments)
        values = [convert(value, data_type) for value in arguments]
        extreme = f"{function}({', '.join(values)})"
        if not context.null_handling:
            return Typed(extreme, data_type)
        present = " AND ".join(f"{value} IS NOT NULL" for value in values)
        return Typed(f"CASE WHEN {present} THEN {extreme} END", data_type)

    return render


def _one(name: str, sql: str, doc: str, *aliases: str) -> Function:
    return scalar(name, "d", DOUBLE, sql, doc, aliases=aliases)


MATH: tuple[Function, ...] = (
    special("plus", 2, 2, _arithmetic("+"), "DOUBLE, BIG_DECIMAL if an operand is", aliases=("add",)),
    special("minus", 2, 2, _arithmetic("-"), "DOUBLE, BIG_DECIMAL if an operand is", aliases=("sub",)),
    special("times", 2, 2, _arithmetic("*"), "DOUBLE, BIG_DECIMAL if an operand is", aliases=("mult",)),
    special(
        "divide", 2, 3, _divide, "real division; by zero: Infinity or NaN, or the third argument", aliases=("div",)
    ),
    special("mod", 2, 2, _arithmetic("%"), "sign of the dividend; by zero: NaN"),
    scalar("intdiv", "dd", LONG, "CAST(floor({0} / {1}) AS BIGINT)", "whole division"),
    _one("abs", "abs({0})", "absolute value"),
    _one("ceil", "ceil({0})", "up", "ceiling"),
    _one("floor", "floor({0})", "down"),
    _one("exp", "exp({0})", "e to the x"),
    _one("ln", "ln({0})", "natural logarithm", "log"),
    _one("log2", "log2({0})", "base 2"),
    _one("log10", "log10({0})", "base 10"),
    _one("sqrt", "sqrt({0})", "square root"),
    _one("cbrt", "cbrt({0})", "cube root"),
    _one("sign", "CAST(sign({0}) AS DOUBLE)", "-1, 0 or 1"),
    _one("sin", "sin({0})", "sine"),
    _one("cos", "cos({0})", "cosine"),
    _one("tan", "tan({0})", "tangent"),
    _one("cot", "cot({0})", "cotangent"),
    _one("asin", "asin({0})", "arc sine"),
    _one("acos", "acos({0})", "arc cosine"),
    _one("atan", "atan({0})", "arc tangent"),
    _one("sinh", "sinh({0})", "hyperbolic sine"),
    _one("cosh", "cosh({0})", "hyperbolic cosine"),
    _one("tanh", "tanh({0})", "hyperbolic tangent"),
    _one("degrees", "degrees({0})", "radians to degrees"),
    _one("radians", "radians({0})", "degrees to radians"),
    scalar("atan2", "dd", DOUBLE, "atan2({0}, {1})", "angle of (x, y)"),
    scalar("power", "dd", DOUBLE, "power({0}, {1})", "x to the y", aliases=("pow",)),
    scalar("hypot", "dd", DOUBLE, "sqrt({0} * {0} + {1} * {1})", "length of (x, y)"),
    scalar("gcd", "ll", LONG, "gcd({0}, {1})", "greatest common divisor"),
    scalar("lcm", "ll", LONG, "lcm({0}, {1})", "least common multiple"),
    scalar("rounddecimal", "di", DOUBLE, {1: "round({0})", 2: "round({0}, {1})"}, "round to digits"),
    scalar(
        "truncate",
        "di",
        DOUBLE,
        {1: "trunc({0})", 2: "(trunc({0} * power(10e0, {1})) / power(10e0, {1}))"},
        "cut to digits, toward zero",
    ),
    scalar("round", "ll", LONG, "({0} // {1} * {1})", "truncates to a multiple of n: decimals are roundDecimal"),
    special("least", 1, MANY, _extreme("least"), "smallest of the arguments, null if one is"),
    special("greatest", 1, MANY, _extreme("greatest"), "largest of the arguments, null if one is"),
)
