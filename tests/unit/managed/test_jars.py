"""The jar cache: what is there is whole and verified, and a second look costs nothing."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import time
from pathlib import Path

import pytest

from crushpad.managed import jars
from crushpad.managed.errors import JarError
from crushpad.managed.jars import Fetched, Jar, cache_dir, ensure_jars, locked_jars

SERVERS: list[jars.ServerName] = ["kafka", "zookeeper"]
SLF4J = Jar(
    groupId="org.slf4j",
    artifactId="slf4j-simple",
    version="2.0.13",
    sha256="0" * 64,
    bytes=15239,
)


def lock_of(folder: Path, *entries: Jar) -> Path:
    """A lock by which ZooKeeper consists of these jars."""
    lock = folder / "jars.json"
    lock.write_text(json.dumps({"zookeeper": [entry.model_dump() for entry in entries]}))
    return lock


def stored(cache: Path, jar: Jar, content: bytes) -> tuple[Path, Jar]:
    """Put content where a jar would be; the lock entry that fits it."""
    path = cache / "jars" / jar.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    fitting = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return path, jar.model_copy(update=fitting)


@pytest.mark.parametrize("server", SERVERS)
def test_the_lock_pins_every_jar_once_and_names_no_host(server: jars.ServerName) -> None:
    entries = locked_jars(server)
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) and jar.bytes > 0 for jar in entries)
    assert len({jar.file_name for jar in entries}) == len(entries)
    assert "://" not in jars.LOCK_PATH.read_text()


def test_each_server_has_one_log_provider() -> None:
    for server in SERVERS:
        assert [jar.artifactId for jar in locked_jars(server) if jar.artifactId == "slf4j-simple"] == ["slf4j-simple"]
        assert not any("logback" in jar.artifactId for jar in locked_jars(server))


def test_the_cache_is_where_the_environment_says() -> None:
    assert cache_dir({"CRUSHPAD_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b"}) == Path("/a")
    assert cache_dir({"XDG_CACHE_HOME": "/b"}) == Path("/b/crushpad")
    assert cache_dir({}) == Path.home() / ".cache" / "crushpad"


def test_a_missing_jar_is_fetched_by_its_coordinate(tmp_path: Path) -> None:
    real = next(jar for jar in locked_jars("zookeeper") if jar.artifactId == "slf4j-simple")
    lock = lock_of(tmp_path, real)
    told: list[Fetched] = []

    (path,) = ensure_jars("zookeeper", tmp_path, told.append, lock)

    assert hashlib.sha256(path.read_bytes()).hexdigest() == real.sha256
    assert told[-1] == Fetched("zookeeper", jars=1, bytes=real.bytes, bytes_total=real.bytes)
    assert [file.name for file in (tmp_path / "jars").iterdir() if file.name.startswith(".")] == []


def test_a_jar_with_another_digest_is_refused_and_not_kept(tmp_path: Path) -> None:
    lock = lock_of(tmp_path, SLF4J)
    with pytest.raises(JarError, match=r"org\.slf4j:slf4j-simple:2\.0\.13 has the wrong content: SHA-256 is [0-9a-f]+"):
        ensure_jars("zookeeper", tmp_path, lock=lock)
    assert list((tmp_path / "jars").iterdir()) == []


def test_a_jar_that_was_cut_short_is_fetched_again(tmp_path: Path) -> None:
    real = next(jar for jar in locked_jars("zookeeper") if jar.artifactId == "slf4j-simple")
    lock = lock_of(tmp_path, real)
    (path,) = ensure_jars("zookeeper", tmp_path, lock=lock)
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    assert ensure_jars("zookeeper", tmp_path, lock=lock) == [path]
    assert path.read_bytes() == whole


def test_jars_that_are_there_need_neither_the_network_nor_jgo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jgo", None)
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    path, fitting = stored(tmp_path, SLF4J, b"the content")
    lock = lock_of(tmp_path, fitting)
    told: list[Fetched] = []
    assert ensure_jars("zookeeper", tmp_path, told.append, lock) == [path]
    assert told == []


def test_without_jgo_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jgo", None)
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    lock = lock_of(tmp_path, SLF4J)
    with pytest.raises(JarError, match=r"crushpad\[managed\]"):
        ensure_jars("zookeeper", tmp_path, lock=lock)


def test_a_second_call_is_quick(tmp_path: Path) -> None:
    content = b"x" * 10_000_000
    entries = [stored(tmp_path, SLF4J.model_copy(update={"version": f"{number}"}), content)[1] for number in range(20)]
    lock = lock_of(tmp_path, *entries)
    ensure_jars("zookeeper", tmp_path, lock=lock)
    began = time.perf_counter()
    ensure_jars("zookeeper", tmp_path, lock=lock)
    assert time.perf_counter() - began < 0.05
