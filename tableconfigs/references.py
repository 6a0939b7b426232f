"""`${NAME}` and `${NAME:default}` in string values: stored as written, resolved only where the value is used."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tableconfigs.problems import InvalidConfig, Problem, pointer

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


@contextmanager
def concealing(written: Any, environ: Mapping[str, str]) -> Iterator[None]:
    """Problems that are raised in the block say `${NAME}` where they would say what it stands for."""
    try:
        yield
    except InvalidConfig as error:
        problems = [
            Problem(p.path, concealed(p.value, written, environ), concealed(p.message, written, environ))
            for p in error.problems
        ]
        raise InvalidConfig(problems, concealed(error.subject, written, environ)) from None


def concealed(shown: Any, written: Any, environ: Mapping[str, str]) -> Any:
    """A copy of a JSON value in which the references of `written` stand where what they stand for would be shown."""
    if isinstance(shown, dict):
        return {key: concealed(item, written, environ) for key, item in shown.items()}
    if isinstance(shown, list):
        return [concealed(item, written, environ) for item in shown]
    if not isinstance(shown, str):
        return shown
    for name in sorted(_names(written) & environ.keys(), key=lambda name: -len(environ[name])):
        if environ[name]:
            reference = f"${{{name}}}".replace("\\", r"\\")
            shown = re.sub(rf"(?<!\w){re.escape(environ[name])}(?!\w)", reference, shown)
    return shown


def _names(value: Any) -> set[str]:
    """Names of all variables that a JSON value refers to."""
    if isinstance(value, dict):
        return set().union(*map(_names, value.values()))
    if isinstance(value, list):
        return set().union(*map(_names, value))
    return {match["name"].strip() for match in _REFERENCE.finditer(value)} if isinstance(value, str) else set()
