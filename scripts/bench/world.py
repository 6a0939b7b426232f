"""Where a run takes place: the servers, the systems, and how much of everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.systems.port import System


@dataclass(frozen=True, slots=True)
class World:
    """A real Kafka and a real ZooKeeper, a temporary folder, and how to make each system.

    `systems`: ours first; each call makes a new, empty installation that is not started. `seconds` is about what a part
    should take for all its repetitions when `quick`; a part has its full size otherwise.
    """

    brokers: str
    zookeeper: str
    folder: Path
    systems: Sequence[Callable[[], System]]
    repetitions: int
    quick: bool
    seconds: float
