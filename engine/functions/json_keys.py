"""The paths of keys in JSON text, as JsonPath writes them: `$['a'][0]['b']`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from engine.functions.entry import ArrowFunction, by_row

Step = str | int
Path = tuple[Step, ...]

_STEP = re.compile(r"""\.(?P<key>[^.\[\]*'"]+)|\[\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<place>\d+))\s*\]""")
_ALL = re.compile(r"\.\*|\[\s*\*\s*\]")
_EVERYTHING = ("", "$..", "$..**", "$..*")


def keys(text: str, path: str, depth: int, dotted: bool) -> list[str]:
    """The paths that `path` reaches and that have no more than `depth` steps; none in what is no JSON.

    `dotted`: as `a.0.b`. Raises ValueError for a path that is not made of keys, places and wildcards.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    found = _everything(value, ()) if path in _EVERYTHING else _reached(value, path)
    return [_written(one, dotted) for one in found if len(one) <= depth]


def _children(value: Any) -> Iterator[tuple[Step, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _everything(value: Any, path: Path) -> Iterator[Path]:
    """What is directly below comes before what is deeper."""
    pending = [(path, value)]
    while pending:
        here, current = pending.pop()
        below = [((*here, step), child) for step, child in _children(current)]
        yield from (found for found, _ in below)
        pending += reversed(below)


def _reached(value: Any, path: str) -> list[Path]:
    found: list[tuple[Path, Any]] = [((), value)]
    for step in _steps(path):
        found = [
            ((*here, name), child)
            for here, current in found
            for name, child in _children(current)
            if step is None or (name == step and type(name) is type(step))
        ]
    return [here for here, _ in found]


def _steps(path: str) -> list[Step | None]:
    """Keys and places, None for all of them."""
    at, steps = 1, list[Step | None]()
    while at < len(path):
        if (wildcard := _ALL.match(path, at)) is not None:
            steps.append(None)
            at = wildcard.end()
        elif (step := _STEP.match(path, at)) is not None:
            place = step["place"]
            steps.append(step["key"] or step["single"] or step["double"] or "" if place is None else int(place))
            at = step.end()
        else:
            break
    if at < len(path) or not path.startswith("$"):
        raise ValueError(f"not a path of keys: '{path}', use $.key, $['key'], [0], * and $..**")
    return steps


def _written(path: Path, dotted: bool) -> str:
    if dotted:
        return ".".join(map(str, path))
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f"['{step}']" for step in path)


JSON_KEYS: tuple[ArrowFunction, ...] = (by_row("json_keys", "VARCHAR VARCHAR BIGINT BOOLEAN", "VARCHAR[]", keys),)
