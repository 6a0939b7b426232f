"""States of tables and partitions, as a running service tells them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crushpad.cli.api import Api
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows, talk

PARTITION_COLUMNS = (
    "table", "partition", "topic", "state", "reason", "sinceMs", "currentOffset", "upstreamOffset", "committedOffset",
    "lagRows", "lagSeconds", "availabilityLagMs", "heldTo", "lastConsumedMs", "consumingSegment", "consumingRows",
    "consumingBytes", "consumingAgeSeconds", "consumingRejects", "closedFiles", "flushWaitsFor", "lastCommitMs",
    "lastSegment", "owner",
)  # fmt: skip
"""For programs; people get the columns that fit on a screen."""
TABLE_COLUMNS = ("table", "state", "partitions", "consuming", "lagRows", "lagSeconds", "segments", "segmentRows",
                 "consumingRows", "reason")  # fmt: skip


def print_partitions(api: Api, table: str | None, output: Output) -> None:
    """Rows for each partition of one table, or of all; what keeps a whole table from consuming is talk."""
    answers = [api.get("tables", name, "partitions") for name in _names(api, table)]
    for problem in dict.fromkeys(problem for answer in answers for problem in answer["problems"]):
        talk(f"problem: {problem}")
    found = [partition for answer in answers for partition in answer["partitions"]]
    if output is Output.TABLE:
        _print_for_people(found)
        return
    print_rows(PARTITION_COLUMNS, [[each[column] for column in PARTITION_COLUMNS] for each in found], output)


def print_tables(api: Api, table: str | None, output: Output) -> None:
    """One row for each table, or for the one."""
    answers = [api.get("tables", name, "status") for name in _names(api, table)]
    rows = [[_of_table(answer, column) for column in TABLE_COLUMNS] for answer in answers]
    print_rows(TABLE_COLUMNS, rows, output)


def _names(api: Api, table: str | None) -> list[str]:
    return [table] if table is not None else list(api.get("tables")["tables"])


def _of_table(answer: dict[str, Any], column: str) -> Any:
    special = {
        "state": answer["ingestionStatus"]["ingestionState"],
        "reason": answer["ingestionStatus"]["errorMessage"] or None,
    }
    return special[column] if column in special else answer[column]


def _print_for_people(found: list[dict[str, Any]]) -> None:
    columns = [
        "table",
        "partition",
        "state",
        "offset",
        "end",
        "lag",
        "seconds",
        "flush waits for",
        "last commit",
        "owner",
    ]
    print_rows(columns, [_short(each) for each in found], Output.TABLE)
    for each in found:
        if each["reason"]:
            print(f"{each['table']} {each['partition']}: {each['reason']}")
        elif each["heldTo"]:
            print(f"{each['table']} {each['partition']}: held to {each['heldTo']} by the table's rate limit")


def _short(each: dict[str, Any]) -> list[Any]:
    return [
        each["table"],
        each["partition"],
        each["state"],
        each["currentOffset"],
        each["upstreamOffset"],
        each["lagRows"],
        each["lagSeconds"],
        each["flushWaitsFor"],
        _moment(each["lastCommitMs"]),
        each["owner"],
    ]


def _moment(ms: int | None) -> str | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).isoformat(sep=" ", timespec="seconds")
