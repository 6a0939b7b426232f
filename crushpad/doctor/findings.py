"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor."""

    check: str
    level: Level
    says: str
    advice: str | None = None
    """What to do; None when nothing is to be done."""


def ok(check: str, says: str) -> Finding:
    return Finding(check, Level.OK, says)


def warn(check: str, says: str, advice: str) -> Finding:
    return Finding(check, Level.WARN, says, advice)


def bad(check: str, says: str, advice: str) -> Finding:
    return Finding(check, Level.BAD, says, advice)
