"""A reader that hands on no more than so many records of each partition in a second (contract 3.1).

What is beyond waits here, in order. A partition of which a second's worth waits is not read meanwhile (unassigned, as
all back-pressure is, P34), so that it keeps nobody else's records waiting behind its own in the client's queue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ingest.streams.base import Assignment, Fetched, StreamEvent, StreamReader, StreamTrouble, split

AHEAD_S = 10
"""A fetch takes at most so many seconds' worth of each partition: what is read ahead of a turn is bounded."""


@dataclass(slots=True)
class _Waiting:
    """What one partition may hand on, and what waits for it."""

    since_ms: int
    at: Assignment
    """Where reading goes on behind everything that waits."""
    allowance: float = 0.0
    events: deque[StreamEvent] = field(default_factory=deque)
    records: int = 0
    is_let_go: bool = False
    """Whether it is not read, since enough waits."""

    def put(self, event: StreamEvent) -> None:
        self.events.append(event)
        if isinstance(event, Fetched):
            self.records += len(event.payloads)
            self.at = Assignment(event.partition, event.next_offset, _epoch(event, self.at))

    def turn(self, now_ms: int, rate: float) -> list[StreamEvent]:
        """What may be handed on now. No more than a second's worth is saved up, though a record at least."""
        earned = max(0, now_ms - self.since_ms) * rate / 1000
        self.allowance, self.since_ms = min(self.allowance + earned, max(rate, 1.0)), now_ms
        taken: list[StreamEvent] = []
        while self.events and (event := self._next()) is not None:
            taken.append(event)
        return taken

    def _next(self) -> StreamEvent | None:
        """The first event, or as much of it as is allowed; None when its records must wait."""
        event = self.events.popleft()
        count = len(event.payloads) if isinstance(event, Fetched) else 0
        allowed = min(count, int(self.allowance))
        if isinstance(event, Fetched) and allowed < count:
            event, rest = split(event, allowed)
            self.events.appendleft(rest)
        self.allowance -= allowed
        self.records -= allowed
        return event if allowed or not count else None


class PacedReader:
    """`reader`, at `rate` records a second for each partition."""

    def __init__(self, reader: StreamReader, rate: float, clock_ms: Callable[[], int]) -> None:
        self.rate = rate
        self._reader = reader
        self._clock_ms = clock_ms
        self._waiting: dict[int, _Waiting] = {}

    def assign(self, assignments: Sequence[Assignment]) -> None:
        now = self._clock_ms()
        self._waiting |= {each.partition: _Waiting(now, each) for each in assignments}
        self._reader.assign(assignments)

    def unassign(self, partitions: Sequence[int]) -> None:
        for partition in partitions:
            self._waiting.pop(partition, None)
        self._reader.unassign(partitions)

    def fetch(self, records_max: int, wait_s: float) -> list[StreamEvent]:
        read = sum(not each.is_let_go for each in self._waiting.values())
        worth = max(1, int(self.rate * AHEAD_S * read))
        aside = [event for event in self._reader.fetch(min(records_max, worth), wait_s) if not self._put(event)]
        now = self._clock_ms()
        taken = [event for waiting in self._waiting.values() for event in waiting.turn(now, self.rate)]
        self._keep_reading()
        return [*taken, *aside]

    def is_held(self, partition: int) -> bool:
        """Whether records of it wait for their turn."""
        waiting = self._waiting.get(partition)
        return waiting is not None and waiting.records > 0

    def upstream(self, partition: int) -> int | None:
        return self._reader.upstream(partition)

    def close(self) -> None:
        self._reader.close()

    def _put(self, event: StreamEvent) -> bool:
        """Whether the event waits for its partition's turn. Troubles are handed on at once."""
        waiting = None if isinstance(event, StreamTrouble) else self._waiting.get(event.partition)
        if waiting is not None:
            waiting.put(event)
        return waiting is not None

    def _keep_reading(self) -> None:
        """Let go of partitions of which a second's worth waits, and read those again of which little does."""
        for partition, waiting in self._waiting.items():
            if not waiting.is_let_go and waiting.records > self.rate:
                waiting.is_let_go = True
                self._reader.unassign([partition])
            elif waiting.is_let_go and waiting.records <= self.rate / 2:
                waiting.is_let_go = False
                self._reader.assign([waiting.at])


def _epoch(event: Fetched, before: Assignment) -> int:
    return event.leader_epoch if event.leader_epoch >= 0 else before.leader_epoch
