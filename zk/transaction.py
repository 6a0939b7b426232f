"""ZooKeeper's multi with a typed result.

kazoo returns the failures of a transaction in a list and raises nothing, and its context manager swallows them: every
element is looked at here (P9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kazoo.exceptions import RolledBackError, RuntimeInconsistency

from zk.session import Session, Unreachable

BATCH_BYTES_MAX = 500_000
"""Half of what a server takes in one packet (jute.maxbuffer)."""
_OPERATION_OVERHEAD_BYTES = 64


@dataclass(frozen=True, slots=True)
class Create:
    path: str
    data: bytes = b""
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class SetData:
    path: str
    data: bytes
    version: int


@dataclass(frozen=True, slots=True)
class Delete:
    path: str
    version: int = -1


Operation = Create | SetData | Delete


@dataclass(frozen=True, slots=True)
class Committed:
    """All of it happened. `results`: per operation a path, a ZnodeStat or True."""

    results: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """None of it happened, because of `operation`; `error` is kazoo's exception for it."""

    operation: Operation
    error: Exception


@dataclass(frozen=True, slots=True)
class Unanswered:
    """All of it happened, or none, now or later: the answer is lost."""

    why: str


Result = Committed | Refused | Unanswered


def run(session: Session, operations: Sequence[Operation]) -> Result:
    """All of `operations`, or none. Raises nothing for a lost answer."""
    request = session.client.transaction()
    for operation in operations:
        _add(request, operation)
    try:
        results = session.ask(request.commit_async)
    except Unreachable as lost:
        return Unanswered(str(lost))
    return _judge(operations, results)


def batches(groups: Sequence[Sequence[Operation]], bytes_max: int = BATCH_BYTES_MAX) -> list[list[Operation]]:
    """Groups of operations in order, as few transactions as `bytes_max` allows; a group is never split."""
    packed: list[list[Operation]] = []
    room = 0
    for group in groups:
        needed = sum(_weight(operation) for operation in group)
        if not packed or needed > room:
            packed.append([])
            room = bytes_max
        packed[-1].extend(group)
        room -= needed
    return packed


def _add(request: Any, operation: Operation) -> None:
    match operation:
        case Create(path, data, ephemeral):
            request.create(path, data, ephemeral=ephemeral)
        case SetData(path, data, version):
            request.set_data(path, data, version)
        case Delete(path, version):
            request.delete(path, version)


def _judge(operations: Sequence[Operation], results: Sequence[Any]) -> Result:
    failures = [(each, result) for each, result in zip(operations, results, strict=False) if _failed(result)]
    if failures:
        return Refused(*_cause(failures))
    if len(results) != len(operations):
        return Unanswered(f"{len(results)} answers to {len(operations)} operations")
    return Committed(tuple(results))


def _failed(result: Any) -> bool:
    return isinstance(result, Exception)


def _cause(failures: list[tuple[Operation, Exception]]) -> tuple[Operation, Exception]:
    """The operation that failed: the others were only rolled back or never tried."""
    told = [each for each in failures if not isinstance(each[1], RolledBackError | RuntimeInconsistency)]
    return (told or failures)[0]


def _weight(operation: Operation) -> int:
    data = b"" if isinstance(operation, Delete) else operation.data
    return len(operation.path) + len(data) + _OPERATION_OVERHEAD_BYTES
