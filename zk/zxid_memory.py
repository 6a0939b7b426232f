"""The highest zxid that this host has ever seen (P13): a server below it is an older snapshot that came back.

One small file for all processes of the host: two slots (a torn write shows the state before it), made durable at
every change, read and written under an exclusive lock. Once an older server was met the memory stays alarmed, since
that server's zxid grows past the remembered one by and by; a person clears it with `accept`.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from segments import two_slots

SLOT_BYTES = 256


class Memory(msgspec.Struct, frozen=True):
    """What the file holds: the highest zxid, and the zxid of the older server that was met, if one was."""

    highest: int = 0
    older: int | None = None
    format: int = 1

    @property
    def is_alarmed(self) -> bool:
        return self.older is not None


class ZxidMemory:
    """The file at `path`, created when it is not there."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._threads = threading.Lock()

    def read(self) -> Memory:
        with self._locked():
            return self._read()[1]

    def note(self, zxid: int) -> Memory:
        """Remember an answer's zxid, if it is higher; the highest never falls. What is remembered now."""
        with self._locked():
            generation, memory = self._read()
            if zxid <= memory.highest:
                return memory
            return self._write(generation, msgspec.structs.replace(memory, highest=zxid))

    def meet(self, zxid: int, remembered: Memory) -> Memory:
        """A server showed `zxid` after a sync: remember it, or be alarmed because it is below what was `remembered`.

        `remembered` was read before the sync: other processes of this host may note newer answers of the same server
        meanwhile.
        """
        if zxid >= remembered.highest:
            return self.note(zxid)
        with self._locked():
            generation, memory = self._read()
            return self._write(generation, msgspec.structs.replace(memory, older=zxid))

    def accept(self, zxid: int) -> Memory:
        """A person's decision: the server is the truth as it is, with `zxid`. Clears the alarm."""
        with self._locked():
            return self._write(self._read()[0], Memory(zxid))

    def close(self) -> None:
        os.close(self._fd)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._threads:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._fd, fcntl.LOCK_UN)

    def _read(self) -> tuple[int, Memory]:
        try:
            generation, payload = two_slots.read(self._fd, SLOT_BYTES)
        except two_slots.NoValidSlot:
            return 0, Memory()
        return generation, msgspec.json.decode(payload, type=Memory)

    def _write(self, generation: int, memory: Memory) -> Memory:
        two_slots.write(self._fd, generation + 1, msgspec.json.encode(memory), SLOT_BYTES)
        os.fdatasync(self._fd)
        return memory
