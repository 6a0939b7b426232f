"""An answer's rows and counts, put into the broker response."""

from __future__ import annotations

from msgspec import UNSET

from query import faults, metadata
from query.faults import Unanswerable
from query.jobs import EngineAnswer
from query.options import NUM_GROUPS_LIMIT_DEFAULT, QueryOptions
from query.plan import Plan
from query.response import BrokerResponse, Result, StageStats


def combined(plan: Plan, answer: EngineAnswer, *, null_handling: bool) -> Result:
    """What the engine read merged with what metadata knew (P30)."""
    aggregates, output = plan.bound.simple_aggregates, plan.bound.output
    if plan.known is None or aggregates is None:
        return Result(output, answer.chunks, answer.row_count)
    partials = list(plan.known.partials)
    if plan.sql is not None:
        partials.append(metadata.partial_of_rows(b"".join(answer.chunks)))
    if plan.ranges:
        partials.append((answer.counted,) * len(aggregates))
    return Result(output, (metadata.rendered(aggregates, metadata.merged(aggregates, partials), null_handling),), 1)


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
    read = answer.rows_matched + answer.counted
    if plan.bound.shape == "rows" and not ordered:
        read = min(read, plan.bound.offset + plan.bound.limit)
    return read + (plan.known.rows if plan.known is not None else 0)


def fill_limits(body: BrokerResponse, plan: Plan, answer: EngineAnswer, options: QueryOptions) -> None:
    """Flag an answer that went beyond a limit of the query. Raises Unanswerable where such an answer is an error."""
    limit = groups_limit(plan, options)
    if limit is not None and answer.groups > limit:
        body.numGroupsLimitReached = body.partialResult = True
    if body.numGroups is not UNSET:
        _fill_stages(body, plan, answer, options)
    found, bytes_max = sum(map(len, answer.chunks)), options.response_bytes_max
    if bytes_max is not None and found > bytes_max:
        raise Unanswerable(faults.response_too_large(found, bytes_max))


def _fill_stages(body: BrokerResponse, plan: Plan, answer: EngineAnswer, options: QueryOptions) -> None:
    """What only an answer of the multi-stage engine says. Raises Unanswerable for a join that is too large."""
    body.numGroups, body.maxRowsInJoin = answer.groups, answer.joined
    body.stageStats = _stages(body, plan, answer)
    body.pools = []
    body.maxRowsInOperator = max(answer.groups, answer.joined, answer.row_count)
    rows_max = options.max_rows_in_join
    if rows_max is not None and answer.joined > rows_max:
        if not options.join_breaks:
            raise Unanswerable(faults.join_too_large(answer.joined, rows_max))
        body.maxRowsInJoinReached = body.partialResult = True


def _stages(body: BrokerResponse, plan: Plan, answer: EngineAnswer) -> StageStats:
    """The answer and the tables that it was made of; what was read is known of all of them together."""
    leaves = [StageStats(type="LEAF", table=part.table.raw_name) for part in plan.parts]
    if len(leaves) == 1:
        leaves = [_read(leaves[0].table, body)]
    return StageStats(
        type="MAILBOX_RECEIVE",
        executionTimeMs=answer.cpu_ns // 1_000_000,
        emittedRows=answer.row_count,
        children=tuple(leaves),
    )


def _read(table: str, body: BrokerResponse) -> StageStats:
    return StageStats(
        type="LEAF",
        table=table,
        numDocsScanned=body.numDocsScanned,
        totalDocs=body.totalDocs,
        numSegmentsQueried=body.numSegmentsQueried,
        numSegmentsProcessed=body.numSegmentsProcessed,
    )


def groups_limit(plan: Plan, options: QueryOptions) -> int | None:
    """The groups that an answer may be of. The multi-stage engine has such a limit only if the query says so."""
    if plan.bound.shape == "group":
        return options.num_groups_limit or NUM_GROUPS_LIMIT_DEFAULT
    return options.num_groups_limit


def limited_sql(plan: Plan, options: QueryOptions) -> str | None:
    """The plan's SQL, with no more groups in the answer than the query allows: those that its order puts first."""
    limit = groups_limit(plan, options)
    if plan.sql is None or plan.bound.shape != "group" or limit is None or plan.bound.limit <= limit:
        return plan.sql
    return f"SELECT * FROM ({plan.sql}) LIMIT {limit}"
