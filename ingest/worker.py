"""One ingest process: follows the catalogue, runs the tables that are in it, and says how they are."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog

from ingest.dead_letters import DeadLetters
from ingest.ports import Ports
from ingest.reporting import Reporter
from ingest.table_run import Connect, Share, TableRun
from segments.catalogue import Catalogue, CatalogueReader, PartitionEntry, TableEntry
from segments.status import write_status
from tableconfigs.problems import InvalidConfig

log = structlog.get_logger()

FOLLOW_S = 0.1
ASKING_THREADS = 4


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How one worker runs. Times are seconds, sizes bytes."""

    share: Share
    seal_threads: int
    discovery_s: float
    status_s: float
    disk_reserve_bytes: int
    budget_bytes: int
    """Of consuming rows in the files that are open, for each table."""
    status_path: Path
    disk: Path


class Worker:
    """Reconciles what runs with what the catalogue says, until told to stop."""

    def __init__(
        self,
        catalogue: CatalogueReader,
        ports: Callable[[Worker], Ports],
        connect: Connect,
        dead_letters: DeadLetters,
        settings: WorkerSettings,
    ) -> None:
        self.catalogue = Catalogue(0, 0, {})
        self._reader = catalogue
        self._settings = settings
        self._connect = connect
        self._dead_letters = dead_letters
        self._ports = ports(self)
        self._sealing = ThreadPoolExecutor(settings.seal_threads, thread_name_prefix="commit")
        self._asking = ThreadPoolExecutor(ASKING_THREADS, thread_name_prefix="discovery")
        self._running: dict[str, TableRun] = {}
        self._refused: dict[tuple[str, int, int], str] = {}
        self._disk_low = False
        self._reporter = Reporter(f"ingest-{settings.share.index}", os.getpid())
        self._unsaid: str | None = None
        self._due: dict[str, int] = {}

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; then every partition keeps its files for the next process."""
        self._dead_letters.start()
        while not stop.is_set():
            self.step()
            stop.wait(FOLLOW_S)
        self._dead_letters.close()
        for run in self._running.values():
            run.stop()
        self._sealing.shutdown()
        self._asking.shutdown(cancel_futures=True)

    def step(self) -> None:
        """Follow the catalogue once; look for partitions, at the disk, and report when it is time."""
        catalogue = self._reader.read()
        if catalogue.generation != self.catalogue.generation:
            self.catalogue = catalogue
            self._dead_letters.follow(catalogue)
            self._reconcile(catalogue)
        if self._is_due("disk", 0.5):
            self._disk_low = shutil.disk_usage(self._settings.disk).free < self._settings.disk_reserve_bytes
        if self._is_due("look", self._settings.discovery_s if self._all_started() else FOLLOW_S):
            for run in list(self._running.values()):
                self._tend(run)
        if self._is_due("status", self._settings.status_s):
            self._report()

    def published_end(self, incarnation: str, partition: int) -> int:
        """How far sealed files that queries use reach, without a hole from the first one on (P23)."""
        for table in self.catalogue.tables.values():
            if table.incarnation == incarnation:
                return next((_reach(p.first_start, p) for p in table.partitions if p.partition == partition), 0)
        return 0

    def _reconcile(self, catalogue: Catalogue) -> None:
        wanted = {t.incarnation: t for t in catalogue.tables.values() if t.state != "deleting" and "REALTIME" in t.name}
        for incarnation in self._running.keys() - wanted.keys():
            self._running.pop(incarnation).drop()
        for incarnation, entry in wanted.items():
            self._bring_up(incarnation, entry)

    def _bring_up(self, incarnation: str, entry: TableEntry) -> None:
        run = self._running.get(incarnation)
        try:
            if run is not None and _same_versions(run.entry, entry):
                run.tell(entry)
            elif run is not None and not run.streams_differ(entry):
                run.follow(entry)
            else:
                self._start(incarnation, entry, run)
        except (InvalidConfig, ValueError) as error:
            self._refuse(entry, str(error))

    def _tend(self, run: TableRun) -> None:
        if run.failed:
            self._start(run.entry.incarnation, run.entry, run)
        run.look()

    def _start(self, incarnation: str, entry: TableEntry, before: TableRun | None) -> None:
        if before is not None:
            before.stop()
        self._running.pop(incarnation, None)
        self._running[incarnation] = TableRun(
            entry,
            self._ports,
            self._connect,
            self._sealing,
            self._asking,
            self._settings.share,
            lambda: self._disk_low,
            self._settings.budget_bytes,
        )
        self._due["look"] = 0

    def _refuse(self, entry: TableEntry, reason: str) -> None:
        key = (entry.incarnation, entry.config_version, entry.schema_version)
        if key not in self._refused:
            log.error("table cannot be run", table=entry.name, reason=reason)
        self._refused[key] = reason

    def _all_started(self) -> bool:
        return all(run.partitions for run in self._running.values())

    def _is_due(self, what: str, every_s: float) -> bool:
        now = self._ports.clock_ms()
        if now < self._due.get(what, 0):
            return False
        self._due[what] = now + int(every_s * 1000)
        return True

    def _report(self) -> None:
        """Rows go on while nothing can be said of them: a status explains, nothing depends on it."""
        path, unsaid = self._settings.status_path, None
        said = self._reporter.status(self._ports.clock_ms(), list(self._running.values()), self._refusals())
        try:
            write_status(path, self._dead_letters.noted(said))
        except OSError as error:
            unsaid = f"the status cannot be written to {path}: {error.strerror}"
        if unsaid and unsaid != self._unsaid:
            log.warning("worker cannot report", reason=unsaid)
        self._unsaid = unsaid

    def _refusals(self) -> dict[str, str]:
        """By table: why the config that it has now cannot be run."""
        keys = {t.name: (t.incarnation, t.config_version, t.schema_version) for t in self.catalogue.tables.values()}
        return {name: self._refused[key] for name, key in keys.items() if key in self._refused}


def _same_versions(a: TableEntry, b: TableEntry) -> bool:
    return (a.config_version, a.schema_version) == (b.config_version, b.schema_version)


def _reach(start: int, partition: PartitionEntry) -> int:

    ranges = sorted([(s.start, s.end) for s in partition.segments] + [(g[0], g[1]) for g in partition.gaps])
    for low, high in ranges:
        if low != start:
            break
        start = high
    return start
