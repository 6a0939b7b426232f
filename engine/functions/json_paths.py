"""JsonPath where DuckDB has no form of it: recursive descent, filters, slices and lists of keys."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from engine.functions.entry import ArrowFunction, by_row

Select = Callable[[Any], Iterator[Any]]

_STEP = re.compile(r"(?P<deep>\.\.)?(?:\.?(?P<key>\*|[^.\[\]*]+)|\[(?P<inside>(?:'[^']*'|\"[^\"]*\"|[^\]'\"])*)\])")
_QUOTED = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)")\s*""")
_TEST = re.compile(
    r"""\s*@((?:\.[^.\s\[\]=!<>&|]+|\[\s*'[^']*'\s*\])*)\s*(?:(==|!=|<=|>=|<|>)\s*('[^']*'|"[^"]*"|[^\s&|]+))?\s*"""
)
_KEY = re.compile(r"\.([^.\[\]]+)|\[\s*'([^']*)'\s*\]")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MISSING = object()


def found(text: str, path: str) -> str | None:
    """A JSON array of the values that the path reaches, null where the text is no JSON. Raises ValueError."""
    try:
        values: Iterable[Any] = [json.loads(text)]
    except (ValueError, RecursionError):
        return None
    for deep, select in _steps(path):
        nodes = (node for value in values for node in (_descendants(value) if deep else (value,)))
        values = [one for node in nodes for one in select(node)]
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def _children(value: Any) -> Iterator[Any]:
    yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _descendants(value: Any) -> Iterator[Any]:
    """The value and all below it."""
    pending = [value]
    while pending:
        current = pending.pop()
        yield current
        pending += reversed(list(_children(current)))


@lru_cache(maxsize=64)
def _steps(path: str) -> tuple[tuple[bool, Select], ...]:
    at, steps = 1, list[tuple[bool, Select]]()
    while at < len(path) and (step := _STEP.match(path, at)) is not None:
        selected = _of_key(step["key"]) if step["key"] is not None else _of_brackets(step["inside"])
        steps.append((step["deep"] is not None, selected))
        at = step.end()
    if not path.startswith("$") or at != len(path):
        raise ValueError(f"cannot read the JSON path '{path}'")
    return tuple(steps)


def _of_key(key: str) -> Select:
    return _children if key == "*" else _keyed([key])


def _keyed(keys: list[str]) -> Select:
    return lambda value: (value[key] for key in keys if isinstance(value, dict) and key in value)


def _of_brackets(inside: str) -> Select:
    bare = inside.strip()
    if bare == "*":
        return _children
    if bare.startswith("?(") and bare.endswith(")"):
        holds = _condition(bare[2:-1])
        return lambda value: (one for one in _children(value) if holds(one))
    if quoted := _QUOTED.findall(bare):
        return _keyed([single or double for single, double in quoted])
    if ":" in bare:
        bounds = slice(*(int(part) if part.strip() else None for part in bare.split(":", 2)))
        return lambda value: iter(value[bounds] if isinstance(value, list) else ())
    places = [int(part) for part in bare.split(",")]
    return lambda value: (value[at] for at in places if isinstance(value, list) and -len(value) <= at < len(value))


def _condition(text: str) -> Callable[[Any], bool]:
    """`@.a > 1 && @.b == 'x' || @.c`."""
    sides = [[_test(one) for one in side.split("&&")] for side in text.split("||")]
    return lambda value: any(all(test(value) for test in side) for side in sides)


def _test(text: str) -> Callable[[Any], bool]:
    match = _TEST.fullmatch(text)
    if match is None:
        raise ValueError(f"cannot read the filter '{text.strip()}' of a JSON path, use @.key == 'x'")
    keys = [plain or quoted for plain, quoted in _KEY.findall(match[1])]
    if match[2] is None:
        return lambda value: _at(value, keys) is not _MISSING
    sign, wanted = _SIGNS[match[2]], _literal(match[3])
    return lambda value: _compares(sign, _at(value, keys), wanted)


def _literal(text: str) -> Any:
    return text[1:-1] if text[0] in "'\"" else json.loads(text)


def _at(value: Any, keys: list[str]) -> Any:
    for key in keys:
        value = value.get(key, _MISSING) if isinstance(value, dict) else _MISSING
    return value


def _compares(sign: Callable[[Any, Any], bool], value: Any, wanted: Any) -> bool:
    """Values of different kinds are unequal, and none is less."""
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (value, wanted))
    comparable = numbers or type(value) is type(wanted)
    if sign in (operator.eq, operator.ne):
        return sign(value, wanted) if comparable else sign is operator.ne and value is not _MISSING
    return comparable and isinstance(value, int | float | str) and sign(value, wanted)


JSON_PATHS: tuple[ArrowFunction, ...] = (by_row("json_found", "VARCHAR VARCHAR", "VARCHAR", found),)
