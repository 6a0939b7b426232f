"""What every segment registry must do. Subclass it with a `registry` fixture; `drop` acts as an admin."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from segments.commit import (
    Accepted,
    Refusal,
    Rejected,
    Repeat,
    SealedFile,
    SegmentCommit,
    Versioned,
    is_dead,
    plan_commit,
    plan_gap,
    resolve,
)
from segments.deletion import delete_segments
from segments.history import ConsumingRecord, Skip, SkipTo
from segments.identity import PartitionIdentity, attempt_from, incarnation_from
from segments.registry import PartitionsExist, SegmentRegistry

TOPIC_ID = "xTopicIdxTopicIdxTopic"
NOW_MS = 1_760_000_000_000


def new_incarnation() -> str:
    return incarnation_from(secrets.token_bytes(12))


def first_record(topic_id: str = TOPIC_ID) -> ConsumingRecord:
    return ConsumingRecord(
        sequence=0,
        start=0,
        leader_epoch=0,
        topic="clicks",
        topic_id=topic_id,
        config_version=1,
        schema_version=1,
        created_ms=NOW_MS,
    )


def sealed_file(current: Versioned, rows: int, attempt: str | None = None) -> SealedFile:
    """A file that continues `current` by `rows` records, as another attempt at each call."""
    attempt = attempt or attempt_from(secrets.token_bytes(8))
    sequence, start = current.record.sequence, current.record.start
    return SealedFile(
        name=f"clicks__0__{sequence}__20251009T0853Z",
        uri=f"clicks/{sequence}.{attempt}.parquet",
        digest=attempt * 4,
        size_bytes=1000 + rows,
        rows=rows,
        rejects=0,
        start=start,
        end=start + rows,
        leader_epoch=0,
        time_min_ms=NOW_MS,
        time_max_ms=NOW_MS + rows,
        attempt=attempt,
    )


def next_commit(registry: SegmentRegistry, incarnation: str, partition: int = 0, rows: int = 10) -> SegmentCommit:
    """The commit of a new attempt on the partition as it is now."""
    current = registry.partitions(incarnation)[partition]
    identity = PartitionIdentity(incarnation, current.record.topic_id, partition)
    return plan_commit(
        identity, current, sealed_file(current, rows), config_version=1, schema_version=1, now_ms=NOW_MS + 1
    )


class RegistrySuite:
    """The commit rule, from outside."""

    @pytest.fixture
    def registry(self) -> Iterator[SegmentRegistry]:
        raise AssertionError("the subclass gives the registry")

    def drop(self, registry: SegmentRegistry, incarnation: str) -> None:
        raise AssertionError("the subclass drops the table's partitions")

    @pytest.fixture
    def table(self, registry: SegmentRegistry) -> str:
        """An incarnation with the partitions 0 and 1, nothing committed."""
        incarnation = new_incarnation()
        registry.create(incarnation, {0: first_record(), 1: first_record()})
        return incarnation

    def test_an_unknown_incarnation_has_no_partitions(self, registry):
        assert registry.partitions(new_incarnation()) == {}

    def test_created_partitions_are_read_back_as_written(self, registry, table):
        found = registry.partitions(table)
        assert {partition: each.record for partition, each in found.items()} == {0: first_record(), 1: first_record()}

    def test_partitions_are_added_later(self, registry, table):
        registry.create(table, {10_000: first_record("anotherTopic")})
        assert sorted(registry.partitions(table)) == [0, 1, 10_000]

    def test_creating_what_exists_creates_nothing(self, registry, table):
        with pytest.raises(PartitionsExist, match="1"):
            registry.create(table, {1: first_record("other"), 2: first_record()})
        assert sorted(registry.partitions(table)) == [0, 1]
        assert registry.partitions(table)[1].record == first_record()

    def test_a_commit_moves_the_record_and_adds_the_step(self, registry, table):
        commit = next_commit(registry, table)
        outcome = registry.commit(commit)
        current = registry.partitions(table)[0]
        assert outcome == Accepted(current.version)
        assert current.record == commit.following
        assert registry.steps(table, 0, [0]) == [commit.step]

    def test_a_chain_of_commits_is_read_by_sequence_number(self, registry, table):
        commits = []
        for _ in range(3):
            commits.append(next_commit(registry, table))
            assert isinstance(registry.commit(commits[-1]), Accepted)
        assert registry.steps(table, 0, [2, 0]) == [commits[2].step, commits[0].step]
        assert [each.step.predecessor for each in commits] == [None, commits[0].step.attempt, commits[1].step.attempt]

    def test_the_version_of_an_accepted_commit_fences_the_next_one(self, registry, table):
        first = next_commit(registry, table)
        outcome = registry.commit(first)
        assert isinstance(outcome, Accepted)
        following = Versioned(first.following, outcome.version)
        second = plan_commit(
            first.identity, following, sealed_file(following, 5), config_version=1, schema_version=1, now_ms=NOW_MS
        )
        assert isinstance(registry.commit(second), Accepted)

    def test_a_step_that_is_not_there_is_named(self, registry, table):
        with pytest.raises(KeyError):
            registry.steps(table, 0, [0])

    def test_of_two_attempts_one_wins_and_the_other_is_dead(self, registry, table):
        winner, loser = next_commit(registry, table), next_commit(registry, table, rows=12)
        assert isinstance(registry.commit(winner), Accepted)
        assert registry.commit(loser) == Rejected(Refusal.MOVED)
        look = registry.look(table, 0, 0)
        assert resolve(loser, look) == Rejected(Refusal.LOST_RACE)
        assert is_dead(loser.step.attempt, 0, look.step, incarnation_exists=True)
        assert not is_dead(winner.step.attempt, 0, look.step, incarnation_exists=True)
        assert registry.steps(table, 0, [0]) == [winner.step]

    def test_of_many_attempts_at_once_exactly_one_wins(self, registry, table):
        attempts = [next_commit(registry, table, rows=rows) for rows in range(1, 9)]
        with ThreadPoolExecutor(len(attempts)) as pool:
            outcomes = list(pool.map(registry.commit, attempts))
        accepted = [commit for commit, outcome in zip(attempts, outcomes, strict=True) if isinstance(outcome, Accepted)]
        assert len(accepted) == 1
        assert registry.steps(table, 0, [0]) == [accepted[0].step]
        assert registry.partitions(table)[0].record.start == accepted[0].step.end

    def test_a_repeated_commit_is_refused_and_a_look_says_that_it_was_accepted(self, registry, table):
        commit = next_commit(registry, table)
        outcome = registry.commit(commit)
        assert registry.commit(commit) == Rejected(Refusal.MOVED)
        assert resolve(commit, registry.look(table, 0, 0)) == outcome

    def test_a_commit_of_another_partition_is_not_disturbed(self, registry, table):
        here, there = next_commit(registry, table, 0), next_commit(registry, table, 1)
        assert isinstance(registry.commit(here), Accepted)
        assert isinstance(registry.commit(there), Accepted)

    def test_a_flag_moves_the_version_and_the_same_file_is_committed_again(self, registry, table):
        commit = next_commit(registry, table)
        registry.flag(table, 0, lambda _: {"force_commit": "job-1"})
        assert registry.commit(commit) == Rejected(Refusal.MOVED)
        again = resolve(commit, registry.look(table, 0, 0))
        assert isinstance(again, Repeat)
        assert isinstance(registry.commit(again.commit), Accepted)
        assert registry.partitions(table)[0].record.force_commit == "job-1"
        assert registry.steps(table, 0, [0]) == [commit.step]

    def test_a_flag_can_be_taken_back(self, registry, table):
        skip = Skip(to=SkipTo.LARGEST, reason="not wanted", who="ada")
        assert registry.flag(table, 0, lambda _: {"skip": skip}).record.skip == skip
        registry.flag(table, 0, lambda record: {"skip": None} if record.skip == skip else {})
        assert registry.partitions(table)[0].record == first_record()

    def test_a_flag_that_is_set_already_moves_no_version(self, registry, table):
        before = registry.flag(table, 0, lambda _: {"force_commit": "job-1"})
        assert registry.flag(table, 0, lambda _: {"force_commit": "job-1"}) == before
        assert registry.partitions(table)[0] == before

    def test_only_flags_are_changed_by_hand(self, registry, table):
        with pytest.raises(ValueError, match="start"):
            registry.flag(table, 0, lambda _: {"start": 7})

    def test_a_flag_of_a_partition_that_is_not_there_is_a_key_error(self, registry, table):
        with pytest.raises(KeyError):
            registry.flag(table, 7, lambda _: {"force_commit": "job-1"})

    def test_a_gap_is_a_link_of_the_chain_and_takes_the_wish_away(self, registry, table):
        registry.commit(next_commit(registry, table))
        skip = Skip(to=SkipTo.SMALLEST, reason="retention passed", who="ada")
        wished = registry.flag(table, 0, lambda _: {"skip": skip})
        identity = PartitionIdentity(table, wished.record.topic_id, 0)
        gap = plan_gap(identity, wished, 50, skip, attempt_from(secrets.token_bytes(8)), NOW_MS)
        assert isinstance(registry.commit(gap), Accepted)
        after = registry.partitions(table)[0].record
        assert (after.sequence, after.start, after.skip) == (2, 50, None)
        (step,) = registry.steps(table, 0, [1])
        assert (step.kind, step.start, step.end, step.reason, step.who) == ("gap", 10, 50, "retention passed", "ada")
        assert isinstance(registry.commit(next_commit(registry, table)), Accepted)

    def test_steps_that_are_deleted_keep_their_place_and_what_they_were(self, registry, table):
        commits = [next_commit(registry, table) for _ in range(1)]
        registry.commit(commits[0])
        commits.append(next_commit(registry, table))
        registry.commit(commits[1])
        before = registry.partitions(table)
        for _ in range(2):
            delete_segments(registry, table, {0: [0]}, "ada")
        deleted, kept = registry.steps(table, 0, [0, 1])
        assert (deleted.kind, deleted.reason, deleted.who) == ("deleted", "deleted", "ada")
        assert (deleted.range, deleted.uri) == (commits[0].step.range, commits[0].step.uri)
        assert kept == commits[1].step
        assert registry.partitions(table) == before

    def test_a_step_that_is_not_there_is_not_deleted(self, registry, table):
        with pytest.raises(KeyError):
            delete_segments(registry, table, {0: [0]}, "ada")

    def test_a_step_may_not_be_moved(self, registry, table):
        registry.commit(next_commit(registry, table))
        with pytest.raises(ValueError, match="step 0 may not become"):
            registry.rewrite(table, 0, [0], lambda step: step.model_copy(update={"end": step.end + 1}))

    def test_a_look_before_anything_is_committed(self, registry, table):
        look = registry.look(table, 0, 0)
        assert look.current == registry.partitions(table)[0]
        assert look.step is None

    def test_a_dropped_table_has_no_partitions_and_accepts_nothing(self, registry, table):
        planned = next_commit(registry, table)
        self.drop(registry, table)
        assert registry.partitions(table) == {}
        assert registry.commit(planned) == Rejected(Refusal.GONE)
        assert resolve(planned, registry.look(table, 0, 0)) == Rejected(Refusal.GONE)

    def test_a_stale_commit_does_not_reach_the_recreated_table(self, registry, table):
        """P1: the new partition has the very version that the old committer holds."""
        stale = next_commit(registry, table)
        self.drop(registry, table)
        recreated = new_incarnation()
        registry.create(recreated, {0: first_record()})
        assert registry.partitions(recreated)[0].version == stale.expected_version
        assert registry.commit(stale) == Rejected(Refusal.GONE)
        assert registry.partitions(recreated)[0].record == first_record()

    def test_a_table_with_committed_steps_can_be_dropped(self, registry, table):
        for _ in range(3):
            registry.commit(next_commit(registry, table))
        self.drop(registry, table)
        assert registry.partitions(table) == {}
        assert registry.look(table, 0, 1).step is None
