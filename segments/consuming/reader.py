"""Rows of consuming files for query processes: no lock, no copy, and only new frames are parsed (P19)."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from segments.consuming.mapped import MappedPart, VisiblePart

FILES_MAX = 512


class FrameCache:
    """Keeps part files mapped, the most recently used `files_max` of them; for one thread.

    A mapping keeps the disk blocks of an unlinked file, so files that are gone are forgotten: whenever a new one is
    mapped, and when a process that has nothing to do calls `forget_unlinked`.
    """

    def __init__(self, files_max: int = FILES_MAX) -> None:
        self._files_max = files_max
        self._mapped: OrderedDict[Path, tuple[int, MappedPart]] = OrderedDict()

    def __len__(self) -> int:
        """Number of files that are mapped now."""
        return len(self._mapped)

    def table(self, folder: Path, parts: Sequence[VisiblePart]) -> pa.Table:
        """The visible rows of one segment's `parts` in order; they stay valid however the files go on.

        Raises FileNotFoundError (parts were replaced) and CorruptFrame: read the side-car again, build a fresh view.
        """
        mapped = [self._part(folder / part.file) for part in parts]
        visible = [part.bytes_visible for part in parts]
        batches = [batch for file, size in zip(mapped, visible, strict=True) for batch in file.batches(size)]
        return pa.Table.from_batches(batches, mapped[0].schema)

    def forget_unlinked(self) -> None:
        """Let go of the files that are no longer there."""
        for path in [path for path in self._mapped if not path.exists()]:
            del self._mapped[path]

    def _part(self, path: Path) -> MappedPart:
        inode = os.stat(path).st_ino
        known = self._mapped.get(path)
        if known is None or known[0] != inode:
            return self._map(path, inode)
        self._mapped.move_to_end(path)
        return known[1]

    def _map(self, path: Path, inode: int) -> MappedPart:
        self.forget_unlinked()
        part = MappedPart(path)
        self._mapped[path] = (inode, part)
        self._mapped.move_to_end(path)
        while len(self._mapped) > self._files_max:
            self._mapped.popitem(last=False)
        return part
