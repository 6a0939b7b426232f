"""Printed expressions with their Pinot type, and how a value of one type becomes another (CAST and argument types)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dialects.column_types import (
    BIG_DECIMAL,
    BOOLEAN,
    BYTES,
    DECIMAL_DUCKDB,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    TEXTUAL,
    TIMESTAMP,
    UNKNOWN,
    element_of,
    is_array,
)
from dialects.faults import ValidationFault
from dialects.literals import coerce, literal_sql, null_sql, quote_string, value_sql
from dialects.tree import Literal

# Numbers that are cut or wrapped, where the literal of a comparison would be refused.
_NARROWING = frozenset({(LONG, INT), (DOUBLE, INT), (DOUBLE, LONG), (BIG_DECIMAL, INT), (BIG_DECIMAL, LONG)})
_LONG_MAX = 9_223_372_036_854_775_807


@dataclass(frozen=True, slots=True)
class Typed:
    """DuckDB SQL of Pinot type `data_type`; `literal` and `column` say what it is when it is no more than that.

    `parts` are the arguments of an option such as `STEPS(a, b)`, whose name is then the `data_type`.
    """

    sql: str
    data_type: str
    literal: Literal | None = None
    column: str | None = None
    parts: tuple[Typed, ...] = ()


def convert(value: Typed, target: str) -> str:
    """SQL of `value` as the Pinot type `target`, with Java's rules. Raises ValidationFault where Pinot has no cast."""
    if value.data_type == UNKNOWN:
        return null_sql(target)
    if is_array(target):
        return _to_array(value, target)
    if is_array(value.data_type):
        raise ValidationFault(f"Cannot convert a multi-value expression of type {value.data_type} to {target}")
    if value.literal is not None and value.literal.data_type != target:
        return _convert_literal(value.literal, target)
    return convert_sql(value.sql, value.data_type, target)


def convert_sql(sql: str, source: str, target: str) -> str:
    """As `convert`, for single values of a known type."""
    if source == target or (source in TEXTUAL and target in TEXTUAL):
        return sql
    return _CONVERSIONS[target](sql, source)


def _convert_literal(literal: Literal, target: str) -> str:
    if (literal.data_type, target) in _NARROWING:
        return convert_sql(literal_sql(literal), literal.data_type, target)
    if target == BIG_DECIMAL:
        return quote_string(format(Decimal(str(coerce(literal, BIG_DECIMAL))), "f"))
    printed = value_sql(coerce(literal, target), target)
    return f"CAST({printed} AS BIGINT)" if target == LONG else printed


def _to_array(value: Typed, target: str) -> str:
    source, element = element_of(value.data_type), element_of(target)
    if not is_array(value.data_type):
        return f"[{convert(value, element)}]"
    converted = convert_sql("e", source, element)
    return value.sql if converted == "e" else f"list_transform({value.sql}, lambda e: {converted})"


def _to_int(sql: str, source: str) -> str:
    match source:
        case "LONG" | "TIMESTAMP":  # Java keeps the low 32 bits
            return f"CAST(xor({_to_long(sql, source)} & 4294967295, 2147483648) - 2147483648 AS INTEGER)"
        case "FLOAT" | "DOUBLE":
            return f"CAST({_saturated(sql, 2_147_483_647)} AS INTEGER)"
        case "BOOLEAN":
            return f"CAST({sql} AS INTEGER)"
        case _:
            return f"CAST({_whole(sql, source)} AS INTEGER)"


def _to_long(sql: str, source: str) -> str:
    match source:
        case "LONG":
            return sql
        case "TIMESTAMP":
            return f"epoch_ms({sql})"
        case "FLOAT" | "DOUBLE":
            return _saturated(sql, _LONG_MAX)
        case "INT" | "BOOLEAN":
            return f"CAST({sql} AS BIGINT)"
        case _:
            return f"CAST({_whole(sql, source)} AS BIGINT)"


def _whole(sql: str, source: str) -> str:
    """Decimal text cut to its whole part."""
    return f"trunc(CAST({_unbinary(sql, source)} AS {DECIMAL_DUCKDB}))"


def _saturated(sql: str, maximum: int) -> str:
    """Java's narrowing of a floating number: toward zero, clamped, NaN is 0."""
    return (
        f"CASE WHEN isnan({sql}) THEN 0 WHEN {sql} >= {maximum}e0 THEN {maximum} "
        f"WHEN {sql} <= -{maximum + 1}e0 THEN -{maximum} - 1 ELSE CAST(trunc({sql}) AS BIGINT) END"
    )


def _to_floating(duckdb: str, sql: str, source: str) -> str:
    return f"CAST({_to_long(sql, source) if source == TIMESTAMP else _unbinary(sql, source)} AS {duckdb})"


def _to_decimal_text(sql: str, source: str) -> str:
    match source:
        case "INT" | "LONG" | "TIMESTAMP" | "BOOLEAN":
            return f"CAST({_to_long(sql, source)} AS VARCHAR)"
        case "FLOAT" | "DOUBLE":
            return decimal_text(f"CAST({sql} AS {DECIMAL_DUCKDB})")
        case _:
            return _unbinary(sql, source)


def decimal_text(decimal_sql: str) -> str:
    """A DuckDB DECIMAL as plain text without trailing zeros."""
    return f"regexp_replace(CAST({decimal_sql} AS VARCHAR), '(\\.[0-9]*[1-9])0+$|\\.0+$', '\\1')"


def _to_boolean(sql: str, source: str) -> str:
    if source in TEXTUAL:
        return f"lower({sql}) IN ('true', '1')"
    return f"({_to_floating('DOUBLE', sql, source)} <> 0)"


def _to_timestamp(sql: str, source: str) -> str:
    if source in TEXTUAL:
        return f"coalesce(make_timestamp_ms(TRY_CAST({sql} AS BIGINT)), CAST({sql} AS TIMESTAMP))"
    return f"make_timestamp_ms({_to_long(sql, source)})"


def _to_text(sql: str, source: str) -> str:
    if source == TIMESTAMP:  # as java.sql.Timestamp: one to three digits of fraction
        return f"regexp_replace(strftime({sql}, '%Y-%m-%d %H:%M:%S.%g'), '0{{1,2}}$', '')"
    if source in (FLOAT, DOUBLE):  # as Java: 5.904E8, -Infinity
        plain = f"{sql} = 0 OR (abs({sql}) >= 1e-3 AND abs({sql}) < 1e7)"
        return f"CASE WHEN {plain} THEN CAST({sql} AS VARCHAR) ELSE pinot_number_text(CAST({sql} AS VARCHAR)) END"
    return f"lower(hex({sql}))" if source == BYTES else f"CAST({sql} AS VARCHAR)"


def _to_bytes(sql: str, source: str) -> str:
    return f"unhex({sql})" if source in TEXTUAL else f"encode({_to_text(sql, source)})"


def _unbinary(sql: str, source: str) -> str:
    if source == BYTES:
        raise ValidationFault("Cannot convert BYTES to a number")
    return sql


_CONVERSIONS = {
    INT: _to_int,
    LONG: _to_long,
    FLOAT: lambda sql, source: _to_floating("FLOAT", sql, source),
    DOUBLE: lambda sql, source: _to_floating("DOUBLE", sql, source),
    BIG_DECIMAL: _to_decimal_text,
    BOOLEAN: _to_boolean,
    TIMESTAMP: _to_timestamp,
    BYTES: _to_bytes,
    **dict.fromkeys(TEXTUAL, _to_text),
}


def cast_to(value: Typed, data_type: str) -> Typed:
    return Typed(convert(value, data_type), data_type)
