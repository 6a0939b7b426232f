"""Character sets, Unicode forms, comparison as Java compares, and the n-grams of a text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from engine.functions.entry import ArrowFunction, by_row

CHARSETS = {
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "US-ASCII": "ascii",
    "ASCII": "ascii",
    "ISO-8859-1": "latin-1",
    "LATIN1": "latin-1",
    "UTF-16BE": "utf-16-be",
    "UTF-16LE": "utf-16-le",
}
"""Java's names of character sets and Python's codecs."""
PART_CHARS_MAX = 16 * 1024 * 1024
"""All parts of one row's text together; those of a long text would fill the memory of its query."""
_FORMS = ("NFC", "NFD", "NFKC", "NFKD")


def _codec(charset: str) -> str:
    if charset.upper() not in CHARSETS:
        raise ValueError(f"unknown character set '{charset}', use one of {', '.join(CHARSETS)}")
    return CHARSETS[charset.upper()]


def encoded(text: str, charset: str) -> bytes:
    """As Java does: a question mark for what the character set lacks."""
    return text.encode(_codec(charset), "replace")


def decoded(octets: bytes, charset: str) -> str:
    return octets.decode(_codec(charset), "replace")


def normalized(text: str, form: str) -> str:
    if form not in _FORMS:
        raise ValueError(f"unknown Unicode form '{form}', use one of {', '.join(_FORMS)}")
    return unicodedata.normalize(form, text)  # type: ignore[arg-type]


def compared(left: str, right: str) -> int:
    """As Java: the difference of the first UTF-16 units that differ, else of the lengths."""
    ours, theirs = left.encode("utf-16-be"), right.encode("utf-16-be")
    for at in range(0, min(len(ours), len(theirs)), 2):
        difference = int.from_bytes(ours[at : at + 2]) - int.from_bytes(theirs[at : at + 2])
        if difference:
            return difference
    return (len(ours) - len(theirs)) // 2


def split(text: str, delimiter: str, limit: int) -> list[str]:
    """At most `limit` parts, the last of which is the rest as it is; 0 or less: all. No delimiter: blanks part."""
    if not delimiter:
        return text.split(maxsplit=limit - 1 if limit > 0 else -1)
    parts: list[str] = []
    rest = text
    while rest:
        rest = _without_start(rest, delimiter)
        if len(parts) + 1 == limit:
            return [*parts, rest]
        part, found, rest = rest.partition(delimiter)
        parts.append(part)
        if found and not rest:
            parts.append("")
    return parts


def _without_start(text: str, delimiter: str) -> str:
    count = 0
    while text.startswith(delimiter, count * len(delimiter)):
        count += 1
    return text[count * len(delimiter) :]


def prefixes(text: str, longest: int) -> list[str]:
    """The first 1, 2, ... characters."""
    count = min(longest, len(text))
    _check_room(count * (count + 1) // 2)
    return [text[:size] for size in range(1, count + 1)]


def suffixes(text: str, longest: int) -> list[str]:
    count = min(longest, len(text))
    _check_room(count * (count + 1) // 2)
    return [text[len(text) - size :] for size in range(1, count + 1)]


def ngrams(text: str, shortest: int, longest: int) -> list[str]:
    """Each n-gram once, shorter ones first, in order of appearance."""
    return _ngrams([text], shortest, longest)


def ngrams_of_all(texts: tuple[str | None, ...], shortest: int, longest: int) -> list[str]:
    return _ngrams([text for text in texts if text is not None], shortest, longest)


def _ngrams(texts: Iterable[str], shortest: int, longest: int) -> list[str]:
    found: dict[str, None] = {}
    characters = 0
    for text in texts:
        for size in range(max(shortest, 1), min(longest, len(text)) + 1):
            count = len(text) - size + 1
            characters += count * size
            _check_room(characters)
            found.update(dict.fromkeys(text[at : at + size] for at in range(count)))
    return list(found)


def _check_room(characters: int) -> None:
    if characters > PART_CHARS_MAX:
        raise ValueError(f"the parts of one text have more than {PART_CHARS_MAX} characters: ask for shorter ones")


TEXTS: tuple[ArrowFunction, ...] = (
    by_row("encode", "VARCHAR VARCHAR", "BLOB", encoded),
    by_row("decode", "BLOB VARCHAR", "VARCHAR", decoded),
    by_row("normalize", "VARCHAR VARCHAR", "VARCHAR", normalized),
    by_row("strcmp", "VARCHAR VARCHAR", "INTEGER", compared),
    by_row("split", "VARCHAR VARCHAR BIGINT", "VARCHAR[]", split),
    by_row("prefixes", "VARCHAR BIGINT", "VARCHAR[]", prefixes),
    by_row("suffixes", "VARCHAR BIGINT", "VARCHAR[]", suffixes),
    by_row("ngrams", "VARCHAR BIGINT BIGINT", "VARCHAR[]", ngrams),
    by_row("ngrams_of_all", "VARCHAR[] BIGINT BIGINT", "VARCHAR[]", ngrams_of_all),
)
