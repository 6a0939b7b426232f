"""The digest that a file should have, if the host's catalogue is at hand: that of its committed step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from segments.catalogue import POINTER, CatalogueReader

CATALOGUE = "catalogue"
"""Folder of the catalogue in a data folder, beside that of the segments."""


def digests_near(path: Path) -> Mapping[Path, str]:
    """Digest by absolute path, from the catalogue of the data folder that `path` lies in; empty without one."""
    for folder in path.absolute().parents:
        if (folder / CATALOGUE / POINTER).is_file():
            return _digests(folder / CATALOGUE)
    return {}


def _digests(folder: Path) -> Mapping[Path, str]:
    try:
        tables = CatalogueReader(folder).read().tables.values()
    except (msgspec.MsgspecError, OSError):
        return {}  # another version's, or not ours to read: then nothing is known
    return {Path(one.path): one.digest for table in tables for entry in table.partitions for one in entry.segments}
