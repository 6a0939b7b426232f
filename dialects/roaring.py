"""Sets of whole numbers in Roaring's portable format, and in the format of Java's Roaring64NavigableMap around it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import groupby

IDS_MAX = 100_000
"""A set that is read may have so many numbers: few bytes can stand for very many."""
_COOKIE, _COOKIE_WITH_RUNS = 12_346, 12_347
_ARRAY_MAX = 4096
_BITMAP_BYTES = 8192
_NO_OFFSETS_BELOW = 4
"""Sets with runs and fewer containers than this do without the places of their containers."""


def write_bitmap(numbers: Iterable[int]) -> bytes:
    """Ints of 32 bits, signed or not, each once."""
    unsigned = sorted({number & 0xFFFFFFFF for number in numbers})
    containers = [(key, [number & 0xFFFF for number in low]) for key, low in groupby(unsigned, lambda n: n >> 16)]
    heads = b"".join(struct.pack("<HH", key, len(low) - 1) for key, low in containers)
    bodies = [_container(low) for _, low in containers]
    place = 8 + len(heads) + 4 * len(bodies)
    places = []
    for body in bodies:
        places.append(struct.pack("<I", place))
        place += len(body)
    return struct.pack("<II", _COOKIE, len(bodies)) + heads + b"".join((*places, *bodies))


def _container(low: list[int]) -> bytes:
    if len(low) <= _ARRAY_MAX:
        return struct.pack(f"<{len(low)}H", *low)
    bits = bytearray(_BITMAP_BYTES)
    for number in low:
        bits[number >> 3] |= 1 << (number & 7)
    return bytes(bits)


def write_bitmap_64(numbers: Iterable[int]) -> bytes:
    """Ints of 64 bits, signed or not, each once: a bitmap of the low halves for each high half."""
    unsigned = sorted({number & 0xFFFFFFFFFFFFFFFF for number in numbers})
    parts = [(high, write_bitmap(low)) for high, low in groupby(unsigned, lambda n: n >> 32)]
    return struct.pack(">?I", False, len(parts)) + b"".join(struct.pack(">I", high) + body for high, body in parts)


def read_bitmap(octets: bytes) -> list[int]:
    """The ints, signed. Raises ValueError for bytes that are no such set."""
    with_sign = (number - (1 << 32) if number >> 31 else number for number in _Reader(octets).bitmap())
    return list(_readable(with_sign))


def read_bitmap_64(octets: bytes) -> list[int]:
    """The ints, signed. Raises ValueError for bytes that are no such set."""
    return list(_readable(_halves(_Reader(octets))))


def _halves(reader: _Reader) -> Iterator[int]:
    _, count = reader.take(">?I")
    for _ in range(count):
        (high,) = reader.take(">i")
        for low in reader.bitmap():
            yield high << 32 | low


def _readable(numbers: Iterable[int]) -> Iterator[int]:
    try:
        for at, number in enumerate(numbers):
            if at == IDS_MAX:
                raise ValueError(f"a set may have {IDS_MAX} numbers")
            yield number
    except struct.error as error:
        raise ValueError("not a Roaring bitmap") from error


class _Reader:
    """Reads one value after another."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self._octets, self._at)
        self._at += struct.calcsize(layout)
        return values

    def bitmap(self) -> Iterator[int]:
        """The ints, not signed."""
        (cookie,) = self.take("<I")
        runs, count = b"", 0
        if cookie & 0xFFFF == _COOKIE_WITH_RUNS:
            count = (cookie >> 16) + 1
            runs = bytes(self.take(f"<{(count + 7) // 8}B"))
        elif cookie == _COOKIE:
            (count,) = self.take("<I")
        else:
            raise ValueError("not a Roaring bitmap")
        heads = [self.take("<HH") for _ in range(count)]
        if not runs or count >= _NO_OFFSETS_BELOW:
            self.take(f"<{count}I")
        for at, (key, last) in enumerate(heads):
            is_run = bool(runs) and bool(runs[at >> 3] >> (at & 7) & 1)
            for low in self._runs() if is_run else self._low(last + 1):
                yield key << 16 | low

    def _low(self, count: int) -> Iterator[int]:
        if count <= _ARRAY_MAX:
            yield from self.take(f"<{count}H")
            return
        for at, octet in enumerate(self.take(f"<{_BITMAP_BYTES}B")):
            yield from (at << 3 | bit for bit in range(8) if octet >> bit & 1)

    def _runs(self) -> Iterator[int]:
        (count,) = self.take("<H")
        for _ in range(count):
            start, more = self.take("<HH")
            yield from range(start, start + more + 1)
