"""The ledger of one partition: a proof, from plain values, that every record is accounted for (I1, I2). Pure.

What ZooKeeper, the files, the consuming rows and Kafka say is *evidence*; a *check* compares some of it and finds
*violations*, each with a name that does not change. What could not be looked at is said, and proves nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from segments.history import Origin, Step, StepKind
from segments.ledger_evidence import NoFile, OffsetsFound, PartitionEvidence, SegmentFile
from segments.offsets import OffsetRange


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as it must be: its stable name, the step it concerns, and a sentence."""

    name: str
    sequence: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: what it claims, the invariant behind it, and what contradicts the claim."""

    name: str
    invariant: str
    claim: str
    find: Callable[[PartitionEvidence], Iterator[Violation]]
    looked: Callable[[PartitionEvidence], bool] = lambda _: True
    """Whether there was anything to compare with; if not, the claim is not contradicted, and not proved."""


@dataclass(frozen=True, slots=True)
class Checked:
    check: Check
    violations: tuple[Violation, ...]

    @property
    def holds(self) -> bool:
        return not self.violations


@dataclass(frozen=True, slots=True)
class Proof:
    """Every check of one partition, made on `evidence`."""

    evidence: PartitionEvidence
    checked: tuple[Checked, ...] = field(default=())

    @property
    def violations(self) -> list[Violation]:
        return [violation for each in self.checked for violation in each.violations]

    @property
    def holds(self) -> bool:
        return not self.violations


def prove(evidence: PartitionEvidence) -> Proof:
    """Make every check. What was not looked at contradicts nothing."""
    return Proof(evidence, tuple(Checked(check, tuple(check.find(evidence))) for check in CHECKS))


def _chain(evidence: PartitionEvidence) -> Iterator[Violation]:
    at, end = 0, None
    while at < evidence.record.sequence:
        step = evidence.steps.get(at)
        if step is None:
            yield Violation("step-missing", at, f"step {at} is not in ZooKeeper")
            at, end = at + 1, None
            continue
        if at not in range(step.covers[0], step.covers[1] + 1):
            yield Violation("step-misplaced", at, f"the step at {at} says that it is of {step.covers[0]}")
        if end is not None and step.start != end:
            yield _break(at, end, step.start)
        at, end = max(at, step.covers[1]) + 1, step.end
    if end is not None and end != evidence.record.start:
        yield _break(evidence.record.sequence, end, evidence.record.start)


def _break(sequence: int, end: int, start: int) -> Violation:
    kind = "chain-hole" if start > end else "chain-overlap"
    return Violation(kind, sequence, f"the step before {sequence} ends at {end}, but it begins at {start}")


def _predecessors(evidence: PartitionEvidence) -> Iterator[Violation]:
    chain = evidence.chain
    for (before_at, before), (at, step) in itertools.pairwise(chain):
        if at == max(before_at, before.covers[1]) + 1 and step.predecessor != before.attempt:
            yield _not_after(at, step.predecessor, before.attempt)
    if chain and chain[0][0] == 0 and chain[0][1].predecessor is not None:
        yield _not_after(0, chain[0][1].predecessor, None)
    last = chain[-1][1] if chain else None
    if (
        last is not None
        and last.covers[1] == evidence.record.sequence - 1
        and (evidence.record.last_attempt != last.attempt)
    ):
        yield _not_after(evidence.record.sequence, evidence.record.last_attempt, last.attempt)


def _not_after(sequence: int, named: str | None, found: str | None) -> Violation:
    return Violation(
        "predecessor-broken", sequence, f"{sequence} follows attempt {named}, but the step before it is of {found}"
    )


def _gaps(evidence: PartitionEvidence) -> Iterator[Violation]:
    for at, step in evidence.chain:
        if step.kind is StepKind.GAP and not step.reason:
            yield Violation("gap-unexplained", at, f"the gap {step.range} says neither why nor who accepted it")


def _files(evidence: PartitionEvidence) -> Iterator[Violation]:
    for at, step in evidence.segments:
        file = evidence.files.get(at, NoFile("nobody looked for it"))
        if isinstance(file, NoFile):
            yield Violation("file-missing", at, f"{step.name} cannot be read: {file.reason}")
            continue
        for what, said, found in _statements(step, file):
            if said != found:
                yield Violation("file-differs", at, f"{step.name}: the step says {what} {said}, the file {found}")
        if file.digest is not None and file.digest != step.digest:
            yield Violation("digest-differs", at, f"{step.name}: sha256 is {file.digest}, not {step.digest}")


def _statements(step: Step, file: SegmentFile) -> Iterator[tuple[str, object, object]]:
    """What a step and its file both say: the word, the step's, the file's."""
    yield "name", step.name, file.name
    yield "attempt", step.attempt, file.attempt
    yield "start", step.start, file.start
    yield "end", step.end, file.end
    yield "topic id", step.topic_id, file.topic_id
    yield "bytes", step.size_bytes, file.size_bytes
    if step.kind is StepKind.SEGMENT:
        yield "predecessor", step.predecessor, file.predecessor


def _rows(evidence: PartitionEvidence) -> Iterator[Violation]:
    for at, step in evidence.segments:
        file = evidence.files.get(at)
        if isinstance(file, SegmentFile):
            yield from _counts(
                at, step.name or "", "rows", {step.rows, file.rows_stated}, file.rows, _range(evidence, step)
            )
            yield from _counts(
                at, step.name or "", "rejects", {step.rejects, file.rejects_stated}, file.rejects, step.range
            )
            if file.in_both:
                yield Violation("row-and-reject", at, f"{step.name}: {file.in_both} offsets have a row and a reject")


def _range(evidence: PartitionEvidence, step: Step) -> OffsetRange:
    """Where the rows of a step may lie: those of a replay were rejected before it."""
    return OffsetRange(evidence.first_start, step.start) if step.origin is Origin.REPLAYED else step.range


def _replays(evidence: PartitionEvidence) -> Iterator[Violation]:
    found = evidence.replays
    if found.not_rejected:
        yield Violation(
            "replayed-without-reject", None, f"{found.not_rejected} offsets were replayed that no segment rejected"
        )
    if found.twice:
        yield Violation("replayed-twice", None, f"{found.twice} rejected records were replayed more than once")


def _counts(
    at: int | None, name: str, what: str, stated: set[int], found: OffsetsFound, of: OffsetRange
) -> Iterator[Violation]:
    if stated != {found.count}:
        said = " and ".join(map(str, sorted(stated)))
        yield Violation(f"{what}-miscounted", at, f"{name}: {said} {what} are stated, {found.count} are there")
    if found.outside(of):
        yield Violation(
            f"{what}-outside", at, f"{name}: {what} have offsets {found.first} to {found.last}, not all in {of}"
        )
    if found.doubled:
        yield Violation(f"{what}-doubled", at, f"{name}: {found.doubled} {what} are there twice")


def _consuming(evidence: PartitionEvidence) -> Iterator[Violation]:
    end = evidence.record.start
    for part in evidence.consuming:
        name, of = f"the consuming rows of [{part.start}, {part.end})", OffsetRange(part.start, part.end)
        if part.start != end:
            yield Violation("consuming-detached", None, f"{name} do not begin at {end}")
        end = part.end
        stated_rows, stated_rejects = (
            (part.rows.count, part.rejects.count) if part.masked else (part.rows_stated, part.rejects_stated)
        )
        yield from _counts(None, name, "rows", {stated_rows}, part.rows, of)
        yield from _counts(None, name, "rejects", {stated_rejects}, part.rejects, of)


def _log(evidence: PartitionEvidence) -> Iterator[Violation]:
    log, record = evidence.log, evidence.record
    if log is None:
        return
    if log.topic_id != record.topic_id:
        yield Violation(
            "topic-recreated",
            None,
            f"the topic is {log.topic_id} now, and {record.topic_id} was read: offsets mean others",
        )
        return
    if log.latest < record.start:
        yield Violation(
            "log-truncated", None, f"Kafka ends at {log.latest}, and records up to {record.start} are committed"
        )
    if log.earliest > evidence.visible_end:
        yield Violation(
            "records-lost",
            None,
            f"Kafka begins at {log.earliest}, and records are read up to {evidence.visible_end}: those between are"
            " lost, and no gap says so",
        )


def _records(evidence: PartitionEvidence) -> Iterator[Violation]:
    compacted = evidence.log is not None and evidence.log.compacted
    for each in evidence.compared or ():
        where = f"of [{each.start}, {each.end})"
        if each.not_kept:
            yield Violation(
                "records-not-kept",
                None,
                f"{each.not_kept} records {where} are neither row nor reject: {_examples(each.not_kept_examples)}",
            )
        if each.not_in_log and not compacted:
            yield Violation(
                "rows-without-record",
                None,
                f"Kafka has no record for {each.not_in_log} offsets {where} that are kept:"
                f" {_examples(each.not_in_log_examples)}",
            )


def _examples(offsets: tuple[int, ...]) -> str:
    return ", ".join(map(str, offsets)) + ", ..."


CHECKS: tuple[Check, ...] = (
    Check("chain", "I2", "the steps chain from the first offset to the next one to be committed", _chain),
    Check("predecessors", "I5", "each step follows the attempt of the step before it", _predecessors),
    Check("gaps", "I6", "every range that was given up says why", _gaps),
    Check("files", "I3", "the file of each committed segment is there and is the one that was committed", _files),
    Check("rows", "I1", "each file has the rows and rejects that its step counts, of its own offsets only", _rows),
    Check("replays", "I1", "each replayed record was rejected, and is replayed once", _replays),
    Check("consuming", "I1", "consuming rows go on where the committed ones end, as many as are stated", _consuming),
    Check(
        "log",
        "I6",
        "Kafka's log begins no later than reading ends, and ends no earlier than what is kept",
        _log,
        lambda evidence: evidence.log is not None,
    ),
    Check(
        "records",
        "I1",
        "each of Kafka's records is a row, a reject, filtered, or a tombstone",
        _records,
        lambda evidence: evidence.compared is not None,
    ),
)
