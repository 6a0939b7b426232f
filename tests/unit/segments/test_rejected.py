"""What a person is told of rejected records: where, why, their bytes, and what a replay made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segments.rejected import Fate, Kept, kept, listed
from segments.replay import pending, settled
from tests.crash.replay_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.consume("good", "text", "words", "drop")
    made.consume("words", "good")
    return made


def fates(world: World, with_settled: bool) -> dict[int, Fate]:
    return {one.offset: one.fate for one in listed(world.entry(), (), with_settled)}


def test_rejects_are_listed_in_order_with_their_reason_and_segment(world: World) -> None:
    found = list(listed(world.entry(), (), with_settled=False))
    assert [one.offset for one in found] == [1, 2, 3, 4]
    assert [(one.field, one.fate) for one in found[:2]] == [("$.id", Fate.COMMITTED), ("", Fate.COMMITTED)]
    assert "not JSON" in found[1].reason
    assert {one.segment for one in found} == {segment.name for segment in world.entry().segments}


def test_after_a_replay_only_what_is_open_is_listed_and_the_others_if_asked_for(world: World) -> None:
    world.replay()
    assert fates(world, with_settled=False) == {2: Fate.COMMITTED, 4: Fate.COMMITTED}
    assert fates(world, with_settled=True) == {
        1: Fate.ACCEPTED,
        2: Fate.COMMITTED,
        3: Fate.FILTERED,
        4: Fate.COMMITTED,
    }
    assert settled(world.entry()).tolist() == [1, 3]


def test_the_bytes_of_a_reject_are_as_they_came_and_others_have_none(world: World) -> None:
    assert kept(world.entry(), (), 2) == Kept(b"words", None, ())
    assert kept(world.entry(), (), 0) is None
    assert kept(world.entry(), (), 99) is None


def test_a_round_takes_so_many_of_the_wanted_and_counts_the_rest(world: World) -> None:
    entry = world.entry()
    taken = pending(entry, None, rows_max=3, bytes_max=1 << 20)
    assert (taken.rejects.column("$offset").to_pylist(), taken.left) == ([1, 2, 3], 1)
    wanted = pending(entry, np.array([2, 4, 77]), rows_max=10, bytes_max=1 << 20)
    assert (wanted.rejects.column("$offset").to_pylist(), wanted.left) == ([2, 4], 0)
    assert pending(entry, None, rows_max=10, bytes_max=0).left == 4
