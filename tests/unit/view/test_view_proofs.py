"""A view is exact: whatever seals, straddles and writers there are, each visible row is in it once (P22, I1, I8)."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.catalogue import Catalogue, PartitionEntry, SegmentEntry, TableEntry
from segments.consuming.sidecar import SideCar
from segments.view import ViewNotProven, choose_consuming, prove_committed, take, view_of

TOPIC_ID = "topic-1"


def segment(start: int, end: int, rows: int | None = None) -> SegmentEntry:
    rows = end - start if rows is None else rows
    return SegmentEntry(
        f"t__0__{start}__20260101T0000Z", start, start, end, rows, 0, f"/s/{start}.parquet",
        1, "", 1, "a", 0, 0, None, None, {}, [],
    )  # fmt: skip


def entry(committed_end: int, segments=(), gaps=(), first_start: int = 0) -> PartitionEntry:
    return PartitionEntry(0, "topic", TOPIC_ID, 0, first_start, committed_end, 0, 1, 1, list(segments), list(gaps))


def sidecar(start: int, end: int, writer: str = "w1", topic_id: str = TOPIC_ID) -> tuple[Path, SideCar]:
    state = SideCar(
        topic_id=topic_id, partition=0, sequence=start, writer=writer, boot="b", config_version=1, schema_version=1,
        created_ms=0, start=start, next_offset=end, leader_epoch=0, rows=end - start,
    )  # fmt: skip
    return Path(f"/c/{writer}/{start}.sidecar"), state


def offsets_of(view) -> list[int]:
    sealed = [offset for one in view.entry.segments for offset in range(one.start, one.end)]
    consuming = [
        offset
        for part in view.consuming
        for offset in range(part.state.start, part.state.next_offset)
        if part.mask_below is None or offset >= part.mask_below
    ]
    return sealed + consuming


@st.composite
def histories(draw):
    """A log of offsets, a committed end within it, and writers that each cover some contiguous stretch in steps."""
    log_end = draw(st.integers(0, 60))
    committed_end = draw(st.integers(0, log_end))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, committed_end - 1)), max_size=5)))
    bounds = [0, *[cut for cut in cuts if cut < committed_end], committed_end]
    steps = [(a, b) for a, b in itertools.pairwise(bounds) if a < b]
    sidecars = []
    for writer in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, committed_end))
        for _ in range(draw(st.integers(1, 4))):
            end = draw(st.integers(start, log_end))
            sidecars.append(sidecar(start, end, f"w{writer}"))
            start = end
    foreign = sidecar(committed_end, log_end + 7, "foreign", topic_id="topic-0")
    return committed_end, steps, [*draw(st.permutations(sidecars)), foreign]


@given(histories())
def test_every_offset_up_to_the_visible_end_is_seen_once(history):
    committed_end, steps, sidecars = history
    one = entry(committed_end, [segment(a, b) for a, b in steps])
    prove_committed(one)
    view = view_of(one, sidecars)
    assert sorted(offsets_of(view)) == list(range(view.visible_end))


@given(histories())
def test_the_view_reaches_as_far_as_any_writer_that_began_within_reach(history):
    committed_end, steps, sidecars = history
    view = view_of(entry(committed_end, [segment(a, b) for a, b in steps]), sidecars)
    mine = [state for _, state in sidecars if state.topic_id == TOPIC_ID]
    assert all(state.next_offset <= view.visible_end for state in mine)


@given(histories(), st.integers(0, 60))
def test_a_commit_in_between_never_takes_rows_away(history, sealed_to):
    committed_end, _, sidecars = history
    before = view_of(entry(committed_end), sidecars)
    moved = min(max(sealed_to, committed_end), before.visible_end)
    after = view_of(entry(moved), sidecars)
    assert after.visible_end == before.visible_end


def test_rows_of_a_loser_below_the_committed_end_are_masked():
    view = view_of(entry(80), [sidecar(0, 100)])
    assert [(part.mask_below, part.range.start, part.range.end) for part in view.consuming] == [(80, 80, 100)]


def test_a_part_that_begins_at_the_committed_end_is_not_masked():
    view = view_of(entry(80), [sidecar(80, 100), sidecar(0, 100, "w2")])
    assert [(part.state.writer, part.mask_below) for part in view.consuming] == [("w1", None)]


def test_a_sealing_and_a_filling_part_follow_each_other():
    view = view_of(entry(80), [sidecar(100, 130), sidecar(80, 100)])
    assert [part.state.start for part in view.consuming] == [80, 100]
    assert view.visible_end == 130


def test_a_part_beyond_a_hole_is_not_visible():
    view = view_of(entry(80), [sidecar(80, 90), sidecar(100, 130, "w2")])
    assert view.visible_end == 90


def test_parts_of_a_topic_that_was_made_anew_do_not_count():
    assert choose_consuming(entry(0), [sidecar(0, 50, topic_id="older")]) == ()


def test_gaps_and_segments_chain():
    prove_committed(entry(30, [segment(0, 10), segment(20, 30)], [(10, 20, "accepted")]))


@pytest.mark.parametrize(
    ("segments", "committed_end", "said"),
    [
        ([segment(0, 10), segment(12, 20)], 20, "hole between 10 and 12"),
        ([segment(0, 10), segment(8, 20)], 20, "overlap between 8 and 10"),
        ([segment(0, 10)], 20, "hole between 10 and 20"),
        ([segment(5, 20)], 20, "hole between 0 and 5"),
        ([segment(0, 30)], 20, "overlap between 20 and 30"),
    ],
)
def test_steps_that_do_not_chain_are_not_a_view(segments, committed_end, said):
    with pytest.raises(ViewNotProven, match=said):
        prove_committed(entry(committed_end, segments))


TABLE = "t_REALTIME"


def catalogue(generation: int, *entries: PartitionEntry, incarnation: str = "i1") -> Catalogue:
    table = TableEntry(TABLE, incarnation, "active", 1, {}, "t", 1, {}, 0, list(entries))
    return Catalogue(generation, 0, {TABLE: table})


def taken(before: Catalogue, found, after: Catalogue):
    """The view of a reader that reads `before`, lists the side-cars `found` much later, and then finds `after`."""
    return take(before.tables[TABLE], before.generation, Path("/c"), lambda _: found, lambda: after)


@given(histories(), st.integers(0, 60), st.data())
def test_a_reader_that_stalls_sees_everything_that_was_visible_or_is_told_to_look_again(history, sealed_to, data):
    """However long it takes: files are unlinked only when a catalogue that holds their rows is published (P23, I8)."""
    committed_end, _, sidecars = history
    seen = view_of(entry(committed_end), sidecars).visible_end
    sealed = entry(min(max(sealed_to, committed_end), seen))
    replaced = [one for one in sidecars if one[1].next_offset <= sealed.committed_end]
    gone = data.draw(st.sets(st.sampled_from(range(len(replaced)))) if replaced else st.just(set()))
    found = [one for one in sidecars if one not in [replaced[at] for at in gone]]
    try:
        view = taken(catalogue(1, entry(committed_end)), found, catalogue(2, sealed))
    except ViewNotProven:
        view = taken(catalogue(2, sealed), found, catalogue(2, sealed))
    assert view.partitions[0].visible_end == seen


def test_a_view_that_ends_before_what_is_committed_by_now_is_not_proven():
    with pytest.raises(ViewNotProven, match="partition 0: visible to 80, committed to 130"):
        taken(catalogue(1, entry(80)), [], catalogue(2, entry(130)))


def test_a_commit_of_rows_that_the_view_holds_does_no_harm():
    view = taken(catalogue(1, entry(80)), [sidecar(80, 130)], catalogue(2, entry(130)))
    assert view.partitions[0].visible_end == 130


@pytest.mark.parametrize("after", [Catalogue(2, 0, {}), catalogue(2, entry(0), incarnation="i2")])
def test_a_table_that_went_or_came_anew_meanwhile_is_looked_up_again(after):
    with pytest.raises(ViewNotProven, match="t_REALTIME"):
        taken(catalogue(1, entry(0)), [], after)
