"""Readers see few frames, however small the appends are, and compaction never changes a row (P19)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments.consuming.compaction import FRAMES_MAX, LARGE_ROWS, PARTS_MAX, plan_compaction, takes
from segments.consuming.file import Appended, ConsumingFile
from segments.consuming.listing import list_sidecars
from segments.consuming.parts import REPLACED_GRACE_S
from segments.consuming.reader import FrameCache
from segments.consuming.sidecar import SLOT_BYTES, Part
from tests.unit.consuming.material import CAPACITY_BYTES, SCHEMA, offsets_of, opening, records, rejects_at, rows

ROW_BYTES = 100


class Uptime:
    """Seconds since the host's start, moved by hand."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def part(frames: int, rows: int, level: int = 0) -> Part:
    return Part(file="any", bytes_visible=rows * ROW_BYTES, rows=rows, frames=frames, level=level)


def after_append(parts: tuple[Part, ...], count: int) -> tuple[Part, ...]:
    """What becomes of `parts` by an append of `count` rows, as `parts.py` does it, without the files."""
    if not takes(parts, count, count * ROW_BYTES):
        parts = (*parts, part(0, 0))
    *older, tail = parts
    parts = (*older, part(tail.frames + 1, tail.rows + count, tail.level))
    plan = plan_compaction(parts)
    if plan is None:
        return parts
    kept, merged = parts[: plan.first], sum(one.rows for one in parts[plan.first :])
    if plan.onto_older:
        *kept_whole, last = kept
        return (*kept_whole, part(last.frames + 1, last.rows + merged, last.level), part(0, 0))
    return (*kept, part(1, merged, plan.level), part(0, 0))


def test_few_frames_are_left_alone() -> None:
    assert plan_compaction([part(FRAMES_MAX, FRAMES_MAX)]) is None


def test_a_tail_of_too_many_small_frames_becomes_one_frame_of_a_body() -> None:
    plan = plan_compaction([part(FRAMES_MAX + 1, 100)])
    assert plan is not None
    assert (plan.first, plan.level, plan.onto_older) == (0, 1, False)


def test_the_next_tail_becomes_one_more_frame_of_that_body() -> None:
    plan = plan_compaction([part(1, 100, level=1), part(FRAMES_MAX + 1, 100)])
    assert plan is not None
    assert (plan.first, plan.level, plan.onto_older) == (1, 1, True)


def test_a_body_that_is_full_flows_over_together_with_the_tail() -> None:
    plan = plan_compaction([part(1, 9, level=2), part(FRAMES_MAX, 100, level=1), part(FRAMES_MAX + 1, 100)])
    assert plan is not None
    assert (plan.first, plan.level, plan.onto_older) == (1, 2, True)


def test_large_frames_are_left_alone() -> None:
    assert plan_compaction([part(1_000, 1_000 * LARGE_ROWS)]) is None


def test_small_frames_behind_large_ones_get_a_part_of_their_own() -> None:
    settled = part(1_000, 1_000 * LARGE_ROWS)
    assert not takes([settled], 1, ROW_BYTES)
    assert takes([settled], LARGE_ROWS, LARGE_ROWS * ROW_BYTES)


def test_six_hours_of_fifty_single_rows_a_second_stay_a_few_hundred_frames() -> None:
    parts: tuple[Part, ...] = (part(0, 0),)
    most, appends = 0, 200_000
    for _ in range(appends):
        parts = after_append(parts, 1)
        most = max(most, sum(one.frames for one in parts))
    assert sum(one.rows for one in parts) == appends
    assert most <= 3 * (FRAMES_MAX + 1)  # 1,080,000 appends reach the same three levels and four frames of the next


