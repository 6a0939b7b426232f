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
    return [found for writer in _names(partition_folder) for found in _of_writer(partition_folder / writer)]


def _of_writer(folder: Path) -> Iterator[tuple[Path, SideCar]]:
    for name in _names(folder, SUFFIX):
        path = folder / name
        try:
            yield path, read_sidecar(path)[1]
        except (FileNotFoundError, NoValidSlot):
            continue


def _names(folder: Path, suffix: str = "") -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(suffix))
    except (FileNotFoundError, NotADirectoryError):
        return []
