"""A small record that is read while it is written: two fixed slots, written in turn (P18).

A slot is `magic, generation, length, crc32 of what follows, payload`. The reader takes the valid slot with the
highest generation, so a torn write shows the state before it.
"""

from __future__ import annotations

import os
import struct
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
    """Write generation `generation` into its slot; the other slot keeps the generation before."""
    os.pwrite(fd, slot(generation, payload, slot_bytes), (generation % 2) * slot_bytes)


def read(fd: int, slot_bytes: int) -> tuple[int, bytes]:
    """The newest whole record as (generation, payload). Raises NoValidSlot."""
    data = os.pread(fd, 2 * slot_bytes, 0)
    found = [record for at in (0, slot_bytes) if (record := _whole(data[at : at + slot_bytes]))]
    if not found:
        raise NoValidSlot("no slot holds a whole record")
    return max(found)


def _whole(data: bytes) -> tuple[int, bytes] | None:
    if len(data) < _HEADER.size:
        return None
    magic, length, generation, crc = _HEADER.unpack_from(data)
    payload = data[_HEADER.size : _HEADER.size + length]
    if magic != _MAGIC or len(payload) != length or zlib.crc32(payload, generation & 0xFFFFFFFF) != crc:
        return None
    return generation, payload
