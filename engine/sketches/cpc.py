"""CPC sketches: distinct counts in the fewest bytes."""

from __future__ import annotations

from collections.abc import Iterable

import datasketches

from engine.functions.entry import ArrowFunction, by_row
from engine.sketches.entry import known, per_group, reading


def of_values(values: Iterable[str | int | float | None], lg_k: int) -> bytes:
    sketch = datasketches.cpc_sketch(lg_k)
    for value in known(values):
        sketch.update(value)
    return bytes(sketch.serialize())


def merged(sketches: Iterable[bytes | None], lg_k: int) -> bytes:
    union = datasketches.cpc_union(lg_k)
    for octets in known(sketches):
        union.update(read(octets))
    return bytes(union.get_result().serialize())


def united(left: bytes, right: bytes, lg_k: int) -> bytes:
    return merged((left, right), lg_k)


def read(octets: bytes) -> datasketches.cpc_sketch:
    """Raises ValueError."""
    with reading("CPC"):
        return datasketches.cpc_sketch.deserialize(octets)


def estimate(octets: bytes) -> int:
    distinct: float = read(octets).get_estimate()
    return round(distinct)


CPC: tuple[ArrowFunction, ...] = (
    per_group("cpc_of_varchar", "VARCHAR[] INTEGER", "BLOB", of_values),
    per_group("cpc_of_bigint", "BIGINT[] INTEGER", "BLOB", of_values),
    per_group("cpc_of_double", "DOUBLE[] INTEGER", "BLOB", of_values),
    per_group("cpc_merged", "BLOB[] INTEGER", "BLOB", merged),
    per_group("cpc_union", "BLOB BLOB INTEGER", "BLOB", united),
    by_row("cpc_estimate", "BLOB", "BIGINT", estimate),
)
