"""Memory that the front and one engine process share: bodies of frames pass through it beside the pipe (P26).

A pipe takes 64 KiB at a time, so a body of a megabyte costs twenty switches of processes and two copies in the kernel.
Here the engine copies it into one of `SLOTS` slots, in turn, and the front out of it. No lock is needed: an engine
sends a frame only when one is wanted, and the front wants at most `SLOTS` at a time, the next when it has taken one.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from typing import Self

SLOTS = 3
SLOT_BYTES = 4 * 1024 * 1024
"""Larger bodies go through the pipe. Memory is used as far as it was once written."""


class FrameMemory:
    """Both sides' view of the slots. `fd` is the open file behind them, which the engine inherits."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._memory = mmap.mmap(fd, SLOTS * SLOT_BYTES)
        self._next = 0

    @classmethod
    def create(cls) -> Self:
        """Memory without a name, gone when the last process closes it. Raises OSError."""
        fd = _anonymous_file()
        os.truncate(fd, SLOTS * SLOT_BYTES)
        return cls(fd)

    def put(self, *pieces: bytes | memoryview) -> int | None:
        """The slot that holds the pieces, one behind the other; None if they are too large for one."""
        size = sum(map(len, pieces))
        if size > SLOT_BYTES:
            return None
        slot, self._next = self._next, (self._next + 1) % SLOTS
        at = slot * SLOT_BYTES
        for piece in pieces:
            self._memory[at : at + len(piece)] = piece
            at += len(piece)
        return slot

    def take(self, slot: int, size: int) -> bytes:
        """A copy of the slot's first `size` bytes."""
        return self._memory[slot * SLOT_BYTES : slot * SLOT_BYTES + size]

    def close(self) -> None:
        self._memory.close()
        os.close(self.fd)


def _anonymous_file() -> int:
    if sys.platform == "linux":
        return os.memfd_create("frames")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
