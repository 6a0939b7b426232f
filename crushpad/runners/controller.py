"""What one host does for all: finishes deletions, lets segments expire, sweeps litter. Two at once harm nothing."""

from __future__ import annotations

import os
import threading

import structlog

from crushpad import wiring
from crushpad.folders import Folders
from crushpad.settings import Settings
from segments.catalogue import CatalogueReader
from segments.registry import RegistryUnavailable
from segments.stores.base import StoreUnavailable
from segments.stores.local import LocalStore
from tableconfigs.source import SourceUnavailable
from upkeep.consuming import remove_consuming
from upkeep.deletion import delete_leftovers, end_retentions, finish_deletion, marked_tables, stored_tables
from upkeep.retention import expire_segments, file_ages_ms, keeping
from upkeep.sweep import purge, sweep
from zk.registry import ZooKeeperRegistry
from zk.session import Session, Unreachable
from zk.table_configs import ZooKeeperConfigSource
from zk.znodes import MalformedZnode

log = structlog.get_logger()

UNAVAILABLE = (RegistryUnavailable, SourceUnavailable, StoreUnavailable, Unreachable, OSError)


class Controller:
    """Runs its rounds in a thread of its own until closed. A round may be given up and repeated at any point."""

    def __init__(self, settings: Settings, session: Session) -> None:
        self._settings = settings
        self._session = session
        self._configs = ZooKeeperConfigSource(session)
        self._registry = ZooKeeperRegistry(session)
        self._folders = Folders(settings.data_dir)
        self._store = LocalStore(self._folders.segments)
        self._catalogue = CatalogueReader(self._folders.catalogue)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="controller", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(self._settings.sweep_interval_seconds):
            try:
                self._round()
            except UNAVAILABLE as error:
                log.warning("housekeeping waits", reason=str(error))
            except MalformedZnode as error:
                log.error("no housekeeping before this is repaired", reason=str(error))

    def _round(self) -> None:
        """What a table left behind is judged by what the registry says, so nothing is done by an older one (P13)."""
        if self._session.is_server_stale():
            log.error("nothing is swept: ZooKeeper is older than this host has seen it")
            return
        self._finish_deletions()
        _said("partitions without a table removed", delete_leftovers(self._configs, self._registry))
        _said("consuming files without a table removed", remove_consuming(self._folders.consuming, self._configs))
        kept = keeping(stored_tables(self._configs), os.environ)
        tables = self._catalogue.read().tables.values()
        _said("segments expired", expire_segments(self._registry, tables, kept, wiring.now_ms()))
        stale, now_ms = self._session.is_server_stale, wiring.now_ms()
        swept = sweep(self._store, self._registry, self._configs, stale, now_ms)
        _said("dead attempts swept", swept)
        purged = purge(self._store, wiring.now_ms(), self._settings.deleted_keep_days, file_ages_ms(kept))
        _said("retired files deleted", purged)

    def _finish_deletions(self) -> None:
        end_retentions(self._configs, wiring.now_ms())
        for table in marked_tables(self._configs):
            finish_deletion(self._configs, self._registry, table)
            log.info("deletion finished", table=table.name_with_type, incarnation=table.incarnation)


def _said(what: str, found: list[str]) -> None:
    if found:
        log.info(what, number=len(found), first=found[0])
