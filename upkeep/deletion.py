"""Taking a table away for good, after it was marked as deleting (P2). Every part may be repeated."""

from __future__ import annotations

from typing import Protocol

from tableconfigs.source import Conflict, NotFound, StoredTable, TableConfigSource, TableState


class Partitions(Protocol):
    """Who can remove the partitions of an incarnation; its committers are fenced first."""

    def delete_partitions(self, incarnation: str) -> None: ...


def finish_deletion(configs: TableConfigSource, partitions: Partitions, table: StoredTable) -> None:
    """Partitions first, which fences committers, then the record. Files are swept later (P12).

    Raises SourceUnavailable, RegistryUnavailable: repeat it.
    """
    partitions.delete_partitions(table.incarnation)
    try:
        found = configs.table(table.name_with_type)
        if found.value.incarnation == table.incarnation:
            configs.delete_table(table.name_with_type, found.version)
    except (NotFound, Conflict):
        return  # somebody else did it


def marked_tables(configs: TableConfigSource) -> list[StoredTable]:
    """Tables whose deletion was begun. Raises SourceUnavailable."""
    found = []
    for name in configs.tables():
        try:
            table = configs.table(name).value
        except NotFound:
            continue
        if table.state is TableState.DELETING:
            found.append(table)
    return found
