"""Results that are kept in the repository: raw JSON, one file per part, full runs and quick ones apart.

A later run is compared with them as ratios to the limits of the same run: a faster machine changes neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scripts.bench.figures import Figure, Target
from scripts.bench.report import number

KEPT = Path(__file__).with_name("kept")
NOISE = 0.15
"""Changes of a ratio up to this share are the machine's."""


@dataclass(frozen=True, slots=True)
class Kept:
    """All figures of one part in one run, with when, where and with what it was."""

    about: Mapping[str, Any]
    figures: Sequence[Figure]


def path_of(part: str, quick: bool, folder: Path = KEPT) -> Path:
    return folder / ("quick" if quick else "full") / f"{part}.json"


def write(path: Path, kept: Kept) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = [asdict(figure) for figure in kept.figures]
    path.write_text(json.dumps({"about": dict(kept.about), "figures": figures}, indent=1) + "\n")


def read(path: Path) -> Kept | None:
    """None when nothing is kept there."""
    if not path.exists():
        return None
    said = json.loads(path.read_text())
    return Kept(said["about"], [_figure(figure) for figure in said["figures"]])


def _figure(said: Mapping[str, Any]) -> Figure:
    return Figure(
        part=said["part"],
        name=said["name"],
        unit=said["unit"],
        better=said["better"],
        ours=tuple(said["ours"]),
        peers={name: tuple(values) for name, values in said["peers"].items()},
        limits={name: tuple(values) for name, values in said["limits"].items()},
        targets=tuple(Target(**target) for target in said["targets"]),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """How far from a limit a measure was, and is."""

    measure: str
    limit: str
    before: float
    now: float
    better_is_higher: bool

    @property
    def gain(self) -> float:
        """How many times as good as before."""
        return self.now / self.before if self.better_is_higher else self.before / self.now

    @property
    def verdict(self) -> str:
        if self.gain < 1 - NOISE:
            return "WORSE"
        return "better" if self.gain > 1 + NOISE else "same"


def changes(before: Kept, now: Sequence[Figure]) -> Iterator[Change]:
    """Of every measure that has the same limit in both, in today's order. Nothing can be said of a ratio of zero."""
    known = {figure.name: figure for figure in before.figures}
    for figure in now:
        then = known[figure.name].ratios if figure.name in known else {}
        for limit in figure.limits:
            if then.get(limit) and figure.ratios[limit]:
                yield Change(figure.name, limit, then[limit], figure.ratios[limit], figure.better == "higher")


def comparison(part: str, before: Kept, now: Sequence[Figure]) -> Iterator[str]:
    """Lines for people; nothing when no measure has a limit in both."""
    found = list(changes(before, now))
    if found:
        yield f"{part}: ours to the limit of the same run, kept {before.about['date']} -> now"
    for each in found:
        moved = f"{number(each.before)} -> {number(each.now)}"
        yield f"  {each.measure:<52} {moved:>20} of {each.limit:<24} {each.verdict}"
