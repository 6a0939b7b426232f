"""What persons want of a partition and what was lost of it, performed: probe, skip, grant (I6, P6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from ingest import events as ev
from ingest.machine import Action
from ingest.ports import Ports, Recipe, Source
from ingest.state import State
from segments.commit import Accepted, Refusal, Rejected, Versioned, plan_gap
from segments.history import ConsumingRecord, Skip, SkipTo
from segments.identity import PartitionIdentity, attempt_from
from tableconfigs.ingestion import GapPolicy

log = structlog.get_logger()

ATTEMPT_BYTES = 8
PROBE_MS = 5_000
"""What was lost is looked for again after this time."""
BY_POLICY = Skip(to=SkipTo.SMALLEST, reason="the records are not in Kafka any more", who="gapPolicy ACCEPT")


class Recovering:
    """Three actions over the state that is given; what is decided stands in the consuming record."""

    def __init__(self, identity: PartitionIdentity, ports: Ports, source: Source) -> None:
        self._identity = identity
        self._ports = ports
        self._source = source
        self._actions: Mapping[Action, Callable[[State, Recipe], ev.Event]] = {
            Action.PROBE: self._probe,
            Action.SKIP: self._skip,
            Action.GRANT: self._grant,
        }

    def perform(self, action: Action, state: State, recipe: Recipe) -> ev.Event:
        """Raises RegistryUnavailable, StreamUnavailable, UnknownTopic: try again."""
        return self._actions[action](state, recipe)

    def topic_changed(self, record: ConsumingRecord) -> ev.Lost | None:
        """Whether the topic is another one than the record's (P1)."""
        topic = self._source.metadata.describe()
        if topic.topic_id == record.topic_id:
            return None
        reason = (
            f"topic {topic.topic} was created again: its id is {topic.topic_id} now;"
            " its records belong into a table that is created again too"
        )
        return self._lost(reason, ev.Loss.TOPIC)

    def _probe(self, state: State, recipe: Recipe) -> ev.Event:
        """A log that was cut does not become whole by growing again: only a person lets it go on."""
        look = self._ports.registry.look(self._identity.incarnation, self._identity.partition, 0)
        if look.current is None:
            return ev.Gone(Refusal.GONE)
        record = look.current.record
        if (lost := self.topic_changed(record)) is not None:
            return lost
        if state.current is not None and record.sequence != state.current.record.sequence:
            return ev.Resumed()
        at, (earliest, latest) = _position(state, record), self._log()
        if latest < at or state.loss is ev.Loss.LOG:
            reason = f"the log of {self._source.topic} ends at {latest}, {at} was read: it was cut; accept it to go on"
            return self._lost(reason, ev.Loss.LOG)
        if at < earliest and recipe.gaps is GapPolicy.ACCEPT:
            return self._wish(BY_POLICY)
        if at < earliest:
            reason = f"records {at} to {earliest - 1} are not in Kafka any more; accept the gap to go on"
            return self._lost(reason, ev.Loss.RECORDS)
        return ev.Resumed()

    def _wish(self, skip: Skip) -> ev.Event:
        """As a person would, unless one did: what was read is committed first, and a crash forgets nothing."""
        incarnation, partition = self._identity.incarnation, self._identity.partition
        try:
            wish = lambda record: {} if record.skip else {"skip": skip}  # noqa: E731
            return ev.Granted(self._ports.registry.flag(incarnation, partition, wish))
        except KeyError:
            return ev.Gone(Refusal.GONE)

    def _skip(self, state: State, recipe: Recipe) -> ev.Event:  # noqa: ARG002 - one shape for all actions
        """All that was read well is committed by now: accept what lies between it and where a person wants to be."""
        look = self._ports.registry.look(self._identity.incarnation, self._identity.partition, 0)
        if look.current is None:
            return ev.Gone(Refusal.GONE)
        skip = look.current.record.skip
        if skip is None:
            return ev.Resumed()
        lost = self.topic_changed(look.current.record)
        if lost is not None:
            self._clear("skip", skip)
        return lost or self._gone_on(state, look.current, skip)

    def _gone_on(self, state: State, current: Versioned, skip: Skip) -> ev.Event:
        record, (earliest, latest) = current.record, self._log()
        if latest < record.start:
            self._clear("skip", skip)
            reason = f"the log of {self._source.topic} ends at {latest}, {record.start} is committed: it was cut"
            return self._lost(f"{reason}; no gap leads back", ev.Loss.LOG)
        if latest < _position(state, record) or state.loss is ev.Loss.LOG:
            self._clear("skip", skip)
            return ev.Damaged(f"{skip.who} accepted that the log was cut: it is read again from {record.start}")
        end = earliest if skip.to is SkipTo.SMALLEST else latest
        if end <= record.start:
            self._clear("skip", skip)
            return ev.Resumed()
        return self._accepted(current, end, skip)

    def _accepted(self, current: Versioned, end: int, skip: Skip) -> ev.Event:
        """Whatever the outcome, the record says next whether it happened, and else the wish is still in it (P11)."""
        attempt = attempt_from(self._ports.random(ATTEMPT_BYTES))
        gap = plan_gap(self._identity, current, end, skip, attempt, self._ports.clock_ms())
        outcome = self._ports.registry.commit(gap)
        match outcome:
            case Rejected(Refusal.GONE):
                return ev.Gone(Refusal.GONE)
            case Rejected(Refusal.STALE_SERVER):
                return ev.Delayed(Refusal.STALE_SERVER)
            case Accepted():
                log.warning("gap accepted", partition=str(self._identity), topic=self._source.topic,
                            start=gap.step.start, end=gap.step.end, who=skip.who, reason=skip.reason)  # fmt: skip
                return ev.Resumed(gap.step.end - gap.step.start)
            case _:
                return ev.Resumed()

    def _grant(self, state: State, recipe: Recipe) -> ev.Event:  # noqa: ARG002
        return self._clear("force_commit", state.wishes.force_commit)

    def _clear(self, flag: str, value: object) -> ev.Event:
        """Take a flag away, unless somebody wants something else by now."""
        incarnation, partition = self._identity.incarnation, self._identity.partition
        try:
            now = self._ports.registry.flag(
                incarnation, partition, lambda record: {flag: None} if record.flags[flag] == value else {}
            )
        except KeyError:
            return ev.Gone(Refusal.GONE)
        return ev.Granted(now)

    def _log(self) -> tuple[int, int]:
        """The first offset that is there, and the next one to be written."""
        partition = self._identity.kafka_partition
        earliest, latest = self._source.metadata.earliest([partition]), self._source.metadata.latest([partition])
        return earliest[partition], latest[partition]

    def _lost(self, reason: str, loss: ev.Loss) -> ev.Lost:
        return ev.Lost(reason, loss, self._ports.clock_ms() + PROBE_MS)


def _position(state: State, record: ConsumingRecord) -> int:
    """The next record to read."""
    return record.start if state.file is None else max(record.start, state.file.next_offset)
