"""Taking tables away for good, after they were marked as deleting (P2). Every part may be repeated."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from tableconfigs.control import end_retention
from tableconfigs.source import Conflict, NotFound, StoredTable, TableConfigSource, TableState


class Partitions(Protocol):
    """Where partitions are; those of an incarnation are removed after their committers are fenced."""

    def incarnations(self) -> Collection[str]: ...

    def delete_partitions(self, incarnation: str) -> None: ...


def finish_deletion(configs: TableConfigSource, partitions: Partitions, table: StoredTable) -> None:
    """Partitions first, which fences committers, then the record. Files are swept later (P12).

    A table that was created again under the same name is another incarnation, and stays.
    Raises SourceUnavailable, RegistryUnavailable: repeat it.
    """
    partitions.delete_partitions(table.incarnation)
    try:
        found = configs.table(table.name_with_type)
        if found.value.incarnation == table.incarnation:
            configs.delete_table(table.name_with_type, found.version)
    except (NotFound, Conflict):
        return  # somebody else did it


def delete_leftovers(configs: TableConfigSource, partitions: Partitions) -> list[str]:
    """Remove partitions of incarnations that are gone: a worker that had not heard of it yet made them anew.

    Returns these incarnations. They are listed before the tables are: a table's record is older than its partitions.
    Raises SourceUnavailable, RegistryUnavailable.
    """
    listed = partitions.incarnations()
    gone = sorted(set(listed) - {table.incarnation for table in stored_tables(configs)})
    for incarnation in gone:
        partitions.delete_partitions(incarnation)
    return gone


def end_retentions(configs: TableConfigSource, now_ms: int) -> None:
    """Deleted tables that were kept long enough can be taken back no more. Raises SourceUnavailable."""
    for table in stored_tables(configs):
        if table.state is TableState.DELETING and table.keep_until_ms is not None and table.keep_until_ms <= now_ms:
            try:
                end_retention(configs, table.name_with_type)
            except (NotFound, Conflict):
                continue  # somebody took it back, or away


def marked_tables(configs: TableConfigSource) -> list[StoredTable]:
    """Tables whose deletion was begun, and that nobody can take back. Raises SourceUnavailable."""
    return [t for t in stored_tables(configs) if t.state is TableState.DELETING and t.keep_until_ms is None]


def stored_tables(configs: TableConfigSource) -> list[StoredTable]:
    """All tables that exist, those on their way out too. Raises SourceUnavailable."""
    found = []
    for name in configs.tables():
        try:
            found.append(configs.table(name).value)
        except NotFound:
            continue
    return found
