"""What lies on this host of a table's rejected records."""

from __future__ import annotations

import time

from crushpad.folders import Folders
from crushpad.settings import Settings
from segments.catalogue import CatalogueReader, PartitionEntry, TableEntry
from segments.consuming.listing import list_sidecars
from segments.identity import PartitionIdentity
from segments.view import PartitionView, ViewNotProven, view_of

VIEWS_MAX = 50
VIEW_PAUSE_S = 0.02


class Wrong(Exception):
    """The question cannot be answered: an HTTP status and one sentence."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


class House:
    """What lies on this host."""

    def __init__(self, settings: Settings) -> None:
        self.folders = Folders(settings.data_dir)
        self._catalogue = CatalogueReader(self.folders.catalogue)

    def table(self, name: str) -> TableEntry:
        found = self._catalogue.read().tables.get(name)
        if found is None:
            raise Wrong(404, f"Table '{name}' not found.")
        return found

    def view(self, name: str, partition: int) -> PartitionView:
        """The partition as queries see it now; while files change hands, a moment later (P22)."""
        for _ in range(VIEWS_MAX):
            table = self.table(name)
            (entry,) = partitions_of(table, partition)
            folder = self.folders.consuming / PartitionIdentity(table.incarnation, entry.topic_id, partition).path
            try:
                return view_of(entry, list_sidecars(folder))
            except ViewNotProven:
                time.sleep(VIEW_PAUSE_S)  # the next catalogue is a file: nobody tells when it is there
        raise Wrong(503, f"files of partition {partition} change hands all the time: ask again")


def partitions_of(table: TableEntry, partition: int | None) -> list[PartitionEntry]:
    found = [entry for entry in table.partitions if partition is None or entry.partition == partition]
    if partition is not None and not found:
        known = ", ".join(str(entry.partition) for entry in table.partitions) or "none"
        raise Wrong(404, f"Table '{table.name}' has no partition {partition}; it has {known}.")
    return found
