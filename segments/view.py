"""One consistent cut of a table: built, then proven (P22).

Sealed segments and gaps chain from the first start to the committed end; from there consuming parts go on. Several
side-cars may overlap (one sealing, one filling, a loser's that straddles the end, another writer's): rows are a pure
function of the record (P4), so any part may supply any range, and a part that starts below its place is masked.
A reader may be slower than the grace of replaced files, so the catalogue is read again at the end (`prove_reach`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from segments.catalogue import Catalogue, PartitionEntry, TableEntry
from segments.consuming.sidecar import SideCar
from segments.identity import PartitionIdentity
from segments.offsets import OffsetRange, first_break

FoundSideCar = tuple[Path, SideCar]
"""A side-car file and what it says; its part files lie beside it."""


class ViewNotProven(Exception):
    """The ranges of a partition do not chain: files are changing hands. Take a fresh view (P22)."""


@dataclass(frozen=True, slots=True)
class ConsumingPart:
    """Rows of one side-car that belong to the view: those at or after `mask_below`, all of them when it is None."""

    folder: Path
    state: SideCar
    mask_below: int | None

    @property
    def range(self) -> OffsetRange:
        start = self.state.start if self.mask_below is None else self.mask_below
        return OffsetRange(start, self.state.next_offset)


@dataclass(frozen=True, slots=True)
class PartitionView:
    """Rows `[first_start, visible_end)` of one partition."""

    entry: PartitionEntry
    consuming: tuple[ConsumingPart, ...]
    visible_end: int


@dataclass(frozen=True, slots=True)
class TableView:
    """Every partition of a table as of one catalogue generation."""

    table: TableEntry
    generation: int
    partitions: tuple[PartitionView, ...]

    @property
    def visible_ends(self) -> dict[int, int]:
        """The token of monotonic reads (P25): visible end offset by partition id."""
        return {view.entry.partition: view.visible_end for view in self.partitions}

    def reaches(self, offsets: Mapping[int, int]) -> bool:
        """Whether each named partition is visible up to its offset at least (P25)."""
        ends = self.visible_ends
        return all(ends.get(partition, 0) >= offset for partition, offset in offsets.items())


def prove_table(table: TableEntry) -> None:
    """Prove every partition's committed steps. Entries are immutable: once for each is enough. Raises ViewNotProven."""
    for entry in table.partitions:
        prove_committed(entry)


def prove_committed(entry: PartitionEntry) -> None:
    """Segments and gaps cover `[first_start, committed_end)` exactly once (P6). Raises ViewNotProven."""
    ranges = sorted(chain((s.range for s in entry.segments), (OffsetRange(a, b) for a, b, _ in entry.gaps)))
    first, last = OffsetRange(0, entry.first_start), OffsetRange(entry.committed_end, entry.committed_end)
    found = first_break([first, *ranges, last])
    if found is not None:
        raise ViewNotProven(f"partition {entry.partition}: {found} in the committed steps")


def choose_consuming(entry: PartitionEntry, found: Iterable[FoundSideCar]) -> tuple[ConsumingPart, ...]:
    """The parts that go on from the committed end and reach furthest (I8), each masked below the one before.

    Of the parts that begin at or below the place reached so far the one with the largest next offset is taken; among
    equals the one that begins latest, because it needs the least masking.
    """
    end = entry.committed_end
    left = [(path, state) for path, state in found if state.topic_id == entry.topic_id and state.next_offset > end]
    chosen: list[ConsumingPart] = []
    while candidates := [one for one in left if one[1].start <= end < one[1].next_offset]:
        path, state = max(candidates, key=lambda one: (one[1].next_offset, one[1].start))
        chosen.append(ConsumingPart(path.parent, state, end if state.start < end else None))
        end = state.next_offset
    return tuple(chosen)


def prove_consuming(entry: PartitionEntry, parts: Iterable[ConsumingPart]) -> int:
    """The visible end: parts chain from the committed end without hole or overlap. Raises ViewNotProven."""
    ranges = [OffsetRange(entry.committed_end, entry.committed_end), *(part.range for part in parts)]
    found = first_break(ranges)
    if found is not None:
        raise ViewNotProven(f"partition {entry.partition}: {found} in the consuming rows")
    return ranges[-1].end


def view_of(entry: PartitionEntry, found: Iterable[FoundSideCar]) -> PartitionView:
    """The proven view of one partition whose committed steps are proven already. Raises ViewNotProven."""
    parts = choose_consuming(entry, found)
    return PartitionView(entry, parts, prove_consuming(entry, parts))


def take(
    table: TableEntry,
    generation: int,
    consuming_root: Path,
    list_sidecars: Callable[[Path], Iterable[FoundSideCar]],
    read_catalogue: Callable[[], Catalogue],
) -> TableView:
    """The view of a table now; `table` is of catalogue `generation`, and proven. Raises ViewNotProven."""
    views = [
        view_of(entry, list_sidecars(consuming_root / _folder(table.incarnation, entry))) for entry in table.partitions
    ]
    taken = TableView(table, generation, tuple(views))
    prove_reach(taken, read_catalogue())
    return taken


def prove_reach(taken: TableView, now: Catalogue) -> None:
    """No consuming file went while side-cars were listed (I8). Raises ViewNotProven.

    `now` is read after the listing. A file goes only after a catalogue that holds its rows is published (P23), so
    whatever a slow reader failed to find is committed by then: its view would end before that committed end.
    """
    if now.generation == taken.generation:
        return
    table = now.tables.get(taken.table.name)
    if table is None or table.incarnation != taken.table.incarnation:
        raise ViewNotProven(f"table {taken.table.name} is another one by now")
    ends = taken.visible_ends
    for entry in table.partitions:
        if entry.committed_end > ends.get(entry.partition, entry.committed_end):
            behind = f"visible to {ends[entry.partition]}, committed to {entry.committed_end}"
            raise ViewNotProven(f"partition {entry.partition}: {behind}")


def _folder(incarnation: str, entry: PartitionEntry) -> str:
    return PartitionIdentity(incarnation, entry.topic_id, entry.partition).path
