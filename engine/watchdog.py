"""Interrupts a query at its deadline. One thread for the life of an engine: starting one costs a millisecond."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AGAIN_S = 0.05
"""An interrupt is lost on a query that is still being planned, so it is repeated until the query ends."""


class Watchdog:
    """Calls `interrupt` when the time of what is being guarded is over. For one guarded block at a time."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._changed = threading.Condition()
        self._deadline = self._wakes_at = math.inf
        self._is_closed = False
        self._thread = threading.Thread(target=self._watch, name="query deadlines", daemon=True)
        self._thread.start()

    @contextmanager
    def guard(self, timeout_s: float) -> Iterator[None]:
        """Within this block `interrupt` is called `timeout_s` from now on; never after it."""
        self._set(time.monotonic() + timeout_s)
        try:
            yield
        finally:
            self._set(math.inf)

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    def _set(self, deadline: float) -> None:
        """The thread is woken only when it would come too late; most deadlines follow an earlier one."""
        with self._changed:
            self._deadline = deadline
            if deadline < self._wakes_at:
                self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._is_closed:
                now = time.monotonic()
                if self._deadline <= now:
                    self._interrupt()
                    self._deadline = now + AGAIN_S
                self._wakes_at = self._deadline
                self._changed.wait(None if math.isinf(self._wakes_at) else self._wakes_at - now)
