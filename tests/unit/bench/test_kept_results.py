"""Kept results: they come back as they were, and are compared as ratios to limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.bench import growth_plot, keep, page
from scripts.bench.figures import Better, Figure, Target
from scripts.bench.keep import Kept, changes

ABOUT = {
    "repetitions": 5,
    "date": "2026-11-21 12:00",
    "commit": "abc",
    "machine": {"processor": "fast", "processors": 2, "memory_gb": 24, "system": "Linux"},
    "versions": {"python": "3.11"},
}


def figure(ours: float, limit: float, better: Better = "higher", name: str = "speed") -> Figure:
    peers = {"peer": (1.0, 2.0)}
    return Figure("ingest", name, "rows/s", better, (ours,), peers, {"bare": (limit,)}, (Target(2, "peer"), Target(1)))


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path):
    kept = Kept(ABOUT, [figure(1.0, 2.0), figure(3.0, 4.0, "lower", "delay")])
    path = keep.path_of("ingest", quick=True, folder=tmp_path)
    keep.write(path, kept)
    assert keep.read(path) == kept


def test_nothing_kept_is_nothing(tmp_path: Path):
    assert keep.read(keep.path_of("ingest", quick=False, folder=tmp_path)) is None


@pytest.mark.parametrize(
    ("better", "ours", "limit", "verdict"),
    [
        ("higher", 200.0, 400.0, "same"),
        ("higher", 80.0, 200.0, "WORSE"),
        ("higher", 120.0, 200.0, "better"),
        ("lower", 120.0, 200.0, "WORSE"),
        ("lower", 80.0, 200.0, "better"),
    ],
)
def test_a_change_is_one_of_the_share_of_the_limit_not_of_the_speed(better, ours, limit, verdict):
    before = Kept(ABOUT, [figure(100.0, 200.0, better)])
    assert [change.verdict for change in changes(before, [figure(ours, limit, better)])] == [verdict]


def test_measures_that_were_not_there_before_are_not_compared():
    before = Kept(ABOUT, [figure(100.0, 200.0)])
    assert list(changes(before, [figure(100.0, 200.0, name="new")])) == []
    assert list(keep.comparison("ingest", before, [figure(100.0, 200.0, name="new")])) == []


def test_the_comparison_names_the_date_and_both_shares():
    before = Kept(ABOUT, [figure(100.0, 200.0)])
    head, line = keep.comparison("ingest", before, [figure(50.0, 200.0)])
    assert "2026-11-21 12:00" in head
    assert "0.5 -> 0.25 of bare" in line
    assert line.endswith("WORSE")


def test_the_page_gets_the_section_between_its_marks_and_keeps_the_rest(tmp_path: Path):
    path = tmp_path / "performance.md"
    path.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    page.write([Kept(ABOUT, [figure(1.0, 2.0)])], path)
    text = path.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| **speed** |" in text
    assert "2026-11-21 12:00, commit abc, 2 x fast, 24 GB, Linux; python 3.11." in text
    assert (tmp_path / "bench-ingest.png").stat().st_size > 0


def test_growth_is_drawn_along_each_axis_that_has_two_points(tmp_path: Path):
    names = ("rows 1,000: speed", "rows 10,000: speed", "rows: slope, speed", "clients 1: answers")
    figures = [Figure("growth", name, "rows/s", "higher", (float(at + 1),)) for at, name in enumerate(names)]
    assert {key: list(curve) for key, curve in growth_plot.curves(figures).items()} == {
        ("rows", "speed"): [1000, 10000]
    }
    assert growth_plot.draw("growth", figures, tmp_path) == tmp_path / "bench-growth-curves.png"
    assert growth_plot.draw("growth", figures[2:], tmp_path) is None
