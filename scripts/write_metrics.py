"""Writes the table of `docs/metrics.md` from the list in `crushpad/metrics.py`.

Without an option it writes the page; with `--check` it writes nothing and exits with 6 when the page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from crushpad.metrics import METRICS, Metric

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"
BEGIN, END = (
    "<!-- written by scripts/write_metrics.py: begin -->\n",
    "<!-- written by scripts/write_metrics.py: end -->\n",
)
STALE = 6


def row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
    pinot = ", ".join(f"`{name}`" for name in metric.pinot.split(", ")) if metric.pinot else ""
    cells = (f"`{metric.name}`", metric.kind, metric.unit, labels, metric.help, pinot)
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def table() -> str:
    head = ["| name | kind | unit | labels | meaning | stands for Pinot's |", "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *map(row, METRICS)]) + "\n"


def rewritten(page: str) -> str:
    """The page with its table as the list has it. Raises ValueError for a page without the markers."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"the page needs the lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    page = PAGE.read_text(encoding="utf-8")
    fresh = rewritten(page)
    if "--check" in arguments:
        return 0 if page == fresh else STALE
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
