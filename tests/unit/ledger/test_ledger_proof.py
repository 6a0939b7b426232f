"""The pure proof: a sound ledger holds, and each kind of damage is found under its own name, and under no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segments.history import StepKind
from segments.ledger import prove
from segments.ledger_evidence import LogCompared, NoFile, OffsetsFound, PartitionEvidence, Replays, SegmentFile
from tests.unit.ledger.sound_ledgers import SOUND, ledger_of, rows, with_file, with_step

Draw = Callable[[st.SearchStrategy[int]], int]
Damage = Callable[[PartitionEvidence, Draw], PartitionEvidence]


def any_step(evidence: PartitionEvidence, draw: Draw) -> int:
    return draw(st.sampled_from(sorted(evidence.steps)))


def any_file(evidence: PartitionEvidence, draw: Draw) -> int:
    assume(evidence.files)
    return draw(st.sampled_from(sorted(evidence.files)))


def a_later_step(evidence: PartitionEvidence, draw: Draw) -> int:
    assume(len(evidence.steps) > 1)
    return draw(st.sampled_from(sorted(evidence.steps)[1:]))


def lose_step(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    at = any_step(evidence, draw)
    return replace(evidence, steps={n: each for n, each in evidence.steps.items() if n != at})


def open_hole(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    at = a_later_step(evidence, draw)
    assume(evidence.steps[at].kind is StepKind.GAP)
    return with_step(evidence, at, start=evidence.steps[at].start + 1)


def overlap(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    at = a_later_step(evidence, draw)
    assume(evidence.steps[at].kind is StepKind.GAP)
    return with_step(evidence, at, start=evidence.steps[at].start - 1)


def move_record_on(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    changes = {"start": evidence.record.start + draw(st.integers(1, 9))}
    return replace(evidence, record=evidence.record.model_copy(update=changes), consuming=[], log=None)


def break_link(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    at = any_step(evidence, draw)
    assume(evidence.steps[at].kind is StepKind.GAP)
    return with_step(evidence, at, predecessor="somebody-else")


def break_last_link(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    return replace(evidence, record=evidence.record.model_copy(update={"last_attempt": "somebody-else"}))


def silence_gap(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    at = any_step(evidence, draw)
    assume(evidence.steps[at].kind is StepKind.GAP)
    return with_step(evidence, at, reason=None)


def lose_file(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    return replace(evidence, files={**evidence.files, any_file(evidence, draw): NoFile("it is not in the store")})


def swap_file(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    return with_file(evidence, any_file(evidence, draw), attempt="somebody-else")


def change_bytes(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    return with_file(evidence, any_file(evidence, draw), digest="another")


def lose_row(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    at = any_file(evidence, draw)
    return with_file(evidence, at, rows=rows(evidence.steps[at].start, evidence.steps[at].rows - 1))


def double_row(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    at = any_file(evidence, draw)
    step = evidence.steps[at]
    return with_file(evidence, at, rows=OffsetsFound(step.rows, step.start, step.end - 1, 1))


def stray_row(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    at = any_file(evidence, draw)
    step = evidence.steps[at]
    return with_file(evidence, at, rows=OffsetsFound(step.rows, step.start, step.end, 0))


def lose_rejects(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    at = any_file(evidence, draw)
    return with_file(with_step(evidence, at, rejects=2), at, rejects_stated=2)


def keep_both(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    return with_file(evidence, any_file(evidence, draw), in_both=1)


def lose_consuming_row(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    assume(evidence.consuming)
    first = evidence.consuming[0]
    return replace(evidence, consuming=[replace(first, rows_stated=first.rows_stated + 1), *evidence.consuming[1:]])


def detach_consuming(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    assume(len(evidence.consuming) > 1)
    return replace(evidence, consuming=evidence.consuming[1:])


def replay_a_row(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    return replace(evidence, replays=Replays(settled=3, not_rejected=1))


def replay_twice(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    return replace(evidence, replays=Replays(settled=3, twice=1))


def recreate_topic(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    assert evidence.log is not None
    return replace(evidence, log=replace(evidence.log, topic_id="another"))


def truncate_log(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    assert evidence.log is not None
    return replace(evidence, log=replace(evidence.log, latest=evidence.record.start - 1))


def pass_retention(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    assert evidence.log is not None
    return replace(evidence, log=replace(evidence.log, earliest=evidence.visible_end + draw(st.integers(1, 99))))


def not_keep(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    return replace(evidence, compared=[LogCompared(0, 9, 9, 8, 0, 0, 0, not_kept=1, not_kept_examples=(4,))])


def invent(evidence: PartitionEvidence, draw: Draw) -> PartitionEvidence:
    return replace(evidence, compared=[LogCompared(0, 9, 9, 9, 0, 0, 0, not_in_log=1, not_in_log_examples=(4,))])


DAMAGES: dict[Damage, str] = {
    lose_step: "step-missing",
    open_hole: "chain-hole",
    overlap: "chain-overlap",
    move_record_on: "chain-hole",
    break_link: "predecessor-broken",
    break_last_link: "predecessor-broken",
    silence_gap: "gap-unexplained",
    lose_file: "file-missing",
    swap_file: "file-differs",
    change_bytes: "digest-differs",
    lose_row: "rows-miscounted",
    double_row: "rows-doubled",
    stray_row: "rows-outside",
    lose_rejects: "rejects-miscounted",
    keep_both: "row-and-reject",
    lose_consuming_row: "rows-miscounted",
    detach_consuming: "consuming-detached",
    replay_a_row: "replayed-without-reject",
    replay_twice: "replayed-twice",
    recreate_topic: "topic-recreated",
    truncate_log: "log-truncated",
    pass_retention: "records-lost",
    not_keep: "records-not-kept",
    invent: "rows-without-record",
}


@given(SOUND)
def test_a_sound_ledger_holds(evidence: PartitionEvidence):
    proof = prove(evidence)

    assert proof.violations == []
    assert all(each.check.looked(evidence) for each in proof.checked)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@given(evidence=SOUND, data=st.data())
def test_damage_is_found_under_its_name(damage: Damage, evidence: PartitionEvidence, data: st.DataObject):
    damaged = damage(evidence, data.draw)

    assert {violation.name for violation in prove(damaged).violations} == {DAMAGES[damage]}


@given(SOUND)
def test_a_violation_names_the_step_that_it_concerns(evidence: PartitionEvidence):
    assume(evidence.files)
    at = max(evidence.files)

    (violation,) = prove(replace(evidence, files={**evidence.files, at: NoFile("gone")})).violations

    assert (violation.sequence, "gone" in violation.sentence) == (at, True)


def test_what_was_not_looked_at_contradicts_nothing_and_is_not_proved():
    proof = prove(replace(ledger_of(0, [(5, False)], [], 0), log=None, compared=None))

    assert proof.holds
    assert [each.check.name for each in proof.checked if not each.check.looked(proof.evidence)] == ["log", "records"]


def test_a_step_that_stands_for_several_takes_their_places():
    evidence = ledger_of(0, [(5, False), (5, False), (5, False)], [], 0)
    merged = {"covers": (0, 1), "end": 10, "kind": StepKind.MERGED, "rows": 10, "attempt": "attempt1"}
    steps = {0: evidence.steps[0].model_copy(update=merged), 2: evidence.steps[2]}
    longer = with_file(evidence, 0, end=10, rows_stated=10, rows=rows(0, 10)).files[0]
    assert isinstance(longer, SegmentFile)
    files = {0: replace(longer, attempt="attempt1")}

    assert prove(replace(evidence, steps=steps, files={**files, 2: evidence.files[2]})).violations == []


def test_rows_of_compacted_records_are_no_violation():
    evidence = invent(ledger_of(0, [(5, False)], [], 0), lambda _: 0)
    assert evidence.log is not None

    assert prove(replace(evidence, log=replace(evidence.log, compacted=True))).holds
