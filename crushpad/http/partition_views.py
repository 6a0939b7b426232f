"""Partitions: how far each consuming segment is (contract 6.5), and the chain of steps behind it (P6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter

from crushpad.http.parameters import TheServices, WantedType, catalogue_entry, raw_name
from crushpad.http.segment_json import consuming_segment
from crushpad.http.services import Services
from segments.catalogue import PartitionEntry, SegmentEntry, TableEntry
from segments.status import PartitionStatus

router = APIRouter(tags=["segments"])

Json = dict[str, Any]


@router.get("/tables/{table}/consumingSegmentsInfo")
async def consuming_segments_info(table: str, wanted: WantedType, services: TheServices) -> Json:
    """How far each consuming segment is; `state`, `reason` and `problems` say why rows do not flow.

    A partition whose first segment has no name yet stands under `<table>__<partition>`.
    """
    entry = catalogue_entry(services, table, wanted)
    names = {partition.partition: consuming_segment(entry, partition) for partition in entry.partitions}
    workers = services.statuses()
    said = {
        status.partition: status for worker in workers for status in worker.partitions if status.table == entry.name
    }
    return {
        "serversFailingToRespond": 0,
        "serversUnparsableRespond": 0,
        "_segmentToConsumingInfoMap": {
            names.get(partition) or f"{raw_name(entry.name)}__{partition}": _consumers(services, said.get(partition))
            for partition in sorted(names.keys() | said.keys())
        },
        "problems": [worker.problems[entry.name] for worker in workers if entry.name in worker.problems],
    }


@router.get("/segments/{table}/chain")
async def segment_chain(table: str, wanted: WantedType, services: TheServices) -> list[Json]:
    """The chain of each partition (P6): its steps in the order of their offsets, then what is consuming."""
    entry = catalogue_entry(services, table, wanted)
    return [link for partition in entry.partitions for link in _links(entry, partition)]


def _links(entry: TableEntry, partition: PartitionEntry) -> Iterator[Json]:
    steps = [_sealed_link(sealed) for sealed in partition.segments]
    steps += [_link("gap", start, end, note=reason) for start, end, reason in partition.gaps]
    for step in sorted(steps, key=lambda step: (step["start"], step["end"])):
        yield {"partition": partition.partition, **step}
    consuming = {"sequence": partition.sequence, "segment": consuming_segment(entry, partition)}
    yield {"partition": partition.partition, **_link("consuming", partition.committed_end, None, **consuming)}


def _sealed_link(sealed: SegmentEntry) -> Json:
    counts = {"sequence": sealed.sequence, "rows": sealed.rows, "rejects": sealed.rejects}
    note = None if sealed.origin == "stream" else sealed.origin
    return _link("segment", sealed.start, sealed.end, **counts, attempt=sealed.attempt, segment=sealed.name, note=note)


def _link(kind: str, start: int, end: int | None, **known: Any) -> Json:
    """One step of a chain; what this kind does not have is null."""
    nothing = dict.fromkeys(("sequence", "rows", "rejects", "attempt", "segment", "note"))
    return {"kind": kind, "start": start, "end": end, **nothing, **known}


def _consumers(services: Services, status: PartitionStatus | None) -> list[Json]:
    """An empty list means, as in Pinot: nobody consumes this segment now."""
    if status is None:
        return []
    kafka_partition = str(status.partition)

    def by_partition(value: object) -> dict[str, str]:
        return {kafka_partition: "UNKNOWN" if value is None else str(value)}

    return [
        {
            "serverName": services.instances.server,
            "consumerState": "CONSUMING" if status.consuming else "NOT_CONSUMING",
            "lastConsumedTimestamp": -1 if status.last_consumed_ms is None else status.last_consumed_ms,
            "partitionToOffsetMap": by_partition(status.current_offset),
            "partitionOffsetInfo": {
                "currentOffsetsMap": by_partition(status.current_offset),
                "latestUpstreamOffsetMap": by_partition(status.upstream_offset),
                "recordsLagMap": by_partition(status.records_lag),
                "availabilityLagMsMap": by_partition(status.availability_lag_ms),
            },
            "state": status.state,
            "reason": status.reason,
            "sinceMs": status.since_ms,
            "rows": status.rows,
            "rejects": status.rejects,
            "deadLetters": status.dead_letters,
        }
    ]
