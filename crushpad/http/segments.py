"""Segments as this host knows them: committed ones from the local catalogue, consuming ones with their status."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter

from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, WantedType, catalogue_entry, raw_name
from crushpad.http.services import Services
from segments.catalogue import PartitionEntry, SegmentEntry, TableEntry
from segments.name import SegmentName
from segments.pinot_metadata import pinot_consuming_metadata, pinot_metadata
from segments.status import PartitionStatus

router = APIRouter(tags=["segments"])

Json = dict[str, Any]

REPLICAS = 1


@router.get("/segments/{table}")
async def list_segments(table: str, wanted: WantedType, services: TheServices) -> list[dict[str, list[str]]]:
    """Names of all segments, consuming ones included, by table type."""
    entry = catalogue_entry(services, table, wanted)
    return [{entry.name.rpartition("_")[2]: sorted(name for name, _ in _metadata_by_name(entry))}]


@router.get("/segments/{table}/zkmetadata")
async def segments_zk_metadata(table: str, wanted: WantedType, services: TheServices) -> dict[str, dict[str, str]]:
    """What Pinot keeps of each segment in ZooKeeper, by segment name."""
    return dict(_metadata_by_name(catalogue_entry(services, table, wanted)))


@router.get("/segments/{table}/chain")
async def segment_chain(table: str, wanted: WantedType, services: TheServices) -> list[Json]:
    """The chain of each partition (P6): its steps in the order of their offsets, then what is consuming."""
    entry = catalogue_entry(services, table, wanted)
    return [link for partition in entry.partitions for link in _links(entry, partition)]


@router.get("/segments/{table}/{segment}/metadata")
async def segment_metadata(table: str, segment: str, wanted: WantedType, services: TheServices) -> Json:
    """Metadata of one segment under Pinot's keys, with its columns' bounds when it is committed."""
    entry = catalogue_entry(services, table, wanted)
    for partition in entry.partitions:
        for sealed in partition.segments:
            if sealed.name == segment:
                return {**_sealed_fields(sealed), "columns": _columns(sealed), **_provenance(sealed)}
        if _consuming_name(entry, partition) == segment:
            return dict(_consuming_fields(partition))
    raise Refused(404, f"Failed to find segment: {segment} in table: {table}")


@router.get("/tables/{table}/consumingSegmentsInfo")
async def consuming_segments_info(table: str, wanted: WantedType, services: TheServices) -> Json:
    """How far each consuming segment is; `state`, `reason` and `problems` say why rows do not flow.

    A partition whose first segment has no name yet stands under `<table>__<partition>`.
    """
    entry = catalogue_entry(services, table, wanted)
    names = {partition.partition: _consuming_name(entry, partition) for partition in entry.partitions}
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


def _consuming_name(entry: TableEntry, partition: PartitionEntry) -> str:
    return str(SegmentName.of(raw_name(entry.name), partition.partition, partition.sequence, partition.created_ms))


def _metadata_by_name(entry: TableEntry) -> Iterator[tuple[str, dict[str, str]]]:
    for partition in entry.partitions:
        yield from ((sealed.name, _sealed_fields(sealed)) for sealed in partition.segments)
        yield _consuming_name(entry, partition), _consuming_fields(partition)


def _links(entry: TableEntry, partition: PartitionEntry) -> Iterator[Json]:
    steps = [_sealed_link(sealed) for sealed in partition.segments]
    steps += [_link("gap", start, end, note=reason) for start, end, reason in partition.gaps]
    for step in sorted(steps, key=lambda step: (step["start"], step["end"])):
        yield {"partition": partition.partition, **step}
    consuming = {"sequence": partition.sequence, "segment": _consuming_name(entry, partition)}
    yield {"partition": partition.partition, **_link("consuming", partition.committed_end, None, **consuming)}


def _sealed_link(sealed: SegmentEntry) -> Json:
    counts = {"sequence": sealed.sequence, "rows": sealed.rows, "rejects": sealed.rejects}
    return _link("segment", sealed.start, sealed.end, **counts, attempt=sealed.attempt, segment=sealed.name)


def _link(kind: str, start: int, end: int | None, **known: Any) -> Json:
    """One step of a chain; what this kind does not have is null."""
    nothing = dict.fromkeys(("sequence", "rows", "rejects", "attempt", "segment", "note"))
    return {"kind": kind, "start": start, "end": end, **nothing, **known}


def _sealed_fields(sealed: SegmentEntry) -> dict[str, str]:
    return pinot_metadata(sealed, replicas=REPLICAS, flush_rows=None, download_url="")


def _consuming_fields(partition: PartitionEntry) -> dict[str, str]:
    return pinot_consuming_metadata(
        start=partition.committed_end, created_ms=partition.created_ms, replicas=REPLICAS, flush_rows=None
    )


def _provenance(sealed: SegmentEntry) -> Json:
    """What Pinot has no key for."""
    return {
        "crushpad.path": sealed.path,
        "crushpad.sha256": sealed.digest,
        "crushpad.attempt": sealed.attempt,
        "crushpad.rejects": sealed.rejects,
        "crushpad.schemaVersion": sealed.schema_version,
        "crushpad.committed": datetime.fromtimestamp(sealed.committed_ms / 1000, UTC).isoformat(),
    }


def _columns(sealed: SegmentEntry) -> dict[str, Json]:
    return {
        name: {
            "min": stats.low,
            "max": stats.high,
            "exact": stats.exact,
            "nulls": stats.nulls,
            "bloomFilter": name in sealed.blooms,
        }
        for name, stats in sealed.columns.items()
    }


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
