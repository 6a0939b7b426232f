"""One table as a worker runs it: a task for each topic, kept in line with the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace

import structlog

from ingest import events as ev
from ingest.discovery import discover
from ingest.machine import Phase
from ingest.partition import Partition
from ingest.ports import Ports, Recipe, Source
from ingest.recipes import limits_of, recipe_of
from ingest.state import Limits, State, Wishes
from ingest.streams.base import StreamUnavailable, UnknownTopic
from ingest.streams.paced import PacedReader
from ingest.table_task import TableTask
from segments.catalogue import TableEntry
from segments.commit import Versioned
from segments.identity import PartitionIdentity
from segments.registry import RegistryUnavailable
from tableconfigs.flush import FlushThresholds, SealedSize, SizeTuning, next_row_target
from tableconfigs.stream import StreamConfig, split_partition_id
from tableconfigs.table import TableConfig

log = structlog.get_logger()

Connect = Callable[[StreamConfig], Source]


@dataclass(frozen=True, slots=True)
class Share:
    """Which partitions this worker takes: those whose id, divided by `workers`, leaves `index`."""

    index: int
    workers: int

    def takes(self, partition: int) -> bool:
        return partition % self.workers == self.index


class TopicRun:
    """One topic: its source, its task, and who looks for new partitions."""

    def __init__(
        self, index: int, stream: StreamConfig, source: Source, task: TableTask, pacer: PacedReader | None
    ) -> None:
        self.index, self.stream, self.source, self.task, self.pacer = index, stream, source, task, pacer
        self.looking: Future[Mapping[int, Versioned]] | None = None
        self.ends: Mapping[int, int] = {}
        """Log ends of Kafka partitions that are not read, as of the last look: their reader does not hear of them."""
        self.trouble: str | None = None

    def share_rate(self, partitions: int) -> None:
        """A topic's rate limit is shared out evenly among the partitions that the table reads."""
        if self.pacer is not None:
            self.pacer.rate = self.stream.rate_limit(partitions) or self.pacer.rate

    def held_to(self, kafka_partition: int) -> float | None:
        """Records per second, while more of them wait for their turn."""
        return self.pacer.rate if self.pacer is not None and self.pacer.is_held(kafka_partition) else None


