"""Windows over units of rows: they chain, none misses a row, and none holds much more than one step's worth."""

from hypothesis import given
from hypothesis import strategies as st

from query.rows_windows import STEP_BYTES, STEP_ROWS, Unit, windows


def unit(low: int, high: int, rows: int, size_bytes: int = 0) -> Unit[str]:
    return Unit(f"{low}-{high}", rows, size_bytes, low, high)


@st.composite
def units(draw) -> list[Unit[str]]:
    lows = draw(st.lists(st.integers(-(2**40), 2**40), max_size=8))
    return [unit(low, low + draw(st.integers(0, 10**7)), draw(st.integers(1, 5 * STEP_ROWS))) for low in lows]


@given(units(), st.booleans())
def test_every_key_of_every_unit_is_in_exactly_one_window_that_has_the_unit(made, descending):
    found = list(windows(made, descending=descending))
    for one in made:
        for key in {one.low, (one.low + one.high) // 2, one.high}:
            inside = [
                window
                for window in found
                if (window.low is None or window.low <= key) and (window.high is None or key < window.high)
            ]
            assert [one in window.units for window in inside] == [True]


@given(units())
def test_descending_windows_are_the_ascending_ones_reversed(made):
    assert list(windows(made, descending=True)) == list(windows(made))[::-1]


def test_a_large_segment_is_cut_into_steps():
    found = list(windows([unit(0, 3 * STEP_ROWS - 1, 3 * STEP_ROWS)]))
    assert 3 <= len(found) <= 4


def test_a_segment_of_few_but_large_rows_is_cut_too():
    assert len(list(windows([unit(0, 999, 1000, 4 * STEP_BYTES)]))) >= 4


def test_small_segments_share_a_step():
    assert len(list(windows([unit(at * 10, at * 10 + 9, 10) for at in range(1000)]))) == 1


def test_a_unit_whose_keys_are_unknown_is_in_every_window():
    unknown: Unit[str] = Unit("unknown", 5, 0, None, None)
    found = list(windows([unit(0, 2 * STEP_ROWS, 2 * STEP_ROWS), unknown]))
    assert len(found) > 1
    assert all(unknown in window.units for window in found)


def test_rows_of_one_moment_stay_together():
    (window,) = windows([unit(7, 7, 10 * STEP_ROWS)])
    assert window.units[0].low == 7
