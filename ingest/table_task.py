"""One table in one worker: a reader handle, its partitions, and the thread that steps them (P34)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

import structlog

from ingest import events as ev
from ingest.counting import outcome_counts
from ingest.machine import Action, Phase
from ingest.partition import COMMIT_LANE, Partition
from ingest.state import State
from ingest.streams.base import Fetched, OutOfRange, StreamEvent, StreamReader, StreamTrouble

log = structlog.get_logger()

Item = TypeVar("Item")

RECORDS_MAX = 50_000
IDLE_WAIT_S = 0.25
BUSY_WAIT_S = 0.02
COMMITTING_WAIT_S = 0.002
"""How long a fetch waits for a first record: shorter while something is under way, shortest while an action of the
commit lane runs, whose result is taken between two fetches and begins the next."""

RETRY_MS_MAX = 5_000
RETRY_MS_MIN = 100
TEND_EVERY_MS = 500


@dataclass
class _Lane:
    """Back-off of one lane of one partition; nothing else is remembered outside the machine."""

    not_before_ms: int = 0
    wait_ms: int = RETRY_MS_MIN
    busy: bool = False
    began_ms: int = 0
    """When the commit that runs, or the last one, began to seal."""

    def outcome(self, event: ev.Event, now_ms: int) -> None:
        self.busy = False
        if isinstance(event, ev.Delayed):
            self.not_before_ms, self.wait_ms = now_ms + self.wait_ms, min(2 * self.wait_ms, RETRY_MS_MAX)
        else:
            self.not_before_ms, self.wait_ms = 0, RETRY_MS_MIN

    def ready(self, now_ms: int) -> bool:
        return not self.busy and now_ms >= self.not_before_ms


class TableTask:
    """Steps partitions of one topic until told to stop. All state changes happen in its one thread."""

    def __init__(
        self,
        name: str,
        reader: StreamReader,
        pool: Executor,
        clock_ms: Callable[[], int],
        disk_low: Callable[[], bool],
        committed: Callable[[State], None] = lambda _: None,
    ) -> None:
        """`committed` hears of each commit, with the state just before it."""
        self.partitions: dict[int, Partition] = {}
        self._lanes: dict[tuple[int, bool], _Lane] = {}
        self._reader = reader
        self._pool = pool
        self._clock_ms = clock_ms
        self._disk_low = disk_low
        self._committed = committed
        self._done: queue.SimpleQueue[tuple[Partition, Action, ev.Event]] = queue.SimpleQueue()
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._tended_ms = 0
        self.upstream: dict[int, int | None] = {}
        """Log end by Kafka partition, as the client last saw it."""
        self.trouble: str | None = None
        self.failed = False
        """Whether the thread ended by a fault of ours; the files are whole, so another task may go on with them."""
        self.drop_on_stop = False
        self._thread = threading.Thread(target=self._run, name=f"table-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the step at hand; partitions keep their files."""
        self._stop.set()
        self._thread.join()

    def order(self, what: Callable[[], None]) -> None:
        """Have the stepping thread do `what` between two steps: add a partition, change a recipe."""
        self._orders.put(what)

    def add(self, partition: Partition) -> None:
        self.partitions[partition.identity.kafka_partition] = partition

    def post(self, partition: Partition, event: ev.Event) -> None:
        """Tell a partition what happened; an event that its state does not take is only noted."""
        before = partition.state
        partition.apply(event)
        lane = self._lanes.get((partition.identity.kafka_partition, True), _Lane())
        _report(partition, before, event, took_ms=self._clock_ms() - lane.began_ms)
        if isinstance(event, ev.Committed):
            self._committed(before)

    def step(self, wait_s: float) -> None:
        """Take results, decide for each partition, fetch once."""
        self._take(self._orders, lambda order: order())
        self._take(self._done, lambda done: self._finished(*done))
        for partition in self.partitions.values():
            self._decide(partition)
        for event in self._reader.fetch(RECORDS_MAX, wait_s):
            self._arrived(event)
        self._tend()

    def _wait_s(self) -> float:
        if any(lane.busy for lane in self._lanes.values()):
            return COMMITTING_WAIT_S
        settled = all(p.state.phase is Phase.CONSUMING and not p.state.closed for p in self.partitions.values())
        return IDLE_WAIT_S if settled and self.partitions else BUSY_WAIT_S

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self.step(self._wait_s())
        except Exception:  # a fault of ours must be seen, and other tables go on
            log.exception("table task failed", thread=self._thread.name)
            self.failed = True
        finally:
            for partition in self.partitions.values():
                partition.drop() if self.drop_on_stop else partition.close()
            self._reader.close()

    def _take(self, inbox: queue.SimpleQueue[Item], handle: Callable[[Item], None]) -> None:
        while True:
            try:
                handle(inbox.get_nowait())
            except queue.Empty:
                return

    def _decide(self, partition: Partition) -> None:
        now = self._clock_ms()
        for action in partition.next_actions(partition.facts(self._disk_low())):
            lane = self._lane(partition, action)
            if action is Action.FETCH or not lane.ready(now):
                continue
            lane.busy = True
            self._begin(partition, action)

    def _lane(self, partition: Partition, action: Action) -> _Lane:
        return self._lanes.setdefault((partition.identity.kafka_partition, action in COMMIT_LANE), _Lane())

    def _begin(self, partition: Partition, action: Action) -> None:
        state = partition.state
        if action is Action.SEAL:
            self._lane(partition, action).began_ms = self._clock_ms()
        if action in COMMIT_LANE:
            self._pool.submit(self._perform, partition, action, state)
        else:
            self._finished(partition, action, partition.perform(action, state))

    def _perform(self, partition: Partition, action: Action, state: State) -> None:
        try:
            event = partition.perform(action, state)
        except Exception as error:  # in a pool nobody would hear of it, and the lane would wait for ever
            log.exception("action failed", partition=str(partition.identity), action=action)
            event = ev.Delayed(f"cannot {action}: {error!r}")
        self._done.put((partition, action, event))

    def _finished(self, partition: Partition, action: Action, event: ev.Event) -> None:
        lane, now = self._lane(partition, action), self._clock_ms()
        lane.outcome(event, now)
        partition.count(outcome_counts(action, event))
        if isinstance(event, ev.Committed):
            partition.count({"commit_ms": now - lane.began_ms})
        self.post(partition, event)

    def _arrived(self, event: StreamEvent) -> None:
        match event:
            case Fetched(partition=number):
                self.trouble = None
                self._fetched(self.partitions[number], event)
            case OutOfRange(number, detail):
                reason = f"the next record is not in Kafka any more ({detail}); accept the gap to go on"
                self.post(self.partitions[number], ev.Lost(reason, ev.Loss.RECORDS))
            case StreamTrouble(_, detail):
                self._troubled(detail)

    def _fetched(self, partition: Partition, fetched: Fetched) -> None:
        """Append in pieces that end where the row limit does, so that the file is closed there."""
        rest: Fetched | None = fetched
        while rest is not None:
            piece, rest = partition.fitting(rest)
            event = partition.take(piece)
            if event is not None:
                self.post(partition, event)
            if rest is not None:
                self._decide(partition)

    def _troubled(self, detail: str) -> None:
        if detail != self.trouble:
            log.warning("stream trouble", detail=detail)
        self.trouble = detail

    def _tend(self) -> None:
        """What may wait a little. The client is asked in this thread: librdkafka's Python handle is not shared."""
        now = self._clock_ms()
        if now - self._tended_ms < TEND_EVERY_MS:
            return
        self._tended_ms = now
        self.upstream = {number: self._reader.upstream(number) for number in self.partitions}
        for partition in self.partitions.values():
            partition.files.release()


def _report(partition: Partition, before: State, event: ev.Event, *, took_ms: int) -> None:
    """One line per commit, one per change of phase or of the reason why it does not go on.

    `took_ms`: since the commit lane began to seal.
    """
    after, where = partition.state, str(partition.identity)
    if isinstance(event, ev.Committed) and before.sealed is not None:
        sealed = before.sealed
        log.info("segment committed", table=partition.recipe.table, partition=partition.identity.partition,
                 segment=sealed.name, start=sealed.start, end=sealed.end, rows=sealed.rows, rejects=sealed.rejects,
                 bytes=sealed.size_bytes, milliseconds=took_ms, attempt=sealed.attempt)  # fmt: skip
    elif after.reason and after.reason != before.reason:
        log.warning("partition waits", partition=where, phase=after.phase, reason=after.reason)
    elif after.phase is not before.phase:
        log.info("partition", partition=where, phase=after.phase)
