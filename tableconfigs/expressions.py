"""As much of a transform or filter expression as a config check needs: its columns, its functions, its brackets.

What an expression means is decided where it is evaluated; here only names are told apart.
"""

import re

_TOKEN = re.compile(
    r"(?P<text>'(?:[^']|'')*')"
    r'|"(?P<quoted>(?:[^"]|"")*)"'
    r"|(?P<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)(?P<call>\s*\()?"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<other>\S)"
)
_WORDS = frozenset(
    {
        *("and", "or", "not", "in", "is", "null", "between", "like", "true", "false"),
        *("case", "when", "then", "else", "end", "cast", "as"),
    }
)
VOLATILE = frozenset({"now", "ago", "rand", "random", "uuid", "generateuuid", "currenttimestamp", "sleep"})
"""Functions whose value depends on when they are called; rows would differ between replicas (P4)."""


def columns_of(expression: str) -> list[str]:
    """The column names an expression reads, in order of first use."""
    names = []
    for token in _TOKEN.finditer(expression):
        if token["quoted"] is not None:
            names.append(token["quoted"].replace('""', '"'))
        elif token["name"] and not token["call"] and token["name"].lower() not in _WORDS:
            names.append(token["name"])
    return list(dict.fromkeys(names))


def functions_of(expression: str) -> list[str]:
    """The functions an expression calls, as written."""
    calls = (token["name"] for token in _TOKEN.finditer(expression) if token["call"])
    return [name for name in calls if name.lower() not in _WORDS]


def syntax_error(expression: str) -> str | None:
    """Why an expression cannot be read at all: nothing there, a bracket or a quote left open."""
    if not expression.strip():
        return "it is empty"
    depth = 0
    for token in _TOKEN.finditer(expression):
        if token["other"] in {"'", '"'}:
            return "a quote is not closed"
        depth += (token["call"] is not None or token["other"] == "(") - (token["other"] == ")")
        if depth < 0:
            return "a bracket is closed that was not opened"
    return "a bracket is not closed" if depth else None
