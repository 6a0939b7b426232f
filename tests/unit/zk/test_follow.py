"""From what was read of a partition to what is published of it."""

from dataclasses import dataclass, field

import pytest

from segments.catalogue import PartitionEntry, SegmentEntry, TableEntry
from segments.history import ConsumingRecord, Step, StepKind
from segments.view import ViewNotProven, prove_committed
from tableconfigs.source import StoredSchema
from tests.contract.config_source_suite import a_table
from zk.follow import PartitionState, advanced, chain, is_whole, partition_entry, table_entry, unread, without_file


def record(sequence: int, start: int, **changes: object) -> ConsumingRecord:
    known = ConsumingRecord(
        sequence=sequence,
        start=start,
        leader_epoch=3,
        topic="clicks",
        topic_id="T2",
        config_version=5,
        schema_version=2,
        created_ms=900,
    )
    return known.model_copy(update=changes)


def step(sequence: int, kind: StepKind = StepKind.SEGMENT, **changes: object) -> Step:
    """Step number `sequence` covers the ten records from `sequence * 10`."""
    made = Step(
        kind=kind,
        sequence=sequence,
        start=sequence * 10,
        end=sequence * 10 + 10,
        covers=(sequence, sequence),
        topic_id="T1",
        leader_epoch=2,
        rows=10,
        name=f"clicks__0__{sequence}__x",
        uri=f"u{sequence}",
        digest="d",
        config_version=4,
        schema_version=1,
        attempt=f"attempt{sequence}",
        created_ms=100 + sequence,
        committed_ms=200,
    )
    return made.model_copy(update=changes)


def file_entry(of: Step) -> SegmentEntry:
    return SegmentEntry(
        name=of.name or "",
        sequence=of.sequence,
        start=of.start,
        end=of.end,
        rows=of.rows,
        rejects=0,
        path="/x",
        size_bytes=1,
        digest="d",
        schema_version=1,
        attempt=of.attempt,
        created_ms=1,
        committed_ms=2,
        time_min_ms=None,
        time_max_ms=None,
        columns={},
        blooms=[],
    )


@dataclass
class Known:
    """A partition with steps 0, 1, 2 and all their files."""

    steps: dict[int, Step] = field(default_factory=lambda: {each: step(each) for each in range(3)})
    generation: int = 0
    record: ConsumingRecord = field(default_factory=lambda: record(3, 30))

    @property
    def state(self) -> PartitionState:
        return PartitionState(self.record, self.generation, self.steps)

    @property
    def files(self) -> dict[int, SegmentEntry]:
        return {sequence: file_entry(each) for sequence, each in self.steps.items()}

    def published(self, files: dict[int, SegmentEntry] | None = None) -> PartitionEntry:
        return partition_entry(0, self.state, self.files if files is None else files, None)


class TestWhatToFetch:
    def test_of_an_unknown_partition_every_step(self):
        assert unread(None, record(3, 30), 0) == [0, 1, 2]

    def test_of_a_known_one_what_was_committed_since(self):
        assert unread(Known().state, record(5, 50), 0) == [3, 4]

    def test_nothing_when_only_a_flag_moved(self):
        assert unread(Known().state, record(3, 30, force_commit="job-1"), 0) == []

    def test_everything_when_the_history_was_rewritten(self):
        assert unread(Known().state, record(3, 30), 1) == [0, 1, 2]

    def test_everything_when_the_partition_went_back(self):
        assert unread(Known().state, record(2, 20), 0) == [0, 1]

    def test_a_step_that_was_not_there_before_again(self):
        known = Known(steps={0: step(0), 2: step(2)})
        assert unread(known.state, record(4, 40), 0) == [1, 3]

    def test_not_what_a_merged_step_covers(self):
        known = Known(steps={0: step(0, StepKind.MERGED, covers=(0, 1), end=20), 2: step(2)})
        assert unread(known.state, record(3, 30), 0) == []


