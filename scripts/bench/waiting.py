"""Waiting for what only asking can tell."""

from __future__ import annotations

import time
from collections.abc import Callable

INTERVAL_S = 0.05


def until(holds: Callable[[], bool], within_s: float, what: str, interval_s: float = INTERVAL_S) -> float:
    """Seconds until `holds` says so. Raises TimeoutError, naming `what`, after `within_s` seconds."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > within_s:
            raise TimeoutError(f"not within {within_s:g} s: {what}")
        time.sleep(interval_s)  # systems under test tell nobody when they are done
    return time.monotonic() - began
