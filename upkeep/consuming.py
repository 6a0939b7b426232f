"""Consuming files of tables that are gone: dropped while nothing ran on this host that could have removed them."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from segments.consuming.adoption import LOCK
from segments.identity import is_id
from tableconfigs.source import TableConfigSource
from upkeep.deletion import stored_tables


def remove_consuming(root: Path, configs: TableConfigSource) -> list[str]:
    """Remove `<root>/<incarnation>` of incarnations that are gone; returns them. Raises SourceUnavailable, OSError.

    A folder with a live writer stays for now (P16). Folders are listed before the tables are: a table's record is
    older than its files.
    """
    listed = {path.name for path in root.glob("*") if is_id(path.name) and path.is_dir()}
    living = {table.incarnation for table in stored_tables(configs)}
    return [incarnation for incarnation in sorted(listed - living) if _removed(root / incarnation)]


def _removed(folder: Path) -> bool:
    with _locked(folder) as is_ours:
        if is_ours:
            shutil.rmtree(folder)
        return is_ours


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether no writer lives in `folder`; none can move in during the block."""
    with ExitStack() as held:
        yield all(_lock(path, held) for path in folder.glob(f"*/*/{LOCK}"))


def _lock(path: Path, held: ExitStack) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    held.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
