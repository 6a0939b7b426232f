"""Two owners of one partition and the world around them: real consuming files and a real store, a registry in memory.

Owners are stepped as a worker steps them (`TableTask`), the pool runs what was submitted when it is told to, and
every part of the world can fail. After each happening the invariants are checked by `partition_checks.py`.
"""

from __future__ import annotations

import itertools
import os
import random
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest import events as ev
from ingest.decoders.base import SourceColumn
from ingest.decoders.json import JsonDecoder
from ingest.machine import Phase
from ingest.partition import Partition
from ingest.pipeline import Pipeline, Transform
from ingest.ports import Ports, Recipe, Source
from ingest.state import Limits, State, Wishes
from ingest.table_task import TableTask
from segments.arrow_schema import row_schema
from segments.commit import InDoubt, Look, Outcome, SegmentCommit, Versioned
from segments.consuming.listing import list_sidecars
from segments.consuming.sidecar import SLOT_BYTES, read_sidecar
from segments.history import ConsumingRecord, Skip, SkipTo, Step
from segments.identity import PartitionIdentity
from segments.registry import Flag, RegistryUnavailable
from segments.stores.base import DiskFull, StoreUnavailable
from segments.stores.local import LocalStore
from tableconfigs.ingestion import GapPolicy
from tests.crash.partition_checks import Checks, Host
from tests.crash.partition_log import TOPIC, FaultyStream, Log

PARTITION = 0
LIMITS = Limits(rows_max=5, age_ms_max=60_000, bytes_max=1 << 20, closed_files_max=2)
CAPACITY_BYTES = 16 * 1024
GRACE_MS = 3_000
TICK_MS = 700
LATE_MS = 70_000
"""Later than every age limit and every back-off."""
IDLE_ROUNDS_MAX = 150


def recipe(version: int, gaps: GapPolicy = GapPolicy.STOP) -> Recipe:
    """Config version 1 has one column; every later one has one more."""
    extra = {f"extra{v}": SourceColumn("STRING", False) for v in range(2, version + 1)}
    columns = {"id": SourceColumn("LONG", False), **extra}
    pipeline = Pipeline(JsonDecoder(columns), tuple(columns), row_schema(columns), None, (), Transform())
    return Recipe("clicks_REALTIME", "clicks", version, version, pipeline, None, (), gaps=gaps)


class Killed(BaseException):
    """The process ended at a crash point. Not an Exception: nothing in a dead process handles it."""


@dataclass
class Faults:
    """What is wrong around one owner."""

    registry_away: bool = False
    lose_answer: str | None = None
    """"before" or "after" the next commit takes effect."""
    store: str | None = None
    """"away" or "full"."""
    disk_full: bool = False
    disk_low: bool = False
    die_in: int | None = None
    """Crash points until the process ends."""


