"""What a person sees while the servers' jars are fetched."""

from __future__ import annotations

import io

from rich.console import Console

from crushpad.managed.jars import Fetched
from crushpad.managed.progress import fetch_display

TOTAL = 44_000_000


def shown(console: Console, *fetched: Fetched) -> str:
    with fetch_display(console) as on_fetched:
        for step in fetched:
            on_fetched(step)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_away_from_a_terminal_there_is_a_line_for_each_quarter() -> None:
    steps = [Fetched("kafka", 0, TOTAL * share // 100, TOTAL) for share in range(101)]
    assert shown(Console(file=io.StringIO()), *steps).splitlines() == [
        "fetching kafka: 0 of 44 MB",
        "fetching kafka: 11 of 44 MB",
        "fetching kafka: 22 of 44 MB",
        "fetching kafka: 33 of 44 MB",
        "fetching kafka: 44 of 44 MB",
    ]


def test_on_a_terminal_there_is_a_bar_for_each_server() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    text = shown(console, Fetched("kafka", 46, TOTAL, TOTAL), Fetched("zookeeper", 16, 7_000_000, 7_000_000))
    assert "fetching kafka" in text
    assert "fetching zookeeper" in text
    assert "44.0/44.0 MB" in text


def test_nothing_is_shown_when_nothing_is_fetched() -> None:
    assert shown(Console(file=io.StringIO())) == ""
