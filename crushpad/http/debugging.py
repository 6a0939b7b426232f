"""What an operator looks at first: the state and the last error of each segment (contract 6.7)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, WantedType, catalogue_entry
from crushpad.http.segment_json import consuming_segment, sealed_segments
from crushpad.http.services import Services
from crushpad.http.table_views import segment_states
from crushpad.partitions import summary
from segments.catalogue import PartitionEntry, TableEntry
from segments.status import PartitionStatus

router = APIRouter(tags=["debugging"])

Json = dict[str, Any]
Verbosity = Annotated[
    int, Query(ge=-(2**31), le=2**31 - 1, description="Above 0: every segment, not only ailing ones.")
]


@router.get("/debug/tables/{table}")
async def debug_table(table: str, wanted: WantedType, services: TheServices, verbosity: Verbosity = 0) -> list[Json]:
    """The table, its size and its ingestion; segments that are not as they ought to be, with the reason."""
    entry = catalogue_entry(services, table, wanted)
    states = segment_states(services, entry)
    size = sum(each.size_bytes for each in sealed_segments(entry))
    infos = [_consuming(services, entry, each, states) for each in entry.partitions]
    ailing = [each for each in infos if verbosity > 0 or _ails(services, each)]
    said = f"{size} bytes"
    return [
        {
            "tableName": entry.name,
            "numSegments": len(states),
            "numServers": 1,
            "numBrokers": 1,
            "segmentDebugInfos": ailing,
            "serverDebugInfos": [],
            "brokerDebugInfos": [],
            "ingestionStatus": summary(entry, services.statuses())["ingestionStatus"],
            "tableSize": {"reportedSize": said, "estimatedSize": said},
        }
    ]


@router.get("/debug/segments/{table}/{segment}")
async def debug_segment(table: str, segment: str, services: TheServices) -> Json:
    """One segment on the server that has it."""
    entry = catalogue_entry(services, table)
    states = segment_states(services, entry)
    for partition in entry.partitions:
        if consuming_segment(entry, partition) == segment:
            return _consuming(services, entry, partition, states)
    for sealed in sealed_segments(entry):
        if sealed.name == segment:
            return _info(services, segment, "ONLINE", f"{sealed.size_bytes} bytes", None)
    raise Refused(404, f"Failed to find segment: {segment} in table: {table}")


@router.get("/tables/{table}/badLLCSegmentsPerPartition")
async def bad_segments(table: str, services: TheServices) -> dict[str, list[str]]:
    """By partition: consuming segments that do not go on."""
    entry = catalogue_entry(services, table)
    states = segment_states(services, entry)
    names = {str(each.partition): consuming_segment(entry, each) for each in entry.partitions}
    return {partition: [name] for partition, name in names.items() if states[name] == "ERROR"}


def _consuming(services: Services, entry: TableEntry, partition: PartitionEntry, states: dict[str, str]) -> Json:
    name = consuming_segment(entry, partition)
    found = [each for worker in services.statuses() for each in worker.partitions]
    status = next((each for each in found if (each.table, each.partition) == (entry.name, partition.partition)), None)
    return _info(services, name, states[name], "-1 bytes", status)


def _info(services: Services, name: str, state: str, size: str, status: PartitionStatus | None) -> Json:
    server = {
        "idealState": "CONSUMING" if state == "ERROR" else state,
        "externalView": state,
        "segmentSize": size,
        "consumerInfo": _consumer(services, name, status),
        "errorInfo": _error(status),
    }
    return {"segmentName": name, "serverState": {services.instances.server: server}}


def _consumer(services: Services, name: str, status: PartitionStatus | None) -> Json | None:
    if status is None:
        return None
    last = status.last_consumed_ms
    return {
        "segmentName": name,
        "consumerState": "CONSUMING" if status.consuming else "NOT_CONSUMING",
        "lastConsumedTimestamp": -1 if last is None else last,
        "partitionToOffsetMap": {str(status.partition): str(status.current_offset)},
        "serverName": services.instances.server,
    }


def _error(status: PartitionStatus | None) -> Json | None:
    if status is None or status.reason is None:
        return None
    since = datetime.fromtimestamp(status.since_ms / 1000, UTC)
    return {"timestamp": f"{since:%Y-%m-%d %H:%M:%S} UTC", "errorMessage": status.reason, "stackTrace": None}


def _ails(services: Services, info: Json) -> bool:
    return info["serverState"][services.instances.server]["errorInfo"] is not None
