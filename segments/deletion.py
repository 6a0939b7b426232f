"""Taking segments out of a partition's history, and taking them back: the range stays, the rows go or come (P6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from segments.history import Step, StepKind
from segments.registry import SegmentRegistry

Places = Mapping[int, Iterable[int]]
"""Sequence numbers by partition."""


class NotKept(LookupError):
    """A segment cannot be taken back: it was not deleted with a retention, or that has passed."""


def delete_segments(
    registry: SegmentRegistry,
    incarnation: str,
    sequences: Places,
    who: str,
    reason: str = "deleted",
    goes: Callable[[Step], bool] = lambda _: True,
    keep_until_ms: int | None = None,
) -> None:
    """Mark steps as deleted; until `keep_until_ms` they can be taken back, then their files are swept.

    Doing it again is harmless. A step stays as it is when `goes`, asked of the step as it is stored, says so.
    Raises KeyError for a step that is not there, RegistryUnavailable.
    """

    def change(step: Step) -> Step:
        return _deleted(step, who, reason, keep_until_ms) if goes(step) else step

    _rewrite(registry, incarnation, sequences, change)


def undelete_segments(registry: SegmentRegistry, incarnation: str, sequences: Places, now_ms: int) -> None:
    """Take deleted segments back: their files are where they were. One that is not deleted stays as it is.

    Raises NotKept, KeyError for a step that is not there, RegistryUnavailable.
    """
    _rewrite(registry, incarnation, sequences, lambda step: _back(step, now_ms))


def end_retention(registry: SegmentRegistry, incarnation: str, sequences: Places, now_ms: int) -> None:
    """From now on nobody takes these back, as far as their time has passed: their files may be swept.

    Raises KeyError, RegistryUnavailable.
    """
    _rewrite(registry, incarnation, sequences, lambda step: _ended(step, now_ms))


def is_over(step: Step, now_ms: int) -> bool:
    """Whether a deleted step was kept until now and no longer."""
    return step.kind is StepKind.DELETED and step.keep_until_ms is not None and 0 < step.keep_until_ms <= now_ms


def _rewrite(registry: SegmentRegistry, incarnation: str, sequences: Places, change: Callable[[Step], Step]) -> None:
    for partition, numbers in sequences.items():
        registry.rewrite(incarnation, partition, sorted(set(numbers)), change)


def _deleted(step: Step, who: str, reason: str, keep_until_ms: int | None) -> Step:
    """What the step was stays readable: name, digest and uri say which file it had."""
    if step.kind not in (StepKind.SEGMENT, StepKind.MERGED):
        return step
    changes = {"kind": StepKind.DELETED, "reason": reason, "who": who, "keep_until_ms": keep_until_ms}
    return step.model_copy(update=changes)


def _back(step: Step, now_ms: int) -> Step:
    if step.kind in (StepKind.SEGMENT, StepKind.MERGED):
        return step
    if step.kind is not StepKind.DELETED or not step.keep_until_ms or is_over(step, now_ms):
        raise NotKept(f"Segment {step.name or step.sequence} is not kept: its file is gone, or on its way")
    kind = StepKind.SEGMENT if step.covers[0] == step.covers[1] else StepKind.MERGED
    return step.model_copy(update={"kind": kind, "reason": None, "who": None, "keep_until_ms": None})


def _ended(step: Step, now_ms: int) -> Step:
    return step.model_copy(update={"keep_until_ms": 0}) if is_over(step, now_ms) else step
