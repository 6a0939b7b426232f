"""One partition, stepped: `perform` does one action of the machine and says what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import structlog

from ingest import events as ev
from ingest.applying import apply
from ingest.committing import Committing
from ingest.counting import COUNTERS, batch_counts
from ingest.deciding import blocked_by, next_actions
from ingest.decoders.base import DecoderWaits
from ingest.files import Files
from ingest.machine import Action, Phase
from ingest.ports import Ports, Recipe, Source
from ingest.recovering import Recovering
from ingest.rejects import Stop, as_kept, stop_at
from ingest.state import Facts, IllegalEvent, Limits, State, written_for
from ingest.streams.base import Assignment, Fetched, StreamUnavailable, UnknownTopic, split
from segments.consuming.file import Appended, DiskFull
from segments.identity import PartitionIdentity
from segments.registry import RegistryUnavailable
from segments.stores.base import DiskFull as StoreFull

log = structlog.get_logger()

TROUBLE_RETRY_MS = 1_000
"""A disk that took nothing, or a schema registry that is away, is tried again after this time."""

COMMIT_LANE = frozenset({Action.SEAL, Action.STORE, Action.CHECK, Action.COMMIT, Action.RESOLVE, Action.GRANT})
"""These may run in another thread: they read the state that they are given and files that are complete."""

RECOVERY = frozenset({Action.PROBE, Action.SKIP, Action.GRANT})


class Partition:
    """The state of one partition and the means to move it. Only one thread steps it."""

    def __init__(
        self, identity: PartitionIdentity, ports: Ports, source: Source, recipe: Recipe, limits: Limits
    ) -> None:
        self.identity = identity
        self.state = State()
        self.recipe = recipe
        self.limits = limits
        self._ports = ports
        self._source = source
        self.since_ms = ports.clock_ms()
        self.consumed_ms: int | None = None
        self.availability_lag_ms: int | None = None
        self.counters = dict.fromkeys(COUNTERS, 0)
        self.files = Files(identity, ports)
        self._committing = Committing(identity, ports, source, self.files)
        self._recovering = Recovering(identity, ports, source)
        self._performs: Mapping[Action, Callable[[], ev.Event]] = {
            Action.LOAD: self._load,
            Action.CLAIM: self._claim,
            Action.ASSIGN: self._assign,
            Action.ROLL: self._roll,
            Action.UNASSIGN: self._unassign,
            Action.PAUSE: self._pause,
        }

    def facts(self, disk_low: bool = False) -> Facts:
        recipe = self.recipe
        return Facts(self._ports.clock_ms(), recipe.config_version, recipe.schema_version, disk_low)

    def next_actions(self, facts: Facts) -> tuple[Action, ...]:
        return next_actions(self.state, self.limits, facts)

    def apply(self, event: ev.Event) -> None:
        """Fold `event` into the state; files that it made superfluous are released later (P23).

        An event that the state does not take comes too late and is only noted: what it says is found out again.
        """
        before = self.state
        try:
            self.state = apply(before, event)
        except IllegalEvent as late:
            log.info("event came too late", partition=str(self.identity), what=str(late))
            return
        if self.state.phase is not before.phase:
            self._moved(before.phase)
        if isinstance(event, ev.Committed):
            self.counters["commits"] += 1
        if isinstance(event, ev.Committed | ev.NothingLeft):
            self.files.retire_before(self.state.closed)
        if isinstance(event, ev.Damaged):
            self.files.drop()

    def _moved(self, before: Phase) -> None:
        self.since_ms = self._ports.clock_ms()
        if before is Phase.CONSUMING:
            self._source.reader.unassign([self.identity.kafka_partition])

    def perform(self, action: Action, state: State) -> ev.Event:
        """Do one action. What cannot be done now becomes Delayed; nothing is raised for the world's faults."""
        name = action.name.lower()
        self._ports.crash_point(f"before {name}")
        event = self._done(action, state)
        self._ports.crash_point(f"after {name}")
        return event

    def fitting(self, fetched: Fetched) -> tuple[Fetched, Fetched | None]:
        """What fits into the open file by its row limit, and the rest; all of it when nothing is taken now."""
        file = self.state.file
        room = self.limits.rows_max - file.rows if file is not None and self.state.phase is Phase.CONSUMING else 0
        return split(fetched, room) if 0 < room < len(fetched.payloads) else (fetched, None)

    def take(self, fetched: Fetched) -> ev.Event | None:
        """Append what the stream gave. None when this partition does not read now: it will be read again."""
        if self.state.phase is not Phase.CONSUMING or self.state.file is None:
            return None
        news = _beyond(fetched, self.state.next_offset)
        if news is None:
            return None
        if not written_for(self.state.file, self.recipe.config_version, self.recipe.schema_version):
            return ev.Blocked("the config changed: the next file is opened first")
        self._ports.crash_point("before append")
        try:
            news, appended, stop = self._judged(news)
            taken = self.files.append(appended)
            event: ev.Event = taken if stop is None else ev.Stopped(taken, stop.reason)
            self.count(batch_counts(news, appended))
            self._note_freshness(news, appended)
        except DecoderWaits as away:
            event = self._retry_later(str(away))
        except DiskFull:
            event = self._retry_later("the disk is full; free space and it goes on by itself")
        except OSError as error:
            event = self._retry_later(f"the disk fails: {error}")
        self._ports.crash_point("after append")
        return event

    def _judged(self, fetched: Fetched) -> tuple[Fetched, Appended, Stop | None]:
        """The records that the policy for rejects lets pass, what they become, and what stops the others."""
        policy, partition = self.recipe.rejects, self.identity.partition
        appended = self.recipe.pipeline.run(fetched, partition)
        stop = stop_at(policy, appended, self.files.counted)
        if stop is not None:
            fetched, _ = split(fetched, int(np.searchsorted(fetched.offsets, stop.offset)))
            appended = self.recipe.pipeline.run(fetched, partition)
        return fetched, replace(appended, rejects=as_kept(policy, appended.rejects)), stop

    def _retry_later(self, reason: str) -> ev.Blocked:
        return ev.Blocked(reason, self._ports.clock_ms() + TROUBLE_RETRY_MS)

    def count(self, added: Mapping[str, int]) -> None:
        """Add to the totals. Only the stepping thread does."""
        for name, more in added.items():
            self.counters[name] += more

    def _note_freshness(self, fetched: Fetched, appended: Appended) -> None:
        if fetched.payloads:
            self.consumed_ms = self._ports.clock_ms()
            self.availability_lag_ms = max(0, self.consumed_ms - appended.newest_ms)

    def drop(self) -> None:
        """The table is gone: its rows go too."""
        self.files.unlink()

    def close(self) -> None:
        """Stop without losing anything: the next process adopts the files."""
        self._source.reader.unassign([self.identity.kafka_partition])
        self.files.close()

    def _done(self, action: Action, state: State) -> ev.Event:
        try:
            if action in RECOVERY:
                return self._recovering.perform(action, state, self.recipe)
            if action in COMMIT_LANE:
                return self._committing.perform(action, state, self.recipe)
            return self._performs[action]()
        except RegistryUnavailable as error:
            return ev.Delayed(f"ZooKeeper is away: {error}")
        except StreamUnavailable as error:
            return ev.Delayed(f"Kafka is away: {error}")
        except UnknownTopic as error:
            return ev.Delayed(str(error))
        except (DiskFull, StoreFull) as error:
            return ev.Delayed(f"the disk is full; free space and it goes on by itself: {error}")
        except OSError as error:
            return ev.Delayed(f"{action}: {error}")

    def _load(self) -> ev.Event:
        look = self._ports.registry.look(self.identity.incarnation, self.identity.partition, 0)
        if look.current is None:
            return ev.Gone("the table incarnation is gone")
        return ev.Loaded(look.current)

    def _claim(self) -> ev.Event:
        if self.state.current is None:
            raise IllegalEvent("claim before load")
        record = self.state.current.record
        if (lost := self._recovering.topic_changed(record)) is not None:
            return lost  # files of the old topic may hold the only copy of its rows: a person decides
        log_end = self._source.metadata.latest([self.identity.kafka_partition])[self.identity.kafka_partition]
        return self.files.claim(record, log_end, self.recipe)

    def _assign(self) -> ev.Event:
        assert self.state.current is not None
        assert self.state.file is not None
        if (lost := self._recovering.topic_changed(self.state.current.record)) is not None:
            return lost
        file = self.state.file
        self._source.reader.assign([Assignment(self.identity.kafka_partition, file.next_offset, file.leader_epoch)])
        return ev.Assigned()

    def _roll(self) -> ev.Event:
        return self.files.roll(self.recipe)

    def _unassign(self) -> ev.Event:
        return ev.Blocked(blocked_by(self.state, self.limits, self.facts(disk_low=True)) or "no room")

    def _pause(self) -> ev.Event:
        return ev.Paused(self.state.wishes.reason_to_pause or "paused")


def _beyond(fetched: Fetched, next_offset: int) -> Fetched | None:
    """What of `fetched` is new: nothing, all, or its rest (a fetch may begin before the offset that was asked for)."""
    if fetched.next_offset <= next_offset:
        return None
    known = int(np.searchsorted(fetched.offsets, next_offset))
    return fetched if not known else split(fetched, known)[1]
