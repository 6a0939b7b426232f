"""Taking segments out of a partition's history: the range stays, the rows go (P6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from segments.history import Step, StepKind
from segments.registry import SegmentRegistry


def delete_segments(
    registry: SegmentRegistry, incarnation: str, sequences: Mapping[int, Iterable[int]], who: str
) -> None:
    """Mark steps, by partition and sequence number, as deleted; their files are swept. Doing it again is harmless.

    Raises KeyError for a step that is not there, RegistryUnavailable.
    """
    for partition, numbers in sequences.items():
        registry.rewrite(incarnation, partition, sorted(set(numbers)), lambda step: _deleted(step, who))


def _deleted(step: Step, who: str) -> Step:
    """What the step was stays readable: name, digest and uri say which file it had."""
    if step.kind not in (StepKind.SEGMENT, StepKind.MERGED):
        return step
    return step.model_copy(update={"kind": StepKind.DELETED, "reason": "deleted", "who": who})
