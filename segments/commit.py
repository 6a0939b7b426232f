"""The commit rule: a commit is a value, and it has three outcomes (P8 to P12)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from segments.history import ConsumingRecord, Origin, Skip, Step, StepKind
from segments.identity import PartitionIdentity


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file that is complete, digest-checked and in the deep store, with what its footer says (P8, I3)."""

    name: str
    uri: str
    digest: str
    size_bytes: int
    rows: int
    rejects: int
    start: int
    end: int
    leader_epoch: int
    time_min_ms: int | None
    time_max_ms: int | None
    attempt: str


@dataclass(frozen=True, slots=True)
class Versioned:
    """A consuming record and the version that fences it."""

    record: ConsumingRecord
    version: int


@dataclass(frozen=True, slots=True)
class SegmentCommit:
    """Set the consuming record to `following` if its version is as expected, and create `step`: both, or neither."""

    identity: PartitionIdentity
    expected: ConsumingRecord
    expected_version: int
    step: Step
    following: ConsumingRecord


@dataclass(frozen=True, slots=True)
class Accepted:
    """The step is in the chain and `version` is the new fence."""

    version: int


class Refusal(StrEnum):
    LOST_RACE = "another attempt committed this sequence"
    MOVED = "the consuming record no longer is the one this commit was planned on"
    GONE = "the table incarnation is gone"
    STALE_SERVER = "the server is older than one this host has seen (P13)"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing was committed and nothing will be: this attempt is dead, or its partition is."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The answer was lost. The one next step is to look (P11)."""

    why: str


Outcome = Accepted | Rejected | InDoubt


@dataclass(frozen=True, slots=True)
class Look:
    """What ZooKeeper says after a `sync`: the consuming record (None: gone) and the step at the commit's sequence."""

    current: Versioned | None
    step: Step | None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Nothing of the commit is there and the partition still waits for it: repeat it, with the same file."""

    commit: SegmentCommit


def plan_commit(
    identity: PartitionIdentity,
    current: Versioned,
    sealed: SealedFile,
    *,
    config_version: int,
    schema_version: int,
    now_ms: int,
) -> SegmentCommit:
    """The commit of `sealed` on `current`; the next record starts where the file ends and names the next config (P4).

    Raises ValueError when the file does not continue the chain.
    """
    record = current.record
    if sealed.start != record.start:
        raise ValueError(f"{sealed.name} starts at {sealed.start}, the partition waits for {record.start}")
    following = record.model_copy(
        update={
            "sequence": record.sequence + 1,
            "start": sealed.end,
            "leader_epoch": sealed.leader_epoch,
            "config_version": config_version,
            "schema_version": schema_version,
            "created_ms": now_ms,
            "last_attempt": sealed.attempt,
        }
    )
    return SegmentCommit(identity, record, current.version, _step(record, sealed, now_ms), following)


def _step(record: ConsumingRecord, sealed: SealedFile, now_ms: int) -> Step:
    """The link that `sealed` becomes in the chain (P6, P7)."""
    return Step(
        kind=StepKind.SEGMENT,
        sequence=record.sequence,
        start=sealed.start,
        end=sealed.end,
        covers=(record.sequence, record.sequence),
        origin=Origin.STREAM,
        topic_id=record.topic_id,
        leader_epoch=sealed.leader_epoch,
        rows=sealed.rows,
        rejects=sealed.rejects,
        name=sealed.name,
        uri=sealed.uri,
        digest=sealed.digest,
        size_bytes=sealed.size_bytes,
        time_min_ms=sealed.time_min_ms,
        time_max_ms=sealed.time_max_ms,
        config_version=record.config_version,
        schema_version=record.schema_version,
        attempt=sealed.attempt,
        predecessor=record.last_attempt,
        created_ms=record.created_ms,
        committed_ms=now_ms,
    )


def plan_gap(
    identity: PartitionIdentity, current: Versioned, end: int, skip: Skip, attempt: str, now_ms: int
) -> SegmentCommit:
    """Accept that the records `[start, end)` of the partition are not in the table: a link of the chain as any (P6).

    Raises ValueError when `end` is not beyond the partition's start.
    """
    record = current.record
    if end <= record.start:
        raise ValueError(f"a gap must end beyond {record.start}, not at {end}")
    changes = {
        "sequence": record.sequence + 1,
        "start": end,
        "leader_epoch": -1,
        "created_ms": now_ms,
        "last_attempt": attempt,
        "skip": None,
    }
    step = Step(
        kind=StepKind.GAP,
        sequence=record.sequence,
        start=record.start,
        end=end,
        covers=(record.sequence, record.sequence),
        topic_id=record.topic_id,
        leader_epoch=record.leader_epoch,
        config_version=record.config_version,
        schema_version=record.schema_version,
        attempt=attempt,
        predecessor=record.last_attempt,
        created_ms=record.created_ms,
        committed_ms=now_ms,
        reason=skip.reason,
        who=skip.who,
    )
    return SegmentCommit(identity, record, current.version, step, record.model_copy(update=changes))


def resolve(commit: SegmentCommit, look: Look) -> Outcome | Repeat:
    """What became of a commit in doubt (P11), from what ZooKeeper says now. Never in doubt itself."""
    if look.current is None:
        return Rejected(Refusal.GONE)
    if look.step is not None:
        return _judge_step(commit, look.step, look.current)
    if not _waits_for(commit, look.current.record):
        return Rejected(Refusal.MOVED)
    following = commit.following.model_copy(update=look.current.record.flags)
    return Repeat(SegmentCommit(commit.identity, look.current.record, look.current.version, commit.step, following))


def _judge_step(commit: SegmentCommit, step: Step, current: Versioned) -> Outcome:
    if step.attempt == commit.step.attempt:
        return Accepted(current.version)
    return Rejected(Refusal.LOST_RACE)


def _waits_for(commit: SegmentCommit, record: ConsumingRecord) -> bool:
    """Whether only an administrator's flag moved since the commit was planned."""
    return record.model_copy(update=commit.expected.flags) == commit.expected


def is_dead(attempt: str, sequence: int, committed: Step | None, incarnation_exists: bool) -> bool:
    """P12: an attempt is dead only when its sequence is committed under another one, or its incarnation is gone.

    A segment that a person deleted is dead too, though its step names it still, unless it can be taken back.
    """
    if not incarnation_exists or committed is None:
        return not incarnation_exists
    if committed.kind is StepKind.DELETED and committed.attempt == attempt:
        return not committed.keep_until_ms
    return committed.sequence == sequence and committed.attempt != attempt
