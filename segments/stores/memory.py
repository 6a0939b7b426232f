"""A deep store without a disk, for tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from segments.stores.base import DELETED, AlreadyThere, NotInStore, checked_key
from segments.stores.files import whole_file


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class InMemoryStore:
    """The same promises, kept until the process ends."""

    def __init__(self, clock_ms: Callable[[], int] = _now_ms) -> None:
        self._clock_ms = clock_ms
        self._lock = threading.Lock()
        self._retired_ms: dict[str, int] = {}
        self._files: dict[str, bytes] = {}

    def put(self, local: Path, key: str) -> str:
        data = local.read_bytes()
        with self._lock:
            if self._files.setdefault(checked_key(key), data) != data:
                raise AlreadyThere(f"{key} is in the store with other content than {local}")
        return key

    def fetch(self, key: str, to: Path) -> None:
        with self._lock:
            data = self._files.get(checked_key(key))
        if data is None:
            raise NotInStore(key)
        with whole_file(to) as file:
            file.write(data)

    def exists(self, key: str) -> bool:
        with self._lock:
            return checked_key(key) in self._files

    def list(self, prefix: str) -> Sequence[str]:
        folder = f"{checked_key(prefix)}/" if prefix else ""
        with self._lock:
            return sorted(
                key for key in self._files if key.startswith(folder) and (prefix or not key.startswith(f"{DELETED}/"))
            )

    def retire(self, key: str, since_ms: int | None = None) -> None:
        with self._lock:
            if (data := self._files.pop(checked_key(key), None)) is not None:
                self._files[f"{DELETED}/{key}"] = data
                self._retired_ms[f"{DELETED}/{key}"] = self._clock_ms() if since_ms is None else since_ms

    def purge(self, retired_before_ms: int, folder: str) -> Sequence[str]:
        below = f"{DELETED}/{folder}/"
        with self._lock:
            retired = {key: since_ms for key, since_ms in self._retired_ms.items() if key.startswith(below)}
            old = sorted(key for key, since_ms in retired.items() if since_ms < retired_before_ms)
            for key in old:
                del self._files[key], self._retired_ms[key]
            return old

    def local_path(self, key: str) -> Path | None:
        checked_key(key)
        return None
