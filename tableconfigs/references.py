"""`${NAME}` and `${NAME:default}` in string values: stored as written, resolved only where the value is used."""

import re
from collections.abc import Mapping
from typing import Any

from tableconfigs.problems import Problem, pointer

_REFERENCE = re.compile(r"\$\{(?P<name>[^}:]+)(?::(?P<default>[^}]*))?\}")


class Unresolved(ValueError):
    """Fix the environment: a reference names a variable that is not set and gives no default."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"environment variable {name} is not set; set it or write ${{{name}:default}}")


def resolve(text: str, environ: Mapping[str, str]) -> str:
    """`text` with its references replaced. Raises `Unresolved`."""

    def replacement(match: re.Match[str]) -> str:
        name, default = match["name"].strip(), match["default"]
        if name in environ:
            return environ[name]
        if default is None:
            raise Unresolved(name)
        return default

    return _REFERENCE.sub(replacement, text)


def resolve_all(value: Any, environ: Mapping[str, str], problems: list[Problem], path: str = "") -> Any:
    """A copy of a JSON value with all references resolved; unresolvable ones are added to `problems`."""
    if isinstance(value, dict):
        return {key: resolve_all(item, environ, problems, path + pointer(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve_all(item, environ, problems, path + pointer(at)) for at, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return resolve(value, environ)
    except Unresolved as error:
        problems.append(Problem(path, value, str(error)))
        return value


def restore(printed: Any, stored: Any) -> Any:
    """A copy of `printed` (made from resolved values) in which each reference of `stored` stands as written."""
    if isinstance(printed, dict) and isinstance(stored, dict):
        return {key: restore(item, stored.get(key)) for key, item in printed.items()}
    if isinstance(printed, list) and isinstance(stored, list) and len(printed) == len(stored):
        return [restore(item, old) for item, old in zip(printed, stored, strict=True)]
    return stored if isinstance(stored, str) and _REFERENCE.search(stored) else printed
