"""Draws the partition machine into `docs/machine.md` from the tables of `ingest/machine.py`.

Without an option it writes the page; with `--check` it writes nothing and exits with 6 when the page is stale.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ingest import events as ev
from ingest.machine import ANSWERS, COMMITTING, PHASES, READING, STAGES, Action, Phase, Stage

PAGE = Path(__file__).parent.parent / "docs" / "machine.md"
BEGIN = "<!-- drawn by scripts/draw_machine.py: begin -->"
END = "<!-- drawn by scripts/draw_machine.py: end -->"
STALE = 6

Arrows = Mapping[tuple[str, str], list[str]]

PHASE_MEANINGS: Mapping[Phase, str] = {
    Phase.UNKNOWN: "Nothing is known yet, or what was known is out of date: the consuming record must be read.",
    Phase.LOADED: "The consuming record and the version that fences it are known (P5).",
    Phase.READY: "The folder is locked; its files chain from the committed end to an open one (P16, P20).",
    Phase.CONSUMING: "Records flow into the open file and are visible at once.",
    Phase.BLOCKED: "No room: the stream is not read until there is some. Commits go on, and make it.",
    Phase.PAUSED: "A person wants it so: nothing is read, and what was read is committed. A gap is accepted here.",
    Phase.STOPPED: "A rejected record and the table's policy: nothing is read until the config changes. Commits go on.",
    Phase.LOST: "Records that should be there are not, or the topic is another one: a person decides (I6).",
    Phase.GONE: "The table incarnation is gone (P1, P2). The end.",
}
STAGE_MEANINGS: Mapping[Stage, str] = {
    Stage.CLOSED: "The oldest closed file waits to become a Parquet file.",
    Stage.SEALED: "It is one, on local disk.",
    Stage.STORED: "It is complete and verified in the deep store, under the name of its attempt (I3, P8).",
    Stage.CHECKED: "Topic id and log end were looked at again, after the last fetch (P10).",
    Stage.IN_DOUBT: "The commit was sent and its answer was lost (P11).",
}
ACTION_MEANINGS: Mapping[Action, str] = {
    Action.LOAD: "Read the consuming record, after a sync.",
    Action.CLAIM: "Compare the topic id, lock a folder, adopt the files that chain to the committed end (P16, P20).",
    Action.ASSIGN: "Compare the topic id, then read from the open file's next offset on.",
    Action.FETCH: "Append what the stream has to the open file.",
    Action.ROLL: "Open the next file, which continues the one that is complete now.",
    Action.UNASSIGN: "Stop reading (P34).",
    Action.PAUSE: "Stop reading, until the person says otherwise.",
    Action.PROBE: "Compare topic id and log with the next offset, now and then: what is mended goes on by itself.",
    Action.SKIP: "One transaction: the consuming record behind the gap, and the step that says who accepted it (P6).",
    Action.SEAL: "Verify every frame and write the rows that are not committed yet as Parquet (P20).",
    Action.STORE: "Put the segment, and its rejected records, into the deep store.",
    Action.CHECK: "Compare topic id and log end with what was read (P10).",
    Action.COMMIT: "One transaction: the next consuming record, if the version is as it was read, and the step (P8).",
    Action.GRANT: "All that a person wanted committed is: take the wish from the consuming record.",
    Action.RESOLVE: "After a sync, read the step itself and go on from what it says (P11).",
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Draw the partition machine into docs/machine.md.")
    parser.add_argument("--check", action="store_true", help=f"write nothing; exit with {STALE} when the page is stale")
    check = parser.parse_args(arguments).check
    page = PAGE.read_text()
    drawn = redrawn(page)
    if drawn == page:
        return 0
    if check:
        print(f"{PAGE.name} is stale: run scripts/draw_machine.py", file=sys.stderr)
        return STALE
    PAGE.write_text(drawn)
    return 0


def redrawn(page: str) -> str:
    """`page` with the part between the markers drawn anew. Raises ValueError when a marker is missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the lines {BEGIN} and {END}")
    return before + "\n".join([BEGIN, *drawing(), END]) + after


def drawing() -> Iterator[str]:
    yield from _lane("The reading lane", Phase.UNKNOWN, _arrows(PHASES.items()))
    yield from _table("Phase", "Next action", [(p, _next(p, READING), PHASE_MEANINGS[p]) for p in Phase])
    yield from _lane("The commit lane", Stage.CLOSED, _arrows(STAGES.items()))
    yield from _table("Stage", "Next action", [(s, COMMITTING[s], STAGE_MEANINGS[s]) for s in Stage])
    yield from ["", "## Actions"]
    yield from _table("Action", "May give", [(a, _answers(a), ACTION_MEANINGS[a]) for a in Action])
    yield ""


def _arrows(
    table: Iterable[tuple[tuple[Phase, type[ev.Event]], Phase] | tuple[tuple[Stage, type[ev.Event]], Stage | None]],
) -> Arrows:
    """Names of the events that lead from one box to another; events that stay where they are lead to the same box."""
    arrows: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (source, event), target in table:
        arrows[_box(source), "[*]" if target is None else _box(target)].append(event.__name__)
    return arrows


def _box(state: Phase | Stage) -> str:
    return state.name.lower()


def _lane(title: str, first: Phase | Stage, arrows: Arrows) -> Iterator[str]:
    yield from ["", f"## {title}", "", "```mermaid", "stateDiagram-v2", f"    [*] --> {_box(first)}"]
    for (source, target), events in arrows.items():
        yield f"    {source} --> {target}: {', '.join(events)}"
    yield "```"


def _table(first: str, second: str, rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield from ["", f"| {first} | {second} | What it means |", "| --- | --- | --- |"]
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _next(phase: Phase, actions: Mapping[Phase, tuple[Action, ...]]) -> str:
    return " or ".join(actions.get(phase, ())) or "none"


def _answers(action: Action) -> str:
    return ", ".join(sorted(event.__name__ for event in ANSWERS[action]))


if __name__ == "__main__":
    sys.exit(main())
