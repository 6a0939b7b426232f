"""Jobs in ZooKeeper: one znode each, below `/jobs`, named by the time of their beginning."""

from __future__ import annotations

from kazoo.exceptions import NodeExistsError, NoNodeError

from segments.jobs import JOBS_KEPT, Job, NoSuchJob
from segments.registry import RegistryUnavailable
from zk import paths
from zk.session import Session, unreachable_as
from zk.znodes import decoded, packed


class ZooKeeperJobs:
    """`segments.jobs.JobStore` on a session. Thread-safe. Reads may raise MalformedZnode."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client = session.client

    def put(self, job: Job) -> None:
        path = paths.job(job.submitted_ms, job.id)
        with unreachable_as(RegistryUnavailable):
            self._session.ensure_layout()
            try:
                self._session.ask(self._client.create_async, path, packed(path, job.model_dump_json().encode()))
            except NodeExistsError:
                return  # the answer to the first try was lost
            for old in self._names()[:-JOBS_KEPT]:
                self._forget(f"{paths.JOBS}/{old}")

    def get(self, job_id: str) -> Job:
        with unreachable_as(RegistryUnavailable):
            named = [name for name in self._names() if name.endswith(f".{job_id}")]
            found = self._read(named)
        if not found:
            raise NoSuchJob(f"Failed to find controller job id: {job_id}")
        return found[0]

    def all(self) -> list[Job]:
        with unreachable_as(RegistryUnavailable):
            return self._read(self._names())

    def _names(self) -> list[str]:
        try:
            return sorted(self._session.ask(self._client.get_children_async, paths.JOBS))
        except NoNodeError:
            return []

    def _read(self, names: list[str]) -> list[Job]:
        places = [f"{paths.JOBS}/{name}" for name in names]
        found = zip(places, self._session.get_all(places), strict=True)
        return [decoded(path, each.data, Job) for path, each in found if each is not None]

    def _forget(self, path: str) -> None:
        try:
            self._session.ask(self._client.delete_async, path)
        except NoNodeError:
            return
