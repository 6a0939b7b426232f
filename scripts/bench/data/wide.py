"""D6, wide: 105 columns typed like a web analytics hit, low and high cardinality mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from scripts.bench.data.chance import Chance
from scripts.bench.data.dataset import FIRST_MS, Column, DataSet, Values, from_columns

WIDTH = 105
PHRASES = ("", "", "", "buy a bicycle", "cheap flights", "how to prune vines", "weather tomorrow")

Kind = tuple[str, pa.DataType, Callable[[Chance], Column]]

_KINDS: tuple[Kind, ...] = (
    ("flag", pa.int32(), lambda chance: chance.below(2)),
    ("size", pa.int32(), lambda chance: chance.uneven(2_000)),
    ("region", pa.int32(), lambda chance: chance.below(300)),
    ("id", pa.int64(), lambda chance: chance.below(2**53)),
    ("phrase", pa.string(), lambda chance: chance.one_of(PHRASES)),
    ("counter", pa.int64(), lambda chance: chance.uneven(100_000)),
    ("price", pa.float64(), lambda chance: chance.money(500)),
    ("hash", pa.string(), lambda chance: chance.hexes(16)),
    ("mobile", pa.bool_(), lambda chance: chance.happens(0.4)),
)
"""A column's name, type and values; the kinds take turns until all columns are there."""


def wide(width: int = WIDTH) -> DataSet:
    """The data set with so many columns, the time among them. `columns` of a narrower one are the first of a wider."""
    kinds = list(_numbered(width - 1))

    def columns(chance: Chance) -> Values:
        made = {name: make(chance) for name, _, make in kinds}
        return {"event_time": FIRST_MS + chance.numbers, **made}

    types = (("event_time", pa.int64()), *((name, kind) for name, kind, _ in kinds))
    return DataSet("wide", types, "event_time", from_columns(columns))


def _numbered(width: int) -> Iterator[Kind]:
    for number in range(width):
        name, kind, make = _KINDS[number % len(_KINDS)]
        yield f"{name}_{number // len(_KINDS)}", kind, make
