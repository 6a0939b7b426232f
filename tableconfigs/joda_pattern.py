"""Joda-Time date patterns, read and written from tables: `strptime` formats to read, one printer a letter to write."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

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


def formatted(pattern: str, moment: datetime) -> str:
    """The text of `moment` (aware) in `pattern`: what `strptime_format` reads again. Raises ValueError."""
    return "".join(_printed(token, moment) for token in _tokens(pattern))


def _printed(token: re.Match[str], moment: datetime) -> str:
    letters = token["letters"]
    if letters is None:
        return _literal(token)
    printer = _PRINTERS.get(letters[0])
    if printer is None:
        raise ValueError(f"{letters!r} is not supported, use letters of {''.join(_PRINTERS)}")
    return printer(moment, len(letters))


def _number(value: Callable[[datetime], int]) -> Callable[[datetime, int], str]:
    return lambda moment, width: f"{value(moment):0{width}d}"


def _year(moment: datetime, width: int) -> str:
    return f"{moment.year % 100:02d}" if width == 2 else f"{moment.year:0{max(width, 4)}d}"


def _month(moment: datetime, width: int) -> str:
    return f"{moment.month:0{width}d}" if width < 3 else moment.strftime("%b" if width == 3 else "%B")


def _fraction(moment: datetime, width: int) -> str:
    return f"{moment.microsecond:06d}"[:width].ljust(width, "0")


def _offset(moment: datetime, width: int) -> str:
    plain = moment.strftime("%z")
    return plain if width == 1 else f"{plain[:3]}:{plain[3:]}"


_PRINTERS: Mapping[str, Callable[[datetime, int], str]] = {
    "y": _year,
    "Y": _year,
    "x": _number(lambda moment: moment.isocalendar().year),
    "w": _number(lambda moment: moment.isocalendar().week),
    "e": _number(lambda moment: moment.isoweekday()),
    "D": _number(lambda moment: moment.timetuple().tm_yday),
    "M": _month,
    "d": _number(lambda moment: moment.day),
    "E": lambda moment, width: moment.strftime("%a" if width < 4 else "%A"),
    "a": lambda moment, _: "AM" if moment.hour < 12 else "PM",
    "h": _number(lambda moment: (moment.hour - 1) % 12 + 1),
    "H": _number(lambda moment: moment.hour),
    "m": _number(lambda moment: moment.minute),
    "s": _number(lambda moment: moment.second),
    "S": _fraction,
    "Z": _offset,
}


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


def _literal(token: re.Match[str]) -> str:
    """Text that stands for itself; two quotes are one."""
    return token["other"] if token["quoted"] is None else token["quoted"].replace("''", "'") or "'"


def _directive(token: re.Match[str]) -> str:
    if token["letters"] is None:
        return _literal(token).replace("%", "%%")
    letters = token["letters"]
    lengths = _DIRECTIVES.get(letters[0], {})
    directive = lengths.get(len(letters), lengths.get(0))
    if directive is None:
        raise ValueError(f"{letters!r} is not supported, use letters of {''.join(_DIRECTIVES)}")
    return directive
