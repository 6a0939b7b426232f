"""Text functions. Positions are 0-based where Pinot's are; regular expressions are RE2 where Pinot's are Java's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dialects.column_types import BOOLEAN, BYTES, INT, LONG, STRING, array_of, is_array
from dialects.conversions import Typed, convert
from dialects.families.hashes import octets
from dialects.faults import ValidationFault
from dialects.function_entry import MANY, Context, Function, argument, literal_int, literal_text, scalar, special
from dialects.literals import quote_string

_SPLIT = "string_split({0}, {1})"
_PARTS = (
    f"(list_filter({_SPLIT}, lambda p: p <> '') || "
    f"CASE WHEN {{0}} <> '' AND {_SPLIT}[-1] = '' THEN [''] ELSE CAST([] AS VARCHAR[]) END)"
)
"""Repeated delimiters collapse; a text that ends with one has an empty last part."""
_PARTS_LIMITED = "pinot_split({0}, {1}, {2})"
"""At most so many parts, the last of which holds the rest."""


_INITCAP = (
    "array_to_string(list_transform(string_split({0}, ' '), "
    "lambda w: concat(upper(left(w, 1)), lower(substring(w, 2)))), ' ')"
)
_TRIMS = {"BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}


def _regexp_extract(arguments: Sequence[Typed], _: Context) -> Typed:
    text = convert(arguments[0], STRING)
    pattern = convert(arguments[1], STRING)
    group = literal_int(arguments[2], "regexpextract", "group") if len(arguments) > 2 else 0
    default = convert(arguments[3], STRING) if len(arguments) > 3 else "''"
    found = f"regexp_extract({text}, {pattern}, {group})"
    return Typed(f"CASE WHEN regexp_matches({text}, {pattern}) THEN {found} ELSE {default} END", STRING)


def _regexp_replace(arguments: Sequence[Typed], _: Context) -> Typed:
    """Replaces all matches from a start on, or one of them. Raises ValidationFault."""
    text, pattern = (convert(value, STRING) for value in arguments[:2])
    replacement = _replacement(arguments[2])
    start = literal_int(arguments[3], "regexpreplace", "start") if len(arguments) > 3 else 0
    nth = literal_int(arguments[4], "regexpreplace", "occurrence") if len(arguments) > 4 else -1
    flag = literal_text(arguments[5], "regexpreplace", "flag") if len(arguments) > 5 else ""
    if start < 0 or flag not in ("", "c", "i"):
        raise ValidationFault("Function regexpreplace takes a start of 0 or more and the flag 'i', or none")
    if flag == "i":
        pattern = f"('(?i)' || {pattern})"
    if nth >= 0:
        return Typed(f"pinot_regexp_replace_nth({text}, {pattern}, {replacement}, {start}, {nth})", STRING)
    if not start:
        return Typed(f"regexp_replace({text}, {pattern}, {replacement}, 'g')", STRING)
    rest = f"regexp_replace(substring({text}, {start + 1}), {pattern}, {replacement}, 'g')"
    return Typed(f"(left({text}, {start}) || {rest})", STRING)


def _replacement(value: Typed) -> str:
    """Java's `$1` is RE2's `\\1`."""
    if value.literal is None:
        return f"regexp_replace(replace({convert(value, STRING)}, '\\', '\\\\'), '\\$(\\d)', '\\\\\\1', 'g')"
    return quote_string(re.sub(r"\$(\d)", r"\\\1", value.literal.text.replace("\\", "\\\\")))


def _split_part(arguments: Sequence[Typed], _: Context) -> Typed:
    text, delimiter = convert(arguments[0], STRING), argument(arguments[1], "s", "splitpart")
    index = literal_int(arguments[-1], "splitpart", "index")
    position = index + 1 if index >= 0 else index
    parts = _PARTS.format(text, delimiter)
    if len(arguments) == 4:
        parts = _PARTS_LIMITED.format(text, delimiter, literal_int(arguments[2], "splitpart", "limit"))
    return Typed(f"coalesce({parts}[{position}], 'null')", STRING)


def _concat(arguments: Sequence[Typed], _: Context) -> Typed:
    texts = [convert(value, STRING) for value in arguments]
    if len(texts) == 3:
        texts = [texts[0], texts[2], texts[1]]
    return Typed(f"({' || '.join(texts)})", STRING)


def _to_base64(arguments: Sequence[Typed], _: Context) -> Typed:
    return Typed(f"base64({octets(arguments[0])})", STRING)


def _trim(arguments: Sequence[Typed], _: Context) -> Typed:
    """`trim(s)`, or `trim('BOTH', characters, s)`. Raises ValidationFault."""
    if len(arguments) == 1:
        return Typed(f"trim({convert(arguments[0], STRING)})", STRING)
    end = literal_text(arguments[0], "trim", "end").upper()
    if len(arguments) == 2 or end not in _TRIMS:
        raise ValidationFault("Function trim takes a text, or BOTH, LEADING or TRAILING, characters and a text")
    characters, text = (convert(value, STRING) for value in arguments[1:])
    return Typed(f"{_TRIMS[end]}({text}, {characters})", STRING)


def _repeat(arguments: Sequence[Typed], _: Context) -> Typed:
    text, times = convert(arguments[0], STRING), convert(arguments[-1], LONG)
    if len(arguments) == 2:
        return Typed(f"repeat({text}, {times})", STRING)
    separator = convert(arguments[1], STRING)
    sql = f"{text} || repeat({separator} || {text}, {times} - 1)"
    return Typed(f"CASE WHEN {times} < 1 THEN '' ELSE {sql} END", STRING)


def _length(arguments: Sequence[Typed], _: Context) -> Typed:
    value = arguments[0]
    if is_array(value.data_type):
        return Typed(f"CAST(len({value.sql}) AS INTEGER)", INT)
    return Typed(f"CAST(length({convert(value, STRING)}) AS INTEGER)", INT)


def _text(name: str, parameters: str, sql: str | dict[int, str], doc: str, *aliases: str) -> Function:
    return scalar(name, parameters, STRING, sql, doc, aliases=aliases)


_NTH = "string_split({0}, {1})"
_LAST = (
    "CASE WHEN strpos({text}, {sought}) = 0 THEN -1 ELSE "
    "CAST(length({text}) - strpos(reverse({text}), reverse({sought})) - length({sought}) + 1 AS INTEGER) END"
)

STRINGS: tuple[Function, ...] = (
    _text("upper", "s", "upper({0})", "upper case"),
    _text("lower", "s", "lower({0})", "lower case"),
    _text("reverse", "s", "reverse({0})", "backwards"),
    special("length", 1, 1, _length, "characters", aliases=("charlength", "characterlength")),
    special("trim", 1, 3, _trim, "both ends; or end BOTH, LEADING, TRAILING, characters, text"),
    _text("ltrim", "s", "ltrim({0})", "left end"),
    _text("rtrim", "s", "rtrim({0})", "right end"),
    _text("replace", "sss", "replace({0}, {1}, {2})", "all occurrences"),
    _text("remove", "ss", "replace({0}, {1}, '')", "all occurrences"),
    _text(
        "substr",
        "sll",
        {
            2: "substring({0}, {1} + 1)",
            3: "CASE WHEN {2} = -1 THEN substring({0}, {1} + 1) ELSE substring({0}, {1} + 1, {2} - {1}) END",
        },
        "0-based, end exclusive, -1 is to the end",
    ),
    _text("substring", "sll", {2: "substring({0}, {1})", 3: "substring({0}, {1}, {2})"}, "1-based, with a length"),
    special("concat", 2, MANY, _concat, "the third of three arguments is a separator"),
    _text("concatws", "ss*", "concat_ws({all})", "first argument separates"),
    scalar(
        "strpos",
        "ssi",
        INT,
        {
            2: "CAST(strpos({0}, {1}) - 1 AS INTEGER)",
            3: f"CASE WHEN len({_NTH}) > {{2}} THEN "
            f"CAST(length(array_to_string(list_slice({_NTH}, 1, {{2}}), '')) + ({{2}} - 1) * length({{1}}) AS INTEGER) "
            "ELSE -1 END",
        },
        "0-based, -1 if absent; the nth occurrence",
    ),
    scalar(
        "strrpos",
        "ssl",
        INT,
        {2: _LAST.format(text="{0}", sought="{1}"), 3: _LAST.format(text="left({0}, {2} + length({1}))", sought="{1}")},
        "0-based from the end, -1 if absent; the third argument is the last place to look at",
    ),
    scalar(
        "split",
        "ssl",
        array_of(STRING),
        {2: _PARTS, 3: _PARTS_LIMITED},
        "repeated delimiters collapse",
        aliases=("stringtoarray",),
    ),
    special("splitpart", 3, 4, _split_part, "0-based, of at most limit parts; 'null' out of range"),
    scalar("startswith", "ss", BOOLEAN, "starts_with({0}, {1})", "prefix"),
    scalar("endswith", "ss", BOOLEAN, "ends_with({0}, {1})", "suffix"),
    scalar("contains", "ss", BOOLEAN, "contains({0}, {1})", "anywhere"),
    _text("lpad", "sis", "lpad({0}, {1}, {2})", "pad on the left"),
    _text("rpad", "sis", "rpad({0}, {1}, {2})", "pad on the right"),
    _text("chr", "i", "chr({0})", "character of a code point"),
    scalar("codepoint", "s", INT, "CAST(unicode({0}) AS INTEGER)", "code point of the first character"),
    special("repeat", 2, 3, _repeat, "text, n times; with a separator between them as the second of three"),
    _text("left", "sl", "left({0}, {1})", "first n", "leftsubstr"),
    _text("right", "sl", "right({0}, {1})", "last n", "rightsubstr"),
    _text("initcap", "s", _INITCAP, "first letters of words between blanks upper, all others lower"),
    _text("translate", "sss", "translate({0}, {1}, {2})", "character by character"),
    special(
        "regexpextract", 2, 4, _regexp_extract, "group (0 is all), default on no match", aliases=("regexpextractvar",)
    ),
    special(
        "regexpreplace",
        3,
        6,
        _regexp_replace,
        "all matches, or the nth, from a start on; $1 is a group",
        aliases=("regexpreplacevar",),
    ),
    special("tobase64", 1, 1, _to_base64, "of bytes"),
    scalar("frombase64", "s", BYTES, "from_base64({0})", "to bytes"),
    scalar("toutf8", "s", BYTES, "encode({0})", "to bytes"),
    scalar("fromutf8", "y", STRING, "decode({0})", "from bytes"),
    scalar("hextobytes", "s", BYTES, "unhex({0})", "to bytes"),
    scalar("bytestohex", "y", STRING, "lower(hex({0}))", "lower-case hexadecimal"),
    scalar("levenshteindistance", "ss", INT, "CAST(levenshtein({0}, {1}) AS INTEGER)", "edits between"),
    scalar(
        "hammingdistance",
        "ss",
        INT,
        "CASE WHEN length({0}) <> length({1}) THEN -1 ELSE CAST(hamming({0}, {1}) AS INTEGER) END",
        "differing places, -1 if the lengths differ",
    ),
)
