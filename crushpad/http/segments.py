"""Segments as this host knows them: committed ones from the local catalogue, consuming ones by their record."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from crushpad.http.errors import Refused
from crushpad.http.parameters import INT64_MAX, TheServices, WantedType, catalogue_entry
from crushpad.http.segment_json import (
    consuming_fields,
    consuming_segment,
    metadata_by_name,
    provenance,
    sealed_fields,
    sealed_segments,
    segment_columns,
    served,
    served_consuming,
)
from segments.catalogue import SegmentEntry

router = APIRouter(tags=["segments"])

Json = dict[str, Any]

Columns = Annotated[list[str] | None, Query(description="Names of columns; `*` is all of them.")]
Moment = Annotated[int | None, Query(ge=0, le=INT64_MAX)]
Start = Annotated[Moment, Query(alias="startTimestamp", description="Only with rows at or after (epoch ms).")]
End = Annotated[Moment, Query(alias="endTimestamp", description="Only with rows before (epoch ms).")]
Inside = Annotated[bool, Query(alias="excludeOverlapping", description="Only those that lie wholly between the two.")]
Replaced = Annotated[bool | None, Query(alias="excludeReplacedSegments", description="Accepted; none is kept.")]


@router.get("/segments/{table}")
@router.get("/segments/{table}/select")
async def list_segments(
    table: str,
    wanted: WantedType,
    services: TheServices,
    start: Start = None,
    end: End = None,
    inside: Inside = False,
    replaced: Replaced = None,  # noqa: ARG001 - Pinot's parameter
) -> list[dict[str, list[str]]]:
    """Names of segments, consuming ones included, by table type; with times only those with rows between them."""
    entry = catalogue_entry(services, table, wanted)
    low, high = start or 0, INT64_MAX if end is None else end
    sealed = [each.name for each in sealed_segments(entry) if _between(each, low, high, inside)]
    consuming = [consuming_segment(entry, each) for each in entry.partitions] if end is None else []
    return [{entry.name.rpartition("_")[2]: sorted([*sealed, *consuming])}]


@router.get("/segments/{table}/servers")
async def segment_servers(
    table: str, wanted: WantedType, services: TheServices, verbose: Annotated[bool, Query()] = True
) -> list[Json]:
    """The segments of each server."""
    entry = catalogue_entry(services, table, wanted)
    names, server = sorted(name for name, _ in metadata_by_name(entry)), services.instances.server
    if not verbose:
        return [{"tableName": entry.name, "serverToSegmentsCountMap": {server: len(names)}}]
    return [{"tableName": entry.name, "serverToSegmentsMap": {server: names}}]


@router.get("/segments/{table}/zkmetadata")
async def segments_zk_metadata(table: str, wanted: WantedType, services: TheServices) -> dict[str, dict[str, str]]:
    """What Pinot keeps of each segment in ZooKeeper, by segment name."""
    return dict(metadata_by_name(catalogue_entry(services, table, wanted)))


@router.get("/segments/{table}/crc")
async def segment_crcs(table: str, wanted: WantedType, services: TheServices) -> dict[str, str]:
    """Pinot's checksum of each sealed segment: the first 32 bits of its sha256."""
    entry = catalogue_entry(services, table, wanted)
    return {each.name: sealed_fields(each)["segment.crc"] for each in sealed_segments(entry)}


@router.get("/segments/{table}/tiers")
async def segment_tiers(table: str, wanted: WantedType, services: TheServices) -> Json:
    """There is one tier."""
    entry = catalogue_entry(services, table, wanted)
    tiers = {each.name: {services.instances.server: "default"} for each in sealed_segments(entry)}
    return {"tableName": entry.name, "segmentTiers": tiers}


@router.get("/segments/{table}/lineage")
async def segment_lineage(table: str, wanted: WantedType, services: TheServices) -> Json:
    """Segments are replaced in one step: there is never a lineage to show."""
    catalogue_entry(services, table, wanted)
    return {}


@router.get("/segments/{table}/metadata")
async def segments_metadata(table: str, wanted: WantedType, services: TheServices, columns: Columns = None) -> Json:
    """What a server would say of each segment."""
    entry = catalogue_entry(services, table, wanted)
    schema = entry.schema_name
    found = {each.name: served(each, schema, columns) for each in sealed_segments(entry)}
    return found | {consuming_segment(entry, each): served_consuming(entry, each) for each in entry.partitions}


@router.get("/segments/{table}/{segment}/metadata")
async def segment_metadata(
    table: str,
    segment: str,
    wanted: WantedType,
    services: TheServices,
    columns: Columns = None,
) -> Json:
    """Metadata of one segment under Pinot's keys, with its columns' bounds when it is committed."""
    entry = catalogue_entry(services, table, wanted)
    for partition in entry.partitions:
        for sealed in partition.segments:
            if sealed.name == segment:
                return {**sealed_fields(sealed), "columns": segment_columns(sealed, columns), **provenance(sealed)}
        if consuming_segment(entry, partition) == segment:
            return dict(consuming_fields(partition))
    raise Refused(404, f"Failed to find segment: {segment} in table: {table}")


def _between(segment: SegmentEntry, low: int, high: int, inside: bool) -> bool:
    """Whether a segment has rows in `[low, high)`; one without times always has."""
    first, last = segment.time_min_ms, segment.time_max_ms
    if first is None or last is None:
        return True
    return low <= first and last < high if inside else first < high and low <= last
