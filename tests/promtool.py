"""Prometheus' own `promtool`: the machine's, else the one of Debian's package `prometheus`, unpacked into the cache."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from crushpad.managed.jars import cache_dir

PACKAGE = "prometheus"
PLACE = "./usr/bin/promtool"
FETCH_TIMEOUT_S = 300
NEEDS = "install Prometheus 2.42 or newer, or put its promtool on PATH"


class PromtoolMissing(AssertionError):
    """It is not on PATH, and cannot be fetched here."""


def find_promtool() -> Path:
    """The program. Raises PromtoolMissing, which says what to install."""
    if found := shutil.which("promtool"):
        return Path(found)
    kept = cache_dir() / "promtool" / "promtool"
    if not _is_as_unpacked(kept):
        kept.parent.mkdir(parents=True, exist_ok=True)
        _fetch(kept)
    return kept


def _fetch(target: Path) -> None:
    """From the archives that this Debian trusts; the package is compared with the digest of their signed index."""
    if not all(map(shutil.which, ("apt-get", "apt-cache", "dpkg-deb"))):
        raise PromtoolMissing(f"there is no promtool on PATH, and this is no Debian to fetch it from: {NEEDS}")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        package = _downloaded(Path(folder))
        program = _unpacked(package, Path(folder))
        _note_digest(target, _sha256(program))
        program.replace(target)


def _downloaded(folder: Path) -> Path:
    try:
        return _download(folder)
    except PromtoolMissing:
        _run("apt-get", "update", "--quiet")  # a fresh machine knows no package yet, an old one those of yesterday
        return _download(folder)


def _download(folder: Path) -> Path:
    digests = _indexed_digests()
    _run("apt-get", "download", "--quiet", PACKAGE, cwd=folder)
    (package,) = folder.glob("*.deb")
    if _sha256(package) not in digests:
        raise PromtoolMissing(f"{package.name} is not what Debian's index says; nothing was kept. {NEEDS}")
    return package


def _indexed_digests() -> list[str]:
    return re.findall(r"^SHA256: ([0-9a-f]{64})$", _run("apt-cache", "show", PACKAGE), re.MULTILINE)


def _unpacked(package: Path, folder: Path) -> Path:
    archive = folder / "files.tar"
    with archive.open("wb") as file:
        subprocess.run(["dpkg-deb", "--fsys-tarfile", package], stdout=file, check=True, timeout=FETCH_TIMEOUT_S)
    with tarfile.open(archive) as files:
        files.extract(PLACE, folder, filter="data")
    return folder / PLACE


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S, check=False)
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())[-300:]
        raise PromtoolMissing(f"there is no promtool on PATH, and `{' '.join(command)}` failed: {said}; {NEEDS}")
    return done.stdout


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _noted(target: Path) -> Path:
    return target.with_suffix(".sha256")


def _note_digest(target: Path, digest: str) -> None:
    staged = _noted(target).with_suffix(".part")
    staged.write_text(digest)
    staged.replace(_noted(target))


def _is_as_unpacked(kept: Path) -> bool:
    return kept.exists() and _noted(kept).exists() and _sha256(kept) == _noted(kept).read_text()
