"""What became of one promise of a segment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    OK = "ok"
    FOUND = "found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """`detail` is a phrase: what was compared, what is wrong, or why nothing could tell."""

    check: str
    status: Status
    detail: str


def ok(check: str, detail: str) -> Check:
    return Check(check, Status.OK, detail)


def found(check: str, detail: str) -> Check:
    return Check(check, Status.FOUND, detail)


def unknown(check: str, detail: str) -> Check:
    return Check(check, Status.UNKNOWN, detail)


def judged(check: str, problems: list[str], detail: str) -> Check:
    """Found when there are problems, else ok."""
    return found(check, "; ".join(problems)) if problems else ok(check, detail)
