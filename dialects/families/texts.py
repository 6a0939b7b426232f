"""Texts beside the everyday: prefixes, n-grams, character sets, likeness, regular expressions that are no literals."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import BOOLEAN, BYTES, INT, LONG, STRING, array_of
from dialects.conversions import Typed, convert
from dialects.function_entry import Context, Function, Render, argument, scalar, special

_INDEX_PARTS = "string_split({0}, {1})"
_SUBSTRING_INDEX = (
    "CASE WHEN {2} = 0 OR {1} = '' THEN '' "
    f"WHEN {{2}} > 0 THEN array_to_string(list_slice({_INDEX_PARTS}, 1, {{2}}), {{1}}) "
    f"ELSE array_to_string(list_slice({_INDEX_PARTS}, greatest(len({_INDEX_PARTS}) + {{2}}, 0) + 1, "
    f"len({_INDEX_PARTS})), {{1}}) END"
)
_OVERLAY_START = "greatest(0, least({2} - 1, length({0})))"
_OVERLAY = f"(left({{0}}, {_OVERLAY_START}) || {{1}} || substring({{0}}, {_OVERLAY_START} + greatest(0, {{3}}) + 1))"


def _ngrams(name: str, kind: str, function: str) -> Render:
    """Of one length, or of all lengths between two."""

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        source = argument(arguments[0], kind, name)
        shortest, longest = (convert(value, LONG) for value in (arguments[1], arguments[-1]))
        return Typed(f"{function}({source}, {shortest}, {longest})", array_of(STRING))

    return render


def _text_list(name: str, parameters: str, sql: str, doc: str) -> Function:
    return scalar(name, parameters, array_of(STRING), sql, doc)


TEXTS: tuple[Function, ...] = (
    _text_list("prefixes", "sl", "pinot_prefixes({0}, {1})", "first 1, 2, ... n characters"),
    _text_list(
        "prefixeswithprefix",
        "sls",
        "list_transform(pinot_prefixes({0}, {1}), lambda p: {2} || p)",
        "each after the third argument",
    ),
    _text_list("suffixes", "sl", "pinot_suffixes({0}, {1})", "last 1, 2, ... n characters"),
    _text_list(
        "suffixeswithsuffix",
        "sls",
        "list_transform(pinot_suffixes({0}, {1}), lambda p: p || {2})",
        "each before the third argument",
    ),
    special(
        "uniquengrams",
        2,
        3,
        _ngrams("uniquengrams", "s", "pinot_ngrams"),
        "each run of n characters once, or of m to n",
        aliases=("generateuniquengrams",),
    ),
    special(
        "uniquengramsmv",
        2,
        3,
        _ngrams("uniquengramsmv", "a", "pinot_ngrams_of_all"),
        "the same over all elements",
        aliases=("generateuniquengramsmv",),
    ),
    scalar("tobytes", "ss", BYTES, "pinot_encode({0}, {1})", "in UTF-8, US-ASCII, ISO-8859-1, UTF-16BE"),
    scalar("frombytes", "ys", STRING, "pinot_decode({0}, {1})", "of a character set"),
    scalar("toascii", "s", BYTES, "pinot_encode({0}, 'US-ASCII')", "a question mark for other characters"),
    scalar("fromascii", "y", STRING, "pinot_decode({0}, 'US-ASCII')", "of ASCII bytes"),
    scalar(
        "normalize", "ss", STRING, {1: "nfc_normalize({0})", 2: "pinot_normalize({0}, {1})"}, "NFC, or NFD, NFKC, NFKD"
    ),
    scalar("strcmp", "ss", INT, "pinot_strcmp({0}, {1})", "0 if equal, else Java's difference"),
    scalar("isjson", "s", BOOLEAN, "(json_valid({0}) OR trim({0}) = '')", "is JSON text; none is too"),
    scalar("soundex", "s", STRING, "pinot_soundex({0})", "texts that sound alike have one"),
    scalar("difference", "ss", INT, "pinot_soundex_difference({0}, {1})", "0 to 4 equal places of both soundex codes"),
    scalar("ascii", "s", INT, "CAST(ascii({0}) AS INTEGER)", "code of the first character, 0 if there is none"),
    scalar("space", "l", STRING, "repeat(' ', greatest({0}, 0))", "n blanks"),
    scalar("substringindex", "ssl", STRING, _SUBSTRING_INDEX, "before the nth delimiter, from the end if n < 0"),
    scalar("firstline", "s", STRING, "regexp_extract({0}, '^[^\\r\\n]*')", "up to the first line end"),
    scalar("startswithcaseinsensitive", "ss", BOOLEAN, "starts_with(lower({0}), lower({1}))", "prefix in any case"),
    scalar("endswithcaseinsensitive", "ss", BOOLEAN, "ends_with(lower({0}), lower({1}))", "suffix in any case"),
    scalar("isvalidascii", "s", BOOLEAN, "(strlen({0}) = length({0}))", "has ASCII characters only"),
    scalar("octetlength", "s", INT, "CAST(strlen({0}) AS INTEGER)", "bytes of its UTF-8"),
    scalar("bitlength", "s", INT, "CAST(strlen({0}) * 8 AS INTEGER)", "bits of its UTF-8"),
    scalar(
        "overlay", "ssll", STRING, {3: _OVERLAY.replace("{3}", "length({1})"), 4: _OVERLAY}, "1-based, with a length"
    ),
    scalar("regexpcount", "ss", INT, "CAST(len(regexp_extract_all({0}, {1})) AS INTEGER)", "matches; RE2 syntax"),
    scalar(
        "regexpsubstr",
        "ss",
        STRING,
        "CASE WHEN regexp_matches({0}, {1}) THEN regexp_extract({0}, {1}) END",
        "first match; RE2 syntax",
        nullable=True,
    ),
    scalar("likevar", "ss", BOOLEAN, "({0} ILIKE {1} ESCAPE '\\')", "LIKE whose pattern may be a column"),
)