class TestAdvancing:
    def test_new_steps_join_the_known_ones(self):
        state = advanced(Known().state, record(4, 40), 0, {3: step(3)})
        assert list(state.steps) == [0, 1, 2, 3]

    def test_a_rewritten_history_replaces_them(self):
        merged = step(0, StepKind.MERGED, covers=(0, 2), end=30)
        assert advanced(Known().state, record(3, 30), 1, {0: merged}).steps == {0: merged}

    def test_a_merged_step_hides_those_that_it_covers_whatever_it_is_called(self):
        merged = step(1, StepKind.MERGED, covers=(0, 1), start=0, end=20)
        state = PartitionState(record(3, 30), 1, {0: step(0), 1: merged, 2: step(2)})
        assert chain(state) == [merged, step(2)]


class TestWhatIsPublished:
    def test_a_new_partition_is_empty_at_its_start(self):
        state = PartitionState(record(0, 500), 0, {})
        entry = partition_entry(7, state, {}, None)
        assert (entry.partition, entry.first_start, entry.committed_end, entry.segments) == (7, 500, 500, [])
        prove_committed(entry)

    def test_a_whole_chain(self):
        entry = Known().published()
        assert (entry.first_start, entry.committed_end, entry.sequence) == (0, 30, 3)
        assert (entry.topic, entry.topic_id, entry.config_version, entry.schema_version) == ("clicks", "T2", 5, 2)
        assert [each.sequence for each in entry.segments] == [0, 1, 2]
        assert is_whole(Known().state, Known().files)
        prove_committed(entry)

    def test_gaps_and_deleted_segments_are_gaps_with_their_reason(self):
        steps = {0: step(0, StepKind.GAP, reason="retention passed"), 1: step(1, StepKind.DELETED), 2: step(2)}
        entry = Known(steps=steps).published()
        assert entry.gaps == [(0, 10, "retention passed"), (10, 20, "deleted")]
        assert [each.sequence for each in entry.segments] == [2]
        prove_committed(entry)

    def test_a_replaced_segment_needs_its_new_file(self):
        known = Known(steps={**Known().steps, 1: step(1, attempt="rewritten")})
        assert without_file(known.state, Known().files) == [known.steps[1]]
        assert [each.sequence for each in known.published(Known().files).segments] == [0, 2]

    def test_news_without_a_file_are_held_back_with_all_that_follows(self):
        before = Known().published()
        later = PartitionState(record(5, 50, force_commit="job-1"), 0, {**Known().steps, 3: step(3), 4: step(4)})
        files = {**Known().files, 4: file_entry(step(4))}
        entry = partition_entry(0, later, files, before)
        assert (entry.sequence, entry.committed_end) == (3, 30)
        assert (entry.topic_id, entry.config_version, entry.schema_version, entry.created_ms) == ("T1", 4, 1, 103)
        assert [each.sequence for each in entry.segments] == [0, 1, 2]
        assert entry.force_commit == "job-1"
        assert not is_whole(later, files)
        prove_committed(entry)

    def test_what_was_published_before_and_has_no_file_now_is_a_hole(self):
        known = Known()
        entry = partition_entry(0, known.state, {0: known.files[0], 2: known.files[2]}, known.published())
        with pytest.raises(ViewNotProven, match="hole between 10 and 20"):
            prove_committed(entry)

    def test_a_host_that_has_published_nothing_yet_does_not_pretend_a_shorter_chain(self):
        entry = Known().published(files={})
        assert entry.committed_end == 30
        with pytest.raises(ViewNotProven):
            prove_committed(entry)

    def test_missing_first_steps_are_a_hole(self):
        with pytest.raises(ViewNotProven, match="hole between 0 and 10"):
            prove_committed(Known(steps={1: step(1), 2: step(2)}).published())


class TestTables:
    def test_a_schema_comes_with_its_history(self):
        schema = StoredSchema(name="clicks", version=3, definition={"v": 3}, history={1: {"v": 1}, 2: {"v": 2}})
        entry = table_entry(a_table(), schema, [])
        assert (entry.schema_version, entry.schemas) == (3, {1: {"v": 1}, 2: {"v": 2}, 3: {"v": 3}})

    def test_partitions_are_sorted(self):
        made = [partition_entry(partition, Known().state, {}, None) for partition in (10_000, 1, 0)]
        entry: TableEntry = table_entry(a_table(), None, made)
        assert [each.partition for each in entry.partitions] == [0, 1, 10_000]
        assert entry.schemas == {}
