"""The table: what is beside what, and that a person can read it."""

from __future__ import annotations

import pytest

from scripts.bench.figures import BEST_PEER, Figure, Target
from scripts.bench.report import HEADERS, figure_rows, lines, markdown, number

INGEST = Figure(
    "ingest",
    "rows per CPU-second",
    "rows/s",
    "higher",
    (200_000.0, 210_000.0, 205_000.0),
    peers={"pinot default": (20_000.0,)},
    limits={"bare loop": (300_000.0,)},
    targets=(Target(10, "pinot default"), Target(0.9, "bare loop"), Target(100_000)),
)
QUERY = Figure("query", "count", "ms", "lower", (1.5,), targets=(Target(2), Target(0.5, BEST_PEER)))


def test_ours_comes_first_with_the_line_that_is_its_own():
    assert next(figure_rows(INGEST)) == (
        *("rows per CPU-second", "rows/s", "205,000", "202,500 .. 207,500", "", ">= 100,000", "held"),
    )


def test_each_peer_and_limit_has_a_line_with_the_ratio_its_target_and_its_verdict():
    _, peer, limit = figure_rows(INGEST)
    assert peer == ("  pinot default", "", "20,000", "", "10.2", ">= 10", "held")
    assert limit == ("  bare loop", "", "300,000", "", "0.683", ">= 0.9", "MISSED")


def test_what_a_target_is_against_is_named_even_when_it_was_not_run():
    ours, peer = figure_rows(QUERY)
    assert ours[-2:] == ("<= 2", "held")
    assert peer == ("  best peer", "", "", "", "not run", "<= 0.5", "no peer")


def test_the_text_has_a_heading_for_each_part_and_aligned_columns():
    found = list(lines([INGEST, QUERY]))
    assert [line.strip() for line in found if line.startswith("\n")][:-1] == ["ingest", "query"]
    assert found[-1].strip() == "0 held, 1 MISSED, 1 no peer"
    verdicts = found[0].index(HEADERS[-1])
    assert [line[verdicts:] for line in found if "bare loop" in line or "best peer" in line] == ["MISSED", "no peer"]


def test_markdown_has_a_table_for_each_part():
    found = list(markdown([INGEST, QUERY]))
    assert [line for line in found if line.startswith("#")] == ["### ingest\n", "### query\n"]
    widths = {line.count("|") for line in found if line.startswith("|")}
    assert widths == {len(HEADERS) + 1}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *[(213_456.0, "213,500"), (1_000.0, "1,000"), (999.6, "1,000"), (23.84, "23.8"), (0.6134, "0.613")],
        *[(0.0, "0"), (-0.0512, "-0.0512"), (float("inf"), "inf"), (float("nan"), "nan")],
    ],
)
def test_numbers_have_the_digits_that_say_something(value, shown):
    assert number(value) == shown
