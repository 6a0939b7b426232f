"""The deep store as a folder: of this host, or of a file system that all hosts mount."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from segments.stores.base import DELETED, AlreadyThere, NotInStore, StoreUnavailable, checked_key
from segments.stores.files import (
    PART,
    DigestingFile,
    digest_of,
    disk_full_named,
    make_folders,
    sync_file,
    sync_folder,
    whole_file,
)

_COPY_BYTES = 1 << 20
_CANNOT_LINK = {errno.EXDEV, errno.EMLINK}


class LocalStore:
    """Files under `root`, by key. Where it can, it makes hard links and copies nothing: sealed files never change."""

    def __init__(self, root: Path) -> None:
        make_folders(root.absolute())
        self._root = root.resolve()

    def put(self, local: Path, key: str) -> str:
        size_bytes = local.stat().st_size
        target = self._path(key)
        with _store_errors(target):
            make_folders(target.parent)
            try:
                _create(local, target)
            except FileExistsError:
                if target.stat().st_size != size_bytes or digest_of(target) != digest_of(local):
                    raise AlreadyThere(f"{key} is in the store with other content than {local}") from None
                _make_durable(target)  # whoever created it may have died before
        return key

    def fetch(self, key: str, to: Path) -> None:
        source = self._path(key)
        with _store_errors(to):
            if not source.is_file():
                raise NotInStore(key)
            to.unlink(missing_ok=True)
            _create(source, to)

    def exists(self, key: str) -> bool:
        return self.local_path(key) is not None

    def list(self, prefix: str) -> Sequence[str]:
        with _store_errors(self._root):
            return sorted(self._keys(prefix))

    def retire(self, key: str, since_ms: int | None = None) -> None:
        source, target = self._path(key), self._path(f"{DELETED}/{key}")
        with _store_errors(source):
            if source.is_file():
                make_folders(target.parent)
                os.utime(source, None if since_ms is None else (since_ms / 1000, since_ms / 1000))
                source.rename(target)
                sync_folder(target.parent)
                sync_folder(source.parent)

    def purge(self, retired_before_ms: int, folder: str) -> Sequence[str]:
        with _store_errors(self._root):
            retired = self.list(f"{DELETED}/{folder}")
            old = [key for key in retired if self._path(key).stat().st_mtime_ns < retired_before_ms * 1_000_000]
            for key in old:
                self._path(key).unlink(missing_ok=True)
                _remove_empty(self._path(key).parent, self._root)
        return old

    def local_path(self, key: str) -> Path | None:
        path = self._path(key)
        with _store_errors(path):
            return path if path.is_file() else None

    def _keys(self, prefix: str) -> Iterator[str]:
        top = self._path(prefix) if prefix else self._root
        for folder, folders, files in os.walk(top):
            place = Path(folder)
            if place == self._root and DELETED in folders:
                folders.remove(DELETED)
            yield from ((place / name).relative_to(self._root).as_posix() for name in files if not name.endswith(PART))

    def _path(self, key: str) -> Path:
        """Where `key` lies. A symbolic link on the way could lead out of the store, so there must be none."""
        place = self._root
        for name in checked_key(key).split("/"):
            place /= name
            if place.is_symlink():
                raise ValueError(f"store key {key!r} leads through the symbolic link {place}")
        return place


def _remove_empty(folder: Path, root: Path) -> None:
    """`folder` and its parents below `root`, up to the first that holds something."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.ENOENT):
                raise
            return
        folder = folder.parent


def _create(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, or a checked copy, durably. Raises FileExistsError."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        _copy(source, target)
    _make_durable(target)


def _make_durable(path: Path) -> None:
    sync_file(path)
    sync_folder(path.parent)


def _copy(source: Path, target: Path) -> None:
    """The name appears by a link, which unlike a rename never replaces a file."""
    staged = target.with_name(f"{target.name}.{secrets.token_hex(4)}{PART}")
    try:
        with whole_file(staged) as file:
            _fill(file, source)
        if digest_of(staged) != file.digest:
            raise StoreUnavailable(f"{staged} does not read as it was written")
        os.link(staged, target)
    finally:
        staged.unlink(missing_ok=True)


def _fill(file: DigestingFile, source: Path) -> None:
    with source.open("rb") as reader:
        shutil.copyfileobj(reader, file, _COPY_BYTES)


@contextmanager
def _store_errors(path: Path) -> Iterator[None]:
    try:
        with disk_full_named(path):
            yield
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error
