"""What the HTTP front looks at when Prometheus asks."""

from __future__ import annotations

import shutil
import threading

from crushpad import wiring
from crushpad.folders import Folders
from crushpad.measuring import Host, Measures, Scrape
from crushpad.settings import Settings
from crushpad.version import installed_version
from segments.catalogue import CatalogueReader
from segments.status import read_statuses


class Scraper:
    """Takes a scrape and writes it out; may be called from several threads."""

    def __init__(self, settings: Settings, connected: threading.Event, measures: Measures) -> None:
        self._settings, self._connected, self._measures = settings, connected, measures
        self._folders = Folders(settings.data_dir)
        self._catalogue = CatalogueReader(self._folders.catalogue)
        self._reading = threading.Lock()

    def exposition(self, accept: str) -> tuple[bytes, str]:
        return self._measures.exposition(self._scrape(), accept)

    def _scrape(self) -> Scrape:
        now_ms = wiring.now_ms()
        with self._reading:
            catalogue = self._catalogue.read()
        return Scrape(now_ms, catalogue, read_statuses(self._folders.status, now_ms), self._host())

    def _host(self) -> Host:
        disk = shutil.disk_usage(self._folders.root)
        return Host(
            version=installed_version(),
            workers=self._settings.ingest_workers,
            zookeeper_connected=self._connected.is_set(),
            disk_free=disk.free,
            disk_size=disk.total,
            disk_reserve=self._settings.disk_reserve_mb * wiring.MB,
        )
