"""The host's follower: what ZooKeeper says, published as the local catalogue (P21).

One thread reads and publishes; watches and the session's listener only say what is due. Idle, a commit is published
at once; in a burst the catalogue is published every `agenda.PUBLISH_INTERVAL_S`. While ZooKeeper is away, or is an
older snapshot that came back (P13), what was published stays.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping

from segments.catalogue import Catalogue, CatalogueWriter, PartitionEntry, SegmentEntry, TableEntry
from segments.history import Step
from tableconfigs.source import StoredTable
from zk.agenda import RETRY_MAX_S, Agenda
from zk.follow import chain, is_whole, partition_entry, table_entry, without_file
from zk.mirror import Key, Mirror
from zk.paths import PartitionChanged, Place
from zk.session import Session, Unreachable

log = logging.getLogger(__name__)

Locate = Callable[[Step, StoredTable], SegmentEntry | None]
"""Opens the file of a step on this host; None when it is not here yet."""
Tables = Mapping[str, TableEntry]
_NOTHING = Catalogue(0, 0, {})


class Follower:
    """One per host. `seed` is what was published before this process: files that it names are not opened again."""

    def __init__(
        self,
        session: Session,
        writer: CatalogueWriter,
        locate: Locate,
        clock_ms: Callable[[], int],
        seed: Catalogue = _NOTHING,
    ) -> None:
        self._session = session
        self._agenda = Agenda(session.alive)
        self._mirror = Mirror(session, self._agenda.watch)
        self._shelf = _Shelf(locate, seed)
        self._writer = writer
        self._clock_ms = clock_ms
        self._tables: Tables = seed.tables
        self._generation = 0
        self._published = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="zk-follower", daemon=True)
        session.on_state(self._agenda.on_state)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop following. What is published stays."""
        self._agenda.close()
        with self._published:
            self._published.notify_all()
        self._thread.join()

    @property
    def is_running(self) -> bool:
        """False after `close`, and after a failure that its thread did not survive."""
        return self._thread.is_alive()

    def wait_until(self, holds: Callable[[Tables], bool], timeout_s: float) -> bool:
        """Wait until this process has published tables of which `holds` is true; False after `timeout_s` seconds."""
        with self._published:
            return self._published.wait_for(lambda: self._generation > 0 and holds(self._tables), timeout_s)

    def _run(self) -> None:
        while (places := self._agenda.next()) is not None:
            try:
                self._follow(places)
            except Unreachable as away:
                log.warning("the published catalogue stays as it is: %s", away)
                self._agenda.failed()
            except OSError as full:
                log.error("the published catalogue stays as it is, nothing can be written: %s", full)
                self._agenda.failed(RETRY_MAX_S)

    def _follow(self, places: Collection[Place]) -> None:
        if self._session.is_server_stale():
            raise Unreachable("this ZooKeeper is older than one that this host has followed")
        changed = self._mirror.refresh(places)
        self._shelf.update(self._mirror, changed)
        self._publish(self._built())
        self._agenda.done({PartitionChanged(*key) for key in self._shelf.incomplete})

    def _built(self) -> dict[str, TableEntry]:
        """Every table that is wholly known, and what was published before of one that is not."""
        built: dict[str, TableEntry] = {}
        for name, stored in self._mirror.tables.items():
            before = self._tables.get(name)
            if self._mirror.is_complete(stored.incarnation):
                partitions = self._shelf.entries(stored.incarnation, self._mirror.partitions[stored.incarnation])
                built[name] = table_entry(stored, self._mirror.schemas.get(stored.schema_name), partitions)
            elif before is not None and before.incarnation == stored.incarnation:
                built[name] = before
        return built

    def _publish(self, tables: Tables) -> None:
        if self._generation and tables == self._tables:
            return
        generation = self._writer.publish(tables, self._clock_ms())
        with self._published:
            self._generation, self._tables = generation, tables
            self._published.notify_all()
        self._session.remember()


class _Shelf:
    """Segments that lie here, and the partition entries made of them."""

    def __init__(self, locate: Locate, seed: Catalogue) -> None:
        entries = {
            (table.incarnation, entry.partition): entry for table in seed.tables.values() for entry in table.partitions
        }
        self._locate = locate
        self._entries: dict[Key, PartitionEntry] = entries
        self._files = {key: {each.sequence: each for each in entry.segments} for key, entry in entries.items()}
        self.incomplete: set[Key] = set()

    def update(self, mirror: Mirror, changed: Collection[Key]) -> None:
        """Locate the files of the partitions that changed and make their entries; forget dropped incarnations."""
        self._entries = {key: entry for key, entry in self._entries.items() if key[0] in mirror.partitions}
        self._files = {key: files for key, files in self._files.items() if key[0] in mirror.partitions}
        self.incomplete = {key for key in self.incomplete if key[0] in mirror.partitions} - set(changed)
        tables = {stored.incarnation: stored for stored in mirror.tables.values()}
        for key in changed:
            self._update_partition(mirror, tables[key[0]], key)

    def entries(self, incarnation: str, partitions: Collection[int]) -> list[PartitionEntry]:
        return [self._entries[incarnation, partition] for partition in partitions]

    def _update_partition(self, mirror: Mirror, stored: StoredTable, key: Key) -> None:
        state = mirror.partitions[key[0]].get(key[1])
        if state is None:
            return
        known = self._files.get(key, {})
        files = self._files[key] = {s.sequence: known[s.sequence] for s in chain(state) if s.sequence in known}
        for step in without_file(state, files):
            entry = self._locate(step, stored)
            if entry is not None:
                files[step.sequence] = entry
        self._entries[key] = partition_entry(key[1], state, files, self._entries.get(key))
        if not is_whole(state, files):
            self.incomplete.add(key)
