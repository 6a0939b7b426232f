"""The command line in this process: what it prints and how it ends, in the folder of the golden segments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from crushpad.__main__ import main


@dataclass(frozen=True)
class Ended:
    """One run."""

    code: int
    stdout: str
    stderr: str


Crushpad = Callable[..., Ended]


def runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Crushpad:
    """Runs `crushpad ARGUMENTS`."""

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["crushpad", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run
