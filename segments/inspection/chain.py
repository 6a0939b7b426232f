"""The chain of a partition, from footers alone (P6, P13): each segment names the attempt before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from segments.inspection.facts import Facts, State


@dataclass(frozen=True, slots=True)
class Link:
    """A segment in its place; `problem` says why it does not continue what lies before it."""

    facts: Facts
    problem: str | None


def chains(found: Iterable[Facts]) -> Iterator[Link]:
    """The segments of each partition in order. What is missing (deleted, elsewhere, a gap) is said, not judged."""
    in_order = sorted(found, key=lambda one: (str(one.identity), one.sequence, one.attempt or ""))
    for _, partition in groupby(in_order, key=lambda one: one.identity):
        yield from _chain(list(partition))


def _chain(partition: Sequence[Facts]) -> Iterator[Link]:
    before: list[Facts] = []
    for sequence, group in groupby(partition, key=lambda one: one.sequence):
        attempts = list(group)
        for one in attempts:
            yield Link(one, _problem(before, one, sequence))
        before = attempts


def _problem(before: Sequence[Facts], facts: Facts, sequence: int) -> str | None:
    if not before:
        return None
    if before[0].sequence != sequence - 1:
        return f"sequence {before[0].sequence + 1} to {sequence - 1} are not here"
    return "; ".join(link_problems(before, facts)) or None


def link_problems(before: Sequence[Facts], facts: Facts) -> list[str]:
    """Why `facts` does not continue the chain of any of `before`, attempts at the sequence number before it.

    A consuming segment names no predecessor: it goes on where one of them ends.
    """
    if facts.state is State.CONSUMING:
        named = [one for one in before if one.end == facts.start] or list(before)
    else:
        named = [one for one in before if one.attempt == facts.predecessor]
    if not named:
        attempts, earlier = ", ".join(str(one.attempt) for one in before), facts.sequence - 1
        return [f"{facts.name} names {facts.predecessor} as its predecessor, sequence {earlier} is {attempts}"]
    end = named[0].end
    if end == facts.start:
        return []
    kind = "hole" if facts.start > end else "overlap"
    return [f"{kind} in offsets between {min(end, facts.start)} and {max(end, facts.start)} before {facts.name}"]
