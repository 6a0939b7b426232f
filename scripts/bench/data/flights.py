"""D3, flights: a departure a row, 78 columns typed as airline statistics are, many of them correlated."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from scripts.bench.data.chance import Chance, Whole
from scripts.bench.data.dataset import FIRST_MS, Column, DataSet, Values, from_columns

CARRIERS = ("AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN")
STATES = ("AZ", "CA", "CO", "FL", "GA", "IL", "MA", "MN", "NV", "NY", "OH", "TX", "UT", "VA", "WA")
CANCELLATIONS = ("", "", "", "", "", "", "", "A", "B", "C")
AIRPORTS = tuple(f"{first}{second}{third}" for first in "ABDLMS" for second in "AEIOT" for third in "HKLNSXWZ")
DELAY_REASONS = ("carrier", "weather", "nas", "security", "late_aircraft")
DIVERSIONS = 5
MINUTE_MS = 60_000


def _columns(chance: Chance) -> Values:
    minutes = chance.numbers * 2 + chance.uneven(30)
    return {
        "ts": FIRST_MS + minutes * MINUTE_MS,
        **_calendar(minutes // 1440),
        **_craft(chance),
        **_airport("origin", chance),
        **_airport("dest", chance),
        **_times(chance, minutes % 1440),
        **_reasons(chance),
        **_diversions(chance),
    }


def _calendar(days: Whole) -> Values:
    return {
        "days_since_epoch": FIRST_MS // 86_400_000 + days,
        "year": 2023 + days // 365,
        "quarter": 1 + days % 365 // 92,
        "month": 1 + days % 365 // 31,
        "day_of_month": 1 + days % 31,
        "day_of_week": 1 + days % 7,
    }


def _craft(chance: Chance) -> Values:
    carriers = chance.below(len(CARRIERS))
    return {
        "carrier": [CARRIERS[at] for at in carriers.tolist()],
        "airline_id": 19_000 + carriers * 37,
        "unique_carrier": [CARRIERS[at] for at in carriers.tolist()],
        "tail_num": [f"N{number:05d}" for number in chance.uneven(5_000).tolist()],
        "flight_num": chance.uneven(7_000),
    }


def _airport(side: str, chance: Chance) -> Values:
    airports = chance.uneven(len(AIRPORTS))
    at = airports.tolist()
    return {
        side: [AIRPORTS[index] for index in at],
        f"{side}_airport_id": 10_000 + airports * 13,
        f"{side}_airport_seq_id": 1_000_000 + airports * 1_301,
        f"{side}_city_market_id": 30_000 + airports * 7,
        f"{side}_city_name": [f"City {AIRPORTS[index]}, {STATES[index % len(STATES)]}" for index in at],
        f"{side}_state": [STATES[index % len(STATES)] for index in at],
        f"{side}_state_fips": airports % len(STATES) * 4,
        f"{side}_state_name": [f"State of {STATES[index % len(STATES)]}" for index in at],
        f"{side}_wac": airports % len(STATES) * 6,
    }


def _times(chance: Chance, departs: Whole) -> Values:
    late, drift, distance = chance.exponential(0.08) - 8, chance.below(40) - 25, 100 + chance.uneven(2_600)
    elapsed = 30 + distance // 8
    arrives = departs + elapsed
    return {
        **_side("dep", departs, late),
        **_side("arr", arrives, late + drift),
        "dep_time_blk": [f"{minute // 60:02d}00-{minute // 60:02d}59" for minute in departs.tolist()],
        "arr_time_blk": [f"{minute // 60 % 24:02d}00-{minute // 60 % 24:02d}59" for minute in arrives.tolist()],
        "taxi_out": 8 + chance.uneven(30),
        "taxi_in": 3 + chance.uneven(20),
        "wheels_off": _clock(departs + late + 15),
        "wheels_on": _clock(arrives + late + drift - 7),
        "crs_elapsed_time": elapsed,
        "actual_elapsed_time": elapsed + drift,
        "air_time": elapsed - 22,
        "flights": np.ones(len(departs), np.int64),
        "distance": distance,
        "distance_group": distance // 250 + 1,
        "cancelled": chance.happens(0.015),
        "cancellation_code": chance.one_of(CANCELLATIONS),
        "diverted": chance.happens(0.002),
        "fuel": np.round(elapsed * 42.5 + chance.share() * 100, 1),
    }


def _side(side: str, planned: Whole, late: Whole) -> Values:
    """When a departure or an arrival was planned and took place, and how late it was."""
    return {
        f"crs_{side}_time": _clock(planned),
        f"{side}_time": _clock(planned + late),
        f"{side}_delay": late,
        f"{side}_delay_minutes": np.maximum(late, 0),
        f"{side}_del15": late >= 15,
        f"{side}_delay_group": np.clip(late // 15, -2, 12),
    }


def _clock(minutes: Whole) -> Whole:
    """Minutes of a day as `hhmm`."""
    hhmm: Whole = minutes // 60 % 24 * 100 + minutes % 60
    return hhmm


def _reasons(chance: Chance) -> Values:
    late = chance.happens(0.2)
    return {f"{reason}_delay": np.where(late, chance.uneven(60), 0) for reason in DELAY_REASONS}


def _diversions(chance: Chance) -> Values:
    """The airports of a diversion: nearly always nothing, as wide tables have it."""
    made: dict[str, Column] = {}
    for number in range(1, DIVERSIONS + 1):
        diverted = chance.happens(0.002 / number).tolist()
        airports = chance.one_of(AIRPORTS)
        made[f"div{number}_airport"] = [name if goes else "" for name, goes in zip(airports, diverted, strict=True)]
        made[f"div{number}_total_gtime"] = np.where(diverted, chance.uneven(90), 0)
        made[f"div{number}_tail_num"] = [f"N{at:05d}" if goes else "" for at, goes in enumerate(diverted)]
    return made


_TYPES = {"b": pa.bool_(), "i": pa.int32(), "f": pa.float64()}


def _types(columns: Values) -> Mapping[str, pa.DataType]:
    """Arrow's type of each column, by what is in it: whole numbers are 32 bits wide but for the time."""
    kinds = {
        name: _TYPES[values.dtype.kind] if isinstance(values, np.ndarray) else pa.string()
        for name, values in columns.items()
    }
    return kinds | {"ts": pa.int64()}


FLIGHTS = DataSet(
    "flights",
    tuple(_types(_columns(Chance(0, np.arange(1, dtype=np.uint64)))).items()),
    "ts",
    from_columns(_columns),
    keys=("tail_num",),
)
