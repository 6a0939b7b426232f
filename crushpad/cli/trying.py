"""Options of the commands that try configs on a topic without a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from crushpad.cli.exit_codes import ExitCode, Failure

SecretsDir = Annotated[
    Path | None,
    typer.Option(envvar="CRUSHPAD_SECRETS_DIR", help="Folder of the files that ${secret:NAME} and ${file:PATH} name."),
]


@contextmanager
def invalid_config(file: Path) -> Iterator[None]:
    """A config that is wrong ends the command: exit code 5, and one line for each problem."""
    from tableconfigs.problems import InvalidConfig

    try:
        yield
    except InvalidConfig as error:
        listed = "\n".join(f"  {problem}" for problem in error.problems)
        raise Failure(ExitCode.INVALID, f"{file}: {error.subject or 'is not valid'}\n{listed}") from error
