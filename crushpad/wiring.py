"""Which implementation stands behind which seam. Only this file knows.

Every process imports it: what only one kind of process needs is imported by the function that makes it. That halves
the time in which a process starts, and keeps DuckDB and Kafka out of the HTTP front (P26).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from crushpad.folders import Folders
from crushpad.secret_files import ConnectingEnvironment, checked_files
from crushpad.settings import Settings
from crushpad.version import installed_version
from segments.catalogue import CatalogueReader, CatalogueWriter
from segments.stores.local import LocalStore

if TYPE_CHECKING:
    from ingest.dead_letters import DeadLetters
    from ingest.ports import Ports, Source
    from ingest.worker import Worker
    from segments.catalogue import SegmentEntry
    from segments.history import Step
    from tableconfigs.source import StoredTable
    from tableconfigs.stream import StreamConfig
    from zk.follower import Follower
    from zk.registry import ZooKeeperRegistry
    from zk.session import Session

log = structlog.get_logger()

MB = 1024 * 1024
KAFKA_TIMEOUT_S = 10.0
PACED_AHEAD = {"queued.min.messages": "1000"}
"""Where a rate limit holds records back, few are fetched ahead of their turn."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def session(settings: Settings, zookeeper: str) -> Session:
    """This process's session; the host's highest zxid is remembered below the data folder (P13)."""
    from zk.session import Session

    folders = Folders(settings.data_dir)
    folders.root.mkdir(parents=True, exist_ok=True)
    return Session(zookeeper, memory=folders.zxid)


def follower(settings: Settings, connected: Session) -> Follower:
    """Publishes this host's catalogue, beginning with what was published last (P21)."""
    from zk.follower import Follower

    folders = Folders(settings.data_dir)
    seed = CatalogueReader(folders.catalogue).read()
    return Follower(connected, CatalogueWriter(folders.catalogue), _locate(LocalStore(folders.segments)), now_ms, seed)


def _locate(store: LocalStore) -> Callable[[Step, StoredTable], SegmentEntry | None]:
    """Opens a step's file on this host; None when it is not here, or is not what the step says."""
    from segments.sealed import CorruptSegment, to_entry

    def locate(step: Step, table: StoredTable) -> SegmentEntry | None:  # noqa: ARG001 - the key says whose it is
        path = store.local_path(step.uri or "")
        if path is None:
            return None
        try:
            return to_entry(step, path)
        except (CorruptSegment, OSError, ValueError) as error:
            log.error("committed segment cannot be opened", segment=step.name, path=str(path), reason=str(error))
            return None

    return locate


def connect(settings: Settings) -> Callable[[StreamConfig], Source]:
    """One librdkafka handle and one admin client for a topic (P34). Raises ValueError for properties it refuses."""
    from ingest.ports import Source
    from ingest.streams.kafka import KafkaReader, consumer_settings
    from ingest.streams.kafka_metadata import KafkaMetadata
    from ingest.streams.kafka_refusal import properties_refused

    def connected(stream: StreamConfig) -> Source:
        extra, isolation = checked_files(stream.client_properties, settings.secrets_dir), str(stream.isolation_level)
        ahead = PACED_AHEAD if stream.rate_limit(partitions=1) else {}
        ours = consumer_settings(stream.brokers, isolation, ahead | extra, settings.kafka_queue_mb * 1024)
        with properties_refused(extra):
            reader = KafkaReader(stream.topic, ours)
            metadata = KafkaMetadata(stream.topic, stream.brokers, isolation, extra, KAFKA_TIMEOUT_S)
        return Source(reader, metadata, stream.topic)

    return connected


def ports(settings: Settings, registry: ZooKeeperRegistry, index: int) -> Callable[[Worker], Ports]:
    """The world of one ingest worker."""
    from ingest.ports import Ports
    from segments.consuming.adoption import boot_id

    folders = Folders(settings.data_dir)
    sealing = folders.sealing / str(index)
    sealing.mkdir(parents=True, exist_ok=True)
    for left in sealing.iterdir():
        left.unlink()  # of an attempt that never reached the store

    def made(worker: Worker) -> Ports:
        return Ports(
            registry=registry,
            store=LocalStore(folders.segments),
            consuming_root=folders.consuming,
            sealing_root=sealing,
            capacity_bytes=settings.consuming_capacity_mb * MB,
            clock_ms=now_ms,
            random=os.urandom,
            boot=boot_id(),
            version=installed_version(),
            published_end=worker.published_end,
            release_grace_ms=int(settings.release_grace_seconds * 1000),
            environ=ConnectingEnvironment(os.environ, settings.secrets_dir),
            crash_point=crash_point(settings.crash_at),
        )

    return made


def dead_letters(settings: Settings, connected: Session, index: int) -> DeadLetters:
    """Copies rejects of this worker's partitions to dead-letter topics."""
    from ingest.dead_letters import DeadLetters, Outlet
    from ingest.streams.dead_letter_producer import KafkaOutlet
    from ingest.streams.kafka_refusal import properties_refused
    from ingest.table_run import Share
    from zk.dead_letters import ZooKeeperDeadLetters

    def outlet(stream: StreamConfig) -> Outlet:
        extra = checked_files(stream.client_properties, settings.secrets_dir)
        with properties_refused(extra):
            return KafkaOutlet(stream.brokers, extra)

    environ = ConnectingEnvironment(os.environ, settings.secrets_dir)
    takes = Share(index, settings.ingest_workers).takes
    return DeadLetters(ZooKeeperDeadLetters(connected), outlet, environ, takes, time.monotonic)


def crash_point(wanted: str | None) -> Callable[[str], None]:
    """Ends this process without a word at the named point: for tests of what a crash leaves behind."""

    def reached(name: str) -> None:
        if name == wanted:
            os.kill(os.getpid(), 9)

    return reached
