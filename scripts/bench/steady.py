"""A stream of clicks at a steady rate, by a process of its own, so that it and those who measure do not share a GIL.

python -m scripts.bench.steady BROKERS TOPIC ROWS_PER_SECOND SECONDS
"""

from __future__ import annotations

import sys
import time

from crushpad.quickstart.clicks import clicks
from ingest.streams.producer import BatchProducer

TICK_S = 0.01
SEED = 11
FIRST_MS = 1_700_000_000_000


def rows_of_tick(rate: int, at: int) -> range:
    """The rows of the tick numbered `at`: as many in all as the rate says, also below one a tick."""
    return range(round(at * rate * TICK_S), round((at + 1) * rate * TICK_S))


def stream(brokers: str, topic: str, rate: int, seconds: float) -> None:
    """Send each tick's rows when it is time, or at once when that has passed."""
    with BatchProducer(brokers, {"linger.ms": 0}) as producer:
        began = time.monotonic()
        for at in range(round(seconds / TICK_S)):
            rows = rows_of_tick(rate, at)
            batch = clicks(SEED, rows.start, len(rows), FIRST_MS + at * round(TICK_S * 1000), 1000 / rate)
            time.sleep(max(0.0, began + at * TICK_S - time.monotonic()))  # it is the rate
            producer.send(topic, 0, batch)
        producer.flush(60)


if __name__ == "__main__":
    stream(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
