"""Frequent items: the values that come most often, with the error of their counts."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence

import datasketches

from engine.functions.entry import ArrowFunction
from engine.sketches.entry import per_group

LG_MAP = range(3, 21)
"""The size of the map that holds the counts, as a power of two."""


class LongsSerDe(datasketches.PyObjectSerDe):  # type: ignore[misc]
    """Eight bytes a number, little-endian."""

    def get_size(self, _: int) -> int:
        return 8

    def to_bytes(self, item: int) -> bytes:
        return struct.pack("<q", item)

    def from_bytes(self, data: bytes, offset: int) -> tuple[int, int]:
        return struct.unpack_from("<q", data, offset)[0], 8


def of_texts(texts: Sequence[str], counts: Iterable[int], lg_map: int) -> bytes:
    sketch = datasketches.frequent_strings_sketch(lg_map)
    for text, count in zip(texts, counts, strict=True):
        sketch.update(text, count)
    return bytes(sketch.serialize())


def of_longs(numbers: Sequence[int], counts: Iterable[int], lg_map: int) -> bytes:
    sketch = datasketches.frequent_items_sketch(lg_map)
    for number, count in zip(numbers, counts, strict=True):
        sketch.update(number, count)
    return bytes(sketch.serialize(LongsSerDe()))


def _built(name: str, element: str, function: Callable[..., bytes]) -> ArrowFunction:
    return per_group(name, f"{element}[] BIGINT[] INTEGER", "BLOB", function)


FREQUENT: tuple[ArrowFunction, ...] = (
    _built("frequent_varchar", "VARCHAR", of_texts),
    _built("frequent_bigint", "BIGINT", of_longs),
)
