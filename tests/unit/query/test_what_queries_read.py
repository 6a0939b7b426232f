"""Which files a query opens, and how much of them it reads: counted, never timed.

A file that a query needs not open may be gone; and what a process reads the kernel counts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.unit.query.query_house import Asker, House, click, clicks

SEGMENTS = 40
ROWS = 20
TOTAL = SEGMENTS * ROWS


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """Forty sealed segments, one behind the other in time, and no consuming rows."""
    house = House(tmp_path_factory.mktemp("forty"))
    for number in range(SEGMENTS):
        house.seal(clicks(number * ROWS, (number + 1) * ROWS))
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


@contextmanager
def only(house: House, kept: Collection[int]) -> Iterator[None]:
    """Within the block every other segment's file is away."""
    away = [Path(segment.path) for number, segment in enumerate(house.partitions[0]) if number not in kept]
    for path in away:
        path.rename(path.with_suffix(".away"))
    try:
        yield
    finally:
        for path in away:
            path.with_suffix(".away").rename(path)


def at(number: int) -> str:
    """The time of a row, as a literal."""
    return f"'2026-01-01 00:{number // 60:02d}:{number % 60:02d}'"


@pytest.mark.parametrize(
    ("where", "needed", "rows"),
    [
        (f"ts = {at(7)}", [0], [7]),
        (f"ts BETWEEN {at(5 * ROWS)} AND {at(6 * ROWS - 1)}", [5], range(5 * ROWS, 6 * ROWS)),
        (f"ts > {at(38 * ROWS + 3)}", [38, 39], range(38 * ROWS + 4, TOTAL)),
        (f"amount < {ROWS / 2} AND city <> 'Zug'", [0], range(ROWS)),
        (f"ts IN ({at(3 * ROWS)}, {at(30 * ROWS)})", [3, 30], [3 * ROWS, 30 * ROWS]),
    ],
)
def test_a_pruned_query_opens_the_files_that_may_hold_its_rows_and_no_other(ask, where, needed, rows):
    with only(ask.house, needed):
        body = ask(f"SELECT SUM(amount), MAX(LENGTH(city)) FROM clicks WHERE {where}")
    assert body["exceptions"] == []
    assert body["resultTable"]["rows"] == [[sum(number * 0.5 for number in rows), 4]]
    assert (body["numSegmentsQueried"], body["numSegmentsProcessed"]) == (SEGMENTS, len(needed))


def test_counts_and_bounds_open_no_file(ask):
    with only(ask.house, []):
        assert ask.rows("SELECT COUNT(*), MIN(age), MAX(amount) FROM clicks") == [[TOTAL, 0.0, (TOTAL - 1) * 0.5]]


def test_a_count_over_no_segment_opens_no_file(ask):
    with only(ask.house, []):
        assert ask.rows(f"SELECT COUNT(*) FROM clicks WHERE ts >= {at(TOTAL)}") == [[0]]


def test_a_query_that_needs_a_file_which_is_gone_says_so(ask):
    with only(ask.house, [1, 2]):
        assert ask(f"SELECT SUM(amount) FROM clicks WHERE ts < {at(3)}")["exceptions"]


@pytest.fixture(scope="module")
def ask_heavy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """One segment whose bytes are nearly all in the column `user`."""
    draw = random.Random(5)
    house = House(tmp_path_factory.mktemp("heavy"))
    house.seal([click(number, user=draw.randbytes(500).hex()) for number in range(4_000)])
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


def read_by_engine(asker: Asker, asked: Callable[[], object]) -> int:
    """Bytes that this asker's engine processes read meanwhile."""
    before = _read_so_far(asker)
    asked()
    return _read_so_far(asker) - before


def _read_so_far(asker: Asker) -> int:
    folder = str(asker.house.folder)
    engines = [one for one in psutil.Process().children(recursive=True) if folder in " ".join(one.cmdline())]
    assert engines, "no engine runs"
    return sum(one.io_counters().read_chars for one in engines)


def test_a_query_reads_the_columns_that_it_names_and_little_else(ask_heavy):
    size = ask_heavy.house.partitions[0][0].size_bytes
    assert size > 4_000 * 250
    ask_heavy.rows("SELECT SUM(price) FROM clicks")
    assert read_by_engine(ask_heavy, lambda: ask_heavy.rows("SELECT SUM(amount) FROM clicks")) < size / 10
    assert read_by_engine(ask_heavy, lambda: ask_heavy.rows("SELECT MAX(LENGTH(user)) FROM clicks")) > size / 2
