"""An endless stream of clicks into Kafka at a steady rate, from a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from crushpad.quickstart.clicks import clicks
from ingest.streams.producer import BatchProducer, ProduceFailed

SEED = 20_260_101
TICK_S = 0.02


class ClickStream:
    """Rows from number `start_row` on; row `n` goes to partition `n % partitions`. A context manager."""

    def __init__(
        self,
        brokers: str,
        topic: str,
        partitions: int,
        start_row: int,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.produced = 0
        """Rows handed over since the start."""
        self.seconds = 0.0
        """How long that took, from the last change of the rate to the last row."""
        self._topic = topic
        self._partitions = partitions
        self._start_row = start_row
        self._now_ms = now_ms
        self._producer = BatchProducer(brokers)
        self._stopping = threading.Event()
        self._failure: ProduceFailed | None = None
        self._pace = (time.monotonic(), 0, 0.0)
        self._limit: int | None = None
        self._thread = threading.Thread(target=self._run, name="click-stream", daemon=True)

    def flow(self, rows_per_second: float, limit: int | None = None) -> None:
        """From now on at this rate, until `limit` rows were produced in all (None: for ever)."""
        self._limit = limit
        self._pace = (time.monotonic(), self.produced, rows_per_second)

    @property
    def flowing(self) -> bool:
        """Whether rows come now: some did, and the limit is not reached."""
        return self.produced > 0 and (self._limit is None or self.produced < self._limit)

    def check(self) -> None:
        """Raises `ProduceFailed` if the stream broke off."""
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()
        self._producer.close()

    def _run(self) -> None:
        try:
            while not self._stopping.wait(TICK_S):
                self._produce(self._due())
        except ProduceFailed as failure:
            self._failure = failure

    def _due(self) -> int:
        began, produced_then, rate = self._pace
        wanted = produced_then + int((time.monotonic() - began) * rate)
        if self._limit is not None:
            wanted = min(wanted, self._limit)
        return max(0, wanted - self.produced)

    def _produce(self, rows: int) -> None:
        if not rows:
            return
        first = self._start_row + self.produced
        messages = clicks(SEED, first, rows, self._now_ms(), step=0)
        for offset in range(min(rows, self._partitions)):
            partition = (first + offset) % self._partitions
            self._producer.send(self._topic, partition, messages[offset :: self._partitions])
        self.produced += rows
        self.seconds = time.monotonic() - self._pace[0]
