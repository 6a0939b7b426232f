"""What is litter, decided from keys, sequences and steps alone."""

from __future__ import annotations

from segments.commit import Versioned, plan_commit
from segments.history import Step, StepKind
from segments.identity import PartitionIdentity
from segments.stores.base import key_for, rejects_key
from tests.contract.registry_suite import NOW_MS, first_record, sealed_file
from upkeep.sweep import Kept, beyond, dead, parsed_keys

HERE = PartitionIdentity("aaaa", "topic", 0)
OTHER = PartitionIdentity("bbbb", "topic", 10_001)


def key(identity: PartitionIdentity = HERE, sequence: int = 0, attempt: str = "won") -> str:
    return key_for(identity, sequence, f"clicks__{identity.partition}__{sequence}__20251009T0853Z", attempt)


def kept(*keys: str) -> list[Kept]:
    return parsed_keys(keys)


def step(attempt: str = "won", sequence: int = 0) -> Step:
    current = Versioned(first_record().model_copy(update={"sequence": sequence}), 0)
    sealed = sealed_file(current, 10, attempt)
    return plan_commit(HERE, current, sealed, config_version=1, schema_version=1, now_ms=NOW_MS).step


def test_a_key_says_whose_file_it_is():
    (found,) = kept(key(OTHER, 3, "try"))
    assert found.place == ("bbbb", 10_001)
    assert (found.parsed.sequence, found.parsed.attempt) == (3, "try")


def test_rejects_belong_to_the_attempt_of_their_segment():
    segment, rejects = kept(key(), rejects_key(key()))
    assert (segment.place, segment.parsed.sequence, segment.parsed.attempt) == (
        rejects.place,
        rejects.parsed.sequence,
        rejects.parsed.attempt,
    )


def test_what_is_not_named_like_ours_is_not_looked_at():
    assert kept("note.txt", "a/b/c.parquet", "a/b/c/d.parquet", "aaaa/topic.0/clicks__0__x__now.won.parquet") == []


def test_a_segment_that_a_person_deleted_is_dead_though_its_step_names_it():
    deleted = step().model_copy(update={"kind": StepKind.DELETED})
    keys = kept(key(), rejects_key(key()))
    assert dead(keys, {"aaaa"}, {(("aaaa", 0), 0): deleted}) == [each.key for each in keys]


def test_the_attempt_that_a_step_names_lives_and_the_others_are_dead():
    keys = kept(key(attempt="won"), key(attempt="lost"), rejects_key(key(attempt="lost")))
    assert dead(keys, {"aaaa"}, {(("aaaa", 0), 0): step("won")}) == [
        key(attempt="lost"),
        rejects_key(key(attempt="lost")),
    ]


def test_without_a_step_nobody_is_dead():
    assert dead(kept(key(sequence=1), key(sequence=1, attempt="b")), {"aaaa"}, {(("aaaa", 0), 0): step()}) == []


def test_everything_of_an_incarnation_that_is_gone_is_dead():
    assert dead(kept(key(attempt="won"), key(OTHER)), {"bbbb"}, {(("aaaa", 0), 0): step("won")}) == [key()]


def test_a_step_of_another_partition_says_nothing():
    assert dead(kept(key(attempt="lost")), {"aaaa"}, {(("bbbb", 0), 0): step("won")}) == []


def test_a_file_at_the_sequence_that_is_waited_for_is_not_beyond():
    keys = kept(key(sequence=4), key(sequence=5), key(sequence=6))
    assert beyond(keys, {("aaaa", 0): 5}) == kept(key(sequence=6))


def test_a_partition_that_is_not_known_has_nothing_beyond():
    assert beyond(kept(key(sequence=9)), {("bbbb", 10_001): 5}) == []
