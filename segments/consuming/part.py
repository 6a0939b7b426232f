"""A part file as its writer sees it: created sparse at its full size, written with `pwritev` behind what is visible."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pyarrow as pa

from segments.consuming.frames import Frame, encode_schema
from segments.consuming.sidecar import Part

FILE_MODE = 0o640
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_no_room(error: OSError) -> bool:
    """Whether the disk, the quota or the largest allowed file size is used up."""
    return error.errno in _NO_ROOM


class PartFile:
    """An open part file. It knows its capacity only: what is visible is in the side-car's `Part`."""

    def __init__(self, path: Path, flags: int = 0) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, FILE_MODE)
        self._capacity = os.fstat(self._fd).st_size

    @classmethod
    def create(cls, path: Path) -> PartFile:
        """A new, empty file; `begin` comes next. Raises FileExistsError."""
        return cls(path, os.O_CREAT | os.O_EXCL)

    def begin(self, schema: pa.Schema, capacity_bytes: int, room_bytes: int, level: int) -> Part:
        """Give the file its schema and its capacity: at least `room_bytes` for frames. Raises OSError."""
        frame = encode_schema(schema)
        self._grow(max(capacity_bytes, frame.size + room_bytes))
        self._write(frame, 0)
        return Part(file=self.path.name, bytes_visible=frame.size, rows=0, frames=0, level=level)

    def fits(self, part: Part, frame: Frame) -> bool:
        return part.bytes_visible + frame.size <= self._capacity

    def make_room(self, part: Part, frame: Frame) -> None:
        """Double the file if the frame does not fit; it never gets smaller, or readers would die of SIGBUS (P17)."""
        if not self.fits(part, frame):
            self._grow(max(2 * self._capacity, part.bytes_visible + frame.size))

    def append(self, part: Part, frame: Frame) -> Part:
        """Write `frame` behind what `part` says is visible. Returns what would be visible then. Raises OSError."""
        self._write(frame, part.bytes_visible)
        return part.model_copy(
            update={
                "bytes_visible": part.bytes_visible + frame.size,
                "rows": part.rows + frame.rows,
                "frames": part.frames + 1,
            }
        )

    def close(self) -> None:
        os.close(self._fd)

    def _grow(self, capacity_bytes: int) -> None:
        os.ftruncate(self._fd, capacity_bytes)
        self._capacity = capacity_bytes

    def _write(self, frame: Frame, at: int) -> None:
        written = os.pwritev(self._fd, frame.buffers, at)
        if written < frame.size:
            self._write_rest(b"".join(frame.buffers), written, at)

    def _write_rest(self, data: bytes, written: int, at: int) -> None:
        """A short write is rare: more than the kernel takes at once, or a disk that is about to be full."""
        while written < len(data):
            written += os.pwrite(self._fd, memoryview(data)[written:], at + written)
