"""Which segments are too old for their table, and what their history says afterwards (contract 4.7)."""

from __future__ import annotations

import pytest

from segments.catalogue import PartitionEntry, SegmentEntry, TableEntry
from segments.commit import Accepted, plan_commit
from segments.history import Step
from segments.identity import PartitionIdentity
from segments.registry import InMemoryRegistry
from tableconfigs.source import StoredTable, TableState
from tests.contract.config_source_suite import a_table
from tests.contract.registry_suite import TOPIC_ID, first_record, sealed_file
from upkeep.retention import expire_segments, file_ages_ms, keeping

DAY_MS = 86_400_000
NOW_MS = 1_760_000_000_000
DAYS_OLD = (9, 8, 3, 2)
"""Age of the newest row of each segment of the one partition."""


class World:
    """A table of one partition, its segments in the registry and in the catalogue."""

    def __init__(self, *newest_ms: int | None, **segments_config: str) -> None:
        base = a_table(incarnation="aaaa")
        said = base.config["segmentsConfig"] | segments_config
        self.table = base.model_copy(update={"config": base.config | {"segmentsConfig": said}})
        self.registry = InMemoryRegistry()
        self.registry.create("aaaa", {0: first_record()})
        self.entry = catalogue_entry(self.table, [self._committed(each) for each in newest_ms])

    def _committed(self, newest_ms: int | None) -> Step:
        current = self.registry.partitions("aaaa")[0]
        sealed = sealed_file(current, 10)
        commit = plan_commit(PartitionIdentity("aaaa", TOPIC_ID, 0), current, sealed, config_version=1,
                             schema_version=1, now_ms=NOW_MS)  # fmt: skip
        step = commit.step.model_copy(update={"time_min_ms": newest_ms, "time_max_ms": newest_ms})
        object.__setattr__(commit, "step", step)
        assert isinstance(self.registry.commit(commit), Accepted)
        return step

    def expire(self, environ: dict[str, str] | None = None) -> list[str]:
        return expire_segments(self.registry, [self.entry], keeping([self.table], environ or {}), NOW_MS)

    def kinds(self) -> list[str]:
        return [step.kind.value for step in self.steps()]

    def steps(self) -> list[Step]:
        return self.registry.steps("aaaa", 0, range(self.registry.partitions("aaaa")[0].record.sequence))


def catalogue_entry(table: StoredTable, steps: list[Step]) -> TableEntry:
    segments = [
        SegmentEntry(
            name=str(step.name), sequence=step.sequence, start=step.start, end=step.end, rows=step.rows, rejects=0,
            path="", size_bytes=1, digest="", schema_version=1, attempt=step.attempt, created_ms=0, committed_ms=0,
            time_min_ms=step.time_min_ms, time_max_ms=step.time_max_ms, columns={}, blooms=[],
        )
        for step in steps
    ]  # fmt: skip
    partition = PartitionEntry(
        partition=0, topic="clicks", topic_id=TOPIC_ID, sequence=len(steps), first_start=0, committed_end=0,
        created_ms=0, config_version=1, schema_version=1, segments=segments, gaps=[],
    )  # fmt: skip
    return TableEntry(
        name=table.name_with_type, incarnation=table.incarnation, state="active", config_version=1, config={},
        schema_name="clicks", schema_version=1, schemas={}, created_ms=0, partitions=[partition],
    )  # fmt: skip


def aged(*days: int, **config: str) -> World:
    return World(*(NOW_MS - age * DAY_MS for age in days), **config)


def days(count: int | str) -> dict[str, str]:
    return {"retentionTimeUnit": "DAYS", "retentionTimeValue": str(count)}


@pytest.mark.parametrize(
    ("retention", "gone"),
    [(days(10), 0), (days(9), 0), (days(8), 1), (days(5), 2), ({**days(72), "retentionTimeUnit": "hours"}, 2), ({}, 0)],
)
def test_what_is_older_than_the_retention_goes(retention: dict[str, str], gone: int) -> None:
    world = aged(*DAYS_OLD, **retention)
    assert len(world.expire()) == gone
    assert world.kinds() == ["deleted"] * gone + ["segment"] * (4 - gone)


def test_the_newest_segment_of_a_partition_stays_however_old_it_is() -> None:
    world = aged(9, 8, **days(1))
    assert len(world.expire()) == 1
    assert world.kinds() == ["deleted", "segment"]


@pytest.mark.parametrize("nobody_knows", [None, 0, 30_000_000_000, 4_000_000_000_000])
def test_a_time_that_nobody_believes_lets_no_segment_go(nobody_knows: int | None) -> None:
    world = World(nobody_knows, NOW_MS, **days(1))
    assert world.expire() == []
    assert world.kinds() == ["segment", "segment"]


def test_an_expired_step_keeps_its_range_and_says_who_and_why() -> None:
    world = aged(*DAYS_OLD, **days(5))
    before = world.steps()
    world.expire()
    first = world.steps()[0]
    assert (first.range, first.name, first.digest) == (before[0].range, before[0].name, before[0].digest)
    assert (first.who, first.reason) == ("RetentionManager", "its rows are older than the table's retention, 5 DAYS")


def test_doing_it_again_changes_nothing() -> None:
    world = aged(*DAYS_OLD, **days(5))
    world.expire()
    after = world.steps()
    world.expire()
    assert world.steps() == after


def test_an_older_catalogue_lets_less_go_and_the_step_itself_is_asked_again() -> None:
    world = aged(*DAYS_OLD, **days(5))
    world.registry.rewrite("aaaa", 0, [0], lambda step: step.model_copy(update={"time_max_ms": NOW_MS}))
    world.expire()
    assert world.kinds() == ["segment", "deleted", "segment", "segment"]


def test_a_table_created_again_under_the_name_is_another_one() -> None:
    world = aged(*DAYS_OLD, **days(5))
    world.table = world.table.model_copy(update={"incarnation": "bbbb"})
    assert world.expire() == []


def test_a_deleted_table_that_may_be_taken_back_keeps_what_it_has() -> None:
    world = aged(*DAYS_OLD, **days(5))
    world.table = world.table.model_copy(update={"state": TableState.DELETING})
    assert world.expire() == []


def test_a_table_that_went_meanwhile_is_no_error() -> None:
    world = aged(*DAYS_OLD, **days(5))
    world.registry.drop("aaaa")
    assert world.expire() == []


def test_a_retention_may_refer_to_the_environment_and_nothing_goes_when_it_does_not_say() -> None:
    world = aged(*DAYS_OLD, **days("${KEPT_DAYS}"))
    assert world.expire() == []
    assert len(world.expire({"KEPT_DAYS": "5"})) == 2


@pytest.mark.parametrize(("said", "age_ms"), [("0d", 0), ("1d12h", 36 * 3_600_000)])
def test_a_table_says_how_long_files_of_its_deleted_segments_stay(said: str, age_ms: int) -> None:
    world = aged(deletedSegmentsRetentionPeriod=said)
    assert file_ages_ms(keeping([world.table], {})) == {"aaaa": age_ms}


def test_a_table_that_does_not_say_it_leaves_it_to_the_service() -> None:
    assert file_ages_ms(keeping([aged().table], {})) == {}
