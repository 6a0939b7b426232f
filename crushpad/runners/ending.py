"""How a process of this host ends: in order, but never later than promised."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable
from types import FrameType

import structlog

log = structlog.get_logger()

ENDED = 0


def stop_event(signals: Iterable[signal.Signals], within_s: float) -> threading.Event:
    """An event that these signals set. A process that is still there `within_s` seconds later ends at once.

    What is away (ZooKeeper, Kafka) may not hold a process up, and nothing is lost: every file is as after a crash,
    which the next process takes over from (P20). Call it from the main thread.
    """
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in signals:
        signal.signal(number, told)
    threading.Thread(target=_end_late, args=(stop, within_s), name="ending", daemon=True).start()
    return stop


def _end_late(stop: threading.Event, within_s: float) -> None:
    stop.wait()
    threading.Event().wait(within_s)
    log.warning("not ended in order, so ended at once", after_s=within_s)
    os._exit(ENDED)
