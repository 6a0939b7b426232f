"""Taking deleted segments back while they are kept."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from crushpad.http.audit import TheAudit
from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, catalogue_entry
from crushpad.http.segment_changes import Named, named_in, places_of
from crushpad.http.services import Services
from segments.catalogue import TableEntry
from segments.deletion import undelete_segments
from segments.history import Step, StepKind

router = APIRouter(tags=["segments"])


@router.post("/segments/{table}/{segment}/undelete")
async def undelete_segment(table: str, segment: str, services: TheServices, audit: TheAudit) -> dict[str, str]:
    """Take a deleted segment back while it is kept."""
    entry = catalogue_entry(services, table)
    await run_in_threadpool(_taken_back, services, audit, entry, [segment])
    return {"status": f"Segment {segment} undeleted"}


@router.post("/segments/{table}/undelete")
async def undelete_named(table: str, body: Named, services: TheServices, audit: TheAudit) -> dict[str, str]:
    """Take the named deleted segments back while they are kept."""
    entry, names = catalogue_entry(services, table), named_in(body)
    await run_in_threadpool(_taken_back, services, audit, entry, names)
    return {"status": f"Undeleted segments: {names} of table: {entry.name}"}


@router.get("/segments/{table}/deleted")
async def list_deleted(table: str, services: TheServices) -> list[dict[str, Any]]:
    """Segments that were deleted and can be taken back, with who deleted them and until when they are kept."""
    entry = catalogue_entry(services, table)
    return await run_in_threadpool(_kept, services, entry)


def _taken_back(services: Services, audit: TheAudit, entry: TableEntry, names: list[str]) -> None:
    places, ends = places_of(names), {each.partition: each.sequence for each in entry.partitions}
    known = {p: [number for number in numbers if number < ends.get(p, 0)] for p, numbers in places.items()}
    steps = [step for partition in known for step in _steps(services, entry, partition, known[partition])]
    if missing := sorted(set(names) - {step.name for step in steps}):
        raise Refused(404, f"Failed to find segment: {missing[0]} in table: {entry.name}")
    undelete_segments(services.registry, entry.incarnation, places, services.now_ms())
    audit.changed("undelete segments", entry.name, segments=names)


def _kept(services: Services, entry: TableEntry) -> list[dict[str, Any]]:
    """Only steps are asked for that have no file in the catalogue: gaps and deleted segments."""
    found = []
    for partition in entry.partitions:
        without_file = sorted(set(range(partition.sequence)) - {each.sequence for each in partition.segments})
        for step in _steps(services, entry, partition.partition, without_file):
            if step.kind is StepKind.DELETED and (step.keep_until_ms or 0) > services.now_ms():
                said = {"segmentName": step.name, "deletedBy": step.who, "reason": step.reason}
                found.append({**said, "keepUntilMs": step.keep_until_ms, "rows": step.rows})
    return found


def _steps(services: Services, entry: TableEntry, partition: int, sequences: list[int]) -> list[Step]:
    try:
        return services.registry.steps(entry.incarnation, partition, sequences)
    except KeyError:
        return []  # the table is going
