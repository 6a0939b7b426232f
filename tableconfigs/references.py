"""References in string values: stored as written, resolved only where the value is used.

`${NAME}`, `${NAME:default}` and `${env:NAME}` are variables of the environment. `${secret:NAME}` and `${file:PATH}` are
resolved late: an environment that does not hold `secret:NAME` (that of a config check) leaves them as they are; that of
the process which connects holds them.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tableconfigs.problems import InvalidConfig, Problem, pointer

_LATE = re.compile(r"\$\{(?P<name>(?:secret|file):[^}]+)\}")
_NAMED = re.compile(r"\$\{(?!secret:|file:)(?:env:)?(?P<name>[^}:]+)(?::(?P<default>[^}]*))?\}")


class Unresolved(ValueError):
    """Fix the environment: a reference names what is not there. The text says what, and what to do."""


def resolve(text: str, environ: Mapping[str, str]) -> str:
    """`text` with its references replaced; late ones only if `environ` holds them. Raises `Unresolved`."""

    def replacement(match: re.Match[str]) -> str:
        name, default = match["name"].strip(), match["default"]
        if name in environ:
            return environ[name]
        if default is None:
            raise Unresolved(f"environment variable {name} is not set; set it or write ${{{name}:default}}")
        return default

    def late(match: re.Match[str]) -> str:
        return environ[match["name"]] if match["name"] in environ else match[0]

    return _LATE.sub(late, _NAMED.sub(replacement, text))


def named_file(name: str, environ: Mapping[str, str]) -> str:
    """The whole path of a file that a config names, if whoever connects lets it be read: its environment holds
    `path:NAME`. A scheme `file:` may stand before the name. Raises `Unresolved`."""
    path = name.removeprefix("file://").removeprefix("file:")
    if f"path:{path}" not in environ:
        raise Unresolved(f"{path} is a file, and only a process that connects reads those of its secrets_dir")
    return environ[f"path:{path}"]


def is_late(text: str) -> bool:
    """Whether a part of `text` is a secret that is not known yet."""
    return _LATE.search(text) is not None


def late_places(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """JSON pointers of all strings with late references, and the strings."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from late_places(item, path + pointer(key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from late_places(item, path + pointer(at))
    elif isinstance(value, str) and is_late(value):
        yield path, value


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
    return stored if isinstance(stored, str) and _refers(stored) else printed


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
    known = {name: _known(environ, name) for name in _names(written)}
    for name, value in sorted(known.items(), key=lambda item: -len(item[1])):
        if value:
            reference = f"${{{name}}}".replace("\\", r"\\")
            shown = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", reference, shown)
    return shown


def _known(environ: Mapping[str, str], name: str) -> str:
    """What a reference stands for; nothing, when that cannot be said."""
    try:
        return environ.get(name, "")
    except Unresolved:
        return ""


def _refers(text: str) -> bool:
    return is_late(text) or _NAMED.search(text) is not None


def _names(value: Any) -> set[str]:
    """Names of everything that a JSON value refers to, `secret:NAME` and `file:PATH` for the late ones."""
    if isinstance(value, dict):
        return set().union(*map(_names, value.values()))
    if isinstance(value, list):
        return set().union(*map(_names, value))
    if not isinstance(value, str):
        return set()
    return {match["name"].strip() for pattern in (_NAMED, _LATE) for match in pattern.finditer(value)}
