"""Taking segments out of a table, and taking their files along (contract 6.6)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from crushpad.http.audit import TheAudit
from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, WantedType, catalogue_entry, retention_ms
from crushpad.http.segment_json import consuming_segment, sealed_segments
from crushpad.http.services import Services
from segments.catalogue import SegmentEntry, TableEntry
from segments.deletion import delete_segments
from segments.name import SegmentName
from tableconfigs.table import TableConfig

router = APIRouter(tags=["segments"])

PARQUET = "application/vnd.apache.parquet"
NAMES_MAX = 10_000
NAMES_IN_ADDRESS_MAX = 100
"""An address has its limit; a body takes more."""
Retention = Annotated[
    str | None,
    Query(
        description="Time in which the segments can be taken back, such as 7d; 0d: none."
        " Otherwise the table's deletedSegmentsRetentionPeriod, or deleted_keep_days.",
        examples=["7d"],
    ),
]
Names = Annotated[
    list[str] | None, Query(max_length=NAMES_IN_ADDRESS_MAX, description="Names of segments; all sealed ones without.")
]


class SegmentNames(BaseModel):
    """Names of segments, as Pinot's route takes them: a list, or an object that has one."""

    segments: list[str] = Field(max_length=NAMES_MAX)


Named = SegmentNames | Annotated[list[str], Field(max_length=NAMES_MAX)]


@router.get("/segments/{table}/{segment}", response_class=FileResponse)
async def download_segment(table: str, segment: str, wanted: WantedType, services: TheServices) -> FileResponse:
    """The Parquet file of a sealed segment."""
    entry = catalogue_entry(services, table, wanted)
    sealed = next((each for each in sealed_segments(entry) if each.name == segment), None)
    if sealed is None or not Path(sealed.path).is_file():
        raise Refused(404, f"Failed to find segment: {segment} in table: {table}")
    return FileResponse(sealed.path, media_type=PARQUET, filename=f"{segment}.parquet")


@router.delete("/segments/{table}/{segment}")
async def delete_segment(
    table: str,
    segment: str,
    services: TheServices,
    audit: TheAudit,
    retention: Retention = None,
) -> dict[str, str]:
    """Take a sealed segment out of the table."""
    entry = catalogue_entry(services, table)
    await _deleted(services, audit, entry, [segment], retention)
    return {"status": "Segment deleted"}


@router.delete("/segments/{table}")
async def delete_all(
    table: str,
    wanted: WantedType,
    services: TheServices,
    audit: TheAudit,
    segments: Names = None,
    retention: Retention = None,
) -> dict[str, str]:
    """Take sealed segments out of the table: those that are named, or all."""
    entry = catalogue_entry(services, table, wanted)
    names = segments or [each.name for each in sealed_segments(entry)]
    await _deleted(services, audit, entry, names, retention)
    return {"status": f"Deleted {len(names)} segments from table: {entry.name}"}


@router.post("/segments/{table}/delete")
async def delete_named(
    table: str,
    body: Named,
    services: TheServices,
    audit: TheAudit,
    retention: Retention = None,
) -> dict[str, str]:
    """Take the named sealed segments out of the table."""
    entry = catalogue_entry(services, table)
    names = named_in(body)
    await _deleted(services, audit, entry, names, retention)
    return {"status": f"Deleted segments: {names} from table: {entry.name}"}


@router.delete("/deleteSegmentsFromSequenceNum/{table}")
async def delete_from_sequence(
    table: str,
    services: TheServices,
    audit: TheAudit,
    segments: Names = None,
    force: Annotated[bool, Query(description="Also while the table is not paused.")] = False,
    retention: Retention = None,
    dry_run: Annotated[bool, Query(alias="dryRun", description="Only say which.")] = False,
) -> dict[str, Any]:
    """Take out the named segments, and all later ones of their partitions. The table should be paused."""
    entry = catalogue_entry(services, table)
    if not segments:
        raise Refused(400, "Segments must be provided: the first one to go, of each partition")
    if entry.paused is None and not force and not dry_run:
        raise Refused(400, f"Table {entry.name} should be paused before segments are deleted; or say force=true")
    firsts = _firsts(entry, segments)
    names = [each.name for each in sealed_segments(entry) if _is_after(each, firsts)]
    if not dry_run:
        await _deleted(services, audit, entry, names, retention)
    return {"status": "would be deleted" if dry_run else "deleted", "segments": sorted(names)}


def _firsts(entry: TableEntry, names: list[str]) -> dict[int, int]:
    """The first sequence number to go, by partition. Raises Refused for what is no sealed segment."""
    first: dict[int, int] = {}
    for name in names:
        _sealed(entry, name)
        parsed = SegmentName.parse(name)
        first[parsed.partition] = min(parsed.sequence, first.get(parsed.partition, parsed.sequence))
    return first


def _is_after(segment: SegmentEntry, firsts: dict[int, int]) -> bool:
    parsed = SegmentName.parse(segment.name)
    return parsed.partition in firsts and parsed.sequence >= firsts[parsed.partition]


async def _deleted(
    services: Services, audit: TheAudit, entry: TableEntry, names: list[str], retention: str | None
) -> None:
    places = places_of([_sealed(entry, name).name for name in names])
    until = services.now_ms() + _kept_ms(services, entry, retention)
    keep_until_ms = until if until > services.now_ms() else 0
    arguments = (services.registry, entry.incarnation, places, audit.who)
    await run_in_threadpool(delete_segments, *arguments, keep_until_ms=keep_until_ms)
    audit.changed("delete segments", entry.name, segments=names, keep_until_ms=keep_until_ms)


def _kept_ms(services: Services, entry: TableEntry, retention: str | None) -> int:
    if retention is not None:
        return retention_ms(retention)
    said = TableConfig.parse(entry.config, services.environ).value.segments_config.deleted_retention_ms
    return services.deleted_keep_ms if said is None else said


def named_in(body: Named) -> list[str]:
    names = body if isinstance(body, list) else body.segments
    if not names:
        raise Refused(400, "Segments must be provided")
    return names


def places_of(names: list[str]) -> dict[int, list[int]]:
    """Sequence numbers by partition. Raises Refused for what is no segment's name."""
    places: dict[int, list[int]] = {}
    for name in names:
        try:
            parsed = SegmentName.parse(name)
        except ValueError as error:
            raise Refused(404, f"Failed to find segment: {error}") from error
        places.setdefault(parsed.partition, []).append(parsed.sequence)
    return places


def _sealed(entry: TableEntry, name: str) -> SegmentEntry:
    if name in {consuming_segment(entry, each) for each in entry.partitions}:
        raise Refused(400, f"Segment {name} is being consumed: pause the table or commit it, then delete it")
    found = next((each for each in sealed_segments(entry) if each.name == name), None)
    if found is None:
        raise Refused(404, f"Failed to find segment: {name} in table: {entry.name}")
    return found
