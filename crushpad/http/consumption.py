"""Control of consumption: pause and resume (contract 6.4).

What a person wants is written down in ZooKeeper; the partitions do it, and the statuses say how far they are.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from crushpad.http.audit import TheAudit
from crushpad.http.errors import Refused
from crushpad.http.parameters import PARTITION_MAX, TheServices, raw_name
from crushpad.http.services import Services
from segments.catalogue import PartitionEntry, TableEntry
from segments.control import skip
from segments.history import Skip, SkipTo
from segments.name import SegmentName
from segments.status import PartitionStatus
from tableconfigs import control
from tableconfigs.operations import name_with_type
from tableconfigs.source import NotFound, Pause, StoredTable, TableState

router = APIRouter(tags=["consumption"])

Json = dict[str, Any]

LAST_CONSUMED = "lastConsumed"
COMMENT_CHARS_MAX = 200

PAUSING = (
    "Pause flag is set. Consuming segments are being committed."
    " Use /pauseStatus endpoint in a few moments to check if all consuming segments have been committed."
)
RESUMING = (
    "Pause flag is cleared. Consuming segments are being created."
    " Use /pauseStatus endpoint in a few moments to double check."
)

Comment = Annotated[str | None, Query(max_length=COMMENT_CHARS_MAX, examples=["broker upgrade"])]
BatchSize = Annotated[int | None, Query(ge=1, description="Accepted; partitions commit on their own, all at once.")]
BatchWait = Annotated[int | None, Query(ge=0, description="Accepted; nothing waits here.")]
TopicIndices = Annotated[str, Query(alias="topicIndices", examples=["0,1"])]


@router.post("/tables/{table}/pauseConsumption")
async def pause_consumption(
    table: str,
    services: TheServices,
    audit: TheAudit,
    comment: Comment = None,
    batchSize: BatchSize = None,  # noqa: N803, ARG001 - Pinot's parameters
    batchStatusCheckIntervalSec: BatchWait = None,  # noqa: N803, ARG001
    batchStatusCheckTimeoutSec: BatchWait = None,  # noqa: N803, ARG001
) -> Json:
    """Read nothing more of the table; what was read is committed."""
    before = await run_in_threadpool(controlled, services, table)
    stored = await run_in_threadpool(control.pause, services.configs, table, comment, services.now_ms())
    said_of(audit, "pause", before, stored, comment=comment)
    return _status(services, stored, comment or PAUSING)


@router.post("/tables/{table}/resumeConsumption")
async def resume_consumption(
    table: str,
    services: TheServices,
    audit: TheAudit,
    comment: Comment = None,
    consume_from: Annotated[
        str | None,
        Query(alias="consumeFrom", description="lastConsumed, smallest or largest.", examples=["lastConsumed"]),
    ] = None,
    resume_from: Annotated[
        str | None, Query(alias="resumeFrom", description="The same, as Pinot's pages have it.")
    ] = None,
) -> Json:
    """Read the table again: from where it was left, or behind a gap that is recorded."""
    to = _skip_to(consume_from or resume_from or LAST_CONSUMED)
    before = await run_in_threadpool(controlled, services, table)
    if to is not None:
        wish = Skip(to=to, reason=comment or f"consumption resumed from the {to} offset", who=audit.who)
        await run_in_threadpool(_skip_all, services, before, wish)
    stored = await run_in_threadpool(control.resume, services.configs, table, comment, services.now_ms())
    said_of(audit, "resume", before, stored, comment=comment, consume_from=to or LAST_CONSUMED)
    return _status(services, stored, comment or RESUMING)


@router.post("/tables/{table}/pauseTopicConsumption")
async def pause_topic_consumption(table: str, indices: TopicIndices, services: TheServices, audit: TheAudit) -> Json:
    """Read nothing more of these topics of a table that has several."""
    return await _topics(services, audit, table, indices, control.pause_topics, "pause topics")


@router.post("/tables/{table}/resumeTopicConsumption")
async def resume_topic_consumption(table: str, indices: TopicIndices, services: TheServices, audit: TheAudit) -> Json:
    """Read these topics again."""
    return await _topics(services, audit, table, indices, control.resume_topics, "resume topics")


@router.get("/tables/{table}/pauseStatus")
async def pause_status(table: str, services: TheServices) -> Json:
    """Whether the table is paused, by whom it was asked, and which segments are not committed yet."""
    stored = await run_in_threadpool(controlled, services, table)
    paused = stored.pause is not None and stored.pause.paused
    said = stored.pause.comment if stored.pause is not None else None
    return _status(services, stored, said or ("Table is paused." if paused else "Table is unpaused."))


async def _topics(
    services: Services,
    audit: TheAudit,
    table: str,
    indices: str,
    change: Callable[..., StoredTable],
    what: str,
) -> Json:
    numbers = numbers_in("topicIndices", indices)
    if not numbers:
        raise Refused(400, "topicIndices must name topics by their index, for example 0,1")
    before = await run_in_threadpool(controlled, services, table)
    stored = await run_in_threadpool(change, services.configs, table, numbers, services.now_ms())
    said_of(audit, what, before, stored, topics=sorted(numbers))
    return _status(services, stored, PAUSING if what.startswith("pause") else RESUMING)


def said_of(audit: TheAudit, what: str, before: StoredTable, after: StoredTable, **more: object) -> None:
    """The audit line of a change beside the config: its versions, and what was paused before and is now."""
    was, now = before.config_version, after.config_version
    paused = {"paused_before": _paused(before), "paused": _paused(after)}
    audit.changed(what, after.name_with_type, before=was, after=now, **{**paused, **more})


def _paused(stored: StoredTable) -> bool | list[int]:
    """Whether the table is paused; of one that is not, the topics that are."""
    pause = stored.pause or Pause(paused=False, changed_ms=0)
    return pause.paused or list(pause.inactive_topics)


def controlled(services: Services, table: str) -> StoredTable:
    """The table, if it is one that may be controlled. Raises Refused in Pinot's words."""
    if table.endswith("_OFFLINE"):
        raise Refused(400, f"Table {table} is not a realtime table")
    try:
        stored = services.configs.table(name_with_type(table)).value
    except NotFound as error:
        raise Refused(404, f"Table {name_with_type(table)} not found!") from error
    if stored.state is TableState.DELETING:
        raise Refused(404, f"Table {stored.name_with_type} not found!")
    if stored.state is TableState.DISABLED:
        raise Refused(400, f"Table {stored.name_with_type} is disabled!")
    return stored


