"""The way of one record, judged: from what is kept, what Kafka says and what the pipeline makes of it. Pure.

What is kept comes first: it is what queries see. Kafka and a trial explain what is not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ingest.trace_log import LogSays
from ingest.trial import Outcome, Trial
from segments.whereabouts import Holding, Region, Settled, Whereabouts


class Fate(StrEnum):
    """What became of a record. The words are part of the interface."""

    VISIBLE = "visible"
    REJECTED = "rejected"
    FILTERED = "filtered"
    TOMBSTONE = "tombstone"
    HOLE = "hole"
    """There is no record at the offset: compacted away, a transaction's marker, or aborted."""
    NO_ROW = "no-row"
    """Passed without a row or a reject; Kafka no longer has it, so nobody knows which of the three above it was."""
    MISSING = "missing"
    """It should be there and is not."""
    LOST = "lost"
    DELETED = "deleted"
    BEFORE_THE_START = "before-the-start"
    NOT_YET_READ = "not-yet-read"
    BEYOND_THE_END = "beyond-the-end"
    NOT_KNOWN = "not-known"
    """The table has not read it, and Kafka cannot be asked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A fate, one sentence on it, and what to do where something is to be done."""

    fate: Fate
    sentence: str
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class GapStep:
    """The step behind a range without a segment, where ZooKeeper could be asked."""

    deleted: bool
    reason: str
    who: str | None
    committed_ms: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known of one offset. `trial` is there when Kafka still has the record."""

    offset: int
    visible_end: int
    place: Whereabouts
    log: LogSays
    trial: Trial | None
    gap: GapStep | None
    same_versions: bool = True
    """Whether the trial ran under the config and schema that the segment was written with."""
    trial_trouble: str | None = None
    """Why there is no trial although Kafka has the record."""


def judge(evidence: Evidence) -> Verdict:
    """What became of the record, in words."""
    return _JUDGES[evidence.place.region](evidence)


def _before(evidence: Evidence) -> Verdict:
    return Verdict(
        Fate.BEFORE_THE_START,
        f"the table began to read this partition behind offset {evidence.offset}: it never read this record",
        "auto.offset.reset=smallest in a new table's stream config reads a topic from its beginning",
    )


def _gap(evidence: Evidence) -> Verdict:
    gap, where = evidence.gap, evidence.place.range
    reason = (gap.reason if gap else evidence.place.gap_reason) or "no reason is recorded"
    if gap is not None and gap.deleted:
        return Verdict(Fate.DELETED, f"it was in the segment of {where}, which was deleted: {reason}")
    by = f" by {gap.who}" if gap is not None and gap.who else ""
    return Verdict(Fate.LOST, f"it lies in the gap {where}, which was accepted{by}: {reason}")


def _kept(evidence: Evidence) -> Verdict:
    holding = evidence.place.holding
    assert holding is not None, "a kept region has a segment"
    where = _named(holding)
    if holding.rows:
        rows = "one row" if len(holding.rows) == 1 else f"{len(holding.rows)} rows"
        return Verdict(Fate.VISIBLE, f"it is {rows} of {where}, and queries see it")
    if holding.settled is not None:
        return _settled(holding.settled)
    if holding.reject is not None:
        field = f" at {holding.reject.field}" if holding.reject.field else ""
        return Verdict(
            Fate.REJECTED,
            f"it could not become a row{field}: {holding.reject.reason}; it is kept with the rejects of {where}",
            "mend the schema or the config where the record is right, then crushpad rejects replay TABLE puts it in",
        )
    return _passed(evidence, where)


def _settled(settled: Settled) -> Verdict:
    if settled.rows:
        return Verdict(Fate.VISIBLE, f"it was rejected first; the replay {settled.name} put it in, and queries see it")
    return Verdict(Fate.FILTERED, f"it was rejected first; the replay {settled.name} found that the filter drops it")


def _passed(evidence: Evidence, where: str) -> Verdict:
    """Read by the table, but neither a row nor a reject."""
    log, trial = evidence.log, evidence.trial
    if log.trouble or log.recreated or evidence.offset < log.earliest:
        why = log.trouble or ("the topic was created again" if log.recreated else f"it begins at {log.earliest} now")
        return Verdict(
            Fate.NO_ROW,
            f"{where} passed it without a row or a reject, so it was filtered, a tombstone, or no record at all;"
            f" Kafka does not tell which any more: {why}",
        )
    if evidence.trial_trouble is not None:
        return Verdict(
            Fate.NO_ROW, f"{where} passed it without a row or a reject; why is not known now: {evidence.trial_trouble}"
        )
    if trial is None:
        return _hole(log)
    return _untaken(evidence, where, trial)


def _hole(log: LogSays) -> Verdict:
    if log.aborted:
        return Verdict(Fate.HOLE, "it belongs to a transaction that was aborted, so it is not delivered")
    next_one = "no record follows yet" if log.following is None else f"the next record is at {log.following}"
    return Verdict(
        Fate.HOLE, f"Kafka has no record at this offset: compacted away, or the marker of a transaction; {next_one}"
    )


def _untaken(evidence: Evidence, where: str, trial: Trial) -> Verdict:
    """Kafka has the record, the segment passed it, and there is neither row nor reject."""
    if trial.outcome is Outcome.TOMBSTONE:
        return Verdict(Fate.TOMBSTONE, f"it has a key and no value: {where} passed it, and there is nothing to store")
    if trial.outcome is Outcome.FILTERED:
        return Verdict(Fate.FILTERED, f"the filter {trial.filtered_by} is true for it, so {where} passed it")
    if not evidence.same_versions:
        return Verdict(
            Fate.FILTERED,
            f"{where} passed it under an earlier config or schema; under today's it would be {_would_be(trial)}",
        )
    return Verdict(
        Fate.MISSING,
        f"it should be {_would_be(trial)} of {where}, and is not there",
        "crushpad ledger verify TABLE --deep shows whether more is missing",
    )


def _would_be(trial: Trial) -> str:
    return "a row" if trial.outcome is Outcome.ROW else "a reject"


def _beyond(evidence: Evidence) -> Verdict:
    log, offset = evidence.log, evidence.offset
    if log.trouble:
        return Verdict(
            Fate.NOT_KNOWN,
            f"the table has read up to {evidence.visible_end}, and Kafka cannot be asked: {log.trouble}",
            "crushpad partition list TABLE says what the partition waits for",
        )
    if log.recreated:
        return Verdict(
            Fate.LOST,
            f"the topic was created again before the table had read beyond {evidence.visible_end}",
            "crushpad partition list TABLE says how to go on",
        )
    if offset < log.earliest:
        return Verdict(
            Fate.LOST,
            f"the table has read up to {evidence.visible_end}, Kafka begins at {log.earliest}: it was not read in time",
            "crushpad partition list TABLE says how to go on",
        )
    return _ahead(evidence)


def _ahead(evidence: Evidence) -> Verdict:
    log = evidence.log
    if evidence.offset >= log.latest:
        return Verdict(Fate.BEYOND_THE_END, f"there is no such record yet: the partition ends at {log.latest}")
    behind = evidence.offset - evidence.visible_end
    return Verdict(
        Fate.NOT_YET_READ,
        f"Kafka has it, and the table has read up to {evidence.visible_end}, {behind} offsets before it",
        "crushpad partition list TABLE says whether the partition waits for something",
    )


def _named(holding: Holding) -> str:
    kind = "the committed segment" if holding.committed_ms is not None else "the consuming segment"
    return f"{kind} {holding.name}" if holding.name else f"{kind} of {holding.range}"


_JUDGES: dict[Region, Callable[[Evidence], Verdict]] = {
    Region.BEFORE: _before,
    Region.GAP: _gap,
    Region.SEALED: _kept,
    Region.CONSUMING: _kept,
    Region.BEYOND: _beyond,
}
