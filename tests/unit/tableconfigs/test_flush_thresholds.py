"""When a segment ends, and how the row target follows the size that is wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tableconfigs.flush import (
    ROW_TARGET_MAX,
    ROW_TARGET_MIN,
    FlushThresholds,
    SealedSize,
    SizeTuning,
    next_row_target,
)
from tableconfigs.stream_map import StreamMap

P = "realtime.segment.flush."


def read(entries: dict[str, str]) -> FlushThresholds:
    stream = StreamMap(entries, "")
    thresholds = FlushThresholds.read(stream)
    assert stream.problems == []
    return thresholds


def problem(entries: dict[str, str]) -> str:
    stream = StreamMap(entries, "")
    FlushThresholds.read(stream)
    assert len(stream.problems) == 1
    return stream.problems[0].message


def test_nothing_set_is_five_million_rows_per_host_and_six_hours() -> None:
    thresholds = read({})
    assert (thresholds.rows, thresholds.time_ms) == (5_000_000, 21_600_000)
    assert thresholds.rows_per_partition(4) == 1_250_000


@pytest.mark.parametrize("key", ["threshold.rows", "threshold.size", "threshold.size.llc"])
def test_rows_are_shared_by_the_partitions_of_a_host(key: str) -> None:
    thresholds = read({P + key: "50000"})
    assert [thresholds.rows_per_partition(partitions) for partitions in (0, 1, 3, 100_000)] == [
        50_000,
        50_000,
        16_666,
        1,
    ]


def test_rows_per_segment_are_not_shared() -> None:
    assert read({P + "threshold.segment.rows": "700"}).rows_per_partition(10) == 700


@pytest.mark.parametrize(
    ("entries", "size"),
    [
        ({P + "threshold.segment.size": "1G"}, 1 << 30),
        ({P + "desired.size": "150000"}, 150_000),
        ({P + "threshold.rows": "0"}, 200 << 20),
        ({P + "threshold.rows": "0", P + "desired.size": "10M"}, 10 << 20),
    ],
)
def test_size_mode(entries: dict[str, str], size: int) -> None:
    thresholds = read(entries)
    assert thresholds.segment_size_bytes == size
    assert thresholds.rows_per_partition(1) is None


def test_the_new_name_wins_over_its_alias() -> None:
    assert read({P + "threshold.size": "30", P + "threshold.rows": "20"}).rows == 20


@pytest.mark.parametrize(("text", "ms"), [("6h", 21_600_000), ("1d12h", 129_600_000), ("3600000", 3_600_000)])
def test_ages(text: str, ms: int) -> None:
    assert read({P + "threshold.time": text}).time_ms == read({P + "threshold.time.llc": text}).time_ms == ms


def test_only_one_kind_may_be_set() -> None:
    message = problem({P + "threshold.rows": "30", P + "threshold.segment.rows": "40"})
    assert message.startswith("Only 1 of flush threshold (rows: 30, segment rows: 40, segment size: -1) can be set")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threshold.size", "100M"),
        ("threshold.segment.rows", "1.5"),
        ("threshold.segment.size", "big"),
        ("threshold.time", "6 hours"),
        ("threshold.variance.fraction", "0.5"),
        ("autotune.initialRows", "0"),
    ],
)
def test_unreadable_values_have_pinot_s_text_and_the_grammar(key: str, value: str) -> None:
    assert problem({P + key: value}).startswith(f"Invalid config {P}{key}: {value}, must be ")


def test_an_age_of_nothing_is_refused() -> None:
    assert problem({P + "threshold.time": "0"}).startswith("Invalid flush threshold time: 0")


SIZE_MODE = FlushThresholds(rows=None, segment_size_bytes=100_000_000, time_ms=3_600_000)


def after(sealed: SealedSize, tuning: SizeTuning | None = None) -> SizeTuning:
    return (tuning or SizeTuning()).after(sealed)


def test_the_first_target_is_the_configured_one() -> None:
    assert next_row_target(SIZE_MODE, SizeTuning()) == 100_000


def test_a_segment_near_the_wanted_size_sets_the_target_by_its_density() -> None:
    sealed = SealedSize(rows=1_000_000, size_bytes=80_000_000, row_target=1_000_000, open_ms=1000)
    assert next_row_target(SIZE_MODE, after(sealed)) == 1_250_000


def test_a_much_smaller_one_grows_by_half_and_a_much_larger_one_halves() -> None:
    small = SealedSize(rows=100_000, size_bytes=10_000_000, row_target=100_000, open_ms=1000)
    large = SealedSize(rows=1_000_000, size_bytes=160_000_000, row_target=1_000_000, open_ms=1000)
    assert next_row_target(SIZE_MODE, after(small)) == 150_000
    assert next_row_target(SIZE_MODE, after(large)) == 500_000


def test_one_that_time_ended_grows_by_a_tenth_of_its_pace() -> None:
    full_time = SealedSize(rows=200_000, size_bytes=20_000_000, row_target=900_000, open_ms=3_600_000)
    longer_before = SealedSize(rows=200_000, size_bytes=20_000_000, row_target=900_000, open_ms=7_200_000)
    assert next_row_target(SIZE_MODE, after(full_time)) == 220_000
    assert next_row_target(SIZE_MODE, after(longer_before)) == 110_000


def test_density_is_a_moving_average() -> None:
    first = SealedSize(rows=1_000, size_bytes=1_000, row_target=1_000, open_ms=1)
    second = SealedSize(rows=2_000, size_bytes=1_000, row_target=2_000, open_ms=1)
    assert after(second, after(first)).rows_per_byte == pytest.approx(1.1)


def test_variance_spreads_the_target() -> None:
    sealed = SealedSize(rows=1_000_000, size_bytes=100_000_000, row_target=1_000_000, open_ms=1000)
    thresholds = FlushThresholds(rows=None, segment_size_bytes=100_000_000, variance_fraction=0.2)
    assert [next_row_target(thresholds, after(sealed), draw) for draw in (0.0, 0.5)] == [800_000, 1_000_000]


@given(
    rows=st.integers(1, 2**40),
    size=st.integers(1, 2**40),
    target=st.integers(1, 2**40),
    open_ms=st.integers(0, 10**9),
    draw=st.floats(0, 1, exclude_max=True),
)
def test_targets_stay_within_bounds(rows: int, size: int, target: int, open_ms: int, draw: float) -> None:
    tuning = after(SealedSize(rows, size, target, open_ms))
    assert ROW_TARGET_MIN <= next_row_target(SIZE_MODE, tuning, draw) <= ROW_TARGET_MAX