class TableRun:
    """Starts, feeds and stops the tasks of one table incarnation. Used by one thread."""

    def __init__(
        self,
        entry: TableEntry,
        ports: Ports,
        connect: Connect,
        pool: Executor,
        asking: Executor,
        share: Share,
        disk_low: Callable[[], bool],
        budget_bytes: int,
    ) -> None:
        """`budget_bytes` of consuming rows are shared out evenly: beyond its part a file is closed early (P20)."""
        self.entry = entry
        self.recipe = recipe_of(entry, ports.environ)
        self._ports, self._asking, self._share = ports, asking, share
        config = TableConfig.parse(entry.config, self._ports.environ).value
        self.flush: FlushThresholds = config.flush
        self._tuning = SizeTuning()
        self._told: dict[int, Wishes] = {}
        self._budget_bytes = budget_bytes

        def topic_run(at: int, stream: StreamConfig) -> TopicRun:
            source, name = connect(stream), f"{entry.name}-{at}"
            rate = stream.rate_limit(partitions=1)
            pacer = None if rate is None else PacedReader(source.reader, rate, ports.clock_ms)
            source = source if pacer is None else replace(source, reader=pacer)
            task = TableTask(name, source.reader, pool, ports.clock_ms, disk_low, self._learn)
            return TopicRun(at, stream, source, task, pacer)

        self.topics = [topic_run(at, stream) for at, stream in enumerate(config.streams)]
        for topic in self.topics:
            topic.task.start()

    @property
    def partitions(self) -> list[Partition]:
        return [partition for topic in self.topics for partition in list(topic.task.partitions.values())]

    @property
    def trouble(self) -> str | None:
        """What keeps the table as a whole from consuming, or None."""
        return next((found for t in self.topics if (found := t.trouble or t.task.trouble)), None)

    def streams_differ(self, entry: TableEntry) -> bool:
        """Whether the table must be run anew: where it reads from has changed."""
        wanted = TableConfig.parse(entry.config, self._ports.environ).value.streams
        return [_where(topic.stream) for topic in self.topics] != [_where(stream) for stream in wanted]

    @property
    def failed(self) -> bool:
        """Whether a task has ended by a fault; then the table must be run anew."""
        return any(topic.task.failed for topic in self.topics)

    def follow(self, entry: TableEntry) -> None:
        """Take over a new config or schema: the open files are closed first (P4)."""
        recipe = recipe_of(entry, self._ports.environ)
        self.entry, self.recipe = entry, recipe
        self.flush = TableConfig.parse(entry.config, self._ports.environ).value.flush
        for topic in self.topics:
            topic.task.order(lambda task=topic.task: self._hand_out(task, recipe))  # type: ignore[misc]
        self.tell(entry)

    def look(self) -> None:
        """Look for partitions, in the background; what was found by the last look is started."""
        for topic in self.topics:
            if topic.looking is not None and topic.looking.done():
                self._looked(topic, topic.looking)
                topic.looking = None
            if topic.looking is None:
                topic.looking = self._asking.submit(self._discover, topic)

    def tell(self, entry: TableEntry) -> None:
        """Tell partitions what persons want of them now."""
        self.entry = entry
        for topic in self.topics:
            for partition in list(topic.task.partitions.values()):
                self._tell(topic.task, partition)

    def _tell(self, task: TableTask, partition: Partition) -> None:
        """Only what is new is told: of a wish that was granted the catalogue hears late."""
        number = partition.identity.partition
        wishes = wishes_of(self.entry, number)
        if self._told.get(number) != wishes:
            self._told[number] = wishes
            task.order(lambda: task.post(partition, ev.Wished(wishes)))

    def stop(self) -> None:
        for topic in self.topics:
            topic.task.stop()
            topic.source.metadata.close()

    def drop(self) -> None:
        """The table is gone: stop, and remove its rows."""
        partitions = self.partitions
        for topic in self.topics:
            topic.task.drop_on_stop = True
        self.stop()
        log.info("table dropped", table=self.entry.name, incarnation=self.entry.incarnation, partitions=len(partitions))

    def _hand_out(self, task: TableTask, recipe: Recipe) -> None:
        for partition in task.partitions.values():
            partition.recipe = recipe
            partition.limits = self._limits(partition.identity)

    def _limits(self, identity: PartitionIdentity) -> Limits:
        running = max(1, len(self.partitions))
        capacity = min(self._ports.capacity_bytes, self._budget_bytes // running)
        return limits_of(self.flush, self._tuning, running, identity, capacity)

    def _learn(self, before: State) -> None:
        """In size mode, what a committed segment came to decides the rows of the next ones (contract 3.2)."""
        sealed, current = before.sealed, before.current
        if self.flush.segment_size_bytes is None or sealed is None or current is None or not sealed.rows:
            return
        target = next_row_target(self.flush, self._tuning)
        age_ms = self._ports.clock_ms() - current.record.created_ms
        self._tuning = self._tuning.after(SealedSize(sealed.rows, sealed.size_bytes, target, age_ms))
        for partition in self.partitions:
            partition.limits = self._limits(partition.identity)

    def _discover(self, topic: TopicRun) -> Mapping[int, Versioned]:
        ports, entry = self._ports, self.entry
        if self._share.index == 0:
            versions = (entry.config_version, entry.schema_version)
            metadata, now = topic.source.metadata, ports.clock_ms()
            discover(ports.registry, metadata, topic.stream, topic.index, entry.incarnation, versions, now)
        topic.ends = _ends_unread(topic)
        known = ports.registry.partitions(entry.incarnation)
        found = {p: v for p, v in known.items() if split_partition_id(p)[0] == topic.index}
        topic.share_rate(len(found))
        return {p: v for p, v in found.items() if self._share.takes(p)}

    def _looked(self, topic: TopicRun, look: Future[Mapping[int, Versioned]]) -> None:
        try:
            found = look.result()
        except StreamUnavailable as error:
            self._note(topic, f"Kafka is away: {error}")
            return
        except RegistryUnavailable as error:
            self._note(topic, f"ZooKeeper is away: {error}")
            return
        except UnknownTopic as error:
            self._note(topic, str(error))
            return
        self._note(topic, None)
        running = {p.identity.partition for p in topic.task.partitions.values()}
        for number in sorted(found.keys() - running):
            self._start(topic, number, found[number])

    def _note(self, topic: TopicRun, trouble: str | None) -> None:
        if trouble and trouble != topic.trouble:
            log.warning("table waits", table=self.entry.name, reason=trouble)
        topic.trouble = trouble

    def _start(self, topic: TopicRun, number: int, found: Versioned) -> None:
        identity = PartitionIdentity(self.entry.incarnation, found.record.topic_id, number)
        partition = Partition(identity, self._ports, topic.source, self.recipe, self._limits(identity))
        topic.task.order(lambda: self._added(topic.task, partition))
        self._tell(topic.task, partition)

    def _added(self, task: TableTask, partition: Partition) -> None:
        task.add(partition)
        for other in task.partitions.values():
            other.limits = self._limits(other.identity)


def _ends_unread(topic: TopicRun) -> Mapping[int, int]:
    """Asks Kafka, but only when something is not read. Raises StreamUnavailable, UnknownTopic."""
    running = list(topic.task.partitions.values())
    unread = [p.identity.kafka_partition for p in running if p.state.phase is not Phase.CONSUMING]
    return topic.source.metadata.latest(unread) if unread else {}


def _where(stream: StreamConfig) -> StreamConfig:
    """The stream without what may change while it is read."""
    return replace(stream, flush=FlushThresholds())


def wishes_of(entry: TableEntry, partition: int) -> Wishes:
    """What the catalogue says that persons want of a partition, the table's wishes included."""
    known = next((each for each in entry.partitions if each.partition == partition), None)
    paused = entry.paused or entry.paused_topics.get(split_partition_id(partition)[0])
    return Wishes(paused, known.force_commit if known else None, known.skip if known else None)
