"""Reload and reset of segments (contract 6.6). A sealed segment needs neither: queries read it with today's schema."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from crushpad.http.audit import TheAudit
from crushpad.http.consumption import controlled, partitions_said, said_of
from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, WantedType, catalogue_entry
from crushpad.http.segment_json import consuming_segment, sealed_segments
from crushpad.http.services import Services
from segments.catalogue import TableEntry
from segments.control import force_commit, progress
from segments.jobs import Job, JobType
from tableconfigs.source import StoredTable

router = APIRouter(tags=["segments"])

Json = dict[str, Any]
Download = Annotated[bool, Query(alias="forceDownload", description="Accepted; files are where they are.")]
Target = Annotated[str | None, Query(alias="targetInstance", description="Accepted; there is one server.")]
MINUTE_MS = 60_000


@router.get("/segments/segmentReloadStatus/{job_id}")
def reload_status(job_id: str, services: TheServices) -> Json:
    """How far a reload is: the consuming segments that it commits."""
    found = progress(services.registry, services.jobs, job_id)
    job, waiting = found.job, len(found.waiting)
    return {
        "totalSegmentCount": len(job.segments),
        "successCount": len(job.segments) - waiting,
        "totalServersQueried": 1,
        "totalServerCallsFailed": 0,
        "timeElapsedInMinutes": max(0, services.now_ms() - job.submitted_ms) / MINUTE_MS,
        "estimatedTimeRemainingInMinutes": 0.0,
        "metadata": {
            "jobId": job.id,
            "tableName": job.table,
            "jobType": job.type,
            "submissionTimeMs": str(job.submitted_ms),
            "messageCount": str(len(job.segments)),
        },
    }


@router.get("/segments/{table}/needReload")
async def need_reload(
    table: str,
    services: TheServices,
    verbose: Annotated[bool, Query()] = False,  # noqa: ARG001 - Pinot's parameter
) -> Json:
    """Never: a sealed segment is read with the schema of today, whatever it was written with."""
    catalogue_entry(services, table)
    return {"needReload": False, "serverToSegmentsCheckReloadList": {}}


@router.post("/segments/{table}/reload")
async def reload_segments(
    table: str,
    wanted: WantedType,
    services: TheServices,
    audit: TheAudit,
    force_download: Download = False,  # noqa: ARG001
    target: Target = None,  # noqa: ARG001
) -> dict[str, str]:
    """Commit what is consuming, as Pinot's reload does; nothing is to be done for sealed segments."""
    entry = catalogue_entry(services, table, wanted)
    partitions = [each.partition for each in entry.partitions]
    return await _reloaded(services, audit, entry, partitions, len(list(sealed_segments(entry))) + len(partitions))


@router.post("/segments/{table}/{segment}/reload")
async def reload_segment(
    table: str,
    segment: str,
    services: TheServices,
    audit: TheAudit,
    force_download: Download = False,  # noqa: ARG001
    target: Target = None,  # noqa: ARG001
) -> dict[str, str]:
    """The same of one segment."""
    entry = catalogue_entry(services, table)
    return await _reloaded(services, audit, entry, _consumed_as(entry, segment), 1)


@router.post("/segments/{table}/reset")
async def reset_segments(
    table: str,
    services: TheServices,
    audit: TheAudit,
    target: Target = None,  # noqa: ARG001
    errors_only: Annotated[bool, Query(alias="errorSegmentsOnly")] = False,  # noqa: ARG001
) -> Json:
    """Look again at what does not go on, which partitions do by themselves every few seconds: nothing else is done.

    `waiting` says which segments do not go on, and why.
    """
    entry = catalogue_entry(services, table)
    audit.changed("reset segments", entry.name)
    return {
        "status": f"Successfully reset segments of table: {entry.name}",
        "waiting": _waiting(services, entry, [each.partition for each in entry.partitions]),
    }


@router.post("/segments/{table}/{segment}/reset")
async def reset_segment(
    table: str,
    segment: str,
    services: TheServices,
    audit: TheAudit,
    target: Target = None,  # noqa: ARG001
) -> Json:
    """The same of one segment. A sealed one has nothing to wait for."""
    entry = catalogue_entry(services, table)
    partitions = _consumed_as(entry, segment)
    audit.changed("reset segment", entry.name, segment=segment)
    return {
        "status": f"Successfully reset segment: {segment} of table: {entry.name}",
        "waiting": _waiting(services, entry, partitions),
    }


def _waiting(services: Services, entry: TableEntry, partitions: list[int]) -> dict[str, str]:
    """Why consuming segments do not go on, by name."""
    said, known = partitions_said(services, entry.name), {each.partition: each for each in entry.partitions}
    return {
        consuming_segment(entry, known[number]): status.reason or status.state
        for number in partitions
        if (status := said.get(number)) is not None and not status.consuming
    }


def _consumed_as(entry: TableEntry, segment: str) -> list[int]:
    """The partition that consumes the segment, none when it is sealed. Raises Refused for one that is neither."""
    consuming = [each.partition for each in entry.partitions if consuming_segment(entry, each) == segment]
    if not consuming and all(each.name != segment for each in sealed_segments(entry)):
        raise Refused(404, f"Failed to find segment: {segment} in table: {entry.name}")
    return consuming


async def _reloaded(
    services: Services, audit: TheAudit, entry: TableEntry, partitions: list[int], messages: int
) -> dict[str, str]:
    stored = await run_in_threadpool(controlled, services, entry.name)
    job = await run_in_threadpool(_begun, services, stored, partitions)
    said_of(audit, "reload segments", stored, stored, job=job.id, partitions=partitions)
    said = {"numMessagesSent": str(messages), "reloadJobId": job.id, "reloadJobMetaZKStorageStatus": "SUCCESS"}
    return {"status": msgspec.json.encode({entry.name: said}).decode()}


def _begun(services: Services, stored: StoredTable, partitions: list[int]) -> Job:
    job_id, now = services.new_job_id(), services.now_ms()
    return force_commit(services.registry, services.jobs, stored, partitions, job_id, now, JobType.RELOAD_SEGMENT)
