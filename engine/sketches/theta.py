"""Theta sketches: distinct counts that can be united, intersected and subtracted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import datasketches

from engine.functions.entry import ArrowFunction, by_row
from engine.sketches.entry import known, per_group, reading

LG_ENTRIES = range(4, 21)
"""Nominal entries as a power of two: a sketch of the largest holds up to 16 MiB."""


def of_values(values: Iterable[str | int | float | None], lg_entries: int) -> bytes:
    sketch = datasketches.update_theta_sketch(max(lg_entries, 5))
    for value in known(values):
        sketch.update(value)
    return merged([_bytes(sketch.compact())], lg_entries)


def merged(sketches: Iterable[bytes | None], lg_entries: int) -> bytes:
    union = datasketches.theta_union(max(lg_entries, 5))
    for octets in known(sketches):
        union.update(read(octets))
    return _bytes(union.get_result())


def read(octets: bytes) -> datasketches.compact_theta_sketch:
    """Raises ValueError."""
    with reading("theta"):
        return datasketches.compact_theta_sketch.deserialize(octets)


def united(left: bytes, right: bytes, lg_entries: int) -> bytes:
    return merged((left, right), lg_entries)


def intersected(left: bytes, right: bytes) -> bytes:
    intersection = datasketches.theta_intersection()
    intersection.update(read(left))
    intersection.update(read(right))
    return _bytes(intersection.get_result())


def subtracted(left: bytes, right: bytes) -> bytes:
    return _bytes(datasketches.theta_a_not_b().compute(read(left), read(right)))


def estimate(octets: bytes) -> int:
    distinct: float = read(octets).get_estimate()
    return round(distinct)


def _bytes(sketch: datasketches.compact_theta_sketch) -> bytes:
    return bytes(sketch.serialize())


def _built(name: str, element: str, function: Callable[..., bytes]) -> ArrowFunction:
    return per_group(name, f"{element}[] INTEGER", "BLOB", function)


THETA: tuple[ArrowFunction, ...] = (
    _built("theta_of_varchar", "VARCHAR", of_values),
    _built("theta_of_bigint", "BIGINT", of_values),
    _built("theta_of_double", "DOUBLE", of_values),
    _built("theta_merged", "BLOB", merged),
    per_group("theta_union", "BLOB BLOB INTEGER", "BLOB", united),
    per_group("theta_intersect", "BLOB BLOB", "BLOB", intersected),
    per_group("theta_diff", "BLOB BLOB", "BLOB", subtracted),
    by_row("theta_estimate", "BLOB", "BIGINT", estimate),
)
