"""Which rows are printed: against plain Python over the same rows."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from segments.inspection.opening import Segment, open_segment
from segments.inspection.rows import Choice, chosen_batches, json_rows, time_column
from segments.inspection.values import iso, moment_ms, plain
from tests.unit.inspection.golden_commands import FIRST
from tests.unit.inspection.golden_segments import GOLDEN
from tests.unit.seal.click_rows import NOW_MS, clicks, sealed


@pytest.fixture
def segment() -> Segment:
    return open_segment(str(GOLDEN / FIRST))


def offsets(segment: Segment, **choice: object) -> list[int]:
    rows = json_rows(chosen_batches(segment, Choice(columns=("$offset",), **choice)))  # type: ignore[arg-type]
    return [offset for (offset,) in rows]


def test_head_and_tail_are_the_ends_of_the_file(segment: Segment):
    everything = offsets(segment)
    assert offsets(segment, head=5) == everything[:5]
    assert offsets(segment, tail=5) == everything[-5:]
    assert offsets(segment, head=0) == offsets(segment, tail=0) == []
    assert offsets(segment, head=10**6) == offsets(segment, tail=10**6) == everything


def test_ranges_are_half_open_and_holes_are_no_rows(segment: Segment):
    everything = offsets(segment)
    for low, high in [(1000, 1001), (1095, 1120), (1100, 1110), (0, 1250), (1249, 9999)]:
        assert offsets(segment, from_offset=low, to_offset=high) == [at for at in everything if low <= at < high]


def test_head_tail_and_sample_are_of_what_the_ranges_leave(segment: Segment):
    within = offsets(segment, from_offset=1050, to_offset=1200)
    assert offsets(segment, from_offset=1050, to_offset=1200, head=3) == within[:3]
    assert offsets(segment, from_offset=1050, to_offset=1200, tail=3) == within[-3:]
    assert set(offsets(segment, from_offset=1050, to_offset=1200, sample=20)) < set(within)


def test_a_sample_is_the_same_for_the_same_seed(segment: Segment):
    picked = offsets(segment, sample=20, seed=1)
    assert len(set(picked)) == 20
    assert picked == offsets(segment, sample=20, seed=1)
    assert picked != offsets(segment, sample=20, seed=2)
    assert sorted(offsets(segment, sample=10**6)) == sorted(offsets(segment))


def test_times_are_those_of_the_tables_time_column(segment: Segment):
    low, high = NOW_MS + 100, NOW_MS + 200
    rows = json_rows(chosen_batches(segment, Choice(columns=("ts",), from_ms=low, to_ms=high)))
    assert [ts for (ts,) in rows] == [ts for (ts,) in json_rows(segment.batches(["ts"])) if low <= ts < high]
    assert time_column(segment, Choice()) == "ts"


def test_times_in_another_format_are_the_records_own(tmp_path: Path):
    path = sealed(clicks(50), tmp_path / "s.parquet").path
    assert time_column(open_segment(str(path)), Choice()) == "$timestamp"


def test_ranges_over_many_batches_agree_with_plain_python(tmp_path: Path):
    segment = open_segment(str(sealed(clicks(150_000), tmp_path / "s.parquet", sort_column="user_id").path))
    everything = offsets(segment)
    chance = random.Random(3)
    for _ in range(3):
        low, high = sorted(chance.sample(range(1_000, 151_000), 2))
        within = [at for at in everything if low <= at < high]
        assert offsets(segment, from_offset=low, to_offset=high) == within
        assert offsets(segment, from_offset=low, to_offset=high, tail=9) == within[-9:]


def test_file_addresses_are_paths():
    assert open_segment((GOLDEN / FIRST).as_uri()).facts.rows == 240


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1760000000000", 1_760_000_000_000),
        ("2025-10-09T08:53:20Z", 1_760_000_000_000),
        ("2025-10-09T10:53:20.001+02:00", 1_760_000_000_001),
        ("2025-10-09", 1_759_968_000_000),
        ("-1", -1),
    ],
)
def test_moments_are_numbers_or_iso(text: str, moment: int):
    assert moment_ms(text) == moment


def test_values_that_json_does_not_have():
    assert [plain(value) for value in (float("nan"), float("-inf"), b"\x0f", [b"\x01"], None, 1.5)] == [
        *("NaN", "-Infinity", "0f", ["01"], None, 1.5)
    ]
    assert (iso(-1), iso(2**62)) == ("1969-12-31T23:59:59.999Z", str(2**62))