class Door:
    """The registry as one owner reaches it."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def partitions(self, incarnation: str) -> Mapping[int, Versioned]:
        self._check()
        return self._world.checks.registry.partitions(incarnation)

    def create(self, incarnation: str, records: Mapping[int, ConsumingRecord]) -> None:
        self._check()
        self._world.checks.registry.create(incarnation, records)

    def commit(self, commit: SegmentCommit) -> Outcome:
        lost, self._faults.lose_answer = self._faults.lose_answer, None
        if self._faults.registry_away or lost == "before":
            return InDoubt("connection loss")
        outcome = self._world.checks.commit(commit)
        return InDoubt("connection loss") if lost == "after" else outcome

    def flag(self, incarnation: str, partition: int, change: Flag) -> Versioned:
        self._check()
        return self._world.checks.registry.flag(incarnation, partition, change)

    def rewrite(
        self, incarnation: str, partition: int, sequences: Sequence[int], change: Callable[[Step], Step]
    ) -> None:
        self._check()
        self._world.checks.registry.rewrite(incarnation, partition, sequences, change)

    def look(self, incarnation: str, partition: int, sequence: int) -> Look:
        self._check()
        return self._world.checks.registry.look(incarnation, partition, sequence)

    def steps(self, incarnation: str, partition: int, sequences: Sequence[int]) -> list[Step]:
        self._check()
        return self._world.checks.registry.steps(incarnation, partition, sequences)

    def _check(self) -> None:
        if self._faults.registry_away:
            raise RegistryUnavailable("session suspended")


class FaultyStore(LocalStore):
    """A store that refuses while `faults` say so."""

    def __init__(self, root: Path, faults: Faults) -> None:
        super().__init__(root)
        self._faults = faults

    def put(self, local: Path, key: str) -> str:
        if self._faults.store == "away":
            raise StoreUnavailable("no route to the store")
        if self._faults.store == "full":
            raise DiskFull("the store is full")
        return super().put(local, key)


class HeldPool(Executor):
    """Runs what was submitted only when it is told to: a commit action may take as long as the schedule likes."""

    def __init__(self) -> None:
        self._held: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._held.append(lambda: fn(*args, **kwargs))
        return Future()

    def run_one(self) -> bool:
        if not self._held:
            return False
        self._held.pop(0)()
        return True


class Owner:
    """One ingest process with its one partition; dead until it is stepped."""

    def __init__(self, world: World, name: str, host: Host) -> None:
        self.world, self.name, self.host = world, name, host
        self.faults = Faults()
        self.stream = FaultyStream(world.log)
        self.pool = HeldPool()
        self.task: TableTask | None = None
        self.told: Wishes | None = None
        self.sealing = host.folder / f"sealing-{name}"
        self.sealing.mkdir()

    @property
    def partition(self) -> Partition | None:
        return next(iter(self.task.partitions.values())) if self.task is not None else None

    @property
    def phase(self) -> Phase | None:
        return self.partition.state.phase if self.partition is not None else None

    def step(self, batch: int) -> None:
        """What the stepping thread does once; a dead process is started instead, one of a dropped table ended."""
        if self.partition is None:
            self._start()
        elif self.partition.identity.incarnation != self.world.incarnation:
            self._drop()
        else:
            self.stream.batch = batch
            self._live(lambda task: task.step(0.0))

    def commit(self) -> None:
        """What the pool does once."""
        self._live(lambda task: self.pool.run_one())

    def kill(self) -> None:
        """What the kernel does when a process ends: descriptors are closed, the lock among them; nothing is written."""
        if self.partition is not None:
            self.partition.files.close()
        self.task, self.pool, self.stream = None, HeldPool(), FaultyStream(self.world.log)
        self.faults.die_in = None

    def tell(self) -> None:
        """What a worker does when it sees wishes in the catalogue; the order is carried out before the next step."""
        task, partition = self.task, self.partition
        if task is None or partition is None or partition.identity.incarnation != self.world.incarnation:
            return
        wishes = self.world.wishes
        if wishes != self.told:
            self.told = wishes
            task.order(lambda: task.post(partition, ev.Wished(wishes)))

    def follow(self) -> None:
        """What a worker does when it sees a new config."""
        newest = recipe(self.world.config_version, self.world.gaps)
        if self.task is not None and self.partition is not None:
            partition = self.partition
            self.task.order(lambda: setattr(partition, "recipe", newest))

    def _live(self, what: Callable[[TableTask], object]) -> None:
        if self.task is None:
            return
        try:
            with disk_full() if self.faults.disk_full else _nothing():
                what(self.task)
        except Killed:
            self.kill()

    def _start(self) -> None:
        for left in self.sealing.iterdir():
            left.unlink()
        self.told = None
        self.stream = FaultyStream(self.world.log)
        self.task = TableTask(self.name, self.stream, self.pool, self.world.clock_ms, lambda: self.faults.disk_low)
        topic_id = self.world.record.topic_id
        identity = PartitionIdentity(self.world.incarnation, topic_id, PARTITION)
        source = Source(self.stream, self.stream, TOPIC)
        self.task.add(
            Partition(identity, self._ports(), source, recipe(self.world.config_version, self.world.gaps), LIMITS)
        )

    def _drop(self) -> None:
        assert self.partition is not None
        self.partition.drop()
        self.kill()

    def _ports(self) -> Ports:
        return Ports(
            registry=Door(self.world, self.faults),
            store=FaultyStore(self.world.checks.store_root, self.faults),
            consuming_root=self.host.consuming_root,
            sealing_root=self.sealing,
            capacity_bytes=CAPACITY_BYTES,
            clock_ms=self.world.clock_ms,
            random=self.world.random.randbytes,
            boot="boot-1",
            version="test",
            published_end=self.host.published_end,
            release_grace_ms=GRACE_MS,
            environ={},
            crash_point=self._crash_point,
        )

    def _crash_point(self, name: str) -> None:
        if self.faults.die_in is None:
            return
        self.faults.die_in -= 1
        if self.faults.die_in < 0:
            raise Killed(name)


@dataclass
class World:
    """Everything there is, and what can happen to it: every public method without an underscore is a happening."""

    folder: Path
    same_host: bool
    log: Log = field(default_factory=Log)
    now_ms: int = 1_767_225_600_000
    config_version: int = 1
    gaps: GapPolicy = GapPolicy.STOP
    incarnation: str = ""
    paused: str | None = None
    loss: str | None = None
    """Why records may legitimately be missing at the end."""

    def __post_init__(self) -> None:
        self.random = random.Random(7)
        self.checks = Checks(self.folder / "store", self.log)
        first = self.checks.host(self.folder / "host-0")
        second = first if self.same_host else self.checks.host(self.folder / "host-1")
        self._incarnations = itertools.count()
        self._create_table()
        self.owners = [Owner(self, "a", first), Owner(self, "b", second)]

    def clock_ms(self) -> int:
        return self.now_ms

    @property
    def record(self) -> ConsumingRecord:
        return self.checks.registry.partitions(self.incarnation)[PARTITION].record

    # what happens

    def step(self, owner: int, batch: int = 4) -> None:
        self.owners[owner].step(batch)

    def commit(self, owner: int) -> None:
        self.owners[owner].commit()

    def run(self, owner: int, times: int) -> None:
        """Steps and commits in turn, as when nothing comes between."""
        for _ in range(times):
            self.now_ms += TICK_MS
            self.owners[owner].step(batch=7)
            self.owners[owner].commit()

    def produce(self, *kinds: str) -> None:
        for kind in kinds:
            self.log.produce(kind)

    def publish(self, host: int) -> None:
        """The host's follower catches up with the registry."""
        host = host % len(self.checks.hosts)
        self.checks.publish(self.checks.hosts[host], self.incarnation)

    def kill(self, owner: int, torn: bool = False) -> None:
        """At once, or in the middle of an append: bytes are written, the side-car is not, or only half of it."""
        partition = self.owners[owner].partition
        if torn and partition is not None:
            tear(partition)
        self.owners[owner].kill()

    def kill_in(self, owner: int, points: int) -> None:
        """At one of the next crash points."""
        self.owners[owner].faults.die_in = points

    def late(self) -> None:
        self.now_ms += LATE_MS

    def lose_answer(self, owner: int, when: str) -> None:
        self.owners[owner].faults.lose_answer = when

    def registry(self, owner: int, away: bool) -> None:
        self.owners[owner].faults.registry_away = away

    def broker(self, owner: int, away: bool) -> None:
        self.owners[owner].stream.away = away

    def store(self, owner: int, trouble: str | None) -> None:
        self.owners[owner].faults.store = trouble

    def disk(self, owner: int, full: bool = False, low: bool = False) -> None:
        self.owners[owner].faults.disk_full = full
        self.owners[owner].faults.disk_low = low

    @property
    def wishes(self) -> Wishes:
        record = self.record
        return Wishes(self.paused, record.force_commit, record.skip.to.value if record.skip else None)

    def pause(self, reason: str | None) -> None:
        self.paused = reason

    def force_commit(self, job: str) -> None:
        self.checks.registry.flag(self.incarnation, PARTITION, lambda _: {"force_commit": job})

    def skip(self, to: SkipTo) -> None:
        """A person accepts a gap; unless everything is there, that is a loss."""
        skip = Skip(to=to, reason="not wanted", who="ada")
        self.checks.registry.flag(self.incarnation, PARTITION, lambda _: {"skip": skip})
        self.loss = self.loss or f"skipped to {to}"

    def tell(self, owner: int) -> None:
        self.owners[owner].tell()

    def change_config(self) -> None:
        self.config_version += 1

    def follow(self, owner: int) -> None:
        self.owners[owner].follow()

    def damage(self, owner: int) -> None:
        """A byte of what is visible flips."""
        partition = self.owners[owner].partition
        found = list_sidecars(self._partition_folder(self.owners[owner].host))
        found = [(path, state) for path, state in found if state.rows]
        if partition is None or not found:
            return
        path, state = found[0]
        part = next(part for part in state.parts if part.rows)
        flip(path.parent / part.file, part.bytes_visible - 9)
        self.checks.damaged(self.owners[owner].host, path)

    def recreate_table(self) -> None:
        self.checks.registry.drop(self.incarnation)
        self._create_table()

    def recreate_topic(self) -> None:
        self.log.create_again()
        self.loss = "the topic was created again"

    def cut_log(self, records: int) -> None:
        self.log.cut(records)
        self.loss = "the log was cut"
        self.checks.log_was_cut()

    def retain(self, records: int) -> None:
        self.log.retain(records)
        self.loss = "retention"

    # the end

    def settle(self) -> None:
        """No faults any more: both owners run until nothing changes. Raises AssertionError when that never happens."""
        for owner in self.owners:
            owner.faults.__init__()  # type: ignore[misc]
            owner.stream.away = False
            owner.follow()
        self._run_until_idle()
        if self.paused:
            self.pause(None)
            self._run_until_idle()
        self.checks.after(self.incarnation)

    def _run_until_idle(self) -> None:
        before: list[State | None] = []
        same = 0
        for _ in range(IDLE_ROUNDS_MAX):
            self._round()
            now = [resting(owner.partition.state) if owner.partition else None for owner in self.owners]
            same = same + 1 if now == before else 0
            if same >= 3:
                return
            before = now
        raise AssertionError(f"still busy after {IDLE_ROUNDS_MAX} rounds: {before}")

    def _round(self) -> None:
        self.now_ms += 6_000
        for number, owner in enumerate(self.owners):
            owner.step(batch=7)
            owner.commit()
            owner.tell()
            self.publish(number)
            self.checks.after(self.incarnation)

    def _create_table(self) -> None:
        self.incarnation = f"incarnation{next(self._incarnations)}"
        topic = self.log.topic
        record = ConsumingRecord(
            sequence=0,
            start=self.log.start,
            leader_epoch=-1,
            topic=TOPIC,
            topic_id=topic.topic_id,
            config_version=self.config_version,
            schema_version=self.config_version,
            created_ms=self.now_ms,
        )
        self.checks.registry.create(self.incarnation, {PARTITION: record})
        self.checks.born(self.incarnation, record)

    def _partition_folder(self, host: Host) -> Path:
        return host.consuming_root / PartitionIdentity(self.incarnation, self.record.topic_id, PARTITION).path


def resting(state: State) -> State:
    """The state without the time of its next look at what is lost: that passes while nothing else does."""
    return replace(state, blocked_until_ms=0)


def tear(partition: Partition) -> None:
    """The middle of an append to the open file: bytes behind what is visible, and half a side-car slot."""
    if partition.state.file is None:
        return
    file = partition.files.file(partition.state.file.number)
    generation, state = read_sidecar(file.path)
    write_at(file.path.parent / state.parts[-1].file, state.parts[-1].bytes_visible, b"half a frame")
    write_at(file.path, (generation + 1) % 2 * SLOT_BYTES, b"CPS1 half a slot")


def flip(path: Path, at: int) -> None:
    data = path.read_bytes()
    write_at(path, at, bytes([data[at] ^ 0xFF]))


def write_at(path: Path, at: int, data: bytes) -> None:
    fd = os.open(path, os.O_RDWR)
    try:
        os.pwrite(fd, data, at)
    finally:
        os.close(fd)


@contextmanager
def disk_full() -> Iterator[None]:
    """No regular file takes another byte: what ENOSPC looks like to the code (EFBIG)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _nothing() -> Iterator[None]:
    yield
