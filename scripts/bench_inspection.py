"""What looking inside costs, as ratios to the lines that were drawn: below 1 is within the line.

    python -m scripts.bench_inspection [--rows 500000] [--segments 10000]

Cold start means a new process with a warm page cache. The best of a few rounds is shown: the machine may be shared.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from scripts.bench.click_table import click_stream, seal_request
from segments.inspection.verify.sealed import sealed_checks
from segments.seal import seal

ROUNDS = 5
SHOW_S = 0.3
LIST_S = 1.0
HELP_S = 0.15
SMALL_ROWS = 100


def least_s(work: Callable[[], object]) -> float:
    """Seconds of the quickest of the rounds."""

    def once() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return min(once() for _ in range(ROUNDS))


def crushpad(*arguments: object) -> Callable[[], object]:
    """A run of the command line in a process of its own."""
    return python("import crushpad.__main__ as command; command.main()", *arguments)


def python(program: str, *arguments: object) -> Callable[[], object]:
    """A run of a program in a process of its own."""
    argv = [sys.executable, "-c", program, *map(str, arguments)]
    return lambda: subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)


def many(folder: Path, count: int) -> Path:
    """A folder of that many small sealed files."""
    one = seal(seal_request(click_stream(SMALL_ROWS), folder / "one.parquet")).path
    place = folder / "many"
    place.mkdir()
    for number in range(count):
        shutil.copyfile(one, place / f"{number}.parquet")
    return place


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--segments", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        report(Path(name), options.rows, options.segments)


def report(folder: Path, rows: int, segments: int) -> None:
    path = seal(seal_request(click_stream(rows), folder / "large.parquet", ("user_id",))).path
    place = many(folder, segments)
    reading, verifying = least_s(lambda: pq.read_table(path)), least_s(lambda: sealed_checks(path, None))
    print(f"{rows:,} rows, {path.stat().st_size / 1e6:.1f} MB")
    bare = least_s(python("import typer, pyarrow.parquet"))
    print(f"{'an interpreter that imports typer and Arrow':48} {bare * 1000:7.0f} ms")
    line("crushpad --help", least_s(crushpad("--help")), HELP_S)
    line("segment show, cold", least_s(crushpad("segment", "show", path)), SHOW_S)
    line("verify, against twice the time of reading it", verifying, 2 * reading)
    line(f"segment list of {segments:,}, cold", least_s(crushpad("segment", "list", place, "-o", "jsonl")), LIST_S)


def line(what: str, seconds: float, limit: float) -> None:
    print(f"{what:48} {seconds * 1000:7.0f} ms  {seconds / limit:5.2f} of the line")


if __name__ == "__main__":
    main()
