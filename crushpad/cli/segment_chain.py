"""What `crushpad segment chain` prints: the steps of each partition, as the service or a folder of files has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crushpad.cli.api import Api
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows, talk
from crushpad.cli.segment_looks import named_failures

COLUMNS = ("partition", "sequence", "kind", "start", "end", "rows", "rejects", "attempt", "segment", "note")


def print_chain(table: str, endpoint: str, timeout_s: float, output: Output) -> None:
    """A row a step. `table` is a folder when it is a path that is there."""
    is_place = "/" in table or Path(table).exists()
    links = _links_in(table) if is_place else Api(endpoint, timeout_s).get("segments", table, "chain")
    print_rows(COLUMNS, [[link[column] for column in COLUMNS] for link in links], output)


def _links_in(place: str) -> list[dict[str, Any]]:
    from segments.inspection.chain import Link, chains
    from segments.inspection.facts import Facts
    from segments.inspection.listing import listed

    def shown(link: Link) -> dict[str, Any]:
        facts = link.facts
        kind = "segment" if facts.state == "sealed" else "consuming"
        return {
            **{name: getattr(facts, name) for name in ("partition", "sequence", "start", "end", "rows", "rejects")},
            "kind": kind,
            "attempt": facts.attempt,
            "segment": facts.name,
            "note": link.problem or (None if facts.origin == "stream" else facts.origin),
        }

    with named_failures():
        found = listed(place)
    for one in found:
        if not isinstance(one, Facts):
            talk(f"warning: {one.reason}")
    return [shown(link) for link in chains(one for one in found if isinstance(one, Facts))]
