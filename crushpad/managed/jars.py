"""The jars of a server: named by the lock, fetched by Maven coordinate, verified by SHA-256, kept in a cache."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

import stamina
from pydantic import BaseModel, ConfigDict

from crushpad.managed.errors import JarError

LOCK_PATH = Path(__file__).with_name("jars.json")
DOWNLOADS_AT_ONCE = 6
ATTEMPTS_MAX = 3
TIMEOUT_S = 60

ServerName = Literal["kafka", "zookeeper"]


class Jar(BaseModel):
    """One file of the lock: Maven coordinate, digest and size."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    groupId: str  # noqa: N815 - Maven's word
    artifactId: str  # noqa: N815
    version: str
    sha256: str
    bytes: int

    @property
    def coordinate(self) -> str:
        return f"{self.groupId}:{self.artifactId}:{self.version}"

    @property
    def file_name(self) -> str:
        return f"{self.groupId}.{self.artifactId}-{self.version}.jar"


@dataclass(frozen=True)
class Fetched:
    """How far the fetching of one server's jars is."""

    server: str
    jars: int
    bytes: int
    bytes_total: int


OnFetched = Callable[[Fetched], None]


def locked_jars(server: ServerName, lock: Path = LOCK_PATH) -> list[Jar]:
    """Every jar of a server, as the lock names them."""
    return [Jar.model_validate(entry) for entry in json.loads(lock.read_text())[server]]


def cache_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """`$CRUSHPAD_CACHE_DIR`, else `$XDG_CACHE_HOME/crushpad`, else `~/.cache/crushpad`."""
    if named := environ.get("CRUSHPAD_CACHE_DIR"):
        return Path(named).expanduser()
    return Path(environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "crushpad"


def ensure_jars(
    server: ServerName, cache: Path | None = None, on_fetched: OnFetched | None = None, lock: Path = LOCK_PATH
) -> list[Path]:
    """The class path of a server: every jar present and verified, missing ones fetched first.

    Jars that an earlier call verified are not hashed again. Raises `JarError`.
    """
    folder = (cache or cache_dir()) / "jars"
    jars = locked_jars(server, lock)
    stamp = folder / f"{server}-{_lock_digest(jars)[:16]}.verified"
    if not (stamp.exists() and all(_has_size(folder / jar.file_name, jar.bytes) for jar in jars)):
        folder.mkdir(parents=True, exist_ok=True)
        _complete(server, jars, folder, on_fetched or (lambda _: None))
        stamp.touch()
    return [folder / jar.file_name for jar in jars]


def _complete(server: str, jars: list[Jar], folder: Path, on_fetched: OnFetched) -> None:
    missing = [jar for jar in jars if not _is_verified(folder / jar.file_name, jar)]
    tally = _Tally(server, sum(jar.bytes for jar in missing), on_fetched)
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE, thread_name_prefix="jars") as pool:
        for _ in pool.map(lambda jar: _fetch(jar, folder, tally), missing):
            tally.add_jar()


def _fetch(jar: Jar, folder: Path, tally: _Tally) -> None:
    """Download to a folder of its own, verify, and rename into place: a jar in the cache is always whole."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as staging:
        path = _download(jar, Path(staging), tally)
        if (found := _sha256(path)) != jar.sha256:
            raise JarError(
                f"{jar.coordinate} has the wrong content: SHA-256 is {found}, the lock says {jar.sha256}. "
                "Something between here and the repository changed it; nothing was kept."
            )
        path.replace(folder / jar.file_name)


def _download(jar: Jar, staging: Path, tally: _Tally) -> Path:
    maven = _maven()
    try:
        for attempt in stamina.retry_context(on=(OSError, RuntimeError), attempts=ATTEMPTS_MAX):
            with attempt:
                folder = staging / str(attempt.num)
                resolver = maven.PythonResolver(progress_callback=tally.download)
                context = maven.MavenContext(resolver=resolver, repo_cache=folder, timeout=TIMEOUT_S)
                component = context.project(jar.groupId, jar.artifactId).at_version(jar.version)
                path: Path = component.artifact().resolve()
    except (OSError, RuntimeError) as error:  # jgo raises RuntimeError for everything that is not the network
        raise JarError(f"{jar.coordinate} could not be fetched from the Maven repository: {error}") from error
    return path


def _maven() -> ModuleType:
    """jgo's module, imported only when something is missing."""
    try:
        import jgo.maven
    except ImportError as error:
        raise JarError("fetching Kafka and ZooKeeper needs jgo: install crushpad[managed]") from error
    return jgo.maven


class _Tally:
    """Adds up what several downloads at once have fetched, and tells it."""

    def __init__(self, server: str, bytes_total: int, on_fetched: OnFetched) -> None:
        self._server = server
        self._bytes_total = bytes_total
        self._on_fetched = on_fetched
        self._lock = threading.Lock()
        self._jars = 0
        self._bytes = 0

    @contextmanager
    def download(self, _file_name: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield self.add_bytes

    def add_bytes(self, count: int) -> None:
        self._add(0, count)

    def add_jar(self) -> None:
        self._add(1, 0)

    def _add(self, jars: int, count: int) -> None:
        with self._lock:
            self._jars += jars
            self._bytes += count
            self._on_fetched(Fetched(self._server, self._jars, self._bytes, self._bytes_total))


def _is_verified(path: Path, jar: Jar) -> bool:
    return _has_size(path, jar.bytes) and _sha256(path) == jar.sha256


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lock_digest(jars: list[Jar]) -> str:
    return hashlib.sha256("\n".join(jar.sha256 for jar in jars).encode()).hexdigest()
