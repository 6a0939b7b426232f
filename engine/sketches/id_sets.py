"""Sets of ids as Pinot's ID_SET writes them: Roaring bitmaps of whole numbers, Guava's Bloom filters of all else."""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import pyarrow as pa

from dialects.roaring import write_bitmap, write_bitmap_64
from engine.functions.entry import PREFIX, ArrowFunction, signature
from engine.functions.murmur import murmur3_128
from engine.sketches.entry import known, per_group

INTS, LONGS, BLOOM = b"\1", b"\2", b"\3"
_BITMAPS: dict[bytes, Callable[[Iterable[int]], bytes]] = {INTS: write_bitmap, LONGS: write_bitmap_64}
_STRATEGY = 1
"""Guava's MURMUR128_MITZ_64."""
_FUNNELS = {"INTEGER": b"\0", "FLOAT": b"\0", "BIGINT": b"\1", "DOUBLE": b"\1", "VARCHAR": b"\2", "BLOB": b"\3"}
_OCTETS: dict[str, Callable[[Any], bytes]] = {
    "INTEGER": struct.Struct("<i").pack,
    "FLOAT": struct.Struct("<f").pack,
    "BIGINT": struct.Struct("<q").pack,
    "DOUBLE": struct.Struct("<d").pack,
    "VARCHAR": partial(str.encode, encoding="utf-16-le"),
    "BLOB": bytes,
}


@dataclass(slots=True)
class BloomFilter:
    """Bits, of which each value sets `hashes`."""

    hashes: int
    bits: bytearray

    @classmethod
    def sized(cls, insertions: int, false_positives: float) -> BloomFilter:
        bits = int(-insertions * math.log(false_positives) / math.log(2) ** 2)
        hashes = max(1, int(bits / insertions * math.log(2) + 0.5))
        return cls(hashes, bytearray((bits + 63) // 64 * 8))

    @classmethod
    def read(cls, octets: bytes) -> BloomFilter:
        strategy, hashes, words = struct.unpack_from(">BBi", octets)
        if strategy != _STRATEGY or len(octets) != 6 + 8 * words or not words:
            raise ValueError("not a Bloom filter")
        return cls(hashes, bytearray(_turned(octets[6:])))

    def add(self, octets: bytes) -> None:
        for bit in self._places(octets):
            self.bits[bit >> 3] |= 1 << (bit & 7)

    def may_hold(self, octets: bytes) -> bool:
        return all(self.bits[bit >> 3] >> (bit & 7) & 1 for bit in self._places(octets))

    def written(self) -> bytes:
        return struct.pack(">BBi", _STRATEGY, self.hashes, len(self.bits) // 8) + _turned(bytes(self.bits))

    def _places(self, octets: bytes) -> Iterator[int]:
        first, second = murmur3_128(octets, 0)
        for _ in range(self.hashes):
            yield (first & 0x7FFFFFFFFFFFFFFF) % (len(self.bits) * 8)
            first = (first + second) & 0xFFFFFFFFFFFFFFFF


def _turned(octets: bytes) -> bytes:
    """Words of 64 bits with their bytes in the other order."""
    count = len(octets) // 8
    return struct.pack(f"<{count}Q", *struct.unpack(f">{count}Q", octets))


def of_numbers(kind: bytes, word: str, values: Iterable[int | None], most: int, insertions: int, share: float) -> bytes:
    """A bitmap, or a Bloom filter if that has more than `most` bytes."""
    numbers = list(known(values))
    written = kind + _BITMAPS[kind](numbers)
    return written if len(written) <= most else of_values(word, numbers, most, insertions, share)


def of_values(word: str, values: Iterable[Any], _: int, insertions: int, share: float) -> bytes:
    """A Bloom filter for so many insertions, with a share of false positives."""
    bloom, octets = BloomFilter.sized(insertions, share), _OCTETS[word]
    for value in known(values):
        bloom.add(octets(value))
    return BLOOM + _FUNNELS[word] + bloom.written()


@lru_cache(maxsize=8)
def _bloom(text: str) -> BloomFilter:
    try:
        return BloomFilter.read(base64.b64decode(text, validate=True)[2:])
    except (binascii.Error, struct.error) as error:
        raise ValueError("not a Bloom filter in base64") from error


def _membership(word: str) -> ArrowFunction:
    octets = _OCTETS[word]

    def call(values: pa.ChunkedArray, texts: pa.ChunkedArray) -> pa.Array:
        """`texts` is the same filter in every row."""
        text = texts[0].as_py() if len(texts) else None
        bloom = None if text is None else _bloom(text)
        found = (
            None if value is None or bloom is None else bloom.may_hold(octets(value)) for value in values.to_pylist()
        )
        return pa.array(found, pa.bool_())

    call.__signature__ = signature(2)  # type: ignore[attr-defined]  # its annotations are none of DuckDB's types
    return ArrowFunction(f"{PREFIX}in_bloom_of_{word.lower()}", (word, "VARCHAR"), "BOOLEAN", call)


def _made(word: str, build: Callable[..., bytes]) -> ArrowFunction:
    return per_group(f"id_set_of_{word.lower()}", f"{word}[] BIGINT BIGINT DOUBLE", "BLOB", build)


ID_SETS: tuple[ArrowFunction, ...] = (
    _made("INTEGER", partial(of_numbers, INTS, "INTEGER")),
    _made("BIGINT", partial(of_numbers, LONGS, "BIGINT")),
    *(_made(word, partial(of_values, word)) for word in ("FLOAT", "DOUBLE", "VARCHAR", "BLOB")),
    *map(_membership, _FUNNELS),
)
