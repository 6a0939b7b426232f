"""What the exit status of a command says."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Stable numbers: scripts rely on them."""

    OK = 0
    FAILURE = 1
    """Something broke, or cannot be reached; trying again may help."""
    USAGE = 2
    """The command line itself is wrong."""
    NOT_FOUND = 3
    CONFLICT = 4
    """It exists already, or somebody else changed it first."""
    INVALID = 5
    """A config, a setting, a query or data is wrong."""
    FOUND = 6
    """A check did its work and found something."""


class Failure(Exception):
    """Ends the command with `code`; the message goes to standard error."""

    def __init__(self, code: ExitCode, message: str) -> None:
        self.code = code
        super().__init__(message)