@given(st.lists(st.sampled_from([1, 100, LARGE_ROWS, 10 * LARGE_ROWS]), max_size=50), st.integers(1, 70))
def test_frames_and_parts_stay_few_whatever_their_sizes_are(sizes: list[int], repeat: int) -> None:
    parts: tuple[Part, ...] = (part(0, 0),)
    for count in sizes:
        for _ in range(repeat):
            parts = after_append(parts, count)
    assert sum(one.rows for one in parts) == sum(sizes) * repeat
    assert sum(one.frames for one in parts) <= sum(sizes) * repeat / LARGE_ROWS + (FRAMES_MAX + 1) * len(parts)
    assert len(parts) <= PARTS_MAX + 3


def test_a_side_car_has_room_for_all_parts_that_there_may_be(tmp_path: Path) -> None:
    long = Part(file="0000000012.31536000000.arrow", bytes_visible=10**12, rows=10**10, frames=10**6, level=9)
    state = opening(writer="w" * 64, boot="b" * 36).state().model_copy(update={"parts": (long,) * (PARTS_MAX + 3)})
    assert len(state.model_dump_json()) < SLOT_BYTES - 500


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 200), st.sampled_from([1, 1, 2, 30, 9_000])), min_size=1, max_size=6))
def test_compaction_keeps_every_row_in_its_order(
    tmp_path_factory: pytest.TempPathFactory, appends: list[tuple[int, int]]
) -> None:
    file = ConsumingFile.create(tmp_path_factory.mktemp("writer"), opening(), SCHEMA, CAPACITY_BYTES)
    end = 0
    for repeat, count in appends:
        whole = rows(end, end + count * min(repeat, 12 if count > 1_000 else repeat))
        for at in range(0, whole.num_rows, count):
            file.append(Appended(whole.slice(at, count), None, end + at + count, 7))
        end += whole.num_rows
    table = file.table(verify=True)
    assert table.column("$offset").combine_chunks().equals(rows(0, end).column("$offset"))
    assert table.column("text").combine_chunks().equals(rows(0, end).column("text"))
    assert file.state.rows == end
    file.unlink()


def test_rejects_are_not_touched(tmp_path: Path) -> None:
    file = ConsumingFile.create(tmp_path, opening(), SCHEMA, CAPACITY_BYTES)
    for at in range(0, 400, 2):
        file.append(Appended(rows(at, at + 1), rejects_at([at + 1]), at + 2, 7))
    assert offsets_of(file.table(verify=True)) == list(range(0, 400, 2))
    assert offsets_of(file.rejected(verify=True)) == list(range(1, 400, 2))
    file.unlink()


def test_who_holds_an_older_side_car_can_still_open_what_it_names(tmp_path: Path) -> None:
    uptime = Uptime()
    file = ConsumingFile.create(tmp_path / "w", opening(), SCHEMA, CAPACITY_BYTES, uptime)
    for at in range(FRAMES_MAX):
        file.append(records(at, at + 1))
    [(path, older)] = list_sidecars(tmp_path)
    for at in range(FRAMES_MAX, 3 * FRAMES_MAX):
        file.append(records(at, at + 1))
    assert FrameCache().table(path.parent, older.parts).num_rows == FRAMES_MAX

    uptime.now += REPLACED_GRACE_S
    file.append(records(3 * FRAMES_MAX, 3 * FRAMES_MAX + 1))
    with pytest.raises(FileNotFoundError):
        FrameCache().table(path.parent, older.parts)
    file.unlink()
    assert list((tmp_path / "w").iterdir()) == []


def test_the_name_of_a_part_never_comes_back(tmp_path: Path) -> None:
    uptime = Uptime()
    seen: list[set[str]] = []
    for _ in range(2):
        file = ConsumingFile.create(tmp_path, opening(), SCHEMA, CAPACITY_BYTES, uptime)
        states = [file.append(records(at, at + 1)) for at in range(3 * FRAMES_MAX)]
        seen.append({part.file for state in states for part in state.parts})
        file.unlink()
        uptime.now += 1
    assert len(seen[0]) > 2
    assert not seen[0] & seen[1]
