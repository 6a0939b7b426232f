"""All segments below a folder, consuming ones included, by their last bytes or their side-cars."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from segments.inspection import consuming, tails
from segments.inspection.addresses import path_of
from segments.inspection.errors import InspectionError, NothingThere
from segments.inspection.facts import PART, SIDE_CAR, Facts
from segments.stores.base import BESIDE, DELETED, PARQUET


@dataclass(frozen=True)
class Unreadable:
    """A file that looks like a segment by its name, and why it is none."""

    path: Path
    reason: str


Listed = Facts | Unreadable


def listed(address: str) -> list[Listed]:
    """The segments at `address`, a folder or one file, by table, partition and sequence; unreadable files come last.

    Raises NothingThere for a folder without any, and NotASegment for a file that is none.
    """
    path = path_of(address)
    if not path.is_dir():
        return [_facts(path)]
    return sorted(map(_look, segment_paths(path)), key=_order)


def segment_paths(folder: Path) -> list[Path]:
    """Files below `folder` that are segments by their names, not those in `deleted/`. Raises NothingThere."""
    paths = sorted(_paths(folder))
    if not paths:
        raise NothingThere(
            f"{folder} holds no segments: no *{PARQUET} and no *{SIDE_CAR} below it; name another folder"
        )
    return paths


def _paths(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        if DELETED in folders:
            folders.remove(DELETED)
        for name in files:
            if name.endswith((PARQUET, SIDE_CAR)) and not name.endswith(BESIDE):
                yield Path(place, name)


def _look(path: Path) -> Listed:
    try:
        return _facts(path)
    except InspectionError as error:
        return Unreadable(path, str(error))


def _facts(path: Path) -> Facts:
    if path.suffix in (SIDE_CAR, PART):
        side_car = consuming.side_car_of(path)
        return consuming.facts_of(side_car, consuming.read_state(side_car))
    return tails.facts_of(path)


def _order(one: Listed) -> tuple[object, ...]:
    if isinstance(one, Unreadable):
        return True, str(one.path)
    return False, one.incarnation or "", one.topic_id, one.partition, one.sequence, one.path
