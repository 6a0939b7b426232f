"""Figures as a table: ours on the first line of a measure, each peer and limit on one of its own. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median

from scripts.bench.figures import Figure, Target, quartiles, share

HEADERS = ("measure", "unit", "median", "quartiles", "ours to it", "target", "verdict")
RIGHT = frozenset({2, 3, 4, 5})
INDENT = "  "

Row = tuple[str, ...]


def lines(figures: Sequence[Figure]) -> Iterator[str]:
    """A text for people: parts in order of their first figure, columns aligned, verdicts counted."""
    rows = [HEADERS, *(row for figure in figures for row in figure_rows(figure))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADERS))]
    yield _aligned(HEADERS, widths)
    for part, found in groupby(figures, key=lambda figure: figure.part):
        yield f"\n{part}"
        yield from (_aligned(row, widths) for figure in found for row in figure_rows(figure))
    yield f"\n{summary(figures)}"


def summary(figures: Sequence[Figure]) -> str:
    """How many measures have each verdict: `12 held, 3 MISSED, 4 no peer`; those without a target are left out."""
    counted = Counter(figure.verdict for figure in figures if figure.targets)
    return ", ".join(f"{counted[verdict]} {verdict}" for verdict in ("held", "MISSED", "no peer"))


def markdown(figures: Sequence[Figure]) -> Iterator[str]:
    """One table per part."""
    for part, found in groupby(figures, key=lambda figure: figure.part):
        yield f"### {part}\n"
        yield f"| {' | '.join(HEADERS)} |"
        yield "|" + "|".join("---:" if column in RIGHT else "---" for column in range(len(HEADERS))) + "|"
        yield from (_cells(row) for figure in found for row in figure_rows(figure))
        yield ""


def figure_rows(figure: Figure) -> Iterator[Row]:
    """Ours, then every peer and limit that was measured or that a target names."""
    targets = {target.against: target for target in figure.targets}
    yield _ours(figure, targets.pop(None, None))
    for name, values in {**figure.peers, **figure.limits}.items():
        yield _other(figure, name, values, targets.pop(name, None))
    for target in targets.values():
        reference = figure.reference(str(target.against))
        yield _other(figure, str(target.against), () if reference is None else (reference,), target)


def _ours(figure: Figure, target: Target | None) -> Row:
    wanted = "" if target is None else f"{_sign(figure)} {number(target.factor)}"
    return (figure.name, figure.unit, *_spread(figure.ours), "", wanted, _verdict(figure, target))


def _other(figure: Figure, name: str, values: tuple[float, ...], target: Target | None) -> Row:
    ratio = number(share(figure.middle, median(values))) if values else "not run"
    wanted = "" if target is None else f"{_sign(figure)} {number(target.factor)}"
    return (INDENT + name, "", *_spread(values), ratio, wanted, _verdict(figure, target))


def _verdict(figure: Figure, target: Target | None) -> str:
    if target is None:
        return ""
    return {True: "held", False: "MISSED", None: "no peer"}[figure.holds(target)]


def _sign(figure: Figure) -> str:
    return ">=" if figure.better == "higher" else "<="


def _spread(values: tuple[float, ...]) -> tuple[str, str]:
    """Median and quartiles."""
    if not values:
        return "", ""
    low, high = quartiles(values)
    return number(median(values)), "" if len(values) == 1 else f"{number(low)} .. {number(high)}"


def number(value: float) -> str:
    """Three digits that say something: 214,000; 23.8; 0.613."""
    if value == 0 or value != value or abs(value) == float("inf"):
        return f"{value:g}"
    if abs(value) >= 999.5:
        return f"{float(f'{value:.4g}'):,.0f}"
    return f"{float(f'{value:.3g}'):g}"


def _aligned(row: Row, widths: Sequence[int]) -> str:
    cells = (cell.rjust(widths[at]) if at in RIGHT else cell.ljust(widths[at]) for at, cell in enumerate(row))
    return "  ".join(cells).rstrip()


def _cells(row: Row) -> str:
    name = row[0].replace(INDENT, "· ", 1) if row[0].startswith(INDENT) else f"**{row[0]}**"
    return f"| {' | '.join((name, *row[1:]))} |"
