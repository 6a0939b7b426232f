"""Shows how the fetching of the servers' jars goes: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from crushpad.managed.jars import Fetched, OnFetched

PLAIN_STEP = 0.25


@contextmanager
def fetch_display(console: Console) -> Iterator[OnFetched]:
    """Yields what the servers' starts take as `on_fetched`; nothing is shown when nothing is fetched."""
    if not console.is_terminal:
        yield PlainFetchLines(console)
        return
    columns = TextColumn("fetching {task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=console) as progress:
        yield partial(_advance, progress, {})


def _advance(progress: Progress, tasks: dict[str, TaskID], fetched: Fetched) -> None:
    if fetched.server not in tasks:
        tasks[fetched.server] = progress.add_task(fetched.server, total=fetched.bytes_total)
    progress.update(tasks[fetched.server], completed=fetched.bytes)


class PlainFetchLines:
    """One line at the start, then one for each quarter."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._due: dict[str, float] = {}

    def __call__(self, fetched: Fetched) -> None:
        share = fetched.bytes / max(1, fetched.bytes_total)
        if share < self._due.get(fetched.server, 0.0):
            return
        self._due[fetched.server] = share - share % PLAIN_STEP + PLAIN_STEP
        megabytes, total = fetched.bytes / 1e6, fetched.bytes_total / 1e6
        self._console.print(f"fetching {fetched.server}: {megabytes:.0f} of {total:.0f} MB", highlight=False)
