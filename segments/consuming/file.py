"""The consuming file: one writer appends rows and rejects, and one side-car write makes them visible (P16 to P19).

Every append writes its frames behind what is visible and then the side-car. Whatever happens in between (a kill, a full
disk) leaves bytes that nobody sees and that the next append overwrites.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from segments.arrow_schema import OFFSET
from segments.consuming.compaction import Compaction, plan_compaction
from segments.consuming.frames import CorruptFrame, encode
from segments.consuming.mapped import MappedPart, read_parts
from segments.consuming.part import FILE_MODE, is_no_room
from segments.consuming.parts import PartFiles, Parts
from segments.consuming.rejects import REJECT_SCHEMA
from segments.consuming.sidecar import Part, SideCar, read_sidecar, sidecar_name, write_sidecar
from segments.identity import PartitionIdentity

FOLDER_MODE = 0o750

Clock = Callable[[], float]
"""Seconds that never go back while the host is up."""


class DiskFull(Exception):
    """There is no room for the append. What is visible is as before; make room and append again."""


@dataclass(frozen=True)
class Opening:
    """Whose rows a new consuming file holds, and from which offset on."""

    identity: PartitionIdentity
    sequence: int
    start: int
    leader_epoch: int
    config_version: int
    schema_version: int
    created_ms: int
    writer: str
    boot: str

    def state(self) -> SideCar:
        """The side-car of the file at its birth."""
        return SideCar(
            topic_id=self.identity.topic_id,
            partition=self.identity.partition,
            sequence=self.sequence,
            writer=self.writer,
            boot=self.boot,
            config_version=self.config_version,
            schema_version=self.schema_version,
            created_ms=self.created_ms,
            start=self.start,
            next_offset=self.start,
            leader_epoch=self.leader_epoch,
        )


@dataclass(frozen=True)
class Appended:
    """What one step of ingestion adds: whole records (P3) with offsets in `[next offset so far, next_offset)`.

    `incomplete` rows lost a bad field, `sanitised` rows had a value cut or replaced.
    """

    rows: pa.RecordBatch | None
    rejects: pa.RecordBatch | None
    next_offset: int
    leader_epoch: int
    filtered: int = 0
    tombstones: int = 0
    newest_ms: int = 0
    time_min_ms: int | None = None
    time_max_ms: int | None = None
    incomplete: int = 0
    sanitised: int = 0


class ConsumingFile:
    """The writer of one consuming segment: `create` a new one, or `adopt` a dead writer's with its lock in hand."""

    def __init__(self, path: Path, fd: int, generation: int, state: SideCar, files: PartFiles) -> None:
        self.path = path
        self._fd = fd
        self._generation = generation
        self._state = state
        self._files = files

    @classmethod
    def create(
        cls, folder: Path, opening: Opening, schema: pa.Schema, capacity_bytes: int, clock: Clock = time.monotonic
    ) -> ConsumingFile:
        """An empty consuming file in the writer's `folder`. Raises DiskFull, and FileExistsError: unlink that first."""
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        path = folder / sidecar_name(opening.sequence)
        files = PartFiles(folder, opening.sequence, schema, capacity_bytes, clock)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        created = cls(path, fd, 0, opening.state(), files)
        try:
            created._begin()
        except OSError as error:
            created.unlink()
            raise _disk_full_or(error) from error
        return created

    @classmethod
    def adopt(cls, path: Path, clock: Clock = time.monotonic) -> ConsumingFile:
        """Go on with the file whose side-car is `path`. The caller holds the lock and has checked the file (P20)."""
        generation, state = read_sidecar(path)
        first = path.parent / state.parts[0].file
        files = PartFiles(path.parent, state.sequence, MappedPart(first).schema, first.stat().st_size, clock)
        files.adopt(state.named)
        return cls(path, os.open(path, os.O_RDWR | os.O_CLOEXEC), generation, state, files)

    @property
    def state(self) -> SideCar:
        """What readers see."""
        return self._state

    @property
    def schema(self) -> pa.Schema:
        return self._files.schema

    def append(self, appended: Appended) -> SideCar:
        """Add rows and rejects, or only move the next offset; one side-car write makes all of it visible.

        Raises DiskFull (nothing became visible: make room, append again), ValueError (the batch does not belong here).
        """
        self._check(appended)
        try:
            self._publish(self._after(appended))
        except OSError as error:
            self._files.discard(self._state.named)
            raise _disk_full_or(error) from error
        self._compact()
        return self._state

    def table(self, verify: bool = False) -> pa.Table:
        """All rows in offset order, without a copy. With `verify`, raises CorruptFrame if a checksum is wrong (P20)."""
        return read_parts(self.path.parent, self._state.parts, verify)

    def rejected(self, verify: bool = False) -> pa.Table:
        """All rejects in offset order, with `REJECT_SCHEMA`. Raises as `table` does."""
        if self._state.rejected is None:
            return REJECT_SCHEMA.empty_table()
        return read_parts(self.path.parent, [self._state.rejected], verify)

    def close(self) -> None:
        """Give up the descriptors; the files stay, for readers and for adoption."""
        self._close()

    def unlink(self) -> None:
        """Close and remove the files, side-car first; whoever has mapped them reads on (P17, P23)."""
        for path in (self.path, *self._close()):
            path.unlink(missing_ok=True)

    def _close(self) -> list[Path]:
        os.close(self._fd)
        return self._files.close()

    def _begin(self) -> None:
        tail = self._files.start(())
        for _ in range(2):  # both slots get their blocks while there is room
            self._publish(self._state.model_copy(update={"parts": (tail,)}))

    def _publish(self, state: SideCar) -> None:
        write_sidecar(self._fd, self._generation + 1, state)
        self._generation += 1
        self._state = state

    def _compact(self) -> None:
        plan = plan_compaction(self._state.parts)
        if plan is not None:
            self._perform(plan)
        self._files.settle(self._state.named)

    def _perform(self, plan: Compaction) -> None:
        """Small frames become one, or stay while there is no room for the copy, or for good when one is damaged."""
        try:
            parts = self._files.compacted(self._state.parts, plan)
            self._publish(self._state.model_copy(update={"parts": parts}))
        except CorruptFrame:
            return  # the seal will find it and drop the file (P20)
        except OSError as error:
            self._files.discard(self._state.named)
            if not is_no_room(error):
                raise

    def _check(self, appended: Appended) -> None:
        state = self._state
        if appended.next_offset < state.next_offset:
            raise ValueError(f"{self.path}: offset {appended.next_offset} is before the next one, {state.next_offset}")
        for batch, schema in ((appended.rows, self.schema), (appended.rejects, REJECT_SCHEMA)):
            if batch is not None and batch.num_rows:
                self._check_batch(batch, schema, appended.next_offset)

    def _check_batch(self, batch: pa.RecordBatch, schema: pa.Schema, next_offset: int) -> None:
        if not batch.schema.equals(schema):
            raise ValueError(f"{self.path}: the batch has the schema\n{batch.schema}\ninstead of\n{schema}")
        offsets = batch.column(OFFSET)
        first, last = offsets[0].as_py(), offsets[-1].as_py()
        if not self._state.next_offset <= first <= last < next_offset:
            expected = f"[{self._state.next_offset}, {next_offset})"
            raise ValueError(f"{self.path}: the batch has offsets {first} to {last}, outside {expected}")

    def _after(self, appended: Appended) -> SideCar:
        state, files = self._state, self._files
        parts: Parts = state.parts
        rejected: Part | None = state.rejected
        if appended.rows is not None and appended.rows.num_rows:
            parts = files.with_rows(parts, encode(appended.rows, state.next_offset, appended.next_offset))
        if appended.rejects is not None and appended.rejects.num_rows:
            rejected = files.with_rejects(rejected, encode(appended.rejects, state.next_offset, appended.next_offset))
        return state.model_copy(
            update={
                "parts": parts,
                "rejected": rejected,
                "rows": sum(part.rows for part in parts),
                "rejects": rejected.rows if rejected else 0,
                "next_offset": appended.next_offset,
                "leader_epoch": appended.leader_epoch,
                "filtered": state.filtered + appended.filtered,
                "tombstones": state.tombstones + appended.tombstones,
                "newest_ms": max(state.newest_ms, appended.newest_ms),
                "time_min_ms": _bound(min, state.time_min_ms, appended.time_min_ms),
                "time_max_ms": _bound(max, state.time_max_ms, appended.time_max_ms),
            }
        )


def _bound(choose: Callable[[int, int], int], before: int | None, added: int | None) -> int | None:
    if before is None or added is None:
        return added if before is None else before
    return choose(before, added)


def _disk_full_or(error: OSError) -> Exception:
    return DiskFull(str(error)) if is_no_room(error) else error
