"""JSON text columns and MAP columns, by JSON path."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dialects.column_types import BOOLEAN, DOUBLE, LONG, STRING, array_of, duckdb_type, element_of, is_array
from dialects.conversions import Typed, cast_to, convert, convert_sql
from dialects.families.conditionals import type_word
from dialects.families.predicates import condition
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, Render, literal_text, special
from dialects.literals import quote_string

_UNRESOLVED = "Cannot resolve JSON path on some records. Consider setting a default value."
_BRACKET_KEY = re.compile(r"""\[\s*(?:'([^']*)'|"([^"]*)")\s*\]""")
_DEPTH_MAX = 1_000_000_000
_NO_DUCKDB_FORM = re.compile(r"\.\.|\?\(|\[\s*\(|@")


def json_path(text: str) -> str:
    """A JsonPath as DuckDB writes it. Raises ValidationFault for filters and recursive descent."""
    if not text.startswith("$") or _NO_DUCKDB_FORM.search(text):
        raise ValidationFault(f"Unsupported JSON path: '{text}', use $.key, $['key'], [index] and [*]")
    return _BRACKET_KEY.sub(lambda key: '."' + (key.group(1) or key.group(2) or "") + '"', text)


def _any_path(text: str) -> str:
    """As `json_path`; what DuckDB has no form of stays as it is, for our own reader. `k` is short for `$.k`."""
    rooted = text if text.startswith("$") else f"$.{text}"
    return rooted if _is_found(rooted) else json_path(rooted)


def _is_found(path: str) -> bool:
    return path.startswith("$") and _NO_DUCKDB_FORM.search(path) is not None


def _extract_scalar(arguments: Sequence[Typed], _: Context) -> Typed:
    data_type = type_word(literal_text(arguments[2], "jsonextractscalar", "type"))
    path = _any_path(literal_text(arguments[1], "jsonextractscalar", "path"))
    source = convert(arguments[0], STRING)
    if is_array(data_type):
        return _extract_array(source, path, data_type)
    if len(arguments) == 4:
        guarded = convert_sql(_extracted(f"CASE WHEN json_valid({source}) THEN {source} END", path), STRING, data_type)
        return Typed(f"coalesce({guarded}, {convert(arguments[3], data_type)})", data_type)
    found = convert_sql(_extracted(source, path), STRING, data_type)
    return Typed(f"coalesce({found}, error({quote_string(_UNRESOLVED)}))", data_type)


def _extracted(source: str, path: str) -> str:
    if _is_found(path):
        return f"pinot_json_found({source}, {quote_string(path)})"
    if "*" in path:
        return f"CAST(to_json(json_extract({source}, {quote_string(path)})) AS VARCHAR)"
    return f"json_extract_string({source}, {quote_string(path)})"


def _extract_array(source: str, path: str, data_type: str) -> Typed:
    if _is_found(path):
        texts = f"json_extract_string({_extracted(source, path)}, '$[*]')"
        return cast_to(Typed(texts, array_of(STRING)), data_type)
    wildcard = path if "*" in path else f"{path}[*]"
    texts = f"json_extract_string({source}, {quote_string(wildcard)})"
    return cast_to(Typed(texts, array_of(STRING)), data_type)


def _path_function(data_type: str) -> Render:
    """Text that is no number counts as missing."""

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        path = _any_path(literal_text(arguments[1], "jsonpath", "path"))
        text = _extracted(convert(arguments[0], STRING), path)
        found = text if data_type == STRING else f"TRY_CAST({text} AS {duckdb_type(data_type)})"
        sql = f"coalesce({found}, {convert(arguments[2], data_type)})" if len(arguments) == 3 else found
        return Typed(sql, data_type)

    return render


def _path_array(arguments: Sequence[Typed], _: Context) -> Typed:
    path = _any_path(literal_text(arguments[1], "jsonpatharray", "path"))
    return _extract_array(convert(arguments[0], STRING), path, array_of(STRING))


def _path_exists(arguments: Sequence[Typed], _: Context) -> Typed:
    path = quote_string(json_path(literal_text(arguments[1], "jsonpathexists", "path")))
    return Typed(f"coalesce(json_exists({convert(arguments[0], STRING)}, {path}), FALSE)", BOOLEAN)


