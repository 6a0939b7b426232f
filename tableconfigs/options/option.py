"""What the registry says of one key."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """What becomes of a key that is written in a config."""

    HONOURED = "honoured"
    OWN_WAY = "honoured in our own way"
    WITHOUT_EFFECT = "accepted without effect"
    REFUSED = "refused"


class Kind(StrEnum):
    """What a value is. Scalars are read leniently: a number may be written as text, and text as a number."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "true or false"
    PERIOD = "period"
    SIZE = "data size"
    LIST = "list"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Said:
    """A fate and its sentence: what the key does here, or why it does nothing, or what to write instead."""

    fate: Fate
    doc: str


@dataclass(frozen=True, slots=True)
class Option:
    """One key. `low` and `high` bound numbers, both inclusive; `parse` raises ValueError for a text that is wrong."""

    path: str
    kind: Kind
    default: Any
    fate: Fate
    doc: str
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    parse: Callable[[str], Any] | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2].removesuffix("[]")


def honoured(doc: str) -> Said:
    """The key does here what it does in Pinot."""
    return Said(Fate.HONOURED, doc)


def own_way(doc: str) -> Said:
    """What the key is for is done, by other means."""
    return Said(Fate.OWN_WAY, doc)


def no_effect(doc: str) -> Said:
    """The key is read, kept, and warned about."""
    return Said(Fate.WITHOUT_EFFECT, doc)


def refused(doc: str) -> Said:
    """A config that sets the key is not taken."""
    return Said(Fate.REFUSED, doc)
