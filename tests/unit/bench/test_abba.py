"""The order of turns, and that never two systems run at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from scripts.bench.abba import Taken, order, taken


def test_two_systems_go_forth_and_back():
    assert order(2, 3) == [0, 1, 1, 0, 0, 1]


def test_three_systems_too():
    assert order(3, 2) == [0, 1, 2, 2, 1, 0]


def test_alone_it_is_a_row_of_repetitions():
    assert order(1, 3) == [0, 0, 0]


@dataclass
class Recorder:
    """A system that writes down when it starts and stops."""

    name: str
    events: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.events.append(f"{self.name} starts")

    def stop(self) -> None:
        self.events.append(f"{self.name} stops")


def recorders(events: list[str]):
    return [lambda: Recorder("a", events), lambda: Recorder("b", events)]


def test_a_system_is_stopped_before_the_next_one_starts():
    events: list[str] = []
    taken(recorders(events), 2, lambda system: {"length": len(events)})
    assert events == [f"{who} {what}" for who in "abba" for what in ("starts", "stops")]


def test_a_system_is_stopped_when_its_measurement_fails():
    events: list[str] = []
    with pytest.raises(ZeroDivisionError):
        taken(recorders(events), 1, lambda _: {"never": 1 / 0})
    assert events == ["a starts", "a stops"]


def test_repetitions_are_gathered_by_measure_the_first_system_being_ours():
    found = Taken()
    for system, speed in (("a", 1.0), ("b", 5.0), ("b", 6.0), ("a", 2.0)):
        found.add(system, {"speed": speed} | ({"limit": 9.0} if system == "a" else {}))
    assert found.ours("speed") == (1.0, 2.0)
    assert found.peers("speed") == {"b": (5.0, 6.0)}
    assert found.ours("limit") == (9.0, 9.0)
    assert found.peers("limit") == {}
