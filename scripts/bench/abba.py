"""Who is measured when: forth and back (ABBA, ABCCBA), so that a drift of the machine meets all systems alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from scripts.bench.systems.port import System

Numbers = Mapping[str, float]
"""What one repetition measured of one system, by the name of the measure."""


def order(systems: int, repetitions: int) -> list[int]:
    """The systems' numbers in the order of their turns: 0 1, 1 0, 0 1 ..."""
    forth = list(range(systems))
    return [number for turn in range(repetitions) for number in (forth if turn % 2 == 0 else reversed(forth))]


@dataclass(frozen=True, slots=True)
class Taken:
    """What all repetitions measured: by system, one mapping per repetition; the first system is ours."""

    by_system: dict[str, list[Numbers]] = field(default_factory=dict)

    def add(self, system: str, numbers: Numbers) -> None:
        self.by_system.setdefault(system, []).append(numbers)

    def ours(self, measure: str) -> tuple[float, ...]:
        """Empty when we have no such measure."""
        return _column(next(iter(self.by_system.values()), []), measure)

    def peers(self, measure: str) -> dict[str, tuple[float, ...]]:
        """Of those that have the measure."""
        found = {name: _column(taken, measure) for name, taken in list(self.by_system.items())[1:]}
        return {name: values for name, values in found.items() if values}


def taken(systems: Sequence[Callable[[], System]], repetitions: int, measure: Callable[[System], Numbers]) -> Taken:
    """Measure each system `repetitions` times, each time in a new installation; never two at once."""
    found = Taken()
    for number in order(len(systems), repetitions):
        with running(systems[number]()) as system:
            found.add(system.name, measure(system))
    return found


@contextmanager
def running(system: System) -> Iterator[System]:
    """Started and healthy within, stopped behind."""
    try:
        system.start()
        yield system
    finally:
        system.stop()


def _column(found: Sequence[Numbers], measure: str) -> tuple[float, ...]:
    return tuple(numbers[measure] for numbers in found if measure in numbers)
