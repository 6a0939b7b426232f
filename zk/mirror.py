"""What ZooKeeper says, read with watches: tables, schemas and partitions.

A refresh reads what is told to have changed and leaves a watch on it. Step znodes are fetched by name; their list
is never read and never watched (P7). A znode that cannot be read is logged, and what was known before stays.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from kazoo.exceptions import NoNodeError
from pydantic import BaseModel

from segments.history import ConsumingRecord, History, Step
from tableconfigs.source import StoredSchema, StoredTable
from zk import paths
from zk.follow import PartitionState, advanced, unread
from zk.paths import PartitionChanged, Place, RootChanged
from zk.session import Found, Session, Watch
from zk.znodes import TOMBSTONE, MalformedZnode, decoded

log = logging.getLogger(__name__)

M = TypeVar("M", bound=BaseModel)
Key = tuple[str, int]
"""(table incarnation, Pinot partition id)."""
EVERYTHING = RootChanged("/", None)
"""Watches are lost with the connection: read all of it again."""


class Absent(Enum):
    """Why there is no record."""

    GONE = "gone"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class _Head:
    """What moves of a partition: its consuming record, and the generation of its history."""

    record: ConsumingRecord
    generation: int


class Mirror:
    """The newest known state. One thread calls `refresh`, and it alone may look at the rest."""

    def __init__(self, session: Session, watch: Watch) -> None:
        self._session = session
        self._watch = watch
        self.tables: dict[str, StoredTable] = {}
        self.schemas: dict[str, StoredSchema] = {}
        self.partitions: dict[str, dict[int, PartitionState]] = {}
        """By table incarnation and Pinot partition id."""
        self._listed: dict[str, list[int]] = {}

    def refresh(self, places: Collection[Place]) -> set[Key]:
        """Read what changed; returns the partitions that were read.

        Raises Unreachable: watches may be missing then, so refresh EVERYTHING next.
        """
        self.schemas = self._folder(paths.SCHEMAS, StoredSchema, self.schemas, places)
        self.tables = self._folder(paths.TABLES, StoredTable, self.tables, places)
        incarnations = [table.incarnation for table in self.tables.values()]
        self._listed = {each: self._list(each, places) for each in incarnations}
        self.partitions = {each: self._still_listed(each) for each in incarnations}
        stale = self._stale(places)
        self._load(stale)
        return stale

    def is_complete(self, incarnation: str) -> bool:
        """Whether every partition that is listed is known. Else a table must not be published: rows would vanish."""
        return len(self.partitions[incarnation]) == len(self._listed[incarnation])

    def _folder(self, root: str, model: type[M], known: Mapping[str, M], places: Collection[Place]) -> dict[str, M]:
        """The records below `root`, of which only those are read that are new or named in `places`.

        One that is gone is forgotten, listed or not: there is no watch on it any more, so it must be new when it is
        there again.
        """
        everything = EVERYTHING in places
        told = {each.name for each in places if isinstance(each, RootChanged) and each.root == root and each.name}
        listed = everything or RootChanged(root, None) in places
        names = list(filter(paths.is_name, self._children(root))) if listed else [*known, *(told - known.keys())]
        stale = [name for name in names if everything or name not in known or name in told]
        read = dict(zip(stale, self._records([f"{root}/{name}" for name in stale], model), strict=True))
        kept = ((name, _kept(read.get(name), known.get(name))) for name in names)
        return {name: record for name, record in kept if record is not None}

    def _list(self, incarnation: str, places: Collection[Place]) -> list[int]:
        known = self._listed.get(incarnation)
        if known is not None and EVERYTHING not in places and PartitionChanged(incarnation, None) not in places:
            return known
        named = map(paths.partition_of, self._children(paths.incarnation(incarnation)))
        return sorted(partition for partition in named if partition is not None)

    def _still_listed(self, incarnation: str) -> dict[int, PartitionState]:
        known = self.partitions.get(incarnation, {})
        listed = self._listed[incarnation]
        if known.keys() == set(listed):
            return known
        return {partition: known[partition] for partition in listed if partition in known}

    def _stale(self, places: Collection[Place]) -> set[Key]:
        """Partitions to read: all of them, or the new ones and those that are named."""
        if EVERYTHING in places:
            return {(incarnation, partition) for incarnation, ids in self._listed.items() for partition in ids}
        grown = [each for each, ids in self._listed.items() if len(ids) != len(self.partitions[each])]
        new = {(each, p) for each in grown for p in self._listed[each] if p not in self.partitions[each]}
        told = {(each.incarnation, each.partition) for each in places if isinstance(each, PartitionChanged)}
        return new | {(each, p) for each, p in told if p is not None and p in self.partitions.get(each, {})}

    def _load(self, keys: Collection[Key]) -> None:
        heads = dict(zip(keys, self._heads(keys), strict=True))
        for key in [key for key, head in heads.items() if head is Absent.GONE]:
            self._forget(*key)
        readable = {key: head for key, head in heads.items() if isinstance(head, _Head)}
        steps = self._steps(readable)
        for key in self._unmoved({key: head.generation for key, head in readable.items()}, steps):
            known, head = self._known(key), readable[key]
            self.partitions[key[0]][key[1]] = advanced(known, head.record, head.generation, steps.get(key, {}))

    def _heads(self, keys: Iterable[Key]) -> list[_Head | Absent]:
        records = self._records([paths.record(*key) for key in keys], ConsumingRecord)
        histories = self._records([paths.history(*key) for key in keys], History)
        return [_head(record, history) for record, history in zip(records, histories, strict=True)]

    def _steps(self, heads: Mapping[Key, _Head]) -> dict[Key, dict[int, Step]]:
        """Steps that are not known yet, of the partitions that have any."""
        wanted = [
            (key, sequence)
            for key, head in heads.items()
            for sequence in unread(self._known(key), head.record, head.generation)
        ]
        read = self._records([paths.step(*key, sequence) for key, sequence in wanted], Step, watched=False)
        fetched: dict[Key, dict[int, Step]] = {key: {} for key, _ in wanted}
        for (key, sequence), step in zip(wanted, read, strict=True):
            if isinstance(step, Step):
                fetched[key][sequence] = step
        return fetched

    def _unmoved(self, generations: Mapping[Key, int], loaded: Mapping[Key, object]) -> list[Key]:
        """Partitions whose history is the same after loading as before (P6); of the others the watch will tell."""
        again = self._records([paths.history(*key) for key in loaded], History, watched=False)
        moved = {
            key
            for key, history in zip(loaded, again, strict=True)
            if isinstance(history, History) and history.generation != generations[key]
        }
        return [key for key in generations if key not in moved]

    def _forget(self, incarnation: str, partition: int) -> None:
        self.partitions[incarnation].pop(partition, None)
        self._listed[incarnation] = [each for each in self._listed[incarnation] if each != partition]

    def _known(self, key: Key) -> PartitionState | None:
        return self.partitions[key[0]].get(key[1])

    def _children(self, path: str) -> list[str]:
        """Child names, watched; when `path` is not there, its creation is watched."""
        while True:
            try:
                return list(self._session.ask(self._session.client.get_children_async, path, watch=self._watch))
            except NoNodeError:
                if self._session.ask(self._session.client.exists_async, path, watch=self._watch) is None:
                    return []

    def _records(self, places: list[str], model: type[M], watched: bool = True) -> list[M | Absent]:
        found = self._session.get_all(places, self._watch if watched else None)
        return [_decoded(path, each, model) for path, each in zip(places, found, strict=True)]


def _kept(read: M | Absent | None, known: M | None) -> M | None:
    """What was read; what was known when nothing was read or nothing could be."""
    if read is Absent.GONE:
        return None
    return known if read is None or isinstance(read, Absent) else read


def _head(record: ConsumingRecord | Absent, history: History | Absent) -> _Head | Absent:
    if isinstance(record, Absent):
        return record
    if history is Absent.UNREADABLE:
        return history
    return _Head(record, history.generation if isinstance(history, History) else 0)


def _decoded(path: str, found: Found | None, model: type[M]) -> M | Absent:
    if found is None or found.data == TOMBSTONE:
        return Absent.GONE
    try:
        return decoded(path, found.data, model)
    except MalformedZnode as error:
        log.error("what was known before stays: %s", error)
        return Absent.UNREADABLE
