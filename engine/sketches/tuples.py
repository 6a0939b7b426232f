"""Tuple sketches with a whole number for each key, as Pinot stores them: distinct keys, and sums of their numbers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable

import datasketches

from engine.functions.entry import ArrowFunction
from engine.sketches.entry import known, per_group, reading

LG_ENTRIES = range(4, 27)
_SUM_MODE = 0


class SummarySerDe(datasketches.PyObjectSerDe):  # type: ignore[misc]
    """Java's IntegerSummary: its number in four bytes, then how numbers of one key are combined."""

    def get_size(self, _: int) -> int:
        return 5

    def to_bytes(self, item: int) -> bytes:
        return struct.pack("<iB", item, _SUM_MODE)

    def from_bytes(self, data: bytes, offset: int) -> tuple[int, int]:
        return struct.unpack_from("<i", data, offset)[0], 5


def merged(sketches: Iterable[bytes | None], lg_entries: int) -> datasketches.compact_tuple_sketch:
    """The numbers of one key are added. Raises ValueError."""
    union = datasketches.tuple_union(datasketches.AccumulatorPolicy(), max(lg_entries, 5))
    for octets in known(sketches):
        with reading("tuple"):
            union.update(datasketches.compact_tuple_sketch.deserialize(octets, SummarySerDe()))
    return union.get_result()


def raw(sketches: Iterable[bytes | None], lg_entries: int) -> bytes:
    return bytes(merged(sketches, lg_entries).serialize(SummarySerDe()))


def distinct(sketches: Iterable[bytes | None], lg_entries: int) -> int:
    return int(merged(sketches, lg_entries).get_estimate())


def total(sketches: Iterable[bytes | None], lg_entries: int) -> int:
    sketch = merged(sketches, lg_entries)
    estimated: float = sum(number for _, number in sketch) / sketch.theta
    return round(estimated)


def average(sketches: Iterable[bytes | None], lg_entries: int) -> int | None:
    sketch = merged(sketches, lg_entries)
    return round(sum(number for _, number in sketch) / sketch.num_retained) if sketch.num_retained else None


def _of_group(name: str, result: str, function: Callable[..., object]) -> ArrowFunction:
    return per_group(name, "BLOB[] INTEGER", result, function)


TUPLES: tuple[ArrowFunction, ...] = (
    _of_group("tuple_raw", "BLOB", raw),
    _of_group("tuple_distinct", "BIGINT", distinct),
    _of_group("tuple_sum", "BIGINT", total),
    _of_group("tuple_average", "BIGINT", average),
)
