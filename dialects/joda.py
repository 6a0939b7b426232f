"""Joda time patterns (`yyyy-MM-dd HH:mm:ss.SSS`, `yyyyMMdd'T'HHmm`) as strftime codes."""

import re

from dialects.faults import ValidationFault

_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']")

# By letter: the code for each length; a longer run takes the last one.
_CODES: dict[str, tuple[str, ...]] = {
    "y": ("%Y", "%y", "%Y", "%Y"),
    "Y": ("%Y", "%y", "%Y", "%Y"),
    "x": ("%G", "%G", "%G", "%G"),
    "M": ("%-m", "%m", "%b", "%B"),
    "d": ("%-d", "%d"),
    "D": ("%-j", "%j", "%j"),
    "w": ("%V", "%V"),
    "e": ("%u",),
    "E": ("%a", "%a", "%a", "%A"),
    "a": ("%p",),
    "H": ("%-H", "%H"),
    "h": ("%-I", "%I"),
    "m": ("%-M", "%M"),
    "s": ("%-S", "%S"),
}


def strftime_format(pattern: str) -> str:
    """The strftime format for a Joda pattern. Raises ValidationFault for letters that have no code."""
    pieces, end = [], 0
    for match in _TOKEN.finditer(pattern):
        if match.start() != end:
            break
        pieces.append(_piece(match, pattern))
        end = match.end()
    if end != len(pattern) or not pattern:
        raise ValidationFault(f"Invalid time pattern: '{pattern}'")
    return "".join(pieces)


def _piece(match: re.Match[str], pattern: str) -> str:
    text = match.group()
    if match.group(1) is not None:
        return (match.group(1).replace("''", "'") or "'").replace("%", "%%")
    letter = match.group(2)
    if letter is None:
        return text.replace("%", "%%")
    if letter == "S":
        return _fraction(text, pattern)
    if letter in "Zz":
        return _zone(text)
    if letter not in _CODES:
        raise ValidationFault(f"Unsupported letter '{letter}' in time pattern '{pattern}'")
    codes = _CODES[letter]
    return codes[min(len(text), len(codes)) - 1]


def _fraction(text: str, pattern: str) -> str:
    codes = {3: "%g", 6: "%f", 9: "%n"}
    if len(text) not in codes:
        raise ValidationFault(f"Unsupported fraction '{text}' in time pattern '{pattern}': use SSS")
    return codes[len(text)]


def _zone(text: str) -> str:
    return "UTC" if text[0] == "z" else "+0000" if len(text) == 1 else "+00:00"
