"""The local catalogue (P21): what ZooKeeper says, as files that every query process of this host reads.

The follower writes one immutable file per table state and then moves the pointer (two slots, as in P18). Readers
agree, start with one read, and go on while ZooKeeper is frozen.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from segments import two_slots
from segments.offsets import OffsetRange, following
from segments.system_columns import OFFSET

POINTER = "pointer"
SLOT_BYTES = 256 * 1024
TABLE, PART = ".json", ".part"

Scalar = int | float | str | bool | None


class ColumnStats(msgspec.Struct, frozen=True, array_like=True):
    """Bounds of a column in one segment, over its non-null values; strings may be rounded outward (P28).

    Times are epoch milliseconds. `low is None` means: no bound is known.
    """

    low: Scalar
    high: Scalar
    nulls: int
    exact: bool = True
    """Whether `low` and `high` are values that occur, so that MIN and MAX may be answered from them (P30)."""


class SegmentEntry(msgspec.Struct, frozen=True):
    """A committed segment that lies on this host."""

    name: str
    sequence: int
    start: int
    end: int
    rows: int
    rejects: int
    path: str
    """Absolute path of the Parquet file."""
    size_bytes: int
    digest: str
    schema_version: int
    attempt: str
    created_ms: int
    committed_ms: int
    time_min_ms: int | None
    time_max_ms: int | None
    columns: dict[str, ColumnStats]
    blooms: list[str]
    rejects_path: str | None = None
    origin: str = "stream"
    """`Origin` of the step. `replayed`: rows of rejected records, at offsets before the (empty) range."""
    filtered_path: str | None = None
    """Of a replayed segment: the offsets that the table's filter dropped."""

    @property
    def range(self) -> OffsetRange:
        """Its place in the chain."""
        return OffsetRange(self.start, self.end)

    @property
    def is_replay(self) -> bool:
        return self.origin == "replayed"

    @property
    def offsets(self) -> OffsetRange:
        """Where its rows are from: its range, but for a replay, whose rows lie before it."""
        bounds = self.columns.get(OFFSET) if self.is_replay else None
        if bounds is None or not isinstance(bounds.low, int) or not isinstance(bounds.high, int):
            return self.range
        return OffsetRange(bounds.low, following(bounds.high))


class PartitionEntry(msgspec.Struct, frozen=True):
    """One partition's chain as far as it is committed: `[first_start, committed_end)` in `segments` and `gaps`."""

    partition: int
    topic: str
    topic_id: str
    sequence: int
    """Of the consuming record."""
    first_start: int
    committed_end: int
    created_ms: int
    config_version: int
    schema_version: int
    segments: list[SegmentEntry]
    gaps: list[tuple[int, int, str]]
    """Ranges without a segment, with the reason: accepted gaps and deleted segments."""
    force_commit: str | None = None
    """A person's wish in the consuming record, by job id."""
    skip: str | None = None
    """Where a person wants to go on: `smallest` or `largest`."""

    @property
    def replays(self) -> list[SegmentEntry]:
        """Segments of records that were rejected once."""
        return [segment for segment in self.segments if segment.is_replay]

    @property
    def settling_paths(self) -> list[str]:
        """Files whose offsets are rejects no more: rows that came in, and offsets that a filter dropped."""
        return [path for segment in self.replays for path in (segment.path, segment.filtered_path) if path]


class TableEntry(msgspec.Struct, frozen=True):
    """A table with everything that a query or an ingest worker needs to know of it."""

    name: str
    """With type, `clicks_REALTIME`."""
    incarnation: str
    state: str
    config_version: int
    config: dict[str, Any]
    schema_name: str
    schema_version: int
    """Version of the newest schema."""
    schemas: dict[int, dict[str, Any]]
    """Schema JSON by version: segments name the version that they were written with (P28)."""
    created_ms: int
    partitions: list[PartitionEntry]
    paused: str | None = None
    """Why nothing of the table is consumed now, by a person's decision."""
    paused_topics: dict[int, str] = {}
    """The same of single topics, by their index."""


class Catalogue(msgspec.Struct, frozen=True):
    """Everything that is published at one generation."""

    generation: int
    published_ms: int
    tables: dict[str, TableEntry]


