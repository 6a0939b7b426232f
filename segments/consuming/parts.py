"""The part files of one consuming segment: where the next frame goes, and when small frames become large ones (P19)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from segments.consuming import compaction
from segments.consuming.compaction import Compaction
from segments.consuming.frames import Frame, encode
from segments.consuming.mapped import MappedPart
from segments.consuming.part import PartFile
from segments.consuming.rejects import REJECT_SCHEMA
from segments.consuming.sidecar import Part, part_name, part_number, rejects_name

REJECTS_CAPACITY_BYTES = 16 * 1024 * 1024
REPLACED_GRACE_S = 2.0
"""A reader that holds an older side-car has this long to open the files that it names."""

Parts = tuple[Part, ...]


class PartFiles:
    """Open part files by name. Nothing here is visible until the side-car names it; `settle` follows the side-car."""

    def __init__(
        self, folder: Path, sequence: int, schema: pa.Schema, capacity_bytes: int, clock: Callable[[], float]
    ) -> None:
        self.schema = schema
        self._folder = folder
        self._sequence = sequence
        self._capacity = capacity_bytes
        self._clock = clock
        self._last_number = -1
        self._open: dict[str, PartFile] = {}
        self._replaced: list[tuple[float, Path]] = []

    def adopt(self, named: Iterable[Part]) -> None:
        """Open the files of a dead writer."""
        for part in named:
            self._open[part.file] = PartFile(self._folder / part.file)
            self._last_number = max(self._last_number, part_number(part.file))

    def start(self, before: Sequence[Part], level: int = 0, room_bytes: int = 0) -> Part:
        """A new part behind `before`. A segment that fills its parts gets larger ones, so that they stay few."""
        file = self._create(part_name(self._sequence, self._next_number()))
        capacity = max(self._capacity, sum(part.bytes_visible for part in before))
        return file.begin(self.schema, capacity, room_bytes, level)

    def with_rows(self, parts: Parts, frame: Frame) -> Parts:
        """`parts` and the frame behind them, in the tail or in a new one."""
        onto_tail = compaction.takes(parts, frame.rows, frame.size)
        return self._with_frame(parts, frame, onto_tail, parts[-1].level)

    def with_rejects(self, part: Part | None, frame: Frame) -> Part:
        if part is None:
            name = rejects_name(self._sequence)
            part = self._create(name).begin(REJECT_SCHEMA, REJECTS_CAPACITY_BYTES, frame.size, level=0)
        file = self._open[part.file]
        file.make_room(part, frame)
        return file.append(part, frame)

    def compacted(self, parts: Parts, plan: Compaction) -> Parts:
        """The parts after `plan`: its rows as one frame, and a new tail behind them."""
        merged = self._with_frame(parts[: plan.first], self._merge(parts[plan.first :]), plan.onto_older, plan.level)
        return (*merged, self.start(merged))

    def settle(self, named: Iterable[Part]) -> None:
        """The side-car names `named` now: close the other files, and unlink them once the grace is over."""
        now = self._clock()
        for name in self._open.keys() - {part.file for part in named}:
            self._open.pop(name).close()
            self._replaced.append((now + REPLACED_GRACE_S, self._folder / name))
        while self._replaced and self._replaced[0][0] <= now:
            self._replaced.pop(0)[1].unlink(missing_ok=True)

    def discard(self, named: Iterable[Part]) -> None:
        """The side-car never came to name the other files: nobody has seen them."""
        for name in self._open.keys() - {part.file for part in named}:
            self._open.pop(name).close()
            (self._folder / name).unlink()

    def close(self) -> list[Path]:
        """Close all. Returns the files that are still there."""
        paths = [path for _, path in self._replaced] + [self._folder / name for name in self._open]
        for file in self._open.values():
            file.close()
        self._open.clear()
        return paths

    def _with_frame(self, parts: Parts, frame: Frame, onto_last: bool, level: int) -> Parts:
        if onto_last and self._open[parts[-1].file].fits(parts[-1], frame):
            return (*parts[:-1], self._open[parts[-1].file].append(parts[-1], frame))
        part = self.start(parts, level, frame.size)
        return (*parts, self._open[part.file].append(part, frame))

    def _merge(self, parts: Sequence[Part]) -> Frame:
        """One frame of all rows, whose checksums are right: a copy must not vouch for what was damaged before."""
        mapped = [(MappedPart(self._folder / part.file), part.bytes_visible) for part in parts]
        for file, visible in mapped:
            file.verify(visible)
        batches = [batch for file, visible in mapped for batch in file.batches(visible)]
        headers = [header for file, visible in mapped for header in file.headers(visible)]
        return encode(pa.concat_batches(batches), headers[0].first_offset, headers[-1].next_offset)

    def _create(self, name: str) -> PartFile:
        self._open[name] = PartFile.create(self._folder / name)
        return self._open[name]

    def _next_number(self) -> int:
        """Milliseconds of the host's uptime, so that a name never comes back while a reader may know the old file."""
        self._last_number = max(self._last_number + 1, int(self._clock() * 1000))
        return self._last_number
