"""All checks, in the order in which they are shown."""

from __future__ import annotations

import os
from collections.abc import Iterator

import msgspec

from crushpad import wiring
from crushpad.doctor import host, servers, service
from crushpad.doctor.findings import Finding, bad, ok
from crushpad.folders import Folders
from crushpad.secret_files import ConnectingEnvironment, checked_files
from crushpad.settings import Settings
from ingest.topics import Cluster
from segments.catalogue import Catalogue, CatalogueReader, TableEntry
from segments.status import WorkerStatus, read_statuses
from tableconfigs.problems import InvalidConfig
from tableconfigs.references import Unresolved
from tableconfigs.table import TableConfig

MANAGED_HOST = "127.0.0.1"


def examine(settings: Settings, brokers: str | None, timeout_s: float) -> Iterator[Finding]:
    """Every finding for a service with these settings, whether one runs or not.

    Without `brokers` Kafka is looked for where the tables of the last run have it.
    """
    folders = Folders(settings.data_dir)
    yield from _of_host(settings, folders)
    try:
        workers = read_statuses(folders.status, wiring.now_ms())
        catalogue = CatalogueReader(folders.catalogue).read()
    except (OSError, msgspec.DecodeError) as error:
        advice = "run the doctor as the user of the service, with the version that the service has"
        yield bad("service", f"{folders.root} cannot be read: {error}", advice)
        workers, catalogue = [], Catalogue(0, 0, {})
    yield from _kafka(catalogue, settings, brokers, timeout_s)
    yield from _zookeeper(settings, workers, timeout_s)
    yield service.service(workers, settings.ingest_workers, folders.root)
    yield from service.open_files(workers)
    if workers:
        yield from service.partitions(catalogue, workers)


def _of_host(settings: Settings, folders: Folders) -> Iterator[Finding]:
    capacity = settings.consuming_capacity_mb * wiring.MB
    yield host.java(os.environ, is_needed=settings.zookeeper is None)
    yield from host.limits(host.soft_limits(), capacity)
    yield from host.mappings()
    yield host.disk(folders.root, settings.disk_reserve_mb * wiring.MB, capacity)
    yield host.file_system(folders.root)
    yield host.deep_store(folders.segments)


def _kafka(catalogue: Catalogue, settings: Settings, brokers: str | None, timeout_s: float) -> Iterator[Finding]:
    if brokers is not None:
        yield servers.kafka(Cluster(brokers, {}, timeout_s))
        return
    seen: list[Cluster] = []
    for entry in catalogue.tables.values():
        try:
            seen += [cluster for cluster in clusters(entry, settings, timeout_s) if cluster not in seen]
        except (InvalidConfig, Unresolved) as error:
            yield bad("table", f"{entry.name}: {error}", "correct the table config, or provide what it refers to")
    if not seen:
        yield ok("kafka", "no table names a broker yet: --brokers HOST:PORT looks at one")
    yield from map(servers.kafka, seen)


def clusters(entry: TableEntry, settings: Settings, timeout_s: float) -> list[Cluster]:
    """Where a table reads from, its secrets and files resolved as the service resolves them.

    Raises InvalidConfig, and Unresolved for what is not there or may not be named.
    """
    streams = TableConfig.parse(entry.config, ConnectingEnvironment(os.environ, settings.secrets_dir)).value.streams
    return [
        Cluster(stream.brokers, checked_files(stream.client_properties, settings.secrets_dir), timeout_s)
        for stream in streams
    ]


def _zookeeper(settings: Settings, workers: list[WorkerStatus], timeout_s: float) -> Iterator[Finding]:
    address = settings.zookeeper
    if address is None and workers and settings.zookeeper_port:
        address = f"{MANAGED_HOST}:{settings.zookeeper_port}"
    if address is None:
        yield ok("zookeeper", "none is named: the service starts one of its own")
    else:
        yield from servers.zookeeper(address, timeout_s, wiring.now_ms)
