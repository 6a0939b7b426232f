"""D5, lineorder: the fact table of the Star Schema Benchmark flattened with its dimensions, synthetic.

The value domains are the benchmark's (five regions of five nations of ten cities, 1,000 brands, seven years), so its
queries mean what they should. Trade is uneven where dbgen's is even - a third of it domestic, half of it with two of a
nation's ten cities - so that the narrowest query finds rows in a million, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from scripts.bench.data.chance import Chance, Whole
from scripts.bench.data.dataset import DataSet, Values, from_columns

REGIONS = {
    "AFRICA": ("ALGERIA", "ETHIOPIA", "KENYA", "MOROCCO", "MOZAMBIQUE"),
    "AMERICA": ("ARGENTINA", "BRAZIL", "CANADA", "PERU", "UNITED STATES"),
    "ASIA": ("CHINA", "INDIA", "INDONESIA", "JAPAN", "VIETNAM"),
    "EUROPE": ("FRANCE", "GERMANY", "ROMANIA", "RUSSIA", "UNITED KINGDOM"),
    "MIDDLE EAST": ("EGYPT", "IRAN", "IRAQ", "JORDAN", "SAUDI ARABIA"),
}
SHIP_MODES = ("AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK")
FIRST_DAY, DAYS = date(1992, 1, 1), 2557
FIRST_DAY_MS = 694_224_000_000
DAY_MS = 86_400_000

_NATIONS = [(nation, region) for region, nations in REGIONS.items() for nation in nations]
_CITIES = [f"{nation[:9]:<9}{digit}" for nation, _ in _NATIONS for digit in range(10)]
_BRANDS = [f"MFGR#{maker}{kind}{brand}" for maker in range(1, 6) for kind in range(1, 6) for brand in range(1, 41)]
_DATES = [FIRST_DAY + timedelta(days) for days in range(DAYS)]
_CALENDAR: dict[str, Sequence[Any]] = {
    "lo_orderdate": [int(f"{day:%Y%m%d}") for day in _DATES],
    "d_year": [day.year for day in _DATES],
    "d_yearmonthnum": [int(f"{day:%Y%m}") for day in _DATES],
    "d_yearmonth": [f"{day:%b%Y}" for day in _DATES],
    "d_weeknuminyear": [(day.timetuple().tm_yday - 1) // 7 + 1 for day in _DATES],
}

COLUMNS = (
    ("ts", pa.int64()),
    ("lo_orderkey", pa.int64()),
    ("lo_linenumber", pa.int32()),
    ("lo_orderdate", pa.int32()),
    ("lo_quantity", pa.int32()),
    ("lo_extendedprice", pa.int64()),
    ("lo_discount", pa.int32()),
    ("lo_revenue", pa.int64()),
    ("lo_supplycost", pa.int64()),
    ("lo_shipmode", pa.string()),
    ("d_year", pa.int32()),
    ("d_yearmonthnum", pa.int32()),
    ("d_yearmonth", pa.string()),
    ("d_weeknuminyear", pa.int32()),
    *((f"{side}_{part}", pa.string()) for side in ("c", "s") for part in ("city", "nation", "region")),
    *((f"p_{part}", pa.string()) for part in ("mfgr", "category", "brand1")),
)


def _columns(chance: Chance) -> Values:
    days, brands, customers = chance.below(DAYS), chance.below(len(_BRANDS)), chance.below(len(_NATIONS))
    suppliers = np.where(chance.happens(0.3), customers, chance.below(len(_NATIONS)))
    return {
        "ts": FIRST_DAY_MS + days * DAY_MS + chance.below(DAY_MS),
        "lo_orderkey": 1 + chance.numbers // 4,
        "lo_linenumber": 1 + chance.numbers % 4,
        "lo_shipmode": chance.one_of(SHIP_MODES),
        **_prices(chance),
        **{name: _taken(values, days) for name, values in _CALENDAR.items()},
        **_place("c", customers, chance),
        **_place("s", suppliers, chance),
        "p_mfgr": _taken([name[:6] for name in _BRANDS], brands),
        "p_category": _taken([name[:7] for name in _BRANDS], brands),
        "p_brand1": _taken(_BRANDS, brands),
    }


def _prices(chance: Chance) -> Values:
    quantity, discount, unit = chance.below(51, 1), chance.below(11), chance.below(110_000, 90_000)
    return {
        "lo_quantity": quantity,
        "lo_extendedprice": quantity * unit,
        "lo_discount": discount,
        "lo_revenue": quantity * unit * (100 - discount) // 100,
        "lo_supplycost": unit * 6 // 10,
    }


def _place(side: str, nations: Whole, chance: Chance) -> Values:
    """City, nation and region; the cities 1 and 5 of a nation have half of its trade."""
    digits = np.where(chance.happens(0.5), 1 + 4 * chance.below(2), chance.below(10))
    return {
        f"{side}_city": _taken(_CITIES, nations * 10 + digits),
        f"{side}_nation": _taken([nation for nation, _ in _NATIONS], nations),
        f"{side}_region": _taken([region for _, region in _NATIONS], nations),
    }


def _taken(words: Sequence[Any], at: Whole) -> list[Any]:
    return [words[index] for index in at.tolist()]


LINEORDER = DataSet("lineorder", COLUMNS, "ts", from_columns(_columns))
