"""All checks of a consuming segment: what adoption would look at (P20), while the writer goes on."""

from __future__ import annotations

from pathlib import Path

from segments.consuming.checks import NotAdoptable, adoptable
from segments.inspection.consuming import LOOKS_MAX, read_state
from segments.inspection.errors import NotASegment
from segments.inspection.verify.checks import Check, found, ok


def consuming_checks(path: Path) -> list[Check]:
    """`path` is a side-car. Raises NothingThere."""
    try:
        state = read_state(path)
        for _ in range(LOOKS_MAX):
            problem = _problem(path, state.boot)
            now = read_state(path)
            if problem is None or now == state:
                break
            state = now  # the writer merged parts under our eyes: look again
    except NotASegment as error:
        return [found("side-car", str(error))]
    side_car = ok("side-car", f"offsets [{state.start}, {state.next_offset}), {state.rows} rows")
    if problem is not None:
        return [side_car, found("frames", problem)]
    frames = sum(part.frames for part in state.named)
    return [side_car, ok("frames", f"{frames} frames in {len(state.named)} files: checksums, rows and offsets hold")]


def _problem(path: Path, boot: str) -> str | None:
    try:
        adoptable(path, boot)
    except NotAdoptable as problem:
        return str(problem)
    return None
