"""Which consuming files a partition has on this host, of all writers. Loads no Arrow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from segments.consuming.sidecar import SUFFIX, SideCar, read_sidecar
from segments.two_slots import NoValidSlot


def list_sidecars(partition_folder: Path) -> list[tuple[Path, SideCar]]:
    """The side-cars below `<data>/consuming/<identity.path>`, as (path, state), by writer and sequence number.

    Files that are half born or that are unlinked meanwhile are left out; so is a folder that does not exist.
    Raises pydantic's ValidationError for a side-car of another format.
    """
    found: list[tuple[Path, SideCar]] = []
    for writer in _names(partition_folder):
        for name in _names(f"{partition_folder}/{writer}"):
            if name.endswith(SUFFIX):
                found += _state(partition_folder / writer / name)
    return found


def _names(folder: str | os.PathLike[str]) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _state(path: Path) -> Iterator[tuple[Path, SideCar]]:
    try:
        yield path, read_sidecar(path)[1]
    except (FileNotFoundError, NoValidSlot):
        return
