"""KLL sketches: quantiles of many numbers in little space."""

from __future__ import annotations

from collections.abc import Iterable

import datasketches
import numpy as np
import pyarrow as pa

from engine.functions.entry import PREFIX, ArrowFunction, by_row
from engine.sketches.entry import known, per_group, reading

K = range(8, 65_536)


def of_numbers(values: pa.Array, k: int) -> bytes:
    sketch = datasketches.kll_doubles_sketch(k)
    numbers = values.drop_null().to_numpy(zero_copy_only=False)
    sketch.update(np.array(numbers, np.float64))  # a copy: it takes no read-only memory
    return bytes(sketch.serialize())


def merged(sketches: Iterable[bytes | None], k: int) -> bytes:
    union = datasketches.kll_doubles_sketch(k)
    for octets in known(sketches):
        union.merge(read(octets))
    return bytes(union.serialize())


def read(octets: bytes) -> datasketches.kll_doubles_sketch:
    """Raises ValueError."""
    with reading("KLL"):
        return datasketches.kll_doubles_sketch.deserialize(octets)


def quantile(octets: bytes, share: float) -> float | None:
    sketch = read(octets)
    return None if sketch.is_empty() else float(sketch.get_quantile(share))


def _of_columns(lists: pa.ChunkedArray, ks: pa.ChunkedArray) -> pa.Array:
    settings = ks.to_pylist()
    groups = (
        None if not group.is_valid else of_numbers(group.values, k) for group, k in zip(lists, settings, strict=True)
    )
    return pa.array(groups, pa.binary())


QUANTILES: tuple[ArrowFunction, ...] = (
    ArrowFunction(f"{PREFIX}kll_of_double", ("DOUBLE[]", "INTEGER"), "BLOB", _of_columns),
    per_group("kll_merged", "BLOB[] INTEGER", "BLOB", merged),
    by_row("kll_quantile", "BLOB DOUBLE", "DOUBLE", quantile),
)
