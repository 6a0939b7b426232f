"""CASE, CAST and the handling of nulls."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import STRING, UNKNOWN, element_of, is_array, is_numeric
from dialects.conversions import Typed, cast_to, convert
from dialects.families.predicates import condition
from dialects.faults import ValidationFault
from dialects.function_entry import MANY, Context, Function, common_type, literal_text, special
from dialects.literals import null_sql

_CAST_WORDS = {
    "INT": "INT",
    "INTEGER": "INT",
    "LONG": "LONG",
    "BIGINT": "LONG",
    "FLOAT": "FLOAT",
    "REAL": "FLOAT",
    "DOUBLE": "DOUBLE",
    "DECIMAL": "BIG_DECIMAL",
    "BIG_DECIMAL": "BIG_DECIMAL",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP": "TIMESTAMP",
    "STRING": "STRING",
    "VARCHAR": "STRING",
    "JSON": "JSON",
    "BYTES": "BYTES",
    "VARBINARY": "BYTES",
    "UUID": "UUID",
}
# What a CASE without ELSE gives where nulls do not exist.
_NO_ELSE = {"STRING": "''", "JSON": "''", "BOOLEAN": "FALSE", "BYTES": "''::BLOB", "TIMESTAMP": "make_timestamp_ms(0)"}


def type_word(text: str) -> str:
    """Pinot's word for a type as it may be written (`BIGINT`, `int_array`). Raises ValidationFault."""
    word = text.upper()
    base = element_of(word)
    if base not in _CAST_WORDS:
        raise ValidationFault(f"Unsupported type: {text}, use one of {', '.join(_CAST_WORDS)}")
    return _CAST_WORDS[base] + word[len(base) :]


def _cast(arguments: Sequence[Typed], _: Context) -> Typed:
    target = type_word(literal_text(arguments[1], "cast", "type"))
    if is_array(arguments[0].data_type) and not is_array(target):
        target += "_ARRAY"
    return cast_to(arguments[0], target)


def _case(arguments: Sequence[Typed], context: Context) -> Typed:
    conditions, results = arguments[0 : len(arguments) // 2 * 2 : 2], list(arguments[1::2])
    default = arguments[-1] if len(arguments) % 2 else None
    data_type = _type_of_branches([*results, default] if default is not None else results)
    branches = " ".join(
        f"WHEN {condition(test, context)} THEN {_branch(result, data_type, context)}"
        for test, result in zip(conditions, results, strict=True)
    )
    otherwise = _branch(default, data_type, context) if default is not None else _no_else(data_type, context)
    return Typed(f"CASE {branches} ELSE {otherwise} END", data_type)


def _type_of_branches(branches: Sequence[Typed]) -> str:
    """Texts that are written take the type of the others. Raises ValidationFault."""
    typed = [one for one in branches if one.literal is None or one.data_type != STRING]
    return common_type(branches if all(one.data_type == UNKNOWN for one in typed) else typed)


def _branch(result: Typed, data_type: str, context: Context) -> str:
    """NULL as a branch is what a missing ELSE is."""
    return _no_else(data_type, context) if result.data_type == UNKNOWN else convert(result, data_type)


def _no_else(data_type: str, context: Context) -> str:
    if context.null_handling or is_array(data_type):
        return null_sql(data_type)
    return "0" if is_numeric(data_type) and data_type != "BIG_DECIMAL" else _NO_ELSE.get(data_type, "'0'")


def _coalesce(arguments: Sequence[Typed], context: Context) -> Typed:
    data_type = common_type(arguments)
    values = (_null_where_stored(value, convert(value, data_type), context) for value in arguments)
    return Typed(f"coalesce({', '.join(values)})", data_type)


def _null_where_stored(value: Typed, sql: str, context: Context) -> str:
    """As IS NULL, COALESCE sees the nulls that a table stores, even where they read as their column's default."""
    if context.null_handling or not context.stored_nulls or value.column is None:
        return sql
    return f"CASE WHEN NOT {context.null_flag(value.column)} THEN {sql} END"


def _null_if(arguments: Sequence[Typed], _: Context) -> Typed:
    data_type = common_type(arguments)
    left, right = (convert(value, data_type) for value in arguments)
    return Typed(f"nullif({left}, {right})", data_type)


CONDITIONALS: tuple[Function, ...] = (
    special(
        "case",
        2,
        MANY,
        _case,
        "missing ELSE: null, or zero or empty without null handling",
        aliases=("casewhen",),
    ),
    special("if", 3, 3, _case, "if(condition, then, else)"),
    special("cast", 2, 2, _cast, "Java's conversions: fractions are cut, narrowing wraps"),
    special("coalesce", 1, MANY, _coalesce, "first that is not null", aliases=("ifnull",), nullable=True),
    special("nullif", 2, 2, _null_if, "null if both are equal", nullable=True),
)
