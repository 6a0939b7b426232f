"""The wheel of this checkout in an otherwise empty environment, as a user would have it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PIP: list[str | Path] = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@dataclass(frozen=True)
class Installed:
    """A wheel and the environment that it is installed in, with what its extra `managed` needs."""

    wheel: Path
    environment: Path

    @property
    def top_level_names(self) -> set[str]:
        """What the wheel makes importable."""
        with zipfile.ZipFile(self.wheel) as archive:
            names = {name.split("/")[0].removesuffix(".py") for name in archive.namelist()}
        return {name for name in names if not name.endswith(".dist-info")}

    def run(self, program: str, *arguments: str | Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment away from this checkout; both outputs come back as one text."""
        return subprocess.run(
            [self.environment / "bin" / program, *arguments],
            cwd=self.environment,
            env=clean_environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Installed:
    """Made once per run, also when several processes of pytest-xdist ask at once."""
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        folder = folder.parent
    folder = folder / "installed-wheel"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            install(build_wheel(folder), folder / "environment")
            (folder / "complete").touch()
    return Installed(next(folder.glob("*.whl")), folder / "environment")


def build_wheel(folder: Path) -> Path:
    succeed(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, REPOSITORY)
    return next(folder.glob("*.whl"))


def install(wheel: Path, environment: Path) -> None:
    venv.create(environment)
    pip = [*PIP, "--python", environment / "bin" / "python"]
    succeed(*pip, "install", "--no-compile", "--require-hashes", "-r", REPOSITORY / "requirements" / "managed.txt")
    succeed(*pip, "install", "--no-compile", "--no-deps", wheel)
    succeed(*pip, "check")


def succeed(*command: str | Path) -> None:
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert result.returncode == 0, result.stdout


def clean_environ() -> dict[str, str]:
    """This process's environment without what would let the checkout or other settings shine through."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
