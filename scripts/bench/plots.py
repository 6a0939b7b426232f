"""Figures as pictures: for each measure of a part, how many times as good as each peer and limit ours is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from scripts.bench.figures import Figure

INCHES_WIDE = 8.0
INCHES_A_MEASURE = 0.25
DOTS_AN_INCH = 90
MARKS = "osD^vP*X"


def gains(figure: Figure) -> dict[str, float]:
    """How many times as good as each peer and limit ours is; without those that are zero or nothing."""
    found = {name: ratio if figure.better == "higher" else 1 / ratio for name, ratio in figure.ratios.items() if ratio}
    return {name: gain for name, gain in found.items() if 0 < gain < float("inf")}


def draw(part: str, figures: Sequence[Figure], folder: Path) -> Path | None:
    """`bench-<part>.png` in `folder`; None when no measure has anything beside it. (p90 is left to the table.)"""
    shown = [figure for figure in reversed(figures) if gains(figure) and not figure.name.endswith("p90")]
    if not shown:
        return None
    picture, axes = plt.subplots(figsize=(INCHES_WIDE, 1.2 + INCHES_A_MEASURE * len(shown)), layout="constrained")
    _scatter(axes, shown)
    axes.set_title(f"{part}: how many times as good ours is (right of the line: ours is ahead)", fontsize=10)
    path = folder / f"bench-{part}.png"
    picture.savefig(path, dpi=DOTS_AN_INCH, metadata={"Software": None})
    plt.close(picture)
    return path


def _scatter(axes: Axes, figures: Sequence[Figure]) -> None:
    names = list(dict.fromkeys(name for figure in figures for name in gains(figure)))
    for at, name in enumerate(names):
        points = [(gains(figure)[name], row) for row, figure in enumerate(figures) if name in gains(figure)]
        axes.plot(*zip(*points, strict=True), MARKS[at % len(MARKS)], label=name, alpha=0.8)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(figures)), [figure.name for figure in figures], fontsize=8)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", alpha=0.3)
    axes.figure.legend(fontsize=8, loc="outside lower center", ncols=4)
