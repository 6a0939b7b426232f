"""The environment of a process that connects: variables, and the secrets in a folder of files.

A table config comes from whoever may upload one, so it names files of that folder and no others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tableconfigs.references import Unresolved

SECRET_BYTES_MAX = 1 << 20
KINDS = ("secret", "file", "path")


class ConnectingEnvironment(Mapping[str, str]):
    """Variables by name; `secret:NAME`, `file:PATH` and `file:PATH:KEY` are read from `folder` when they are asked for.

    `path:PATH` is where the file lies. What is asked for and is not there raises `Unresolved`, which names it.
    """

    def __init__(self, variables: Mapping[str, str], folder: Path | None) -> None:
        self._variables, self._folder = variables, folder

    def __getitem__(self, name: str) -> str:
        kind, _, what = name.partition(":")
        if not what or kind not in KINDS:
            return self._variables[name]
        if kind == "path":
            return str(_inside(self._folder, what))
        return _content(self._folder, what) if kind == "secret" else _part(self._folder, what)

    def __contains__(self, name: object) -> bool:
        return name in self._variables or (isinstance(name, str) and name.partition(":")[0] in KINDS)

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def checked_files(properties: Mapping[str, str], folder: Path | None) -> dict[str, str]:
    """librdkafka's properties with the files that they name inside `folder`, as whole paths. Raises `Unresolved`."""
    return {
        name: str(_inside(folder, value)) if name.endswith(".location") else value for name, value in properties.items()
    }


def _part(folder: Path | None, what: str) -> str:
    """A file, or of a file of `key=value` lines one value, as in Kafka's own providers."""
    path, _, key = what.partition(":")
    text = _content(folder, path)
    if not key:
        return text
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == key:
            return value.strip()
    raise Unresolved(f"the file {path} of secrets has no line {key}=...")


def _content(folder: Path | None, name: str) -> str:
    path = _inside(folder, name)
    try:
        with path.open("rb") as file:
            return file.read(SECRET_BYTES_MAX).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Unresolved(f"the secret {name} cannot be read: {type(error).__name__}; it must be a text file") from None


def _inside(folder: Path | None, name: str) -> Path:
    if folder is None:
        raise Unresolved(f"{name} is a file of secrets, and the setting secrets_dir does not say where they are")
    root = folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise Unresolved(f"{name} is not in the folder of secrets, {folder}: only files there may be named")
    return path
