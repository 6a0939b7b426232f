"""What is remembered of a partition, and what the world says while deciding. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from ingest import events as ev
from ingest.machine import Phase, Stage
from segments.commit import SealedFile, SegmentCommit, Versioned


class IllegalEvent(Exception):
    """The event does not belong to this state: it came too late, or the caller is wrong. The state is as it was."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a file is closed, and how many closed ones may wait for their commit."""

    rows_max: int
    age_ms_max: int
    bytes_max: int
    closed_files_max: int = 4


@dataclass(frozen=True, slots=True)
class OpenFile:
    """The consuming file that is being written."""

    number: int
    start: int
    next_offset: int
    leader_epoch: int
    rows: int
    size_bytes: int
    created_ms: int
    config_version: int
    schema_version: int


@dataclass(frozen=True, slots=True)
class ClosedFile:
    """A consuming file that is complete and waits for its commit: records `[start, end)`."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """What persons want of a partition."""

    paused: str | None = None
    """Why nothing may be read, or None."""
    force_commit: str | None = None
    """Job id: what is read by now is to be committed now."""
    skip: str | None = None
    """Where to go on behind a gap; the consuming record says the rest."""

    @property
    def reason_to_pause(self) -> str | None:
        """A gap is accepted at rest: everything that was read is committed before."""
        return self.paused or ("a person wants to go on behind a gap" if self.skip else None)


@dataclass(frozen=True, slots=True)
class State:
    """Everything that decides what a partition does next."""

    phase: Phase = Phase.UNKNOWN
    current: Versioned | None = None
    file: OpenFile | None = None
    closed: tuple[ClosedFile, ...] = ()
    stage: Stage = Stage.CLOSED
    sealed: SealedFile | None = None
    commit: SegmentCommit | None = None
    blocked_until_ms: int = 0
    """A disk that took nothing is not tried again before, and what was lost is not looked for."""
    wishes: Wishes = Wishes()
    forced: tuple[str, int] | None = None
    """The job whose wish closed a file, and the number of that file: files up to it are what it waits for."""
    loss: ev.Loss | None = None
    """What a lost partition lost."""
    stopped_with: tuple[int, int] | None = None
    """Config and schema version under which a rejected record stopped it; under others it goes on."""
    reason: str | None = None
    """Why it does not go on: a sentence for a person."""

    @property
    def next_offset(self) -> int:
        """The next record to read. Only a claimed partition has one."""
        if self.file is None:
            raise IllegalEvent(f"{self.phase} has no open file")
        return self.file.next_offset


@dataclass(frozen=True, slots=True)
class Facts:
    """What the world says while deciding: the clock, the newest config, and whether there is room."""

    now_ms: int
    config_version: int
    schema_version: int
    disk_low: bool = False


def has_records(file: OpenFile | None) -> bool:
    return file is not None and file.next_offset > file.start


def written_for(file: OpenFile, config_version: int, schema_version: int) -> bool:
    """Whether rows of these versions belong into the file (P4)."""
    return (file.config_version, file.schema_version) == (config_version, schema_version)


def is_forced(state: State) -> bool:
    """Whether a person waits for the open file, and not only for closed ones."""
    job = state.wishes.force_commit
    return job is not None and has_records(state.file) and (state.forced is None or state.forced[0] != job)
