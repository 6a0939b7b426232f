"""Measures along an axis as pictures: one small log-log plot for each axis and measure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from scripts.bench.figures import Figure
from scripts.bench.plots import DOTS_AN_INCH, INCHES_WIDE

ACROSS = 3
INCHES_HIGH = 2.2
POINT = re.compile(r"(?P<axis>.+) (?P<place>[\d,]+): (?P<measure>.+)")

Curve = Mapping[float, Figure]


def curves(figures: Sequence[Figure]) -> dict[tuple[str, str], Curve]:
    """Figures named `<axis> <place>: <measure>`, by axis and measure, where there are two places or more."""
    found: dict[tuple[str, str], dict[float, Figure]] = {}
    for figure in figures:
        if named := POINT.fullmatch(figure.name):
            place = float(named["place"].replace(",", ""))
            found.setdefault((named["axis"], named["measure"]), {})[place] = figure
    return {key: curve for key, curve in found.items() if len(curve) > 1}


def draw(part: str, figures: Sequence[Figure], folder: Path) -> Path | None:
    """`bench-growth-curves.png` in `folder`; None when the part has no such figures."""
    found = curves(figures) if part == "growth" else {}
    if not found:
        return None
    down = -(-len(found) // ACROSS)
    picture, grid = plt.subplots(
        down, ACROSS, figsize=(INCHES_WIDE, INCHES_HIGH * down), layout="constrained", squeeze=False
    )
    for axes in grid.flat[len(found) :]:
        axes.set_visible(False)
    for axes, ((axis, measure), curve) in zip(grid.flat, found.items(), strict=False):
        _line(axes, axis, measure, curve)
    path = folder / "bench-growth-curves.png"
    picture.savefig(path, dpi=DOTS_AN_INCH, metadata={"Software": None})
    plt.close(picture)
    return path


def _line(axes: Axes, axis: str, measure: str, curve: Curve) -> None:
    places = sorted(curve)
    axes.plot(places, [curve[place].middle for place in places], "o-")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(f"{measure} ({curve[places[0]].unit})", fontsize=7)
    axes.set_xlabel(axis, fontsize=7)
    axes.tick_params(labelsize=6, which="both")
    axes.grid(alpha=0.3)
