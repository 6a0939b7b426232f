"""Commits on demand, and gaps that a person accepts (contract 6.4)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from crushpad.http.audit import TheAudit
from crushpad.http.consumption import (
    BatchSize,
    BatchWait,
    Comment,
    controlled,
    listed,
    numbers_in,
    partitions_said,
    said_of,
)
from crushpad.http.errors import Refused
from crushpad.http.parameters import PARTITION_MAX, TheServices, catalogue_entry, raw_name
from crushpad.http.services import Services
from segments.control import force_commit, named, progress, skip
from segments.history import Skip, SkipTo
from segments.jobs import Job
from tableconfigs.source import StoredTable

router = APIRouter(tags=["consumption"])

Json = dict[str, Any]


@router.post("/tables/{table}/forceCommit")
async def force_commit_now(
    table: str,
    services: TheServices,
    audit: TheAudit,
    partitions: Annotated[
        str | None, Query(description="Partition ids, separated by commas.", examples=["0,1"])
    ] = None,
    segments: Annotated[str | None, Query(description="Names of consuming segments, separated by commas.")] = None,
    batchSize: BatchSize = None,  # noqa: N803, ARG001
    batchStatusCheckIntervalSec: BatchWait = None,  # noqa: N803, ARG001
    batchStatusCheckTimeoutSec: BatchWait = None,  # noqa: N803, ARG001
) -> Json:
    """Commit what is read by now, of all partitions or of those that are named."""
    if partitions and segments:
        raise Refused(400, "Cannot specify both partitions and segments to commit")
    stored = await run_in_threadpool(controlled, services, table)
    numbers, names = numbers_in("partitions", partitions or ""), listed(segments or "")
    job = await run_in_threadpool(_force_commit, services, stored, numbers, names)
    committing = [each.name for each in job.segments]
    said_of(audit, "force commit", stored, stored, job=job.id, segments=committing)
    return {"forceCommitJobId": job.id, "forceCommitStatus": "SUCCESS", "jobMetaZKWriteStatus": "SUCCESS"}


@router.get("/tables/forceCommitStatus/{job_id}")
def force_commit_status(job_id: str, services: TheServices) -> Json:
    """Which segments of a forced commit are not committed yet."""
    found = progress(services.registry, services.jobs, job_id)
    return {
        "jobId": found.job.id,
        "tableName": found.job.table,
        "jobType": found.job.type,
        "submissionTimeMs": str(found.job.submitted_ms),
        "segmentsForceCommitted": msgspec.json.encode([each.name for each in found.job.segments]).decode(),
        "segmentsYetToBeCommitted": list(found.waiting),
        "numberOfSegmentsYetToBeCommitted": len(found.waiting),
    }


@router.post("/tables/{table}/partitions/{partition}/acceptGap")
async def accept_gap(
    table: str,
    partition: int,
    services: TheServices,
    audit: TheAudit,
    to: Annotated[
        SkipTo, Query(description="Where to go on: at the first record that is there, or behind all.")
    ] = SkipTo.SMALLEST,
    comment: Comment = None,
) -> dict[str, str]:
    """Let a partition go on whose next records are lost. What is left out becomes a gap in its history (I6)."""
    if not 0 <= partition <= PARTITION_MAX:
        raise Refused(404, f"table {table} has no partition {partition}")
    stored = await run_in_threadpool(controlled, services, table)
    state = partitions_said(services, stored.name_with_type).get(partition)
    if state is not None and state.consuming:
        raise Refused(409, f"partition {partition} of {stored.name_with_type} consumes: there is no gap to accept")
    wish = Skip(to=to, reason=comment or "accepted by a person", who=audit.who)
    await run_in_threadpool(skip, services.registry, stored, [partition], wish)
    said_of(audit, "accept gap", stored, stored, partition=partition, to=to, comment=comment)
    return {"status": f"Partition {partition} of {stored.name_with_type} goes on at the {to} offset"}


@router.get("/tables/{table}/consumerWatermarks")
async def consumer_watermarks(table: str, services: TheServices) -> Json:
    """Where the next segment of each partition starts."""
    entry = catalogue_entry(services, table)
    return {
        "watermarks": [
            {"partitionGroupId": each.partition, "sequenceNumber": each.sequence, "offset": each.committed_end}
            for each in entry.partitions
        ]
    }


def _force_commit(services: Services, stored: StoredTable, partitions: set[int], segments: list[str]) -> Job:
    current = services.registry.partitions(stored.incarnation)
    wanted = named(current, raw_name(stored.name_with_type), partitions, segments)
    return force_commit(services.registry, services.jobs, stored, wanted, services.new_job_id(), services.now_ms())
