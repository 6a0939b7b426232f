"""The pure parts of the stages: turns, ticks, loads, ratios."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from scripts.bench.fetching import read
from scripts.bench.freshness import LOADS, Load, delayed
from scripts.bench.stage_decode import BEST, OURS, cost_figure, speed_figure, with_bad
from scripts.bench.steady import rows_of_tick
from scripts.bench.turns import best_cpu_s


def test_works_take_turns_in_an_order_that_turns_and_their_best_round_counts():
    ticks, called = iter([0, 5, 5, 9, 20, 22, 22, 25]), []
    works = {name: lambda name=name: called.append(name) for name in ("a", "b")}
    assert best_cpu_s(works, 2, lambda: next(ticks)) == {"a": 3, "b": 2}
    assert called == ["a", "b", "b", "a"]


@pytest.mark.parametrize("rate", [30, 1_000, 20_000, 33_333])
def test_a_second_of_ticks_sends_each_row_of_the_rate_once(rate):
    assert list(chain.from_iterable(rows_of_tick(rate, at) for at in range(100))) == list(range(rate))


def test_three_seals_fall_into_a_load_and_its_last_rows_are_still_consumed():
    load = next(load for load in LOADS if load.seals)
    assert 70 * load.rate // load.segment_rows(70) == load.seals == 3


def test_a_load_without_seals_never_fills_a_segment():
    assert Load(1_000, 0, {}).segment_rows(70) > 70_000


def test_delays_are_told_by_percentile_and_around_seals():
    found = delayed(Load(10, 1, {}), np.arange(101.0), np.array([3.0, 9.0]))
    assert found == {
        "10 rows/s: p50": 50, "10 rows/s: p90": 90, "10 rows/s: p99": 99, "10 rows/s: max": 100, "10 rows/s: max around seals": 9,
    }  # fmt: skip


def test_a_decoder_is_held_against_the_fastest_library():
    figure = speed_figure("JSON", {OURS: (1.0,), "slow": (4.0,), "fast": (0.98,)}, 100_000_000)
    assert figure.ours == (100.0,)
    assert figure.limits[BEST] == figure.limits["fast"]
    assert figure.verdict == "held"
    assert speed_figure("JSON", {OURS: (1.1,), "fast": (0.98,)}, 1).verdict == "MISSED"


def test_a_cost_is_a_multiple_of_the_plain_work_in_the_same_repetition():
    assert cost_figure("x", 1.5, {"plain": (1.0, 2.0), "more": (1.5, 2.0)}).ours == (1.5, 1.0)


def test_every_hundredth_payload_is_broken_in_one_way_after_the_other():
    broken = with_bad([b"good"] * 300, [lambda _: b"x", lambda _: b"y"])
    assert [(at, payload) for at, payload in enumerate(broken) if payload != b"good"] == [
        (37, b"x"),
        (137, b"y"),
        (237, b"x"),
    ]


def test_reading_ends_with_the_batch_that_completes_the_rows():
    batches = iter([3, 4, 5, 6])
    assert set(read(batches, 7)) == {"cpu_s", "wall_s", "longest_wait_s"}
    assert next(batches) == 5
