"""The quickstart, started from the installed wheel: the README's first promise, without the checkout."""

from __future__ import annotations

import re
from pathlib import Path

from crushpad.managed.server import free_port
from tests.architecture.conftest import Installed

ROWS = 2000
TIMEOUT_S = 240


def test_the_installed_quickstart_shows_real_answers_and_ends_well(installed: Installed, tmp_path: Path) -> None:
    ports = ["--port", str(free_port()), "--broker-port", str(free_port())]
    arguments = ["--once", "--rows", str(ROWS), "--data-dir", str(tmp_path / "data"), *ports]
    result = installed.run("crushpad", "quickstart", *arguments, timeout_s=TIMEOUT_S)
    assert result.returncode == 0, result.stdout
    assert re.search(rf"\b{ROWS}\b|\b{ROWS:,}\b", result.stdout), result.stdout
    assert "Traceback" not in result.stdout
