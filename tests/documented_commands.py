"""The commands of a documentation page, run as a reader would: every ```sh block, line by line, in one folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
COMMAND_S = 60

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)

Finished = subprocess.CompletedProcess[str]


def documented_lines(page: str) -> list[str]:
    """Command lines of `docs/<page>` in order; a line that ends in a backslash goes on in the next."""
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    blocks = "".join(_BLOCK.findall(text)).replace("\\\n", " ")
    return [line for line in blocks.splitlines() if line.strip()]


def run_line(line: str, folder: Path, replaced: Mapping[str, str], options: str = "") -> Finished:
    """Run one line with `crushpad` being this checkout's, with more `options`, and other words than the page's."""
    for written, actual in replaced.items():
        line = line.replace(written, actual)
    command = f'crushpad() {{ {shlex.quote(sys.executable)} -m crushpad "$@" {options}; }}; {line}'
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )


def run_page(page: str, folder: Path, replaced: Mapping[str, str], options: str = "") -> Iterator[tuple[str, Finished]]:
    """Each line of the page and how it ended."""
    for line in documented_lines(page):
        yield line, run_line(line, folder, replaced, options)
