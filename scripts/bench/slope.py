"""How a measure grows along an axis: the log-log slope through its points, and what of the best the last one keeps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from scripts.bench.figures import Better, Figure, Target

PART = "growth"


@dataclass(frozen=True, slots=True)
class Growth:
    """One measure at the points of one axis: repetitions by place, places above zero."""

    axis: str
    measure: str
    unit: str
    better: Better
    points: Mapping[float, Sequence[float]]

    @property
    def medians(self) -> dict[float, float]:
        return {place: median(values) for place, values in sorted(self.points.items())}

    @property
    def span(self) -> float:
        """How many times the first place the last one is."""
        return max(self.points) / min(self.points)

    @property
    def slope(self) -> float:
        """The exponent of the power law through the medians: 0 is flat, 1 is linear."""
        places, values = zip(*self.medians.items(), strict=True)
        return float(np.polyfit(np.log(places), np.log(values), 1)[0])

    @property
    def last_to_best(self) -> float:
        """The last point as a multiple of the best one: at most 1 where higher is better, else at least 1."""
        values = list(self.medians.values())
        return values[-1] / (max(values) if self.better == "higher" else min(values))


def flat_slope(span: float, keeps: float) -> float:
    """The slope that changes a measure by the factor `keeps` over the whole span."""
    return math.log(keeps) / math.log(span)


def flat(growth: Growth, keeps: float) -> Iterator[Figure]:
    """Every point; then the slope and the last point, both of which may change by no more than the factor `keeps`."""
    yield from points(growth)
    yield _slope(growth, flat_slope(growth.span, keeps))
    yield last(growth, keeps)


def no_collapse(growth: Growth, keeps: float) -> Iterator[Figure]:
    """Every point; then the last one, which must keep the factor `keeps` of the best."""
    yield from points(growth)
    yield last(growth, keeps)


def no_steeper(growth: Growth, slope: float) -> Iterator[Figure]:
    """Every point; then the slope, which must be no worse than the one given."""
    yield from points(growth)
    yield _slope(growth, slope)


def points(growth: Growth) -> Iterator[Figure]:
    for place, values in sorted(growth.points.items()):
        name = f"{growth.axis} {place:,.0f}: {growth.measure}"
        yield Figure(PART, name, growth.unit, growth.better, tuple(values))


def last(growth: Growth, keeps: float) -> Figure:
    name = f"{growth.axis}: last of best, {growth.measure}"
    return Figure(PART, name, "ratio", growth.better, (growth.last_to_best,), targets=(Target(keeps),))


def _slope(growth: Growth, bound: float) -> Figure:
    name = f"{growth.axis}: slope, {growth.measure}"
    return Figure(PART, name, "log/log", growth.better, (growth.slope,), targets=(Target(bound),))
