"""A part file as its readers see it: mapped once, each frame parsed once, never read beyond what is visible."""

from __future__ import annotations

import mmap
import os
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from segments.consuming.frames import (
    ROWS_MAGIC,
    SCHEMA_MAGIC,
    CorruptFrame,
    Header,
    decode,
    decode_schema,
    header,
    verify,
)


class VisiblePart(Protocol):
    """What a side-car says of a part file (`sidecar.Part`)."""

    @property
    def file(self) -> str: ...
    @property
    def bytes_visible(self) -> int: ...


class MappedPart:
    """One mapped part file and the frames of it that were parsed so far. Survives the file's unlink."""

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError, or CorruptFrame when the file does not start with a schema."""
        self.path = path
        self._buffer = _map(path)
        first = header(self._buffer, 0, self._buffer.size)
        if first.magic != SCHEMA_MAGIC:
            raise CorruptFrame(f"{path} does not start with a schema")
        self.schema = decode_schema(self._buffer, 0, first)
        self._schema_header = first
        self._headers: list[Header] = []
        self._starts: list[int] = []
        self._ends: list[int] = [first.frame_bytes]
        self._batches: list[pa.RecordBatch] = []

    def batches(self, bytes_visible: int) -> list[pa.RecordBatch]:
        """The frames in the first `bytes_visible` bytes, without a copy; parses only new ones. Raises CorruptFrame."""
        return self._batches[: self._frames_in(bytes_visible)]

    def headers(self, bytes_visible: int) -> list[Header]:
        return self._headers[: self._frames_in(bytes_visible)]

    def verify(self, bytes_visible: int) -> None:
        """Raises CorruptFrame unless every checksum in the first `bytes_visible` bytes is right."""
        verify(self._buffer, 0, self._schema_header)
        for at, found in zip(self._starts, self.headers(bytes_visible), strict=False):
            verify(self._buffer, at, found)

    def _frames_in(self, bytes_visible: int) -> int:
        if bytes_visible > self._ends[-1]:
            self._parse_up_to(bytes_visible)
        count = bisect_left(self._ends, bytes_visible)
        if self._ends[count] != bytes_visible:
            raise CorruptFrame(f"{self.path}: no frame ends at byte {bytes_visible}")
        return count

    def _parse_up_to(self, bytes_visible: int) -> None:
        if bytes_visible > self._buffer.size:
            self._buffer = _map(self.path)
        for at, found in self._walk(self._ends[-1], min(bytes_visible, self._buffer.size)):
            self._batches.append(decode(self._buffer, at, found, self.schema))
            self._headers.append(found)
            self._starts.append(at)
            self._ends.append(at + found.frame_bytes)

    def _walk(self, at: int, end: int) -> Iterator[tuple[int, Header]]:
        while at < end:
            found = header(self._buffer, at, end)
            if found.magic != ROWS_MAGIC:
                raise CorruptFrame(f"{self.path}: a second schema at byte {at}")
            yield at, found
            at += found.frame_bytes


def read_parts(folder: Path, parts: Iterable[VisiblePart], verify: bool = False) -> pa.Table:
    """All visible rows of one segment's part files. Raises FileNotFoundError, CorruptFrame."""
    mapped = [(MappedPart(folder / part.file), part.bytes_visible) for part in parts]
    if verify:
        for file, visible in mapped:
            file.verify(visible)
    return pa.Table.from_batches(
        [batch for file, visible in mapped for batch in file.batches(visible)], mapped[0][0].schema
    )


def _map(path: Path) -> pa.Buffer:
    """The whole sparse file as one buffer, which keeps the mapping (and before Python 3.13 one descriptor).

    Not `pa.memory_map`: reading from it asks the kernel to load all the holes (22 ms for 1 GiB).
    """
    with path.open("rb", buffering=0) as file:
        if not os.fstat(file.fileno()).st_size:
            raise CorruptFrame(f"{path} is empty")
        if sys.version_info >= (3, 13):
            return pa.py_buffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ, trackfd=False))
        return pa.py_buffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
