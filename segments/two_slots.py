"""A small record that is read while it is written: two fixed slots, written in turn (P18).

A slot is `magic, generation, length, crc32 of what follows, payload`. The reader takes the valid slot with the
highest generation, so a torn write shows the state before it.
"""

from __future__ import annotations

import errno
import os
import struct
import sys
import zlib

_HEADER = struct.Struct("<4sIQI")
_MAGIC = b"CPS1"


class NoValidSlot(Exception):
    """Neither slot holds a whole record: the file is being born, or is not ours."""


class SlotTooSmall(ValueError):
    """The payload does not fit into a slot."""


def slot(generation: int, payload: bytes, slot_bytes: int) -> bytes:
    """One slot's bytes, padded with zeros to `slot_bytes`. Raises SlotTooSmall."""
    body = _HEADER.pack(_MAGIC, len(payload), generation, zlib.crc32(payload, generation & 0xFFFFFFFF)) + payload
    if len(body) > slot_bytes:
        raise SlotTooSmall(f"{len(payload)} bytes do not fit into a slot of {slot_bytes}")
    return body.ljust(slot_bytes, b"\0")


def write(fd: int, generation: int, payload: bytes, slot_bytes: int) -> None:
    """Write generation `generation` into its slot; the other slot keeps the generation before.

    Raises OSError; a slot that could not be written whole is the disk's fault (ENOSPC).
    """
    if os.pwrite(fd, slot(generation, payload, slot_bytes), (generation % 2) * slot_bytes) < slot_bytes:
        raise OSError(errno.ENOSPC, "the slot was not written whole")


def allocate(fd: int, slot_bytes: int) -> None:
    """Take the blocks of both slots now: later there may be none. What is in them stays. Raises OSError."""
    size_bytes = 2 * slot_bytes
    if sys.platform == "linux":
        os.posix_fallocate(fd, 0, size_bytes)
        return
    missing = size_bytes - os.fstat(fd).st_size
    if missing > 0 and os.pwrite(fd, bytes(missing), size_bytes - missing) < missing:
        raise OSError(errno.ENOSPC, "the slots were not allocated whole")


def read(fd: int, slot_bytes: int) -> tuple[int, bytes]:
    """The newest whole record as (generation, payload). Raises NoValidSlot.

    A writer may overtake a slow reader in both slots; as long as the headers move, looking again helps.
    """
    seen: list[_Placed] = []
    while (placed := _headers(fd, slot_bytes)) != seen:
        for (generation, length, crc), at in placed:
            payload = os.pread(fd, length, at + _HEADER.size)
            if len(payload) == length and zlib.crc32(payload, generation & 0xFFFFFFFF) == crc:
                return generation, payload
        seen = placed
    raise NoValidSlot("no slot holds a whole record")


_Placed = tuple[tuple[int, int, int], int]


def _headers(fd: int, slot_bytes: int) -> list[_Placed]:
    """What looks like a header, with its slot's place, newest generation first."""
    found = [(header, at) for at in (0, slot_bytes) if (header := _header(fd, at, slot_bytes))]
    return sorted(found, reverse=True)


def _header(fd: int, at: int, slot_bytes: int) -> tuple[int, int, int] | None:
    data = os.pread(fd, _HEADER.size, at)
    if len(data) < _HEADER.size:
        return None
    magic, length, generation, crc = _HEADER.unpack(data)
    if magic != _MAGIC or length > slot_bytes - _HEADER.size:
        return None
    return generation, length, crc
