"""Pieces of work that are compared on one processor: they take turns, and the best round of each counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

Work = Callable[[], object]


def best_cpu_s(
    works: Mapping[str, Work], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """Seconds of the processor in the best round of each; they take turns in an order that turns too.

    (Who comes after a reader that leaves ten thousand objects behind finds cold caches, who comes after that does not.)
    """
    found = dict.fromkeys(works, float("inf"))
    for turn in range(rounds):
        first = turn % len(works)
        for name, work in [*works.items()][first:] + [*works.items()][:first]:
            began = clock()
            work()
            found[name] = min(found[name], clock() - began)
    return found


def repeated(works: Mapping[str, Work], rounds: int, repetitions: int) -> dict[str, tuple[float, ...]]:
    """The best round of each piece of work, once for each repetition."""
    found = [best_cpu_s(works, rounds) for _ in range(repetitions)]
    return {name: tuple(one[name] for one in found) for name in works}
