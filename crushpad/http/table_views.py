"""Tables as Pinot's cluster would show them: who serves which segment, how large it is (contract 6.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, WantedType, catalogue_entry, raw_name
from crushpad.http.segment_json import consuming_segment, segment_columns
from crushpad.http.services import Services
from segments.catalogue import SegmentEntry, TableEntry
from tableconfigs.table import TableType

router = APIRouter(tags=["tables"])

Json = dict[str, Any]
UNKNOWN = -1
SegmentNames = Annotated[str | None, Query(alias="segmentNames", description="Only these, separated by commas.")]
TableTypeAlias = Annotated[str | None, Query(alias="tableType", description="REALTIME or OFFLINE, in any case.")]


@router.get("/tables/{table}/idealstate")
@router.get("/tables/{table}/externalview")
async def table_view(
    table: str, services: TheServices, kind: TableTypeAlias = None, names: SegmentNames = None
) -> Json:
    """Which server has which segment, ONLINE or CONSUMING. Here both views are the same: what the catalogue says."""
    _no_offline(table, kind)
    states = segment_states(services, catalogue_entry(services, table))
    wanted = {each.strip() for each in (names or "").split(",") if each.strip()} or states.keys()
    server = services.instances.server
    return {"OFFLINE": None, "REALTIME": {name: {server: states[name]} for name in sorted(states.keys() & wanted)}}


@router.get("/tables/{table}/segmentsStatus")
async def segments_status(table: str, services: TheServices, kind: TableTypeAlias = None) -> list[dict[str, str]]:
    """Every segment and how it is: `GOOD`, or `BAD` for one that ought to be read and is not."""
    _no_offline(table, kind)
    states = segment_states(services, catalogue_entry(services, table))
    return [
        {"segmentName": name, "segmentStatus": "BAD" if state == "ERROR" else "GOOD"}
        for name, state in sorted(states.items())
    ]


@router.get("/tables/{table}/size")
async def table_size(
    table: str,
    services: TheServices,
    verbose: Annotated[bool, Query(description="Name every segment.")] = True,
    replaced: Annotated[bool, Query(alias="includeReplacedSegments", description="None is kept.")] = True,  # noqa: ARG001
) -> Json:
    """Bytes of the sealed segments, each once; a consuming segment has no size yet (-1)."""
    entry = catalogue_entry(services, table)
    sizes = {each.name: each.size_bytes for partition in entry.partitions for each in partition.segments}
    consuming = {consuming_segment(entry, each): UNKNOWN for each in entry.partitions}
    total = sum(sizes.values())
    segments = {name: _sized(services, name, size) for name, size in sorted((sizes | consuming).items())}
    return {
        "tableName": raw_name(table),
        "reportedSizeInBytes": total,
        "estimatedSizeInBytes": total,
        "reportedSizePerReplicaInBytes": total,
        "offlineSegments": None,
        "realtimeSegments": {
            "reportedSizeInBytes": total,
            "estimatedSizeInBytes": total,
            "missingSegments": 0,
            "reportedSizePerReplicaInBytes": total,
            "segments": segments if verbose else {},
        },
    }


@router.get("/tables/{table}/stats")
async def table_stats(table: str, wanted: WantedType, services: TheServices) -> Json:
    """When the table was created."""
    entry = catalogue_entry(services, table, wanted)
    created = datetime.fromtimestamp(entry.created_ms / 1000, UTC)
    return {"REALTIME": {"creationTime": f"{created:%Y%m%dT%H%M%SZ}"}}


@router.get("/tables/{table}/metadata")
async def table_metadata(
    table: str,
    wanted: WantedType,
    services: TheServices,
    columns: Annotated[list[str] | None, Query(description="Names of columns, or `*`.")] = None,
) -> Json:
    """Rows and bytes of all sealed segments."""
    entry = catalogue_entry(services, table, wanted)
    sealed = [each for partition in entry.partitions for each in partition.segments]
    return {
        "tableName": entry.name,
        "diskSizeInBytes": sum(each.size_bytes for each in sealed),
        "numSegments": len(segment_states(services, entry)),
        "numRows": sum(each.rows for each in sealed),
        "columnLengthMap": {},
        "columnCardinalityMap": {},
        "maxNumMultiValuesMap": {},
        "columnIndexSizeMap": {name: {} for name in _named(columns, sealed)},
        "upsertPartitionToServerPrimaryKeyCountMap": {},
    }


@router.get("/tables/{table}/indexes")
async def table_indexes(table: str, wanted: WantedType, services: TheServices) -> Json:
    """How many sealed segments have which index of a column. Dictionaries and bounds are Parquet's."""
    entry = catalogue_entry(services, table, wanted)
    sealed = [each for partition in entry.partitions for each in partition.segments]
    counts: dict[str, dict[str, int]] = {}
    for segment in sealed:
        for column in segment.columns:
            blooms = counts.setdefault(column, {"bloom_filter": 0})
            blooms["bloom_filter"] += column in segment.blooms
    return {"totalOnlineSegments": len(sealed), "columnToIndexesCount": counts}


