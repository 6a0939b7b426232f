"""Taking segments out of a partition's history: the range stays, the rows go (P6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from segments.history import Step, StepKind
from segments.registry import SegmentRegistry


def delete_segments(
    registry: SegmentRegistry,
    incarnation: str,
    sequences: Mapping[int, Iterable[int]],
    who: str,
    reason: str = "deleted",
    goes: Callable[[Step], bool] = lambda _: True,
) -> None:
    """Mark steps, by partition and sequence number, as deleted; their files are swept. Doing it again is harmless.

    A step stays as it is when `goes`, asked of the step as it is stored, says so.
    Raises KeyError for a step that is not there, RegistryUnavailable.
    """

    def change(step: Step) -> Step:
        return _deleted(step, who, reason) if goes(step) else step

    for partition, numbers in sequences.items():
        registry.rewrite(incarnation, partition, sorted(set(numbers)), change)


def _deleted(step: Step, who: str, reason: str) -> Step:
    """What the step was stays readable: name, digest and uri say which file it had."""
    if step.kind not in (StepKind.SEGMENT, StepKind.MERGED):
        return step
    return step.model_copy(update={"kind": StepKind.DELETED, "reason": reason, "who": who})
