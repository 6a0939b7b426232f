"""A commit is a value; what became of one in doubt is decided from what the registry says (P8 to P12)."""

import pytest

from segments.commit import (
    Accepted,
    Look,
    Refusal,
    Rejected,
    Repeat,
    SealedFile,
    Versioned,
    is_dead,
    plan_commit,
    resolve,
)
from segments.history import STEP_BYTES_MAX, ConsumingRecord, Step, StepKind
from segments.identity import PartitionIdentity

IDENTITY = PartitionIdentity("3f9c", "topic", 0)
RECORD = ConsumingRecord(
    sequence=4, start=100, leader_epoch=2, topic="clicks", topic_id="topic", config_version=1, schema_version=1,
    created_ms=5_000, last_attempt="before",
)  # fmt: skip


def sealed(start=100, end=140, attempt="mine"):
    return SealedFile(
        name="clicks__0__4__20261121T0400Z", uri="key", digest="ab", size_bytes=10, rows=38, rejects=2, start=start,
        end=end, leader_epoch=3, time_min_ms=1, time_max_ms=2, attempt=attempt,
    )  # fmt: skip


@pytest.fixture
def commit():
    return plan_commit(IDENTITY, Versioned(RECORD, 7), sealed(), config_version=2, schema_version=1, now_ms=9_000)


def test_the_next_record_starts_where_the_file_ends(commit):
    assert (commit.following.sequence, commit.following.start, commit.following.leader_epoch) == (5, 140, 3)
    assert commit.following.last_attempt == "mine"
    assert commit.following.config_version == 2


def test_the_step_names_its_range_and_its_predecessor(commit):
    step = commit.step
    assert (step.kind, step.sequence, step.start, step.end) == (StepKind.SEGMENT, 4, 100, 140)
    assert (step.attempt, step.predecessor, step.covers) == ("mine", "before", (4, 4))


def test_a_file_that_does_not_continue_the_chain_cannot_be_committed():
    with pytest.raises(ValueError, match="starts at 90, the partition waits for 100"):
        plan_commit(IDENTITY, Versioned(RECORD, 7), sealed(start=90), config_version=1, schema_version=1, now_ms=0)


def test_in_doubt_and_the_step_is_mine_means_accepted(commit):
    assert resolve(commit, Look(Versioned(commit.following, 8), commit.step)) == Accepted(8)


def test_in_doubt_and_the_step_is_of_another_attempt_means_rejected(commit):
    other = commit.step.model_copy(update={"attempt": "theirs"})
    assert resolve(commit, Look(Versioned(commit.following, 8), other)) == Rejected(Refusal.LOST_RACE)


def test_in_doubt_and_nothing_happened_means_the_same_commit_again(commit):
    assert resolve(commit, Look(Versioned(RECORD, 7), None)) == Repeat(commit)


def test_an_administrators_flag_only_moves_the_version(commit):
    flagged = RECORD.model_copy(update={"force_commit": "job-1"})
    verdict = resolve(commit, Look(Versioned(flagged, 8), None))
    assert isinstance(verdict, Repeat)
    assert verdict.commit.expected_version == 8
    assert verdict.commit.step == commit.step
    assert verdict.commit.following.force_commit == "job-1"


def test_a_partition_that_went_elsewhere_refuses(commit):
    moved = RECORD.model_copy(update={"start": 120})
    assert resolve(commit, Look(Versioned(moved, 8), None)) == Rejected(Refusal.MOVED)


def test_a_partition_that_is_gone_refuses(commit):
    assert resolve(commit, Look(None, None)) == Rejected(Refusal.GONE)


def test_only_a_decided_sequence_makes_an_attempt_dead(commit):
    step = commit.step
    assert not is_dead("mine", 4, None, incarnation_exists=True), "still in flight"
    assert not is_dead("mine", 4, step, incarnation_exists=True), "it won"
    assert is_dead("theirs", 4, step, incarnation_exists=True)
    assert is_dead("mine", 4, None, incarnation_exists=False)


def test_a_step_is_at_most_one_kilobyte(commit):
    assert len(commit.step.encoded()) < STEP_BYTES_MAX
    with pytest.raises(ValueError, match="more than 1024"):
        commit.step.model_copy(update={"reason": "x" * 1024}).encoded()


def test_a_segment_step_without_its_file_is_refused(commit):
    with pytest.raises(ValueError, match="needs name, uri and digest"):
        Step.model_validate({**commit.step.model_dump(), "uri": None})
