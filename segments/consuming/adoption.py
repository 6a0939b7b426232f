"""Taking over the files of a dead writer, or starting a folder of one's own (P16, P20).

`<partition folder>/<writer id>/lock` is held with an exclusive `flock` for as long as the writer lives: a stopped
process keeps it, a dead one loses it. Who has the lock may append to, adopt and remove the files beside it; nobody
else may.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from segments.consuming.checks import NotAdoptable, adoptable
from segments.consuming.file import FOLDER_MODE, Clock, ConsumingFile
from segments.consuming.filesystem import check_filesystem
from segments.consuming.part import FILE_MODE
from segments.consuming.sidecar import SUFFIX, SideCar
from segments.identity import checked_id

LOCK = "lock"

_LINUX_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Adopted:
    """A consuming segment that goes on where its side-car says."""

    sequence: int
    file: ConsumingFile


@dataclass(frozen=True)
class Dropped:
    """A consuming segment that was removed, and why. Kafka still has its rows."""

    sequence: int
    reason: str


Found = Adopted | Dropped


@dataclass(frozen=True)
class Home:
    """A writer's folder, with the lock on it. No process that may outlive the writer must inherit the descriptor."""

    writer: str
    folder: Path
    lock_fd: int
    found: list[Found]
    """What dead writers left, by sequence number."""
    behind: Sequence[ConsumingFile] = ()
    """Files of dead writers that did not reach as far: nobody writes them any more, but queries may still read them."""
    behind_locks: Sequence[int] = ()

    @property
    def adopted(self) -> list[ConsumingFile]:
        return [found.file for found in self.found if isinstance(found, Adopted)]

    @property
    def dropped(self) -> list[Dropped]:
        return [found for found in self.found if isinstance(found, Dropped)]

    def close(self) -> None:
        """Give the folders up: from now on another writer may adopt what is in them."""
        for lock_fd in (self.lock_fd, *self.behind_locks):
            os.close(lock_fd)


@dataclass(frozen=True)
class _Estate:
    """A dead writer's folder, its lock in our hand."""

    folder: Path
    lock_fd: int
    adoptable: dict[Path, SideCar]
    dropped: list[Dropped]

    @property
    def reaches(self) -> int:
        return max((state.next_offset for state in self.adoptable.values()), default=-1)


def claim(partition_folder: Path, boot: str, random_writer: Callable[[], str], clock: Clock = time.monotonic) -> Home:
    """A folder to write in, below `<data>/consuming/<identity.path>`, with what dead writers of this boot left.

    Of several dead writers' folders the one that reaches furthest is taken. The files of the others may hold rows that
    are committed but not yet published here, so they stay until the caller unlinks them (P23). `random_writer` gives
    ids that were never used. Raises UnsupportedFileSystem, OSError.
    """
    partition_folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    check_filesystem(partition_folder)
    folders = sorted(path for path in partition_folder.iterdir() if path.is_dir())
    locked = [(folder, fd) for folder in folders if (fd := _lock(folder)) is not None]
    estates = sorted((_examine(folder, fd, boot) for folder, fd in locked), key=lambda estate: estate.reaches)
    if not estates:
        return _new_home(partition_folder, random_writer)
    behind = [estate for estate in estates[:-1] if estate.adoptable]
    dropped = [one for estate in estates[:-1] if not estate.adoptable for one in _abandon(estate)]
    return _move_in(estates[-1], behind, dropped, clock)


def boot_id() -> str:
    """Changes with every start of the operating system, whose page cache is what a killed writer's rows survive in."""
    if _LINUX_BOOT_ID.exists():
        return _LINUX_BOOT_ID.read_text().strip()
    return subprocess.run(["sysctl", "-n", "kern.boottime"], check=True, capture_output=True, text=True).stdout.strip()


def _lock(folder: Path) -> int | None:
    """The folder's lock, or None while its writer lives (or when the folder is removed by another newcomer)."""
    path = folder / LOCK
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    except FileNotFoundError:
        return None
    if _is_ours(fd, path):
        return fd
    os.close(fd)
    return None


def _is_ours(fd: int, path: Path) -> bool:
    """Whether `fd` has the lock, and the lock still is the one that newcomers find."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(fd), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _examine(folder: Path, lock_fd: int, boot: str) -> _Estate:
    estate = _Estate(folder, lock_fd, {}, [])
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            estate.adoptable[path] = adoptable(path, boot)
        except NotAdoptable as reason:
            estate.dropped.append(Dropped(_sequence(path), str(reason)))
    return estate


def _new_home(partition_folder: Path, random_writer: Callable[[], str]) -> Home:
    while True:
        writer = checked_id("writer id", random_writer())
        folder = partition_folder / writer
        folder.mkdir(mode=FOLDER_MODE)
        lock_fd = _lock(folder)
        if lock_fd is not None:  # else another newcomer was quicker and lives there now
            return Home(writer, folder, lock_fd, [])


def _move_in(estate: _Estate, behind: list[_Estate], dropped: list[Dropped], clock: Clock) -> Home:
    for one in (estate, *behind):
        _remove_all_but(one)
    adopted = [Adopted(state.sequence, ConsumingFile.adopt(path, clock)) for path, state in estate.adoptable.items()]
    found: list[Found] = [*adopted, *estate.dropped, *dropped, *(one for left in behind for one in left.dropped)]
    return Home(
        estate.folder.name,
        estate.folder,
        estate.lock_fd,
        sorted(found, key=lambda found: found.sequence),
        [ConsumingFile.adopt(path, clock) for left in behind for path in left.adoptable],
        [left.lock_fd for left in behind],
    )


def _abandon(estate: _Estate) -> list[Dropped]:
    """Remove a folder in which nothing can be adopted, readers' way in first."""
    for path in estate.folder.glob(f"*{SUFFIX}"):
        path.unlink()
    shutil.rmtree(estate.folder, ignore_errors=True)  # another newcomer may be trying its lock
    os.close(estate.lock_fd)
    return estate.dropped


def _remove_all_but(estate: _Estate) -> None:
    """Remove what is not adopted: dropped segments, side-cars first, and files that no side-car names."""
    kept = {LOCK} | {path.name for path in estate.adoptable}
    kept |= {part.file for state in estate.adoptable.values() for part in state.named}
    strays = [path for path in estate.folder.iterdir() if path.name not in kept]
    for path in sorted(strays, key=lambda path: path.suffix != SUFFIX):
        path.unlink()


def _sequence(path: Path) -> int:
    return int(path.name.removesuffix(SUFFIX))
