"""One query, asked of several in turn: is each answer right, and how long did it take?"""

from __future__ import annotations

import http.client
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from scripts.bench.answers import Rows, difference
from scripts.bench.asking import Refused
from scripts.bench.bare import Answer
from scripts.bench.queries.case import Case, Query

Ask = Callable[[Query], Answer]

WARM_ROUNDS = 2
ROUNDS_MIN, ROUNDS_MAX = 5, 60


@dataclass(slots=True)
class Comparison:
    """Who is asked, by name, and who knows the truth; `wrong` counts the queries that one got wrong or refused."""

    askers: Mapping[str, Ask]
    truth: Callable[[Query], Rows]
    seconds: float
    wrong: Counter[str] = field(default_factory=Counter)

    def of(self, case: Case) -> dict[str, list[float]]:
        """ms of each asking, of those that answer at all."""
        answering = {name: ask for name, ask in self.askers.items() if self._checked(name, case, case.queries[0])}
        found = in_turn(answering, case.queries, self.seconds)
        for query in case.queries[1:]:
            for name in answering:
                self._checked(name, case, query)
        return found

    def _checked(self, name: str, case: Case, query: Query) -> bool:
        """False when there was no answer; a wrong one is counted and said, as is none."""
        try:
            rows = self.askers[name](query)[1]
        except (Refused, OSError, http.client.HTTPException) as error:
            self._note(name, case, str(error))
            return False
        if (said := difference(rows, self.truth(query), case.tolerance)) is not None:
            self._note(name, case, said)
        return True

    def _note(self, name: str, case: Case, said: str) -> None:
        self.wrong[name] += 1
        print(f"    {name} is wrong at {case.name}: {said[:300]}", file=sys.stderr, flush=True)


def in_turn(askers: Mapping[str, Ask], queries: Sequence[Query], seconds: float) -> dict[str, list[float]]:
    """ms of each asking: a round asks everybody one query, each round begins with another; the first do not count."""
    found: dict[str, list[float]] = {name: [] for name in askers}
    names, until = [*askers], time.monotonic() + seconds
    for number in range(WARM_ROUNDS + ROUNDS_MAX):
        if number >= WARM_ROUNDS + ROUNDS_MIN and time.monotonic() > until:
            break
        first = number % len(names) if names else 0
        for name in names[first:] + names[:first]:
            took, _ = askers[name](queries[(number + 1) % len(queries)])
            if number >= WARM_ROUNDS:
                found[name].append(took)
    return found
