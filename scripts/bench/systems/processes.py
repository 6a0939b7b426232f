"""What a tree of processes costs, read from /proc (by psutil, and its proportional memory by ourselves)."""

from __future__ import annotations

from pathlib import Path

import psutil


def tree(pid: int) -> list[psutil.Process]:
    """The process and all its living descendants; nothing when it has ended."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_s(pid: int) -> float:
    """User and system seconds of the tree since it was started, with those of descendants that have ended."""
    return sum(_cpu_s(process) for process in tree(pid))


def resident_mb(pid: int) -> float:
    """Proportional set size of the tree, MiB: memory that several processes share counts once."""
    return sum(_proportional_kb(process.pid) for process in tree(pid)) / 1024


def kill(pid: int) -> None:
    """SIGKILL to the whole tree; returns when all of it is gone."""
    doomed = tree(pid)
    for process in doomed:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(doomed)


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