@router.get("/tables/{table}/livebrokers")
async def live_brokers(table: str, wanted: WantedType, services: TheServices) -> list[str]:
    """Brokers that answer queries of the table."""
    catalogue_entry(services, table, wanted)
    return [services.instances.broker]


@router.post("/tables/{table}/rebalance")
async def rebalance(table: str, wanted: WantedType, services: TheServices) -> Json:
    """One host has every segment: there is nothing to move, and that is what is said."""
    entry = catalogue_entry(services, table, wanted)
    states = segment_states(services, entry)
    server = services.instances.server
    return {
        "jobId": services.new_job_id(),
        "status": "NO_OP",
        "description": "Table is already balanced: one host has every segment",
        "instanceAssignment": {},
        "tierInstanceAssignment": {},
        "segmentAssignment": {name: {server: state} for name, state in sorted(states.items())},
    }


@router.get("/table/{table}/jobs")
async def table_jobs(table: str, wanted: WantedType, services: TheServices) -> Json:
    """Commits and reloads that were asked for, by job id."""
    entry = catalogue_entry(services, table, wanted)
    jobs = await run_in_threadpool(services.jobs.all)
    return {
        job.id: {
            "jobId": job.id,
            "tableName": job.table,
            "jobType": job.type,
            "submissionTimeMs": str(job.submitted_ms),
            "segments": [each.name for each in job.segments],
        }
        for job in jobs
        if job.incarnation == entry.incarnation
    }


def segment_states(services: Services, entry: TableEntry) -> dict[str, str]:
    """Pinot's state of each segment: ONLINE, CONSUMING, OFFLINE in a pause, ERROR when records are lost."""
    said = {
        each.partition: each for worker in services.statuses() for each in worker.partitions if each.table == entry.name
    }
    states = {each.name: "ONLINE" for partition in entry.partitions for each in partition.segments}
    for partition in entry.partitions:
        status = said.get(partition.partition)
        word = "CONSUMING" if status is None else {"LOST": "ERROR", "PAUSED": "OFFLINE"}.get(status.state, "CONSUMING")
        states[consuming_segment(entry, partition)] = word
    return states


def _sized(services: Services, name: str, size: int) -> Json:
    return {
        "reportedSizeInBytes": size,
        "estimatedSizeInBytes": size,
        "maxReportedSizePerReplicaInBytes": size,
        "serverInfo": {services.instances.server: {"segmentName": name, "diskSizeInBytes": size}},
    }


def _named(columns: list[str] | None, sealed: list[SegmentEntry]) -> list[str]:
    known = sorted({name for each in sealed for name in segment_columns(each)})
    return known if columns and "*" in columns else [name for name in known if name in (columns or [])]


def _no_offline(table: str, kind: str | None) -> None:
    if kind is None:
        return
    if kind.upper() not in set(TableType):
        raise Refused(400, f"tableType must be REALTIME or OFFLINE, not {kind!r}")
    if kind.upper() == TableType.OFFLINE:
        raise Refused(404, f"Table '{table}' not found.")