def _extract_key(arguments: Sequence[Typed], _: Context) -> Typed:
    """The paths that a path reaches: `$['a'][0]`, or with the parameter dotNotation `a.0`."""
    path = literal_text(arguments[1], "jsonextractkey", "path")
    depth, dotted = _key_parameters(literal_text(arguments[2], "jsonextractkey", "parameters") if arguments[2:] else "")
    sql = f"pinot_json_keys({convert(arguments[0], STRING)}, {quote_string(path)}, {depth}, {dotted})"
    return Typed(sql, array_of(STRING))


def _key_parameters(text: str) -> tuple[int, str]:
    """`'maxDepth=2;dotNotation=true'`."""
    depth, dotted = _DEPTH_MAX, "FALSE"
    for pair in filter(None, text.split(";")):
        key, _, value = (part.strip().lower() for part in pair.partition("="))
        if key == "maxdepth" and value.removeprefix("-").isdecimal():
            depth = max(0, min(int(value), _DEPTH_MAX))
        elif key == "dotnotation" and value in ("true", "false"):
            dotted = value.upper()
        else:
            raise ValidationFault(f"Invalid parameter of JSONEXTRACTKEY: {pair}, use maxDepth=2;dotNotation=true")
    return depth, dotted


def _item(arguments: Sequence[Typed], _: Context) -> Typed:
    if is_array(arguments[0].data_type):
        return Typed(f"{arguments[0].sql}[{convert(arguments[1], LONG)}]", element_of(arguments[0].data_type))
    key = literal_text(arguments[1], "item", "key").replace("\\", "\\\\").replace('"', '\\"')
    path = quote_string('$."' + key + '"')
    return Typed(f"json_extract_string({convert(arguments[0], STRING)}, {path})", STRING)


def _json_match(arguments: Sequence[Typed], context: Context) -> Typed:
    """The condition stands third, put there when the filter text was read; what is missing does not match."""
    if len(arguments) != 3:
        raise ValidationFault("JSON_MATCH needs a column and a filter in quotes")
    return Typed(f"coalesce({condition(arguments[2], context)}, FALSE)", BOOLEAN)


def _json_format(arguments: Sequence[Typed], _: Context) -> Typed:
    value = arguments[0]
    if value.data_type in ("JSON", "MAP", "STRING"):
        return Typed(f"CAST(json({value.sql}) AS VARCHAR)", STRING)
    return Typed(f"CAST(to_json({value.sql}) AS VARCHAR)", STRING)


def _variants(name: str) -> tuple[str, ...]:
    """Pinot's other ways to the same answer."""
    return name + "fast", name + "firstmatch", name + "fory"


JSON_FUNCTIONS: tuple[Function, ...] = (
    special(
        "jsonextractscalar",
        3,
        4,
        _extract_scalar,
        "value at a path as a type; without a default a missing path is error 200",
        aliases=(
            "jsonextractscalarfast",
            "jsonextractscalarfirstmatch",
            "jsonextractscalarfory",
            "jsonextractindex",
        ),
    ),
    special(
        "jsonpathstring",
        2,
        3,
        _path_function(STRING),
        "text at a path",
        aliases=("jsonpath", *_variants("jsonpathstring")),
        nullable=True,
    ),
    special(
        "jsonpathlong",
        2,
        3,
        _path_function(LONG),
        "whole number at a path",
        aliases=_variants("jsonpathlong"),
        nullable=True,
    ),
    special(
        "jsonpathdouble",
        2,
        3,
        _path_function(DOUBLE),
        "number at a path",
        aliases=_variants("jsonpathdouble"),
        nullable=True,
    ),
    special("jsonpatharray", 2, 2, _path_array, "elements at a path", aliases=("jsonpatharraydefaultempty",)),
    special("jsonpathexists", 2, 2, _path_exists, "whether a path is there"),
    special("jsonextractkey", 2, 3, _extract_key, "paths of the keys; 'maxDepth=2;dotNotation=true'", nullable=True),
    special("json_match", 2, 3, _json_match, "a filter over paths; a [*] path matches by any of its elements"),
    special("jsonformat", 1, 1, _json_format, "as JSON text", aliases=("tojsonmapstr",)),
    special("item", 2, 2, _item, "map['key'] or array[position from 1]", nullable=True),
)
