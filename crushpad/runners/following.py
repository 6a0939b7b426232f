"""What the host process itself does for all the others: follows ZooKeeper (P21), and keeps house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from crushpad import wiring
from crushpad.runners.controller import Controller
from crushpad.settings import Settings


@contextmanager
def following(settings: Settings, zookeeper: str) -> Iterator[Callable[[], bool]]:
    """A follower and a controller while the block runs; yields whether the follower still works."""
    session = wiring.session(settings, zookeeper)
    follower = wiring.follower(settings, session)
    controller = Controller(settings, session)
    session.start()
    follower.start()
    controller.start()
    try:
        yield lambda: follower.is_running
    finally:
        controller.close()
        follower.close()
        session.close()
