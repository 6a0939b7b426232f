"""UUIDs: a value of type UUID is its lower-case text; 16 bytes and 32 hexadecimal digits stand for one too."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import BOOLEAN, BYTES, INT, LONG, STRING, UUID
from dialects.conversions import Typed, convert
from dialects.function_entry import Context, Function, special

_DASHES = "'^(.{8})(.{4})(.{4})(.{4})(.{12})$', '\\1-\\2-\\3-\\4-\\5'"
_FORM = "'^([0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$'"


def _digits(value: Typed) -> str:
    """Its hexadecimal digits, whatever stands for it."""
    if value.data_type == BYTES:
        return f"lower(hex({value.sql}))"
    return f"replace(lower({convert(value, STRING)}), '-', '')"


def _of_digits(name: str, result: str, template: str, doc: str, *aliases: str) -> Function:
    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        return Typed(template.format(_digits(arguments[0])), result)

    return special(name, 1, 1, render, doc, aliases=aliases, nullable=True)


def _is_uuid(arguments: Sequence[Typed], _: Context) -> Typed:
    value = arguments[0]
    text = f"lower(hex({value.sql}))" if value.data_type == BYTES else f"lower({convert(value, STRING)})"
    return Typed(f"coalesce(regexp_matches({text}, {_FORM}), FALSE)", BOOLEAN)


_TEXT = f"CAST(CAST(regexp_replace({{0}}, {_DASHES.replace('{', '{{').replace('}', '}}')}) AS UUID) AS VARCHAR)"
_NUMBER = "CAST('0x' || substring({0}, %d, %d) AS BIGINT)"
_VERSION = _NUMBER % (13, 1)
_GREGORIAN_MS = 12_219_292_800_000
_TICKS_V1 = "CAST('0x' || substring({0}, 14, 3) || substring({0}, 9, 4) || substring({0}, 1, 8) AS BIGINT)"
_TICKS_V6 = "CAST('0x' || substring({0}, 1, 12) || substring({0}, 14, 3) AS BIGINT)"
_TIMESTAMP = (
    f"CASE {_VERSION} WHEN 7 THEN {_NUMBER % (1, 12)} WHEN 1 THEN {_TICKS_V1} // 10000 - {_GREGORIAN_MS} "
    f"WHEN 6 THEN {_TICKS_V6} // 10000 - {_GREGORIAN_MS} END"
)

UUIDS: tuple[Function, ...] = (
    special("isuuid", 1, 1, _is_uuid, "is the text or are the 16 bytes of a UUID"),
    _of_digits("touuid", UUID, _TEXT, "UUID of text or bytes; anything else fails", "bytestouuid"),
    _of_digits("uuidtostring", STRING, _TEXT, "text with dashes"),
    _of_digits("uuidtobytes", BYTES, "unhex({0})", "16 bytes"),
    _of_digits("uuidversion", INT, f"CAST({_VERSION} AS INTEGER)", "1 to 8"),
    _of_digits("uuidtimestamp", LONG, _TIMESTAMP, "milliseconds of versions 1, 6 and 7, else null"),
)
