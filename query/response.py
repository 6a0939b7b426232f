# ruff: noqa: N815 - fields have the wire's names
"""The broker response, every field in Pinot's order (contract 1.3); rows that are JSON already are spliced in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import UNSET, UnsetType

from dialects.bound_query import OutputColumn
from query.jobs import Fault


class QueryException(msgspec.Struct, frozen=True):
    """One entry of `exceptions`."""

    message: str
    errorCode: int


class StageStats(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a part of a multi-stage query did. One engine does all of it: the root is its answer, the leaves tables."""

    type: str
    executionTimeMs: int = 0
    emittedRows: int = 0
    table: str = ""
    numDocsScanned: int = 0
    totalDocs: int = 0
    numSegmentsQueried: int = 0
    numSegmentsProcessed: int = 0
    children: tuple[StageStats, ...] = ()


class BrokerResponse(msgspec.Struct, kw_only=True):
    """The response body. Fields have the wire's names and order; what nobody measures here is 0."""

    numRowsResultSet: int = 0
    partialResult: bool = False
    exceptions: list[QueryException] = []
    numGroupsLimitReached: bool = False
    numGroupsWarningLimitReached: bool = False
    numGroups: int | UnsetType = UNSET
    maxRowsInJoinReached: bool | UnsetType = UNSET
    maxRowsInJoin: int | UnsetType = UNSET
    maxRowsInWindowReached: bool | UnsetType = UNSET
    maxRowsInWindow: int | UnsetType = UNSET
    maxRowsInDistinctReached: bool = False
    maxRowsWithoutChangeInDistinctReached: bool = False
    maxExecutionTimeInDistinctReached: bool = False
    timeUsedMs: int = 0
    stageStats: StageStats | UnsetType = UNSET
    maxRowsInOperator: int | UnsetType = UNSET
    requestId: str | None = None
    clientRequestId: str | None = None
    brokerId: str | None = None
    numDocsScanned: int = 0
    totalDocs: int = 0
    numEntriesScannedInFilter: int = 0
    numEntriesScannedPostFilter: int = 0
    numServersQueried: int = 0
    numServersResponded: int = 0
    numSegmentsQueried: int = 0
    numSegmentsProcessed: int = 0
    numSegmentsMatched: int = 0
    numConsumingSegmentsQueried: int = 0
    numConsumingSegmentsProcessed: int = 0
    numConsumingSegmentsMatched: int = 0
    minConsumingFreshnessTimeMs: int = 0
    numSegmentsPrunedByBroker: int = 0
    numSegmentsPrunedByServer: int = 0
    numSegmentsPrunedInvalid: int = 0
    numSegmentsPrunedByLimit: int = 0
    numSegmentsPrunedByValue: int = 0
    brokerReduceTimeMs: int = 0
    offlineThreadCpuTimeNs: int = 0
    realtimeThreadCpuTimeNs: int = 0
    offlineSystemActivitiesCpuTimeNs: int = 0
    realtimeSystemActivitiesCpuTimeNs: int = 0
    offlineResponseSerializationCpuTimeNs: int = 0
    realtimeResponseSerializationCpuTimeNs: int = 0
    offlineTotalCpuTimeNs: int = 0
    realtimeTotalCpuTimeNs: int = 0
    explainPlanNumEmptyFilterSegments: int = 0
    explainPlanNumMatchAllFilterSegments: int = 0
    traceInfo: dict[str, str] = {}
    tablesQueried: list[str] = []
    offlineThreadMemAllocatedBytes: int = 0
    realtimeThreadMemAllocatedBytes: int = 0
    offlineResponseSerMemAllocatedBytes: int = 0
    realtimeResponseSerMemAllocatedBytes: int = 0
    offlineTotalMemAllocatedBytes: int = 0
    realtimeTotalMemAllocatedBytes: int = 0
    pools: list[int] = []
    rlsFiltersApplied: bool = False
    groupsTrimmed: bool = False
    visibleOffsets: dict[str, dict[str, int]] | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of an answer, in pieces: JSON text of `resultTable.rows`, or the whole result in another format."""

    columns: Sequence[OutputColumn]
    chunks: tuple[bytes, ...]
    rows: int


encode = msgspec.json.Encoder().encode


def data_schema(columns: Sequence[OutputColumn]) -> dict[str, list[str]]:
    names, data_types = [column.name for column in columns], [column.data_type for column in columns]
    return {"columnNames": names, "columnDataTypes": data_types}


def spliced(response: msgspec.Struct, result: Result | None) -> tuple[bytes, ...]:
    """The body in pieces, `resultTable` first and around rows that are JSON text already: they are not copied."""
    if result is None:
        return (encode(response),)
    head = b'{"resultTable":{"dataSchema":' + encode(data_schema(result.columns)) + b',"rows":'
    return (head, *result.chunks, b"}," + encode(response)[1:])


def of_stages(response: BrokerResponse) -> None:
    """The fields that only answers of the multi-stage engine have."""
    response.numGroups = response.maxRowsInJoin = response.maxRowsInWindow = response.maxRowsInOperator = 0
    response.maxRowsInJoinReached = response.maxRowsInWindowReached = False
    response.stageStats = StageStats(type="MAILBOX_RECEIVE")


def failed(response: BrokerResponse, fault: Fault) -> BrokerResponse:
    """The response as Pinot says an error: no `resultTable`, `partialResult`, one exception."""
    response.numRowsResultSet = 0
    response.partialResult = True
    response.exceptions = [QueryException(fault.message, fault.code)]
    return response


def visible_offsets(table: str, ends: Mapping[int, int]) -> dict[str, dict[str, int]]:
    """The token of monotonic reads (P25): table -> partition -> visible end offset."""
    return {table: offsets_of(ends)}


def offsets_of(ends: Mapping[int, int]) -> dict[str, int]:
    return {str(partition): end for partition, end in ends.items()}


def facts(response: BrokerResponse) -> str:
    """What the response says beside its rows, without what is zero or empty: ASCII JSON on one line, for a header."""
    said = {name: value for name in response.__struct_fields__ if (value := getattr(response, name))}
    known = {name: value for name, value in said.items() if not isinstance(value, UnsetType)}
    return json.dumps(msgspec.to_builtins(known))