def _status(services: Services, stored: StoredTable, comment: str) -> Json:
    pause = stored.pause or Pause(paused=False, changed_ms=0)
    entry = services.catalogue.read().tables.get(stored.name_with_type)
    answer: Json = {
        "pauseFlag": pause.paused,
        "consumingSegments": _consuming(services, entry, pause) if entry is not None else [],
        "reasonCode": pause.reason_code,
        "comment": comment,
        "timestamp": _timestamp(pause.changed_ms),
    }
    return answer | ({"indexOfInactiveTopics": list(pause.inactive_topics)} if pause.inactive_topics else {})


def _consuming(services: Services, entry: TableEntry, pause: Pause) -> list[str]:
    """Segments that are read or, in a pause, not committed yet."""
    said = partitions_said(services, entry.name)
    return [
        str(SegmentName.of(raw_name(entry.name), each.partition, each.sequence, each.created_ms))
        for each in entry.partitions
        if _is_consuming(each, said.get(each.partition), pause.paused)
    ]


def _is_consuming(partition: PartitionEntry, status: PartitionStatus | None, paused: bool) -> bool:
    if status is None:
        return paused
    return status.consuming or (paused and status.current_offset != partition.committed_end)


def partitions_said(services: Services, name: str) -> dict[int, PartitionStatus]:
    return {each.partition: each for worker in services.statuses() for each in worker.partitions if each.table == name}


def _skip_all(services: Services, stored: StoredTable, wish: Skip) -> None:
    skip(services.registry, stored, services.registry.partitions(stored.incarnation), wish)


def _skip_to(consume_from: str) -> SkipTo | None:
    if consume_from == LAST_CONSUMED:
        return None
    try:
        return SkipTo(consume_from)
    except ValueError as error:
        text = f"consumeFrom must be {LAST_CONSUMED}, smallest or largest, not {consume_from!r}"
        raise Refused(400, text) from error


def numbers_in(name: str, text: str) -> set[int]:
    found = listed(text)
    if wrong := [each for each in found if not (each.isascii() and each.isdigit() and int(each) <= PARTITION_MAX)]:
        raise Refused(400, f"{name} must be numbers separated by commas, not {wrong[0]!r}")
    return {int(each) for each in found}


def listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _timestamp(moment_ms: int) -> str:
    """As Pinot prints it, in UTC; empty when there never was one."""
    if not moment_ms:
        return ""
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment_ms % 1000:03d}"
