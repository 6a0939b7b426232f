"""A query process that counts, as queries do: catalogue, side-cars, proven view, cached frames.

    python -m tests.contract.consuming_reader <data folder> <reads>

It prints what it saw as JSON, or fails at the first answer that is wrong.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from segments.arrow_schema import OFFSET
from segments.catalogue import CatalogueReader
from segments.consuming.frames import CorruptFrame
from segments.consuming.listing import list_sidecars
from segments.consuming.reader import FrameCache
from segments.view import ConsumingPart, PartitionView, ViewNotProven, take
from tests.contract.consuming_writer import SEGMENT_RECORDS, TABLE, row_count

RANGE_END = 20 * SEGMENT_RECORDS
FRESH_VIEWS_MAX = 3
VALUES_EVERY = 100


@dataclass
class Seen:
    """What a reader has seen; every number only grows."""

    reads: int = 0
    fresh_views: int = 0
    visible_end: int = 0
    in_range: int = 0
    """Rows with offsets in `[0, RANGE_END)` at the last read."""
    generation: int = 0
    most_frames: int = 0


class Reader:
    def __init__(self, data: Path) -> None:
        self._catalogue = CatalogueReader(data / "catalogue")
        self._consuming = data / "consuming"
        self._cache = FrameCache()
        self.seen = Seen()

    def read(self) -> None:
        """One query; the counts are checked against those before and against the rule that rows follow (I8)."""
        view, in_range, rest = self._answer()
        seen = self.seen
        assert in_range >= seen.in_range, f"{in_range} rows in the range after {seen.in_range}"
        assert in_range <= row_count(RANGE_END), f"{in_range} rows in a range of {row_count(RANGE_END)}"
        assert view.visible_end >= seen.visible_end, f"{view.visible_end} is visible after {seen.visible_end}"
        assert in_range + rest == row_count(view.visible_end), f"{in_range} + {rest} rows up to {view.visible_end}"
        seen.reads, seen.in_range, seen.visible_end = seen.reads + 1, in_range, view.visible_end

    def _answer(self) -> tuple[PartitionView, int, int]:
        """(view, rows in the range, rows behind it), from a fresh view if files changed hands (P22)."""
        for _ in range(FRESH_VIEWS_MAX):
            try:
                return self._count()
            except (FileNotFoundError, CorruptFrame, ViewNotProven):
                self.seen.fresh_views += 1
        return self._count()

    def _count(self) -> tuple[PartitionView, int, int]:
        catalogue = self._catalogue.read()
        self.seen.generation = catalogue.generation
        table = catalogue.tables[TABLE]
        view = take(table, catalogue.generation, self._consuming, list_sidecars, self._catalogue.read).partitions[0]
        counts = [(segment.end <= RANGE_END, segment.rows) for segment in view.entry.segments]
        counts += [(part.state.next_offset <= RANGE_END, self._rows(part)) for part in view.consuming]
        in_range = sum(rows for inside, rows in counts if inside)
        return view, in_range, sum(rows for _, rows in counts) - in_range

    def _rows(self, part: ConsumingPart) -> int:
        table = self._cache.table(part.folder, part.state.parts)
        self.seen.most_frames = max(self.seen.most_frames, table.column(OFFSET).num_chunks)
        if part.mask_below is not None:
            table = table.filter(pc.field(OFFSET) >= part.mask_below)
        if self.seen.reads % VALUES_EVERY == 0:
            check_values(table)
        return int(table.num_rows)


def check_values(table: pa.Table) -> None:
    """Offsets ascend, and the values beside them are theirs."""
    offsets = table.column(OFFSET).to_numpy()
    assert (offsets[1:] > offsets[:-1]).all()
    assert table.column("number").equals(table.column(OFFSET))


def main(data: Path, reads: int) -> None:
    reader = Reader(data)
    for _ in range(reads):
        reader.read()
    print(json.dumps(asdict(reader.seen)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
