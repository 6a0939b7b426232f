"""The flat map of strings in which Pinot keeps a stream config, read key by key."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from tableconfigs.problems import Problem, pointer

T = TypeVar("T")


class StreamMap:
    """Reads one map: remembers which keys were looked at, collects what is wrong with their values."""

    def __init__(self, entries: Mapping[str, str], path: str) -> None:
        self.entries = dict(entries)
        self.path = path
        self.read: set[str] = set()
        self.problems: list[Problem] = []
        self.warnings: list[str] = []

    def first(self, *keys: str) -> tuple[str, str] | None:
        """The first of `keys` that is present and not blank, with its value; all of them count as read."""
        self.read.update(keys)
        return next(((key, self.entries[key].strip()) for key in keys if self.entries.get(key, "").strip()), None)

    def text(self, *keys: str, default: str) -> str:
        """The value of the first key present."""
        found = self.first(*keys)
        return found[1] if found else default

    def parsed(self, parse: Callable[[str], T], default: T, *keys: str, expected: str) -> T:
        """The parsed value; one that cannot be parsed is a problem in Pinot's words."""
        found = self.first(*keys)
        if found is None:
            return default
        try:
            return parse(found[1])
        except ValueError:
            self.wrong(found[0], f"Invalid config {found[0]}: {found[1]}, must be {expected}")
            return default

    def tolerant(self, parse: Callable[[str], T], default: T, *keys: str) -> T:
        """The parsed value; one that cannot be parsed is only warned about, as Pinot does for tuning keys."""
        found = self.first(*keys)
        if found is None:
            return default
        try:
            return parse(found[1])
        except ValueError:
            self.warn(found[0], f"{found[1]!r} is not understood, using {default}")
            return default

    def flag(self, key: str) -> bool:
        """True only for `true`, in any case."""
        return self.text(key, default="false").lower() == "true"

    def with_prefix(self, prefix: str) -> dict[str, str]:
        """All entries under `prefix`, keys without it; they count as read."""
        found = {key: value for key, value in self.entries.items() if key.startswith(prefix)}
        self.read.update(found)
        return {key.removeprefix(prefix): value for key, value in found.items()}

    def unread(self) -> list[str]:
        """The keys that nobody asked for, in the order written."""
        return [key for key in self.entries if key not in self.read]

    def wrong(self, key: str, message: str) -> None:
        """Note a problem at `key`; values of security properties are not shown, whatever the key is called."""
        value = None if key.startswith(("sasl.", "ssl.")) else self.entries.get(key)
        self.problems.append(Problem(self.path + pointer(key), value, message))

    def warn(self, key: str, message: str) -> None:
        """Note something the user should know but that stops nothing."""
        self.warnings.append(f"{self.path}{pointer(key)}: {message}")
