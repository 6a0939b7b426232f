"""Growth along an axis: the fitted exponent, the last point, and their verdicts."""

from __future__ import annotations

import pytest

from scripts.bench.figures import Better, Figure
from scripts.bench.slope import Growth, flat, flat_slope, no_steeper


def growth(values: dict[float, list[float]], better: Better = "higher") -> Growth:
    return Growth("rows", "speed", "rows/s", better, values)


def verdicts(figures: list[Figure]) -> dict[str, str]:
    return {figure.name: figure.verdict for figure in figures}


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 0.5, 1.0, 2.0])
def test_the_slope_is_the_exponent_of_a_power_law(exponent):
    points = {float(place): [7.0 * place**exponent] for place in (1, 4, 16, 64)}
    assert growth(points).slope == pytest.approx(exponent, abs=1e-9)


def test_the_slope_goes_through_medians_so_that_one_bad_repetition_does_not_bend_it():
    assert growth({1: [5, 5, 5], 10: [5, 5, 0.1], 100: [5, 500, 5]}).slope == pytest.approx(0, abs=1e-9)


def test_the_last_point_is_compared_with_the_best_one():
    assert growth({1: [80], 2: [100], 4: [90]}).last_to_best == 0.9
    assert growth({1: [10], 2: [5], 4: [6]}, "lower").last_to_best == 1.2


def test_a_bound_over_a_span_is_a_slope():
    assert 64 ** flat_slope(64, 0.9) == pytest.approx(0.9)


def test_what_stays_within_the_bound_is_held_point_by_point():
    figures = list(flat(growth({1: [100], 8: [98], 64: [95]}), 0.9))
    assert [figure.ours for figure in figures[:3]] == [(100,), (98,), (95,)]
    assert verdicts(figures[3:]) == {"rows: slope, speed": "held", "rows: last of best, speed": "held"}


def test_a_fall_behind_a_good_middle_is_missed_by_its_last_point():
    figures = list(flat(growth({1: [85], 8: [100], 64: [85]}), 0.9))
    assert verdicts(figures[3:]) == {"rows: slope, speed": "held", "rows: last of best, speed": "MISSED"}


def test_a_cost_may_grow_no_faster_than_asked():
    linear = growth({1: [2], 10: [20], 100: [200]}, "lower")
    assert verdicts(list(no_steeper(linear, 1.1))[3:]) == {"rows: slope, speed": "held"}
    square = growth({1: [2], 10: [200], 100: [20_000]}, "lower")
    assert verdicts(list(no_steeper(square, 1.1))[3:]) == {"rows: slope, speed": "MISSED"}
