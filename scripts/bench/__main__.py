"""Measure Crushpad beside a peer and the machine's limits, and print one table.

    python -m scripts.bench [--only ingest,query] [--quick] [--peer pinot --peer-home DIR] [--keep]

What was kept before (`--keep`) of each part is compared with, as ratios to the limits of the same run.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from itertools import count
from pathlib import Path

from crushpad.managed.kafka import start_kafka
from crushpad.managed.zookeeper import start_zookeeper
from scripts.bench import keep, machine, page, report
from scripts.bench.figures import Figure
from scripts.bench.systems.crushpad import Crushpad
from scripts.bench.systems.pinot import Pinot, version_in
from scripts.bench.systems.port import System
from scripts.bench.world import World

PARTS = ("ingest", "freshness", "query", "qps", "recovery", "growth", "stages")
REPETITIONS = 5
QUICK_SECONDS = 25.0
"""Seven parts of this length, and what it takes to start them, are under five minutes."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    logging.basicConfig(level=logging.ERROR)
    figures: list[Figure] = []
    try:
        with tempfile.TemporaryDirectory(prefix="crushpad-bench-") as name, world(options, Path(name)) as place:
            for part in options.only:
                found = run(part, place)
                figures += found
                conclude(part, found, options)
    finally:
        print("\n" + "\n".join(report.lines(figures)))
    if options.keep and not options.quick:
        page.write([kept for part in PARTS if (kept := keep.read(keep.path_of(part, quick=False))) and kept.figures])


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    text = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=text)
    parser.add_argument("--only", type=parts, default=PARTS, metavar="PART,PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="small parts, one repetition: under five minutes in all")
    parser.add_argument("--seconds", type=float, default=QUICK_SECONDS, help="for each part of a quick run")
    parser.add_argument("--repetitions", type=int, help=f"of each measurement (default: {REPETITIONS}, quick: 1)")
    parser.add_argument("--peer", choices=["pinot"], help="measure this one too, as it comes and tuned")
    parser.add_argument("--peer-home", type=Path, help="where it is installed: docs/performance.md says how")
    parser.add_argument(
        "--keep", action="store_true", help="keep the results; of a full run, write docs/performance.md"
    )
    options = parser.parse_args(arguments)
    if (options.peer is None) != (options.peer_home is None):
        parser.error("--peer and --peer-home belong together")
    if options.peer_home is not None:
        try:
            version_in(options.peer_home)
        except FileNotFoundError as error:
            parser.error(str(error))
    if options.repetitions is None:
        options.repetitions = 1 if options.quick else REPETITIONS
    return options


def parts(text: str) -> tuple[str, ...]:
    """Raises ArgumentTypeError for a name that is no part."""
    named = tuple(filter(None, text.split(",")))
    if unknown := [name for name in named if name not in PARTS]:
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return named or PARTS


@contextmanager
def world(options: argparse.Namespace, folder: Path) -> Iterator[World]:
    """Servers that run for as long as this does, on free ports."""
    zookeeper = start_zookeeper(folder / "zookeeper")
    try:
        kafka = start_kafka(folder / "kafka")
        try:
            made = systems(options.peer_home, folder, zookeeper.address)
            yield World(
                brokers=kafka.address,
                zookeeper=zookeeper.address,
                folder=folder,
                systems=made,
                repetitions=options.repetitions,
                quick=options.quick,
                seconds=options.seconds,
            )
        finally:
            kafka.stop()
    finally:
        zookeeper.stop()


def systems(peer_home: Path | None, folder: Path, zookeeper: str) -> list[Callable[[], System]]:
    """Ours, then the peer as it comes and tuned; every call makes an empty one in a folder of its own."""
    numbers = count()

    def crushpad() -> System:
        return Crushpad(folder / f"crushpad-{next(numbers)}", zookeeper)

    def pinot(home: Path, tuned: bool) -> System:
        return Pinot(home, folder / f"pinot-{next(numbers)}", zookeeper, tuned)

    if peer_home is None:
        return [crushpad]
    return [crushpad, lambda: pinot(peer_home, tuned=False), lambda: pinot(peer_home, tuned=True)]


def run(part: str, place: World) -> list[Figure]:
    """The figures of a part."""
    print(f"==> {part}", file=sys.stderr, flush=True)
    began = time.monotonic()
    figures: list[Figure] = list(import_module(f"scripts.bench.{part}").run(place))
    print(f"    {len(figures)} figures in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return figures


def conclude(part: str, figures: Sequence[Figure], options: argparse.Namespace) -> None:
    """Compare with what was kept, and keep this instead if that is wanted."""
    path = keep.path_of(part, options.quick)
    if (before := keep.read(path)) is not None:
        print("\n".join(keep.comparison(part, before, figures)), flush=True)
    if options.keep:
        about = machine.about(datetime.now().astimezone()) | {"repetitions": options.repetitions}
        if options.peer_home is not None:
            about["versions"]["pinot"] = version_in(options.peer_home)
        keep.write(path, keep.Kept(about, figures))


if __name__ == "__main__":
    main()
