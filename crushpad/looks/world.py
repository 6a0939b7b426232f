"""What a look reads: the catalogue, the consuming files, Kafka as a table knows it, ZooKeeper when it is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from crushpad import wiring
from crushpad.folders import Folders
from crushpad.looks.errors import CannotLook
from crushpad.secret_files import ConnectingEnvironment, checked_files
from crushpad.settings import Settings
from ingest.topics import Cluster
from segments import view
from segments.catalogue import CatalogueReader, TableEntry
from segments.consuming.listing import list_sidecars
from segments.view import PartitionView, TableView, ViewNotProven
from tableconfigs.operations import name_with_type
from tableconfigs.stream import StreamConfig, split_partition_id
from tableconfigs.table import TableConfig
from zk.registry import ZooKeeperRegistry

VIEWS_MAX = 3


@dataclass
class World:
    settings: Settings
    zookeeper: str
    folders: Folders
    catalogue: CatalogueReader
    _open: ExitStack = field(default_factory=ExitStack)

    @classmethod
    @contextmanager
    def opened(cls, settings: Settings, zookeeper: str) -> Iterator[Self]:
        folders = Folders(settings.data_dir)
        world = cls(settings, zookeeper, folders, CatalogueReader(folders.catalogue))
        with world._open:
            yield world

    @cached_property
    def registry(self) -> ZooKeeperRegistry:
        """On a session that lasts as long as the look."""
        session = wiring.session(self.settings, self.zookeeper)
        session.start()
        self._open.callback(session.close)
        return ZooKeeperRegistry(session)

    @property
    def environ(self) -> Mapping[str, str]:
        """What references in a table config stand for, secrets included."""
        return ConnectingEnvironment(os.environ, self.settings.secrets_dir)

    def table(self, name: str) -> TableEntry:
        """Raises CannotLook."""
        entry = self.catalogue.read().tables.get(name_with_type(name))
        if entry is None:
            raise CannotLook(404, f"Table '{name}' not found.")
        return entry

    def view(self, entry: TableEntry) -> TableView:
        """A proven view (P22). Raises CannotLook when files change hands all the time."""
        for _ in range(VIEWS_MAX):
            catalogue = self.catalogue.read()
            entry = catalogue.tables.get(entry.name, entry)
            try:
                return view.take(
                    entry, catalogue.generation, self.folders.consuming, list_sidecars, self.catalogue.read
                )
            except ViewNotProven:
                continue
        raise CannotLook(503, f"the segments of {entry.name} change hands just now; try again")

    def stream(self, entry: TableEntry, partition: int) -> StreamConfig:
        """The topic that a Pinot partition id belongs to."""
        streams = TableConfig.parse(entry.config, self.environ).value.streams
        return streams[split_partition_id(partition)[0]]

    def cluster(self, stream: StreamConfig) -> Cluster:
        """Raises ValueError for a file that a table config may not name."""
        properties = checked_files(stream.client_properties, self.settings.secrets_dir)
        return Cluster(stream.brokers, properties, wiring.KAFKA_TIMEOUT_S)


def partition_view(taken: TableView, partition: int) -> PartitionView:
    """Raises CannotLook when the table has no such partition."""
    found = {each.entry.partition: each for each in taken.partitions}
    if partition not in found:
        raise CannotLook(404, no_partition(taken.table, partition))
    return found[partition]


def no_partition(entry: TableEntry, partition: int) -> str:
    there = ", ".join(str(each.partition) for each in entry.partitions) or "none yet"
    return f"table {entry.name} has no partition {partition}; it has {there}"


def raw_name(entry: TableEntry) -> str:
    return entry.name.removesuffix("_REALTIME")
