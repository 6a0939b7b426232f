"""A replay of a table's rejects, round by round, until nothing is left or the limit is reached."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from crushpad import wiring
from crushpad.rejects import RejectsRequest
from crushpad.runners.rejects_here import House, Wrong, partitions_of
from crushpad.secret_files import ConnectingEnvironment
from crushpad.settings import Settings
from crushpad.version import installed_version
from ingest.ports import Recipe
from ingest.recipes import recipe_of
from ingest.replay_decoding import Judged, Outcome
from ingest.replaying import Overtaken, Replayed, ReplayPorts, TableGone, replay_round
from segments.catalogue import PartitionEntry, TableEntry
from segments.registry import RegistryUnavailable
from segments.rejected import Fate, listed
from segments.stores.base import DiskFull, StoreUnavailable
from segments.stores.local import LocalStore
from tableconfigs.problems import InvalidConfig
from tableconfigs.source import NotFound, SourceUnavailable
from zk.registry import ZooKeeperRegistry
from zk.session import Session
from zk.table_configs import ZooKeeperConfigSource

ROUNDS_MAX = 50
"""A partition that commits so often while a replay is planned is left for later."""
WAIT_S = 20.0
"""For the newest config to be published, and for rejects that were made with older ones to be committed."""
POLL_S = 0.05


def replayed(settings: Settings, zookeeper: str, house: House, request: RejectsRequest) -> dict[str, Any]:
    """What became of each record. Raises Wrong."""
    session = wiring.session(settings, zookeeper)
    session.start()
    try:
        with _alone(house.folders.sealing / "replay") as sealing:
            return _Replay(settings, session, sealing, house, request).run()
    except (RegistryUnavailable, SourceUnavailable, StoreUnavailable, DiskFull, OSError) as error:
        raise Wrong(503, f"{error}; replay again: nothing is put in twice") from error
    except (TableGone, NotFound) as error:
        raise Wrong(404, str(error)) from error
    except (InvalidConfig, ValueError) as error:
        raise Wrong(400, str(error)) from error
    finally:
        session.close()


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """One replay at a time on a host: two would only overtake each other. What a dead one left is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        _lock(lock)
        for left in folder.glob("*.parquet"):
            left.unlink()
        yield folder


def _lock(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Wrong(409, "a replay is under way on this host: wait for its end") from error


class _Replay:
    def __init__(
        self, settings: Settings, session: Session, sealing: Path, house: House, request: RejectsRequest
    ) -> None:
        self._request = request
        self._environ = ConnectingEnvironment(os.environ, settings.secrets_dir)
        self._house = house
        self._configs = ZooKeeperConfigSource(session)
        self._give_up_at = time.monotonic() + WAIT_S
        self._ports = ReplayPorts(
            registry=ZooKeeperRegistry(session),
            store=LocalStore(house.folders.segments),
            sealing_root=sealing,
            clock_ms=wiring.now_ms,
            random=os.urandom,
            version=installed_version(),
            crash_point=wiring.crash_point(settings.crash_at),
        )

    def run(self) -> dict[str, Any]:
        table = self._current_table()
        recipe = recipe_of(table, self._environ)
        judged: list[Judged] = []
        left = 0
        segments: list[str] = []
        for entry in partitions_of(table, self._request.partition):
            done = self._partition(recipe, entry.partition, self._request.limit - len(judged))
            judged += done.judged
            left += done.left
            segments += [done.segment] if done.segment else []
        if self._request.offset is not None and not judged:
            raise Wrong(*self._why_not(table, self._request.offset))
        return self._answer(table, judged, left, segments)

    def _answer(self, table: TableEntry, judged: Sequence[Judged], left: int, segments: list[str]) -> dict[str, Any]:
        return {
            "table": table.name,
            "configVersion": table.config_version,
            "counts": {outcome.value: sum(one.outcome is outcome for one in judged) for outcome in Outcome},
            "left": left,
            "notCommitted": self._not_committed(self._house.table(self._request.table)),
            "segments": segments,
            "records": [
                {
                    "partition": j.partition,
                    "offset": j.offset,
                    "outcome": j.outcome,
                    "reason": j.reason,
                    "field": j.field,
                }
                for j in judged
            ],
        }

    def _partition(self, recipe: Recipe, partition: int, rows_max: int) -> Replayed:
        wanted = None if self._request.offset is None else np.array([self._request.offset], np.int64)
        for _ in range(ROUNDS_MAX):
            table, entry = self._entry(recipe, partition)
            try:
                done = replay_round(self._ports, recipe, entry, table.incarnation, wanted, rows_max)
            except Overtaken:
                self._until(lambda entry=entry: self._published(partition).sequence > entry.sequence)  # type: ignore[misc]
                continue
            if done.sequence is not None:
                self._until(lambda done=done: self._published(partition).sequence > (done.sequence or 0))  # type: ignore[misc]
            return done
        raise Wrong(503, f"partition {partition} commits all the time; replay again: nothing is put in twice")

    def _current_table(self) -> TableEntry:
        """The table as published here, once that is its newest config."""
        newest = self._configs.table(self._request.table).value.config_version
        self._until(lambda: self._house.table(self._request.table).config_version >= newest)
        return self._house.table(self._request.table)

    def _entry(self, recipe: Recipe, partition: int) -> tuple[TableEntry, PartitionEntry]:
        """The partition, once what an older config rejected is committed: a change of config seals first (P4)."""
        self._until(lambda: not self._is_sealing(recipe, self._published(partition)))
        return self._house.table(self._request.table), self._published(partition)

    def _published(self, partition: int) -> PartitionEntry:
        return partitions_of(self._house.table(self._request.table), partition)[0]

    def _is_sealing(self, recipe: Recipe, entry: PartitionEntry) -> bool:
        versions = (recipe.config_version, recipe.schema_version)
        parts = self._house.view(self._request.table, entry.partition).consuming
        return any(p.state.rejects and (p.state.config_version, p.state.schema_version) != versions for p in parts)

    def _not_committed(self, table: TableEntry) -> int:
        entries = partitions_of(table, self._request.partition)
        views = [self._house.view(table.name, entry.partition) for entry in entries]
        return sum(part.state.rejects for view in views for part in view.consuming)

    def _why_not(self, table: TableEntry, offset: int) -> tuple[int, str]:
        """Why the record at `offset` was not replayed."""
        place = f"the record at offset {offset} of partition {self._request.partition}"
        for entry in partitions_of(table, self._request.partition):
            view = self._house.view(table.name, entry.partition)
            for one in listed(view.entry, view.consuming, with_settled=True):
                if one.offset == offset and one.fate is Fate.CONSUMING:
                    return 409, f"{place} is not committed yet: replay it once its segment is"
                if one.offset == offset:
                    return 409, f"{place} is replayed already: {one.fate}, in segment {one.segment}"
        return 404, f"{place} was not rejected"

    def _until(self, holds: Callable[[], bool]) -> None:
        """Wait for the world to catch up, but not for ever: what is not there then is said in the answer."""
        pause = threading.Event()
        while not holds() and time.monotonic() < self._give_up_at:
            pause.wait(POLL_S)
