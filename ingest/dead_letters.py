"""Copies committed rejects to a table's dead-letter topic: at least once, behind the commit, and in nobody's way.

A record goes out only once its segment is committed, so that what is in the topic is among the rejects too. Progress is
written after Kafka has acknowledged a batch: a process that ends in between sends that batch again, and no more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from ingest.dead_letter_records import DeadLetter, letters
from ingest.streams.producer import ProduceFailed
from segments.catalogue import Catalogue, PartitionEntry, TableEntry
from segments.dead_letters import DeadLetterProgress, DeadLetterRegistry
from segments.offsets import following
from segments.registry import RegistryUnavailable
from segments.status import WorkerStatus
from tableconfigs.problems import InvalidConfig
from tableconfigs.stream import StreamConfig
from tableconfigs.table import TableConfig

log = structlog.get_logger()

EVERY_S = 0.5
RETRY_S_MAX = 30.0
STOP_S = 1.0


class Outlet(Protocol):
    """Where dead letters go. One client of one cluster."""

    def send(self, topic: str, batch: list[DeadLetter]) -> None:
        """Return once all of `batch` is in Kafka, or is too large ever to be. Raises ProduceFailed."""

    def close(self) -> None:
        """Let go of the connection."""


@dataclass
class _Run:
    """One table's letters. Trouble is tried again, later each time."""

    topic: str
    stream: StreamConfig
    outlet: Outlet | None = None
    progress: dict[int, int] = field(default_factory=dict)
    trouble: str | None = None
    not_before_s: float = 0.0
    wait_s: float = EVERY_S


class DeadLetters:
    """One thread for all tables of a worker."""

    def __init__(
        self,
        registry: DeadLetterRegistry,
        connect: Callable[[StreamConfig], Outlet],
        environ: Mapping[str, str],
        takes: Callable[[int], bool],
        clock_s: Callable[[], float],
    ) -> None:
        """`takes` says whether a partition id is this worker's."""
        self._registry, self._connect, self._environ = registry, connect, environ
        self._takes, self._clock_s = takes, clock_s
        self._catalogue = Catalogue(0, 0, {})
        self._runs: dict[str, _Run] = {}
        self._read: dict[str, tuple[str, int]] = {}
        """By table: incarnation and config version that were looked at."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="dead-letters", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def follow(self, catalogue: Catalogue) -> None:
        """What is committed by now."""
        self._catalogue = catalogue

    def close(self) -> None:
        """Stop soon; what was not acknowledged is sent again by the next process."""
        self._stop.set()
        self._thread.join(STOP_S)

    def noted(self, status: WorkerStatus) -> WorkerStatus:
        """The status with what keeps each partition's letters from going out."""
        troubles = {name: run.trouble for name, run in list(self._runs.items()) if run.trouble}
        if not troubles:
            return status
        said = [one.model_copy(update={"dead_letters": troubles.get(one.table)}) for one in status.partitions]
        return status.model_copy(update={"partitions": said})

    def step(self) -> None:
        """Send what is new of every table. Raises nothing for the world's faults."""
        tables = {name: table for name, table in self._catalogue.tables.items() if table.state != "deleting"}
        for name in self._read.keys() - tables.keys():
            self._forget(name)
        for table in tables.values():
            self._follow_config(table)
            run = self._runs.get(table.name)
            if run is not None and self._clock_s() >= run.not_before_s:
                self._tend(run, table)

    def _loop(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                self.step()
            except Exception:  # a fault of ours must be seen, and rows go on
                log.exception("dead letters failed")
        for name in list(self._runs):
            self._forget(name)

    def _tend(self, run: _Run, table: TableEntry) -> None:
        try:
            for entry in table.partitions:
                if self._takes(entry.partition):
                    self._send(run, table, entry)
        except (ProduceFailed, RegistryUnavailable, OSError, ValueError) as error:
            self._troubled(run, table.name, str(error))
        else:
            run.trouble, run.wait_s = None, EVERY_S

    def _send(self, run: _Run, table: TableEntry, entry: PartitionEntry) -> None:
        start = self._next_offset(run, table, entry)
        for batch in self._batches(table, entry, start):
            if self._stop.is_set():
                return
            run.outlet = run.outlet or self._connect(run.stream)
            run.outlet.send(run.topic, batch)
            run.progress[entry.partition] = following(batch[-1].offset)
            progress = DeadLetterProgress(topic=run.topic, next_offset=run.progress[entry.partition])
            self._registry.put_progress(table.incarnation, entry.partition, progress)

    def _batches(self, table: TableEntry, entry: PartitionEntry, start: int) -> Iterator[list[DeadLetter]]:
        for segment in entry.segments:
            if segment.rejects and segment.rejects_path and segment.end > start:
                yield from letters(table.name, entry, segment, start)

    def _next_offset(self, run: _Run, table: TableEntry, entry: PartitionEntry) -> int:
        if entry.partition not in run.progress:
            known = self._registry.progress(table.incarnation, entry.partition)
            run.progress[entry.partition] = known.next_offset if known is not None and known.topic == run.topic else 0
        return run.progress[entry.partition]

    def _follow_config(self, table: TableEntry) -> None:
        """Begin anew when the config is another one. One that cannot be read is the worker's to report."""
        versions = (table.incarnation, table.config_version)
        if self._read.get(table.name) == versions:
            return
        self._forget(table.name)
        self._read[table.name] = versions
        try:
            config = TableConfig.parse(table.config, self._environ).value
        except InvalidConfig:
            return
        topic = config.ingestion.rejects.dead_letter_topic
        if topic:
            self._runs[table.name] = _Run(topic, config.streams[0])

    def _troubled(self, run: _Run, table: str, reason: str) -> None:
        if run.trouble is None:
            log.warning("dead letters wait", table=table, topic=run.topic, reason=reason)
        run.trouble = f"dead letters for {run.topic} wait: {reason}"
        run.not_before_s, run.wait_s = self._clock_s() + run.wait_s, min(2 * run.wait_s, RETRY_S_MAX)
        if run.outlet is not None:
            run.outlet.close()
            run.outlet = None

    def _forget(self, name: str) -> None:
        self._read.pop(name, None)
        run = self._runs.pop(name, None)
        if run is not None and run.outlet is not None:
            run.outlet.close()
