"""Whether a file is the one that its name, its folder and its neighbours say (P1, P13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from segments.inspection.chain import link_problems
from segments.inspection.errors import InspectionError
from segments.inspection.facts import Facts
from segments.inspection.tails import facts_of
from segments.inspection.verify.checks import Check, found, judged, ok, unknown
from segments.name import SegmentName
from segments.seal import rejects_path
from segments.stores.base import BESIDE, PARQUET, ParsedKey


def identity_check(path: Path, facts: Facts) -> Check:
    """Name and folder against the footer; a file that was given another name says less."""
    problems = list(_wrong_name(facts))
    try:
        key = ParsedKey.of("/".join(path.absolute().parts[-3:]))
    except ValueError:
        key = None
    if key is None:
        detail = f"{facts.name}; the file does not lie under its name in the deep store, which would say the same"
        return found("identity", "; ".join(problems)) if problems else unknown("identity", detail)
    said = (key.identity.incarnation, key.identity.topic_id, key.identity.partition, key.name, key.attempt)
    stated = (facts.incarnation, facts.topic_id, facts.partition, facts.name, facts.attempt)
    problems += [f"the path says {a}, the footer {b}" for a, b in zip(said, stated, strict=True) if a != b]
    return judged("identity", problems, f"{facts.name} of attempt {facts.attempt}, as its path says")


def _wrong_name(facts: Facts) -> Iterator[str]:
    try:
        name = SegmentName.parse(facts.name)
    except ValueError as error:
        yield str(error)
        return
    if (name.partition, name.sequence) != (facts.partition, facts.sequence):
        yield f"{facts.name} is of partition {facts.partition} and sequence {facts.sequence}, by its footer"


def rejects_check(path: Path, facts: Facts) -> Check:
    """The file of rejected records beside the segment has as many as the footer says."""
    beside = rejects_path(path)
    if not beside.is_file():
        if not facts.rejects:
            return ok("rejects", "none, and no file of them")
        return unknown("rejects", f"{facts.rejects} records were rejected; their file is not beside the segment")
    try:
        rows = pq.read_metadata(beside).num_rows
    except (pa.ArrowException, OSError, ValueError):
        return found("rejects", f"{beside.name} cannot be read as Parquet")
    problems = [] if rows == facts.rejects else [f"{beside.name} has {rows} records, the footer says {facts.rejects}"]
    return judged("rejects", problems, f"{rows} records in {beside.name}")


def chain_check(path: Path, facts: Facts) -> Check:
    """The segments before and after it in the same folder: predecessors and contiguous ranges (P6, P13)."""
    near = list(_neighbours(path, facts))
    before = [one for one in near if one.sequence == facts.sequence - 1]
    after = [one for one in near if one.sequence == facts.sequence + 1]
    problems = link_problems(before, facts) if before else []
    problems += [problem for one in after for problem in link_problems([facts], one) if _are_alone(facts, near)]
    if not before and not after:
        return unknown("chain", "no neighbour is in the folder")
    sides = [word for word, there in (("before", before), ("after", after)) if there]
    return judged("chain", problems, f"fits the segment {' and the one '.join(sides)} it")


def _are_alone(facts: Facts, near: Sequence[Facts]) -> bool:
    """Whether no other attempt at this sequence could be the one that the next segment names."""
    return all(one.sequence != facts.sequence for one in near)


def _neighbours(path: Path, facts: Facts) -> Iterator[Facts]:
    for beside in sorted(path.absolute().parent.glob(f"*{PARQUET}")):
        if beside.name.endswith(BESIDE) or beside == path.absolute() or _is_far(beside.name, facts.sequence):
            continue
        try:
            other = facts_of(beside)
        except InspectionError:
            continue  # a finding about that file, not about this one
        if other.identity == facts.identity and abs(other.sequence - facts.sequence) <= 1:
            yield other


def _is_far(name: str, sequence: int) -> bool:
    """Whether the file's name already says that it is no neighbour."""
    try:
        return abs(SegmentName.parse(name).sequence - sequence) > 1
    except ValueError:
        return False
