"""Python's cyclic garbage collector in a process that lives long and allocates in bursts."""

from __future__ import annotations

import gc

ALLOCATIONS = 100_000


def calm_collector() -> None:
    """Collect less often, and never again what the process was started with.

    A batch of Kafka messages is tens of thousands of tracked objects, a full collection of the front's modules 50 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 20)
