"""What the service itself says when there is no answer, in Pinot's codes (contract 1.5)."""

from __future__ import annotations

from collections.abc import Mapping

from query.execute import DeadlineExceeded, EngineDied, Overloaded, PoolFault, QueuedTooLong
from query.jobs import Fault

_POOL_FAULTS: Mapping[type[PoolFault], tuple[int, str]] = {
    Overloaded: (211, "ServerOutOfCapacityError"),
    QueuedTooLong: (240, "QuerySchedulingTimeoutError"),
    DeadlineExceeded: (250, "ExecutionTimeoutError"),
    EngineDied: (200, "QueryExecutionError"),
}


class Unanswerable(Exception):
    """The query ends with this fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def of_pool(error: PoolFault) -> Fault:
    code, name = _POOL_FAULTS[type(error)]
    return Fault(code, f"{name}: {error}")


def internal(detail: str) -> Fault:
    return Fault(450, f"InternalError: {detail}")


def cancelled(request_id: str) -> Fault:
    return Fault(503, f"QueryCancellationError: query {request_id} was cancelled by a request")


def not_kept(reason: str) -> Fault:
    return Fault(245, f"ServerResourceLimitExceededError: the answer cannot be kept for a cursor: {reason}")


def response_too_large(found: int, limit: int) -> Fault:
    return Fault(245, f"ServerResourceLimitExceededError: the result has {found} bytes, the query allows {limit}")


def join_too_large(found: int, limit: int) -> Fault:
    return Fault(
        245,
        f"ServerResourceLimitExceededError: a join made {found} rows, maxRowsInJoin is {limit}; "
        "joinOverflowMode=BREAK flags such an answer instead",
    )


def segments_unavailable() -> Fault:
    return Fault(305, "SegmentsUnavailableError: files of the table were changing hands at every try; try again")


def offsets_not_visible(ends: Mapping[int, int], wanted: Mapping[int, int]) -> Fault:
    """The deadline passed before the offsets of `minOffsets` were visible (P25)."""
    behind = {partition: ends.get(partition, 0) for partition, end in wanted.items() if ends.get(partition, 0) < end}
    partition, end = next(iter(behind.items()))
    return Fault(250, f"ExecutionTimeoutError: partition {partition} is visible to {end}, not to {wanted[partition]}")
