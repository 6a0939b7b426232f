"""Where everything lies in ZooKeeper, below the chroot (protocol section 2). Pure; every name is checked by pattern.

/schemas/<name>                                      schema and its older versions
/tables/<name_TYPE>                                  table config, incarnation, state
/partitions/<incarnation>/<partition id>             consuming record: the fence (P5)
/partitions/<incarnation>/<partition id>/<sequence>  step, ten digits (P6)
/partitions/<incarnation>/<partition id>/history     generation of the steps (P6)
/jobs/<thirteen-digit time>.<id>                     what a person asked for, oldest first
/partitions/<incarnation>/<partition id>/dead-letters  how far rejects are copied to a topic
/instances/<id>                                      a live host (ephemeral)
/controller                                          election of the controller
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from segments.identity import checked_id

SCHEMAS = "/schemas"
TABLES = "/tables"
PARTITIONS = "/partitions"
INSTANCES = "/instances"
CONTROLLER = "/controller"
JOBS = "/jobs"
ROOTS = (SCHEMAS, TABLES, PARTITIONS, INSTANCES, CONTROLLER, JOBS)

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,199}\Z")
_PARTITION = re.compile(r"(0|[1-9][0-9]{0,9})\Z")
_SEQUENCE_MAX = 9_999_999_999


def schema(name: str) -> str:
    return f"{SCHEMAS}/{checked_name('schema', name)}"


def table(name_with_type: str) -> str:
    return f"{TABLES}/{checked_name('table', name_with_type)}"


def incarnation(value: str) -> str:
    return f"{PARTITIONS}/{checked_id('table incarnation', value)}"


def record(value: str, partition: int) -> str:
    """The consuming record of Pinot partition id `partition`. Raises ValueError for a negative one."""
    if partition < 0:
        raise ValueError(f"partition id {partition} must not be negative")
    return f"{incarnation(value)}/{partition}"


def step(value: str, partition: int, sequence: int) -> str:
    if not 0 <= sequence <= _SEQUENCE_MAX:
        raise ValueError(f"sequence {sequence} must be between 0 and {_SEQUENCE_MAX}: ten digits name a step")
    return f"{record(value, partition)}/{sequence:010d}"


def job(submitted_ms: int, job_id: str) -> str:
    """Names sort by time until the year 2286."""
    return f"{JOBS}/{submitted_ms:013d}.{checked_id('job id', job_id)}"


def history(value: str, partition: int) -> str:
    return f"{record(value, partition)}/history"


def partition_of(node: str) -> int | None:
    """The partition id that a child of an incarnation names, or None when it is not one of ours."""
    return int(node) if _PARTITION.match(node) else None


def is_name(node: str) -> bool:
    """Whether a child of `/schemas`, `/tables` or `/instances` may be one of ours."""
    return _NAME.match(node) is not None


def dead_letters(value: str, partition: int) -> str:
    return f"{record(value, partition)}/dead-letters"


@dataclass(frozen=True, slots=True)
class RootChanged:
    """Something below one of the roots, or the root's list of children."""

    root: str
    name: str | None


@dataclass(frozen=True, slots=True)
class PartitionChanged:
    """A consuming record or its history; `partition` is None for the list of partitions."""

    incarnation: str
    partition: int | None
    is_history: bool = False


Place = RootChanged | PartitionChanged


def place(path: str) -> Place | None:
    """What a watched path means, or None when nobody here watches it."""
    root, *rest = path.removeprefix("/").split("/")
    match (f"/{root}", rest):
        case ("/partitions", [value]):
            return PartitionChanged(value, None)
        case ("/partitions", [value, partition]):
            return PartitionChanged(value, partition_of(partition))
        case ("/partitions", [value, partition, "history"]):
            return PartitionChanged(value, partition_of(partition), is_history=True)
        case (known, [] | [_]) if known in ROOTS:
            return RootChanged(known, rest[0] if rest else None)
    return None


def checked_name(kind: str, value: str) -> str:
    if not _NAME.match(value):
        raise ValueError(
            f"{kind} name {value!r} must be 1 to 200 of letters, digits, '_', '.' and '-', not starting with '.' or '-'"
        )
    return value
