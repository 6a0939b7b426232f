"""Events of one group, walked in order of time through windows that begin with the first step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.functions.entry import ArrowFunction
from engine.sketches.entry import per_group

STRICT_DEDUPLICATION, STRICT_ORDER, STRICT_INCREASE = 1, 2, 4
Event = tuple[int, int]
"""Its time and the step that it is, from 0; -1 for an event that is none of the steps."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`window` and `gap_max` in the unit of the events' time; a `gap_max` of 0 allows any."""

    window: int
    steps: int
    modes: int
    gap_max: int


class _Windows:
    """Windows over the events: each begins at an event that is the first step."""

    def __init__(self, events: Sequence[Event], rules: Rules) -> None:
        self._coming = deque(sorted(events))
        self._rules = rules
        self._current: deque[Event] = deque()

    def __iter__(self) -> Iterator[deque[Event]]:
        while self._coming:
            self._begin()
            if not self._current:
                return
            self._fill()
            yield self._current

    def advance(self, moment: int | None = None) -> None:
        """Drop the first event of the window, and those before `moment`."""
        self._current.popleft()
        while moment is not None and self._current and self._current[0][0] < moment:
            self._current.popleft()

    def _begin(self) -> None:
        while self._current and self._current[0][1] != 0:
            self._current.popleft()
        while not self._current and self._coming:
            event = self._coming.popleft()
            if event[1] == 0:
                self._current.append(event)

    def _fill(self) -> None:
        end, gap_max = self._current[0][0] + self._rules.window, self._rules.gap_max
        while self._coming and self._coming[0][0] < end:
            if gap_max and self._coming[0][0] - self._current[-1][0] > gap_max:
                return
            self._current.append(self._coming.popleft())


def max_step(events: Sequence[Event], rules: Rules) -> int:
    """How many steps came one after the other, at best."""
    best, windows = 0, _Windows(events, rules)
    for window in windows:
        best = max(best, _reached(window, rules))
        if best == rules.steps:
            break
        windows.advance()
    return best


def match_step(events: Sequence[Event], rules: Rules) -> list[int]:
    best = max_step(events, rules)
    return [1] * best + [0] * (rules.steps - best)


def _reached(window: Sequence[Event], rules: Rules) -> int:
    reached, previous = 0, -1
    for moment, step in window:
        if rules.modes & STRICT_DEDUPLICATION and step == reached - 1:
            return reached
        if rules.modes & STRICT_ORDER and step != reached:
            return reached
        if rules.modes & STRICT_INCREASE and moment == previous:
            continue
        if step == reached:
            reached, previous = reached + 1, moment
        if reached == rules.steps:
            break
    return reached


def complete_count(events: Sequence[Event], rules: Rules) -> int:
    """How many times all steps were done."""
    total, windows = 0, _Windows(events, rules)
    for window in windows:
        rounds, last = _rounds(window, rules)
        total += rounds
        windows.advance(last)
    return total


def _rounds(window: Sequence[Event], rules: Rules) -> tuple[int, int | None]:
    """Rounds completed in the window, and when the last one was."""
    rounds, reached, previous, last = 0, 0, -1, None
    for moment, step in window:
        if rules.modes & STRICT_DEDUPLICATION and step == reached - 1:
            reached = 0
        if rules.modes & STRICT_ORDER and step != reached:
            reached = 0
        if rules.modes & STRICT_INCREASE and moment == previous:
            continue
        previous = moment
        if step == reached:
            reached += 1
        if reached == rules.steps:
            rounds, reached, last = rounds + 1, 0, moment
    return rounds, last


def _over_lists(walk: Callable[[Sequence[Event], Rules], object]) -> Callable[..., object]:
    def call(moments: list[int | None], steps: list[int], *rules: int) -> object:
        found = zip(moments, steps, strict=True)
        return walk([(moment, step) for moment, step in found if moment is not None], Rules(*rules))

    return call


_PARAMETERS = "BIGINT[] INTEGER[] BIGINT INTEGER INTEGER BIGINT"
FUNNELS: tuple[ArrowFunction, ...] = (
    per_group("funnelmaxstep", _PARAMETERS, "INTEGER", _over_lists(max_step)),
    per_group("funnelcompletecount", _PARAMETERS, "INTEGER", _over_lists(complete_count)),
    per_group("funnelmatchstep", _PARAMETERS, "INTEGER[]", _over_lists(match_step)),
)
