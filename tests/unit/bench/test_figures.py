"""Figures: medians, ratios, and when a target is held, missed, or open."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from scripts.bench.figures import BEST_PEER, Better, Figure, Target, quartiles

PEERS = {"slow": (10.0, 12.0, 11.0), "fast": (20.0,)}


def figure(
    *targets: Target,
    ours: tuple[float, ...] = (100.0,),
    better: Better = "higher",
    peers: Mapping[str, tuple[float, ...]] = PEERS,
    limits: Mapping[str, tuple[float, ...]] = MappingProxyType({}),
) -> Figure:
    return Figure("part", "measure", "rows/s", better, ours, peers, limits, targets)


def test_a_target_is_a_multiple_of_the_median_of_what_it_is_against():
    assert figure(Target(9, "slow")).verdict == "held"
    assert figure(Target(10, "slow")).verdict == "MISSED"


def test_with_lower_is_better_a_target_is_the_most_it_may_be():
    assert figure(Target(0.5, "fast"), ours=(10.0,), better="lower").verdict == "held"
    assert figure(Target(0.5, "fast"), ours=(10.1,), better="lower").verdict == "MISSED"


@pytest.mark.parametrize(("better", "best"), [("higher", 20.0), ("lower", 11.0)])
def test_the_best_peer_is_the_best_at_this_measure(better, best):
    assert figure(better=better).reference(BEST_PEER) == best


def test_a_target_against_nothing_is_the_line_itself():
    assert figure(Target(100)).verdict == "held"
    assert figure(Target(101)).verdict == "MISSED"


def test_limits_can_be_targets_too():
    assert figure(Target(0.9, "bare"), limits={"bare": (110.0,)}).verdict == "held"


def test_one_missed_target_is_a_miss_whatever_the_others_say():
    assert figure(Target(1), Target(50, "slow"), Target(1, "absent")).verdict == "MISSED"


def test_a_target_against_a_peer_that_was_not_run_is_open():
    assert figure(Target(1), Target(1, "absent")).verdict == "no peer"
    assert figure(Target(1, BEST_PEER), peers={}).verdict == "no peer"


def test_without_targets_there_is_no_verdict():
    assert figure().verdict == "-"


def test_the_median_is_what_counts():
    assert figure(ours=(1.0, 1000.0, 30.0)).middle == 30.0


def test_ratios_are_ours_to_each_peer_and_limit():
    found = figure(limits={"none": (0.0,)}).ratios
    assert found == {"slow": pytest.approx(100 / 11), "fast": 5.0, "none": float("inf")}


def test_quartiles_of_one_repetition_are_the_repetition():
    assert quartiles((7.0,)) == (7.0, 7.0)
    assert quartiles((1.0, 2.0, 3.0, 4.0, 5.0)) == (2.0, 4.0)
