"""Where consuming files may lie: on a local POSIX file system whose mappings see what is written (P17)."""

from __future__ import annotations

import mmap
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

# fmt: off
REFUSED = frozenset({
    "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "fuse.ceph", "fuse.gcsfuse", "fuse.glusterfs",
    "fuse.goofys", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs",
    "nfs", "nfs4", "ocfs2", "orangefs", "smb3", "smbfs",
})
# fmt: on
"""File systems that other hosts write to as well, or whose locks and mappings are not the kernel's own."""

_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")
_PROBE = b"visible"


class UnsupportedFileSystem(Exception):
    """The data directory is on a file system that cannot carry consuming files: choose another one."""


def check_filesystem(folder: Path) -> None:
    """Raises UnsupportedFileSystem when `folder`, which exists, is on a file system that is refused."""
    kind = filesystem_type(folder.resolve(), _MOUNTS.read_text()) if _MOUNTS.exists() else None
    if kind in REFUSED:
        raise UnsupportedFileSystem(f"{folder} is on a {kind} file system; consuming files need a local one")
    if not _mapping_sees_writes(folder):
        raise UnsupportedFileSystem(f"{folder} ({kind}): a mapped file does not show what is written to it")


def filesystem_type(folder: Path, mountinfo: str) -> str | None:
    """Type of the file system that holds the absolute `folder`, by the text of Linux's `/proc/self/mountinfo`."""
    kinds = dict(_mounts(mountinfo))  # a later mount hides an earlier one
    return next((kinds[place] for place in (folder, *folder.parents) if place in kinds), None)


def _mounts(mountinfo: str) -> Iterator[tuple[Path, str]]:
    for line in mountinfo.splitlines():
        place, _, source = line.partition(" - ")
        path = _OCTAL.sub(lambda found: chr(int(found[1], 8)), place.split(" ")[4])
        yield Path(path), source.split(" ")[0]


def _mapping_sees_writes(folder: Path) -> bool:
    with tempfile.TemporaryFile(dir=folder) as file:
        file.truncate(mmap.PAGESIZE)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            before = mapped[: len(_PROBE)]
            file.write(_PROBE)
            file.flush()
            return before != _PROBE and mapped[: len(_PROBE)] == _PROBE
