"""An answer's rows and counts, put into the broker response."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.bound_query import OutputColumn
from query import metadata, response
from query.jobs import EngineAnswer
from query.plan import Plan
from query.response import BrokerResponse


def combined(plan: Plan, answer: EngineAnswer, *, null_handling: bool) -> tuple[bytes, int]:
    """(`resultTable.rows`, their number): what the engine read merged with what metadata knew (P30)."""
    aggregates = plan.bound.simple_aggregates
    if plan.known is None or aggregates is None:
        return answer.rows_json, answer.row_count
    partials = list(plan.known.partials)
    if plan.sql is not None:
        partials.append(metadata.partial_of_rows(answer.rows_json))
    return metadata.rendered(aggregates, metadata.merged(aggregates, partials), null_handling), 1


def fill_rows(body: BrokerResponse, output: Sequence[OutputColumn], rows_json: bytes, row_count: int) -> None:
    names, data_types = [column.name for column in output], [column.data_type for column in output]
    body.resultTable = response.result_table(names, data_types, rows_json)
    body.numRowsResultSet = row_count


def fill_counts(body: BrokerResponse, plan: Plan, answer: EngineAnswer, *, ordered: bool) -> None:
    """What was queried, pruned and read. Rows that matched are the engine's own count of them."""
    counts = plan.counts
    matched = min(_matched(plan, answer, ordered), counts.total_docs)
    body.numDocsScanned = matched
    body.totalDocs = counts.total_docs
    body.numEntriesScannedPostFilter = 0 if plan.known is not None else matched * len(plan.bound.columns)
    body.numServersQueried = body.numServersResponded = 1 if plan.bound.table else 0
    body.numSegmentsQueried = counts.segments
    body.numSegmentsProcessed = counts.segments_read
    body.numSegmentsMatched = counts.segments_read if matched else 0
    body.numConsumingSegmentsQueried = counts.consuming
    body.numConsumingSegmentsProcessed = counts.consuming_read
    body.numConsumingSegmentsMatched = counts.consuming_read if matched else 0
    body.minConsumingFreshnessTimeMs = counts.freshness_ms
    body.numSegmentsPrunedByServer = counts.pruned_by_value + counts.pruned_by_time
    body.numSegmentsPrunedByValue = counts.pruned_by_value
    body.realtimeThreadCpuTimeNs = body.realtimeTotalCpuTimeNs = answer.cpu_ns
    body.pools = [-1] if plan.bound.table else []


def _matched(plan: Plan, answer: EngineAnswer, ordered: bool) -> int:
    """A selection without order stops at its limit, though the engine looks at rows by the thousand."""
    read = answer.rows_matched
    if plan.bound.shape == "rows" and not ordered:
        read = min(read, plan.bound.offset + plan.bound.limit)
    return read + (plan.known.rows if plan.known is not None else 0)
