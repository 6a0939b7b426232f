"""Soundex: texts that sound alike in English have one code."""

from __future__ import annotations

from engine.functions.entry import ArrowFunction, by_row

_ALIKE = ("AEIOUY", "BFPV", "CGJKQSXZ", "DT", "L", "MN", "R")
_CODES = {letter: code for code, letters in enumerate(_ALIKE) for letter in letters}
_LENGTH = 4
_SILENT = "HW"
"""Between two letters of one code they do not part them."""


def soundex(text: str) -> str:
    """A letter and three digits; an empty text is 0000, one without letters is empty."""
    if not text:
        return "0" * _LENGTH
    letters = [letter for letter in text.upper() if letter in _CODES or letter in _SILENT]
    if not letters:
        return ""
    code, last = letters[0], _CODES.get(letters[0])
    for letter in letters[1:]:
        if letter in _SILENT:
            continue
        digit = _CODES[letter]
        if digit and digit != last:
            code += str(digit)
        last = digit
    return code[:_LENGTH].ljust(_LENGTH, "0")


def difference(left: str, right: str) -> int:
    """How many of the four places of both codes are equal."""
    return sum(ours == theirs for ours, theirs in zip(soundex(left), soundex(right), strict=False))


SOUNDS: tuple[ArrowFunction, ...] = (
    by_row("soundex", "VARCHAR", "VARCHAR", soundex),
    by_row("soundex_difference", "VARCHAR VARCHAR", "INTEGER", difference),
)
