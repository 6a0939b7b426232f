"""The seam to the truth: where consuming records and steps live. ZooKeeper in production, memory in tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from segments.commit import Accepted, Look, Outcome, Refusal, Rejected, SegmentCommit, Versioned
from segments.history import ConsumingRecord, Step


class RegistryUnavailable(Exception):
    """The registry cannot be reached now. Try again; nothing is known about what was asked."""


class PartitionsExist(Exception):
    """Somebody else created one of these partitions first. Load them again."""


Flag = Callable[[ConsumingRecord], Mapping[str, object]]
"""The flags to set, given the record as it is: some of `ConsumingRecord.flags`."""


def flagged(record: ConsumingRecord, change: Flag) -> ConsumingRecord:
    """The record after a change of its flags. Raises ValueError for one that is not a flag."""
    changes = change(record)
    if not changes.keys() <= record.flags.keys():
        raise ValueError(f"{sorted(changes.keys() - record.flags.keys())} are not flags")
    return record.model_copy(update=dict(changes))


def rewritten(step: Step, change: Callable[[Step], Step]) -> Step:
    """The step after a change that leaves its place in the chain alone. Raises ValueError for another one."""
    after = change(step)
    if (after.sequence, after.range, after.attempt) != (step.sequence, step.range, step.attempt):
        raise ValueError(f"step {step.sequence} may not become {after}")
    return after


class SegmentRegistry(Protocol):
    """Seven verbs. Every one but `commit` raises RegistryUnavailable when the registry cannot be reached."""

    def partitions(self, incarnation: str) -> Mapping[int, Versioned]:
        """Consuming records of a table incarnation by Pinot partition id; empty when there are none (or it is gone)."""

    def create(self, incarnation: str, records: Mapping[int, ConsumingRecord]) -> None:
        """Create partitions, all or none. Raises PartitionsExist."""

    def commit(self, commit: SegmentCommit) -> Outcome:
        """One transaction. Never raises for a lost answer: that is InDoubt."""

    def look(self, incarnation: str, partition: int, sequence: int) -> Look:
        """The partition as it is after a sync (P11), with the step at `sequence`."""

    def flag(self, incarnation: str, partition: int, change: Flag) -> Versioned:
        """Change flags of a consuming record by compare and set; the record and its fence afterwards.

        The version moves only when a flag does. Raises KeyError when the partition is gone.
        """

    def rewrite(
        self, incarnation: str, partition: int, sequences: Sequence[int], change: Callable[[Step], Step]
    ) -> None:
        """Replace steps in one transaction with the history's generation, so that readers load them again (P6).

        Raises KeyError for a step that is not there; ValueError when a change moves a range.
        """

    def steps(self, incarnation: str, partition: int, sequences: Sequence[int]) -> list[Step]:
        """Steps by sequence number, in the order asked. Raises KeyError for one that is not there."""


class InMemoryRegistry:
    """The same rule without a server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[str, dict[int, Versioned]] = {}
        self._steps: dict[tuple[str, int, int], Step] = {}

    def partitions(self, incarnation: str) -> Mapping[int, Versioned]:
        with self._lock:
            return dict(self._records.get(incarnation, {}))

    def create(self, incarnation: str, records: Mapping[int, ConsumingRecord]) -> None:
        with self._lock:
            known = self._records.setdefault(incarnation, {})
            if known.keys() & records.keys():
                raise PartitionsExist(f"partitions {sorted(known.keys() & records.keys())} exist")
            known.update({partition: Versioned(record, 0) for partition, record in records.items()})

    def commit(self, commit: SegmentCommit) -> Outcome:
        identity, step = commit.identity, commit.step
        with self._lock:
            current = self._records.get(identity.incarnation, {}).get(identity.partition)
            if current is None:
                return Rejected(Refusal.GONE)
            if current.version != commit.expected_version:
                return Rejected(Refusal.MOVED)
            version = current.version + 1
            self._records[identity.incarnation][identity.partition] = Versioned(commit.following, version)
            self._steps[identity.incarnation, identity.partition, step.sequence] = step
            return Accepted(version)

    def rewrite(
        self, incarnation: str, partition: int, sequences: Sequence[int], change: Callable[[Step], Step]
    ) -> None:
        with self._lock:
            keys = [(incarnation, partition, sequence) for sequence in sequences]
            self._steps.update({key: rewritten(self._steps[key], change) for key in keys})

    def look(self, incarnation: str, partition: int, sequence: int) -> Look:
        with self._lock:
            current = self._records.get(incarnation, {}).get(partition)
            return Look(current, self._steps.get((incarnation, partition, sequence)))

    def steps(self, incarnation: str, partition: int, sequences: Sequence[int]) -> list[Step]:
        with self._lock:
            return [self._steps[incarnation, partition, sequence] for sequence in sequences]

    def flag(self, incarnation: str, partition: int, change: Flag) -> Versioned:
        with self._lock:
            current = self._records.get(incarnation, {})[partition]
            after = flagged(current.record, change)
            if after != current.record:
                current = self._records[incarnation][partition] = Versioned(after, current.version + 1)
            return current

    def incarnations(self) -> list[str]:
        """Table incarnations that have partitions."""
        with self._lock:
            return sorted(self._records)

    def drop(self, incarnation: str) -> None:
        """The table is gone: its records first, which fences committers, then its steps (P2)."""
        with self._lock:
            self._records.pop(incarnation, None)
            self._steps = {key: step for key, step in self._steps.items() if key[0] != incarnation}
