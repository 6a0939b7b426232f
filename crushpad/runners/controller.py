"""What one host does for all: finishing deletions and sweeping litter. Leadership only avoids doing it twice."""

from __future__ import annotations

import threading

import structlog

from crushpad.folders import Folders
from crushpad.settings import Settings
from segments.registry import RegistryUnavailable
from segments.stores.base import StoreUnavailable
from segments.stores.local import LocalStore
from tableconfigs.source import NotFound, SourceUnavailable
from upkeep.deletion import finish_deletion, marked_tables
from upkeep.sweep import sweep
from zk.registry import ZooKeeperRegistry
from zk.session import Session
from zk.table_configs import ZooKeeperConfigSource

log = structlog.get_logger()


class Controller:
    """Runs its rounds in a thread of its own until closed."""

    def __init__(self, settings: Settings, session: Session) -> None:
        self._every_s = settings.sweep_interval_seconds
        self._configs = ZooKeeperConfigSource(session)
        self._registry = ZooKeeperRegistry(session)
        self._store = LocalStore(Folders(settings.data_dir).segments)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="controller", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(self._every_s):
            try:
                self._round()
            except (RegistryUnavailable, SourceUnavailable, StoreUnavailable) as error:
                log.warning("housekeeping waits", reason=str(error))

    def _round(self) -> None:
        for table in marked_tables(self._configs):
            finish_deletion(self._configs, self._registry, table)
        swept = sweep(self._store, self._registry, self._incarnations())
        if swept:
            log.info("dead attempts swept", files=len(swept))

    def _incarnations(self) -> set[str]:
        """Of all tables that exist. One that appears after its files were listed has none of them."""
        found = set()
        for name in self._configs.tables():
            try:
                found.add(self._configs.table(name).value.incarnation)
            except NotFound:
                continue
        return found
