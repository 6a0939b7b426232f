"""Arithmetic of INT and LONG where they stay what they are: what does not fit is the largest or smallest that does."""

from __future__ import annotations

from dialects.column_types import INT, duckdb_type

_INT_MAX = 2_147_483_647
_LONG_MAX = 9_223_372_036_854_775_807
_REPEATED_CHARS_MAX = 700
"""Operands stand several times in what is printed. Longer ones stand once, and what does not fit is an error."""


def whole_arithmetic(sign: str, left: str, right: str, data_type: str) -> str:
    """`left sign right` of two whole numbers, as `data_type`. Signs are + - *."""
    if _is_long(left, right):
        return f"(CAST({left} AS {duckdb_type(data_type)}) {sign} {right})"
    if data_type == INT:
        return within(f"(CAST({left} AS BIGINT) {sign} {right})", INT)
    near = f"(CAST({left} AS DOUBLE) {sign} {right})"
    exact, limit = f"(CAST({left} AS BIGINT) {sign} {right})", f"{float(_LONG_MAX)!r}"
    return f"CASE WHEN abs({near}) < {limit} THEN {exact} WHEN {near} > 0 THEN {_LONG_MAX} ELSE {_below(near)} END"


def _below(near: str) -> str:
    return f"CASE WHEN {near} < 0 THEN -{_LONG_MAX} - 1 END"


def whole_division(left: str, right: str, data_type: str) -> str:
    """Cut toward zero; by zero as Java narrows infinity and NaN."""
    if _is_long(left, right):
        return f"CAST({left} // nullif({right}, 0) AS {duckdb_type(data_type)})"
    limit = _limit(data_type)
    by_zero = f"CASE WHEN {left} > 0 THEN {limit} WHEN {left} < 0 THEN -{limit} - 1 WHEN {left} = 0 THEN 0 END"
    negated = f"CASE WHEN {left} < -{limit} THEN {limit} ELSE -{left} END"
    sql = f"CASE WHEN {right} = 0 THEN {by_zero} WHEN {right} = -1 THEN {negated} ELSE {left} // {right} END"
    return f"CAST({sql} AS {duckdb_type(data_type)})"


def whole_remainder(left: str, right: str, data_type: str) -> str:
    """With the sign of the dividend; by zero, and by -1, it is 0."""
    if _is_long(left, right):
        return f"CAST({left} % nullif({right}, 0) AS {duckdb_type(data_type)})"
    sql = f"CASE WHEN {right} IN (0, -1) THEN CASE WHEN {left} IS NOT NULL THEN 0 END ELSE {left} % {right} END"
    return f"CAST({sql} AS {duckdb_type(data_type)})"


def within(sql: str, data_type: str) -> str:
    """A wider whole number as INT or LONG."""
    limit = _limit(data_type)
    bounded = f"CASE WHEN {sql} > {limit} THEN {limit} WHEN {sql} < -{limit} - 1 THEN -{limit} - 1 ELSE {sql} END"
    return f"CAST({bounded} AS {duckdb_type(data_type)})"


def _is_long(left: str, right: str) -> bool:
    return len(left) + len(right) > _REPEATED_CHARS_MAX


def _limit(data_type: str) -> int:
    return _INT_MAX if data_type == INT else _LONG_MAX
