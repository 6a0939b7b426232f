"""This machine: Java, limits of processes, the disk, its file system, the deep store on it."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from crushpad.doctor.findings import Finding, bad, ok, warn
from crushpad.managed.errors import JavaNotFound
from crushpad.managed.java import choose_java, java_version
from crushpad.words import megabytes
from segments.consuming.filesystem import UnsupportedFileSystem, check_filesystem, filesystem_type

MB = 1024 * 1024
OPEN_FILES_MIN, OPEN_FILES_ENOUGH = 1024, 4096
MAPS_ENOUGH = 65_530
MAX_MAPS = Path("/proc/sys/vm/max_map_count")
MOUNTS = Path("/proc/self/mountinfo")


def java(environ: Mapping[str, str], *, is_needed: bool) -> Finding:
    """Needed only by servers that Crushpad starts itself."""
    try:
        found = choose_java(environ)
    except JavaNotFound as error:
        return (
            bad("java", "none that is new enough", str(error))
            if is_needed
            else ok("java", "none, and none is needed: ZooKeeper and Kafka are others'")
        )
    return ok("java", f"Java {java_version(found)} at {found}")


def limits(soft: Mapping[str, int], capacity_bytes: int) -> Iterator[Finding]:
    """Limits of processes that this shell starts, by their name in `ulimit`; -1 is none."""
    yield _open_files(soft["open files"])
    yield ok("locked memory", f"{_size(soft['locked memory'])}; Crushpad locks none")
    yield _file_size(soft["file size"], capacity_bytes)
    yield _address_space(soft["address space"], capacity_bytes)


def soft_limits() -> dict[str, int]:
    """The limits of this process that matter."""
    kinds = {
        "open files": resource.RLIMIT_NOFILE,
        "locked memory": resource.RLIMIT_MEMLOCK,
        "file size": resource.RLIMIT_FSIZE,
        "address space": resource.RLIMIT_AS,
    }
    return {name: resource.getrlimit(kind)[0] for name, kind in kinds.items()}


def mappings(max_maps: Path = MAX_MAPS) -> Iterator[Finding]:
    """Only Linux says how many mappings a process may have."""
    if not max_maps.exists():
        return
    allowed = int(max_maps.read_text())
    if allowed < MAPS_ENOUGH:
        advice = f"sysctl -w vm.max_map_count={MAPS_ENOUGH}: consuming files are mapped by every query process"
        yield warn("mappings", f"a process may have {allowed:,} mappings", advice)
    else:
        yield ok("mappings", f"a process may have {allowed:,} mappings")


def disk(folder: Path, reserve_bytes: int, capacity_bytes: int) -> Finding:
    """Free space below the data folder, beside the reserve that is kept for sealing."""
    free = shutil.disk_usage(existing(folder)).free
    says = f"{megabytes(free)} are free below {folder}"
    if free < reserve_bytes:
        advice = f"free space: below the reserve of {megabytes(reserve_bytes)} (disk_reserve_mb) partitions stop"
        return bad("disk", says, advice)
    if free < reserve_bytes + 2 * capacity_bytes:
        advice = f"free space: two full consuming segments of {megabytes(capacity_bytes)} reach the reserve"
        return warn("disk", says, advice)
    return ok("disk", says)


def file_system(folder: Path) -> Finding:
    """Consuming files are mapped while they grow (P17)."""
    place = existing(folder)
    try:
        check_filesystem(place)
    except UnsupportedFileSystem as error:
        return bad("file system", str(error), "choose a data folder on a local disk (data_dir)")
    except OSError as error:
        return bad("file system", f"{place} cannot be written to: {error.strerror}", "give this user the folder")
    kind = filesystem_type(place.resolve(), MOUNTS.read_text()) if MOUNTS.exists() else None
    return ok("file system", f"{kind or 'a local one'}; what is written shows in mapped files")


def deep_store(folder: Path) -> Finding:
    """A file is written, made durable, read back and removed."""
    place = existing(folder)
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"probe")
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            whole = file.read() == b"probe"
    except OSError as error:
        return bad(
            "deep store", f"{place} cannot be written to: {error.strerror}", "give this user the folder, or room"
        )
    if not whole:
        return bad("deep store", f"{place} does not read as it was written", "replace the disk")
    return ok("deep store", f"{folder} can be written to")


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there: a first start makes the rest."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _open_files(allowed: int) -> Finding:
    if 0 <= allowed < OPEN_FILES_MIN:
        return bad("open files", f"a process may have {allowed:,}", f"ulimit -n {OPEN_FILES_ENOUGH} or more")
    if 0 <= allowed < OPEN_FILES_ENOUGH:
        advice = f"ulimit -n {OPEN_FILES_ENOUGH} or more (systemd: LimitNOFILE): partitions and segments take some each"
        return warn("open files", f"a process may have {allowed:,}", advice)
    return ok("open files", f"a process may have {'any number' if allowed < 0 else f'{allowed:,}'}")


def _file_size(allowed: int, needed: int) -> Finding:
    if 0 <= allowed < needed:
        advice = "ulimit -f unlimited (systemd: LimitFSIZE=infinity)"
        return bad("file size", f"limited to {megabytes(allowed)}, {megabytes(needed)} are needed", advice)
    return ok("file size", _size(allowed))


def _address_space(allowed: int, capacity_bytes: int) -> Finding:
    if allowed >= 0:
        advice = f"ulimit -v unlimited: each consuming file is mapped in its full size of {megabytes(capacity_bytes)}"
        return warn("address space", _size(allowed), advice)
    return ok("address space", _size(allowed))


def _size(limit: int) -> str:
    return "not limited" if limit < 0 else f"limited to {megabytes(limit)}"
