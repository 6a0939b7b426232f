"""What becomes of a record, judged from evidence: what is kept comes first, Kafka and a trial explain the rest."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.topics_reading import Record
from ingest.trace import Evidence, Fate, GapStep, judge
from ingest.trace_log import LogSays
from ingest.trial import Outcome, Trial
from segments.offsets import OffsetRange
from segments.whereabouts import Holding, KeptReject, Region, Settled, Whereabouts

RECORD = Record(0, 7, 0, "create time", 0, None, b"{}", ())
THERE = LogSays(0, 20, RECORD)
GONE = LogSays(10, 20)
EMPTY = LogSays(0, 20, None, following=9)
AWAY = LogSays(trouble="nobody answers")
OF = OffsetRange(0, 10)


def kept(**changes: Any) -> Whereabouts:
    said = dict.fromkeys(Holding.__dataclass_fields__) | {"name": "s0", "range": OF, "committed_ms": 1, "rows": []}
    return Whereabouts(Region.SEALED, OF, holding=Holding(**{**said, **changes}))


def gap(reason: str = "too slow") -> Whereabouts:
    return Whereabouts(Region.GAP, OF, reason)


BEYOND = Whereabouts(Region.BEYOND)
NOTHING = kept()
REJECT = KeptReject("no number", "$.amount")


def evidence(place: Whereabouts, log: LogSays = THERE, **more: Any) -> Evidence:
    return Evidence(**{"offset": 7, "visible_end": 7, "place": place, "log": log, "trial": None, "gap": None, **more})


@pytest.mark.parametrize(
    ("given", "fate", "said"),
    [
        (evidence(kept(rows=[{}])), Fate.VISIBLE, "one row of the committed segment s0"),
        (evidence(kept(rows=[{}, {}]), AWAY), Fate.VISIBLE, "2 rows"),
        (evidence(kept(rows=[{}], committed_ms=None, name=None)), Fate.VISIBLE, "the consuming segment of [0, 10)"),
        (evidence(kept(reject=REJECT)), Fate.REJECTED, "at $.amount: no number"),
        (evidence(kept(reject=REJECT, settled=Settled("r1", 0, [{}]))), Fate.VISIBLE, "replay r1"),
        (evidence(kept(reject=REJECT, settled=Settled("r1", 0, []))), Fate.FILTERED, "replay r1"),
        (evidence(NOTHING, trial=Trial(Outcome.TOMBSTONE)), Fate.TOMBSTONE, "no value"),
        (evidence(NOTHING, trial=Trial(Outcome.FILTERED, filtered_by="a < 0")), Fate.FILTERED, "a < 0"),
        (evidence(NOTHING, trial=Trial(Outcome.ROW)), Fate.MISSING, "should be a row"),
        (evidence(NOTHING, trial=Trial(Outcome.REJECTED)), Fate.MISSING, "should be a reject"),
        (evidence(NOTHING, trial=Trial(Outcome.ROW), same_versions=False), Fate.FILTERED, "earlier config"),
        (evidence(NOTHING, trial_trouble="no registry"), Fate.NO_ROW, "no registry"),
        (evidence(NOTHING, EMPTY), Fate.HOLE, "the next record is at 9"),
        (evidence(NOTHING, LogSays(0, 20)), Fate.HOLE, "no record follows yet"),
        (evidence(NOTHING, LogSays(0, 20, aborted=True)), Fate.HOLE, "aborted"),
        (evidence(NOTHING, GONE), Fate.NO_ROW, "it begins at 10 now"),
        (evidence(NOTHING, AWAY), Fate.NO_ROW, "nobody answers"),
        (evidence(NOTHING, LogSays(0, 20, recreated=True)), Fate.NO_ROW, "created again"),
        (evidence(gap()), Fate.LOST, "[0, 10), which was accepted: too slow"),
        (evidence(gap(), gap=GapStep(False, "too slow", "ada", 0)), Fate.LOST, "by ada: too slow"),
        (evidence(gap("retention"), gap=GapStep(True, "retention", None, 0)), Fate.DELETED, "deleted: retention"),
        (evidence(Whereabouts(Region.BEFORE)), Fate.BEFORE_THE_START, "behind offset 7"),
        (evidence(BEYOND), Fate.NOT_YET_READ, "up to 7, 0 offsets before it"),
        (evidence(BEYOND, LogSays(0, 7)), Fate.BEYOND_THE_END, "ends at 7"),
        (evidence(BEYOND, GONE), Fate.LOST, "Kafka begins at 10"),
        (evidence(BEYOND, LogSays(0, 20, recreated=True)), Fate.LOST, "created again"),
        (evidence(BEYOND, AWAY), Fate.NOT_KNOWN, "nobody answers"),
    ],
)
def test_a_fate_and_a_sentence(given: Evidence, fate: Fate, said: str) -> None:
    verdict = judge(given)

    assert (verdict.fate, said in verdict.sentence) == (fate, True), verdict.sentence
