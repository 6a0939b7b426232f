"""Functions that ingestion configs use and queries seldom do (contract 7.6): encodings, ids, maps."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import BYTES, STRING
from dialects.conversions import Typed, convert
from dialects.function_entry import Context, Function, argument, scalar, special


def _octets(value: Typed, name: str) -> str:
    """Bytes; a text is its UTF-8."""
    return f"encode({value.sql})" if value.data_type == STRING else argument(value, "y", name)


def _base64_encode(arguments: Sequence[Typed], _: Context) -> Typed:
    return Typed(f"encode(base64({_octets(arguments[0], 'base64encode')}))", BYTES)


def _base64_decode(arguments: Sequence[Typed], _: Context) -> Typed:
    return Typed(f"from_base64(decode({_octets(arguments[0], 'base64decode')}))", BYTES)


def _json_map(arguments: Sequence[Typed], _: Context) -> Typed:
    """The object itself; text that is no JSON object is an error."""
    text = convert(arguments[0], STRING)
    checked = f"CASE WHEN json_type({text}) = 'OBJECT' THEN {text} ELSE error('not a JSON object') END"
    return Typed(f"CASE WHEN {text} IS NULL THEN NULL ELSE CAST(json({checked}) AS VARCHAR) END", "JSON")


_UUID_TEXT = "lower(hex({0}))"
_UUID_PARTS = "(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.{{12}})"

INGESTION: tuple[Function, ...] = (
    special("base64encode", 1, 1, _base64_encode, "bytes of the base64 text of bytes, or of a text's UTF-8"),
    special("base64decode", 1, 1, _base64_decode, "bytes of base64 text"),
    scalar("touuidbytes", "s", BYTES, "unhex(replace({0}, '-', ''))", "16 bytes of a UUID's text", nullable=True),
    scalar(
        "fromuuidbytes",
        "y",
        STRING,
        f"regexp_replace({_UUID_TEXT}, '{_UUID_PARTS}', '\\1-\\2-\\3-\\4-\\5')",
        "a UUID's text of 16 bytes",
    ),
    special("jsonstringtomap", 1, 1, _json_map, "a JSON object as a map"),
)
