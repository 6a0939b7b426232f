"""Joda-Time date patterns as `strptime` formats, from one table."""

import re

_TOKEN = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<other>[^A-Za-z'])")

# Joda letter -> strptime directive by the number of letters; 0 stands for any number.
_DIRECTIVES: dict[str, dict[int, str]] = {
    "y": {2: "%y", 0: "%Y"},
    "Y": {2: "%y", 0: "%Y"},
    "x": {0: "%G"},
    "w": {0: "%V"},
    "e": {0: "%u"},
    "D": {0: "%j"},
    "M": {1: "%m", 2: "%m", 3: "%b", 0: "%B"},
    "d": {0: "%d"},
    "E": {1: "%a", 2: "%a", 3: "%a", 0: "%A"},
    "a": {0: "%p"},
    "h": {0: "%I"},
    "H": {0: "%H"},
    "m": {0: "%M"},
    "s": {0: "%S"},
    "S": {1: "%f", 2: "%f", 3: "%f", 4: "%f", 5: "%f", 6: "%f"},
    "Z": {1: "%z", 2: "%z"},
}
_SORTED_ORDER = "yMdHmsS"


def strptime_format(pattern: str) -> str:
    """The `strptime` format that reads what `pattern` describes. Raises ValueError naming the letters it cannot."""
    return "".join(map(_directive, _tokens(pattern)))


def sorts_by_time(pattern: str) -> bool:
    """Whether texts of this pattern sort alphabetically in time order: numeric, largest unit first, none left out."""
    letters = [token["letters"] for token in _tokens(pattern) if token["letters"]]
    order = "".join("y" if run[0] == "Y" else run[0] for run in letters)
    numeric = all(not (run[0] == "M" and len(run) > 2) for run in letters)
    return numeric and bool(order) and _SORTED_ORDER.startswith(order)


def _tokens(pattern: str) -> list[re.Match[str]]:
    tokens, at = [], 0
    while at < len(pattern):
        match = _TOKEN.match(pattern, at)
        if match is None:
            raise ValueError(f"a quote is not closed in {pattern!r}")
        tokens.append(match)
        at = match.end()
    return tokens


def _directive(token: re.Match[str]) -> str:
    if token["letters"] is None:
        literal = token["other"] if token["quoted"] is None else token["quoted"].replace("''", "'") or "'"
        return literal.replace("%", "%%")
    letters = token["letters"]
    lengths = _DIRECTIVES.get(letters[0], {})
    directive = lengths.get(len(letters), lengths.get(0))
    if directive is None:
        raise ValueError(f"{letters!r} is not supported, use letters of {''.join(_DIRECTIVES)}")
    return directive
