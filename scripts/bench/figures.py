"""A figure: one measured number per repetition, ours beside peers and limits, and whether its targets hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Literal

Better = Literal["higher", "lower"]
Verdict = Literal["held", "MISSED", "no peer", "-"]

BEST_PEER = "best peer"
"""As a target's `against`: whichever peer of the run is best at this figure."""


@dataclass(frozen=True, slots=True)
class Target:
    """Ours has to be at least (`lower` is better: at most) `factor` times the median of `against`.

    `against` is the name of a peer or a limit of the figure, or BEST_PEER; with None, `factor` is the line itself, in
    the figure's unit.
    """

    factor: float
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of a part; every tuple has one number per repetition, in `unit`."""

    part: str
    name: str
    unit: str
    better: Better
    ours: tuple[float, ...]
    peers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()

    @property
    def middle(self) -> float:
        return median(self.ours)

    @property
    def ratios(self) -> dict[str, float]:
        """Our median divided by the one of each peer and limit."""
        return {name: share(self.middle, median(values)) for name, values in {**self.peers, **self.limits}.items()}

    @property
    def verdict(self) -> Verdict:
        """ "no peer" when a target is left open because what it is against was not run, and no other is missed."""
        found = [self.holds(target) for target in self.targets]
        if False in found:
            return "MISSED"
        if None in found:
            return "no peer"
        return "held" if found else "-"

    def line(self, target: Target) -> float | None:
        """The number that `target` asks for; None when what it is against was not run."""
        if target.against is None:
            return target.factor
        reference = self.reference(target.against)
        return None if reference is None else target.factor * reference

    def holds(self, target: Target) -> bool | None:
        line = self.line(target)
        if line is None:
            return None
        return self.middle >= line if self.better == "higher" else self.middle <= line

    def reference(self, name: str) -> float | None:
        """The median of a peer or limit."""
        if name == BEST_PEER:
            medians = [median(values) for values in self.peers.values()]
            best = max if self.better == "higher" else min
            return best(medians) if medians else None
        values = self.peers.get(name) or self.limits.get(name)
        return median(values) if values else None


def share(ours: float, other: float) -> float:
    """`ours / other`; equal zeros are equal, and anything is endlessly more than zero."""
    if other:
        return ours / other
    return 1.0 if ours == 0 else float("inf")


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The first and third quartile; those of a single number are the number."""
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high
