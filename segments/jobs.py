"""Work that a person asked for and may ask about later: jobs, and where they are kept."""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

JOBS_KEPT = 200
"""Of all tables; the oldest go first."""


class JobType(StrEnum):
    FORCE_COMMIT = "FORCE_COMMIT"
    RELOAD_SEGMENT = "RELOAD_SEGMENT"


class JobSegment(BaseModel):
    """A segment that a job is about. `sequence` is of the consuming record when the job began."""

    model_config = ConfigDict(frozen=True)

    name: str
    partition: int
    sequence: int


class Job(BaseModel):
    """What was asked for. How far it is, is not kept: the partitions' records say it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1] = 1
    id: str
    type: JobType
    table: str
    """With type, `clicks_REALTIME`."""
    incarnation: str
    submitted_ms: int
    segments: tuple[JobSegment, ...] = ()


class NoSuchJob(LookupError):
    """Give up: it was never begun, or is too long ago."""


class JobStore(Protocol):
    """Jobs by id. Every verb raises RegistryUnavailable when the store cannot be reached."""

    def put(self, job: Job) -> None:
        """Keep a job whose id is new. Beyond `JOBS_KEPT` the oldest is forgotten."""

    def get(self, job_id: str) -> Job:
        """Raises NoSuchJob."""

    def all(self) -> list[Job]:
        """The jobs that are kept, oldest first."""


class InMemoryJobs:
    """A `JobStore` in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def put(self, job: Job) -> None:
        with self._lock:
            self._jobs[job.id] = job
            while len(self._jobs) > JOBS_KEPT:
                del self._jobs[next(iter(self._jobs))]

    def get(self, job_id: str) -> Job:
        with self._lock:
            if job_id not in self._jobs:
                raise NoSuchJob(f"Failed to find controller job id: {job_id}")
            return self._jobs[job_id]

    def all(self) -> list[Job]:
        with self._lock:
            return list(self._jobs.values())
