"""What the follower has to read, and when. Watches and the session's listener put into it and never block."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Set
from typing import Any

from zk import paths
from zk.mirror import EVERYTHING
from zk.paths import Place
from zk.session import SessionState

PUBLISH_INTERVAL_S = 0.02
RETRY_S = 0.1
"""First pause before something that is missing here is looked for again; doubled up to `RETRY_MAX_S`."""
RETRY_MAX_S = 5.0


class Agenda:
    """Places that are due. Nothing is, while the session is not `alive`."""

    def __init__(self, alive: threading.Event) -> None:
        self._alive = alive
        self._told = threading.Condition()
        self._due: set[Place] = {EVERYTHING}
        self._missing: Set[Place] = frozenset()
        self._not_before = 0.0
        self._retry_at = math.inf
        self._retry_s = RETRY_S
        self._is_closed = False

    def watch(self, event: Any) -> None:
        """kazoo's callback; an event without a path says that the connection was lost, and all watches with it."""
        place = EVERYTHING if event.path is None else paths.place(event.path)
        if place is not None:
            self._add(place)

    def on_state(self, state: SessionState) -> None:
        """Every change of the session means that watches are gone; once connected there is nothing to wait for."""
        if state is SessionState.CONNECTED:
            self._not_before = 0.0
        self._add(EVERYTHING)

    def next(self) -> set[Place] | None:
        """Wait for something to be due, and take it. None when closed."""
        with self._told:
            while not self._is_closed:
                now = time.monotonic()
                pause = self._pause(now)
                if pause <= 0:
                    return self._taken(now)
                self._told.wait(None if pause == math.inf else pause)
        return None

    def done(self, missing: Set[Place]) -> None:
        """What was taken is published, but of `missing` something is not on this host yet."""
        with self._told:
            now = time.monotonic()
            self._not_before = now + PUBLISH_INTERVAL_S
            if not missing <= self._missing:
                self._retry_s = RETRY_S
                self._retry_at = now + RETRY_S
            elif not missing:
                self._retry_at = math.inf
            elif self._retry_at == math.inf:
                self._retry_s = min(self._retry_s * 2, RETRY_MAX_S)
                self._retry_at = now + self._retry_s
            self._missing = missing

    def failed(self, pause_s: float = RETRY_S) -> None:
        """What was taken could not be read or published: all of it again, after a pause."""
        with self._told:
            self._due.add(EVERYTHING)
            self._not_before = time.monotonic() + pause_s

    def close(self) -> None:
        with self._told:
            self._is_closed = True
            self._told.notify_all()

    def _add(self, place: Place) -> None:
        with self._told:
            self._due.add(place)
            self._told.notify_all()

    def _pause(self, now: float) -> float:
        if not self._alive.is_set():
            return math.inf
        return min(self._not_before if self._due else math.inf, self._retry_at) - now

    def _taken(self, now: float) -> set[Place]:
        taken, self._due = self._due, set()
        if now >= self._retry_at:
            taken |= self._missing
            self._retry_at = math.inf
        return taken
