"""Where and with what a run was made, for the result that is kept."""

from __future__ import annotations

import json
import platform
import subprocess
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

import crushpad.managed
from crushpad.managed.java import find_java, java_version

LIBRARIES = ("pyarrow", "duckdb", "confluent-kafka", "numpy", "orjson")
JARS = Path(str(crushpad.managed.__file__)).with_name("jars.json")
SERVERS = {"kafka": "kafka_2.13", "zookeeper": "zookeeper"}


def about(now: datetime) -> dict[str, Any]:
    """Date, commit, machine and versions."""
    return {
        "date": f"{now:%Y-%m-%d %H:%M}",
        "commit": _commit(),
        "machine": {
            "processor": _processor(),
            "processors": psutil.cpu_count(),
            "memory_gb": round(psutil.virtual_memory().total / 2**30),
            "system": f"{platform.system()} {platform.release()}",
        },
        "versions": {
            "python": platform.python_version(),
            "java": str(java_version(find_java())),
            **{name: version(name) for name in LIBRARIES},
            **_servers(),
        },
    }


def _commit() -> str:
    """The checkout's, with a `+` when it has changes that are not committed; `unknown` outside a checkout."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--exclude=*", "--dirty=+"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.stdout.strip()


def _processor() -> str:
    found = Path("/proc/cpuinfo")
    lines = found.read_text().splitlines() if found.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _servers() -> dict[str, str]:
    jars = json.loads(JARS.read_text())
    return {
        server: next(jar["version"] for jar in jars[server] if jar["artifactId"] == artifact)
        for server, artifact in SERVERS.items()
    }
