"""Files that are there whole or not at all: temporary name, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PART = ".part"
FILE_MODE = 0o640
FOLDER_MODE = 0o750
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DiskFull(Exception):
    """No room to write. Nothing was left behind; make room, then do it again."""


class DigestingFile:
    """A write-only file that knows the SHA-256 and the size of what was written to it."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sha = hashlib.sha256()
        self.size_bytes = 0

    @property
    def digest(self) -> str:
        """Lower-case hex."""
        return self._sha.hexdigest()

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self._sha.update(data)
        self.size_bytes += len(data)
        return len(data)

    def tell(self) -> int:
        return self.size_bytes

    def flush(self) -> None:
        self._file.flush()

    def sync(self) -> None:
        """On the disk, or OSError. A failed fsync is never tried again: the pages may be gone."""
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def whole_file(path: Path) -> Iterator[DigestingFile]:
    """Write `path`: durable under its name when the block ends, nothing left of it when the block or a step fails.

    Replaces a file of that name. Raises DiskFull, or OSError of whatever else the disk says.
    """
    part = path.with_name(path.name + PART)
    try:
        with disk_full_named(path):
            with _created(part) as file:
                sink = DigestingFile(file)
                yield sink
                sink.sync()
            _rename_durably(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def disk_full_named(path: Path) -> Iterator[None]:
    """Turns every way in which a full disk shows itself into DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(f"no room for {path}: {error.strerror}") from error
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def sync_file(path: Path) -> None:
    """Make the bytes of a file durable."""
    _sync(path, os.O_RDONLY)


def make_folders(folder: Path) -> None:
    """Create `folder` and its parents, durably, readable by the group only."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    sync_folder(folder.parent)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, lower-case hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path, flags: int) -> None:
    fd = os.open(path, flags)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def _created(part: Path) -> Iterator[IO[bytes]]:
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "wb", buffering=1 << 20) as file:
        yield file


def _rename_durably(part: Path, path: Path) -> None:
    part.rename(path)
    try:
        sync_folder(path.parent)
    except OSError:
        path.unlink()
        raise
