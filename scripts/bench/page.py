"""The generated section of docs/performance.md: what is kept of full runs, as tables and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.bench import growth_plot, plots, report
from scripts.bench.keep import Kept

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "performance.md"
BEGIN = "<!-- results: written by `python -m scripts.bench --keep`, do not edit -->"
END = "<!-- end of results -->"


def write(kept: Sequence[Kept], page: Path = PAGE) -> None:
    """The section anew, and a picture beside the page for each part that has something to compare with."""
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    section = "\n".join(line for each in kept for line in _part(each, page.parent))
    page.write_text(f"{before}{BEGIN}\n\n{section}\n{END}{after}")


def _part(kept: Kept, folder: Path) -> Iterator[str]:
    part = kept.figures[0].part
    yield from report.markdown(kept.figures)
    machine, versions = kept.about["machine"], kept.about["versions"]
    where = f"{machine['processors']} x {machine['processor']}, {machine['memory_gb']} GB, {machine['system']}"
    what = ", ".join(f"{name} {number}" for name, number in versions.items())
    rounds = kept.about["repetitions"]
    yield f"Repetitions: {rounds}. {kept.about['date']}, commit {kept.about['commit']}, {where}; {what}.\n"
    for picture in (plots.draw(part, kept.figures, folder), growth_plot.draw(part, kept.figures, folder)):
        if picture is not None:
            yield f"![{part}]({picture.name})\n"
