"""D2, bids: an auction's bid events as in Nexmark, five numbers and two short strings, about 100 bytes a row."""

from __future__ import annotations

import pyarrow as pa

from scripts.bench.data.chance import Chance
from scripts.bench.data.dataset import FIRST_MS, DataSet, Values, from_columns

CHANNELS = ("Apple", "Baidu", "Facebook", "Google")


def _columns(chance: Chance) -> Values:
    return {
        "date_time": FIRST_MS + chance.numbers,
        "auction": 1_000 + chance.numbers // 50 - chance.uneven(1_000),
        "bidder": 1_000 + chance.uneven(100_000),
        "price": 100 + chance.exponential(0.0001),
        "quantity": chance.below(10, 1),
        "channel": chance.one_of(CHANNELS),
        "extra": chance.hexes(8),
    }


BIDS = DataSet(
    "bids",
    (
        ("date_time", pa.int64()),
        ("auction", pa.int64()),
        ("bidder", pa.int64()),
        ("price", pa.int64()),
        ("quantity", pa.int32()),
        ("channel", pa.string()),
        ("extra", pa.string()),
    ),
    "date_time",
    from_columns(_columns),
    keys=("auction",),
)
