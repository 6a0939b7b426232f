"""An ingest worker process: `python -m crushpad.runners.ingest <settings as JSON> <zookeeper> <index>`."""

from __future__ import annotations

import signal
import sys

import pyarrow as pa

from crushpad import logs, wiring
from crushpad.folders import Folders
from crushpad.runners.collector import calm_collector
from crushpad.runners.ending import stop_event
from crushpad.settings import Settings
from ingest.table_run import Share
from ingest.worker import Worker, WorkerSettings
from segments.arrow_alone import arrow_alone
from segments.catalogue import CatalogueReader
from segments.status import status_path
from zk.registry import ZooKeeperRegistry

STATUS_S = 1.0
STOP_S = 3.0


def worker_settings(settings: Settings, index: int) -> WorkerSettings:
    folders = Folders(settings.data_dir)
    return WorkerSettings(
        share=Share(index, settings.ingest_workers),
        seal_threads=settings.seal_threads,
        discovery_s=settings.partition_discovery_seconds,
        status_s=STATUS_S,
        disk_reserve_bytes=settings.disk_reserve_mb * wiring.MB,
        budget_bytes=settings.consuming_budget_mb * wiring.MB,
        status_path=status_path(folders.status, f"ingest-{index}"),
        disk=folders.root,
    )


def main() -> None:
    arrow_alone()
    settings, zookeeper, index = Settings.model_validate_json(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    logs.configure(settings.log_format, settings.log_level, f"ingest-{index}")
    pa.set_cpu_count(1)
    calm_collector()
    stop = stop_event([signal.SIGTERM], STOP_S)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends us in order
    session = wiring.session(settings, zookeeper)
    session.start()
    catalogue = CatalogueReader(Folders(settings.data_dir).catalogue)
    registry = ZooKeeperRegistry(session)
    Worker(
        catalogue,
        wiring.ports(settings, registry, index),
        wiring.connect(settings),
        wiring.dead_letters(settings, session, index),
        worker_settings(settings, index),
    ).run(stop)
    session.close()


if __name__ == "__main__":
    main()