class _Pointer(msgspec.Struct):
    published_ms: int
    tables: dict[str, str]


_encode = msgspec.json.Encoder().encode
_decode_table = msgspec.json.Decoder(TableEntry).decode
_decode_pointer = msgspec.json.Decoder(_Pointer).decode


class CatalogueWriter:
    """The host's one writer. Unchanged tables keep their file; files no longer named go after `keep` generations.

    So do files of processes before this one. The pointer's slots are allocated when there is room, so that a disk that
    fills up later does not silence it.
    """

    def __init__(self, folder: Path, keep: int = 8) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._keep = keep
        self._fd = os.open(folder / POINTER, os.O_RDWR | os.O_CREAT, 0o640)
        with suppress(OSError):  # what is there already may still take what is published
            two_slots.allocate(self._fd, SLOT_BYTES)
        self._files: dict[str, tuple[TableEntry, str]] = {}
        self._retired: list[set[str]] = [self._left_behind()]

    def publish(self, tables: Mapping[str, TableEntry], now_ms: int) -> int:
        """Make `tables` what readers see. Returns the new generation.

        It is above what is there: a service that was frozen, and whose successor has published meanwhile, is heard
        again when it wakes up.
        """
        generation = self._last_generation() + 1
        before = {file for _, file in self._files.values()}
        self._files = {name: self._file_of(table, generation) for name, table in tables.items()}
        pointer = _Pointer(now_ms, {name: file for name, (_, file) in self._files.items()})
        two_slots.write(self._fd, generation, _encode(pointer), SLOT_BYTES)
        self._retire(before - set(pointer.tables.values()))
        return generation

    def close(self) -> None:
        os.close(self._fd)

    def _last_generation(self) -> int:
        try:
            return two_slots.read(self._fd, SLOT_BYTES)[0]
        except two_slots.NoValidSlot:
            return 0

    def _left_behind(self) -> set[str]:
        return {path.name for pattern in (f"*{TABLE}", f"*{PART}") for path in self._folder.glob(pattern)}

    def _file_of(self, table: TableEntry, generation: int) -> tuple[TableEntry, str]:
        """The file that is there, unless a writer that took over meanwhile has removed it."""
        known = self._files.get(table.name)
        if known is not None and known[0] == table and (self._folder / known[1]).exists():
            return known
        file = f"{table.incarnation}.{generation}.{os.getpid()}{TABLE}"
        part = self._folder / f"{file}{PART}"
        part.write_bytes(_encode(table))
        part.rename(self._folder / file)
        return table, file

    def _retire(self, files: set[str]) -> None:
        self._retired.append(files)
        if len(self._retired) > self._keep:
            for file in self._retired.pop(0):
                (self._folder / file).unlink(missing_ok=True)


class CatalogueReader:
    """Reads the newest published catalogue; parses only the tables that changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fd: int | None = None
        self._parsed: dict[str, TableEntry] = {}
        self._current = Catalogue(0, 0, {})

    def read(self) -> Catalogue:
        """The newest catalogue; an empty one of generation 0 when nothing was ever published."""
        while True:
            try:
                generation, payload = two_slots.read(self._open(), SLOT_BYTES)
            except (FileNotFoundError, two_slots.NoValidSlot):
                return self._current
            if generation == self._current.generation:
                return self._current
            try:
                self._current = self._load(generation, _decode_pointer(payload))
            except FileNotFoundError:
                continue  # we slept for many generations: the pointer has moved on

    def _open(self) -> int:
        if self._fd is None:
            self._fd = os.open(self._folder / POINTER, os.O_RDONLY)
        return self._fd

    def _load(self, generation: int, pointer: _Pointer) -> Catalogue:
        files = pointer.tables.values()
        self._parsed = {file: self._parsed.get(file) or self._parse(file) for file in files}
        tables = {name: self._parsed[file] for name, file in pointer.tables.items()}
        return Catalogue(generation, pointer.published_ms, tables)

    def _parse(self, file: str) -> TableEntry:
        return _decode_table((self._folder / file).read_bytes())
