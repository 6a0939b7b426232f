"""Where jobs are kept: the same in memory and in ZooKeeper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from segments.jobs import JOBS_KEPT, InMemoryJobs, Job, JobSegment, JobStore, JobType, NoSuchJob
from tests.contract.zk_sessions import started
from zk.jobs import ZooKeeperJobs


def job(number: int) -> Job:
    segment = JobSegment(name="clicks__0__4__20261121T0138Z", partition=0, sequence=4)
    return Job(
        id=f"76e0dc68-{number}",
        type=JobType.FORCE_COMMIT,
        table="clicks_REALTIME",
        incarnation="aabb",
        submitted_ms=1_760_000_000_000 + number,
        segments=(segment,),
    )


@pytest.fixture(params=["memory", "zookeeper"])
def jobs(request: pytest.FixtureRequest) -> Iterator[JobStore]:
    if request.param == "memory":
        yield InMemoryJobs()
        return
    with started(request.getfixturevalue("zk_root")) as session:
        yield ZooKeeperJobs(session)


def test_a_job_is_read_back_as_it_was_kept(jobs: JobStore) -> None:
    jobs.put(job(1))
    assert jobs.get("76e0dc68-1") == job(1)


def test_a_job_that_is_not_kept_is_named(jobs: JobStore) -> None:
    jobs.put(job(1))
    for unknown in ("76e0dc68", "nosuch", "../tables", ""):
        with pytest.raises(NoSuchJob):
            jobs.get(unknown)


def test_jobs_are_listed_oldest_first_and_the_oldest_are_forgotten(jobs: JobStore) -> None:
    assert jobs.all() == []
    for number in range(JOBS_KEPT + 2):
        jobs.put(job(number))
    assert [each.submitted_ms - 1_760_000_000_000 for each in jobs.all()] == list(range(2, JOBS_KEPT + 2))
