"""Asks a service for the way of a record, and prints it."""

from __future__ import annotations

from crushpad.cli.api import Api
from crushpad.cli.documents import print_document
from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.options import Output

CODE_OF_FATE = {
    "beyond-the-end": ExitCode.NOT_FOUND,
    "missing": ExitCode.FOUND,
    "not-known": ExitCode.FAILURE,
}
"""Every other fate is an answer."""


def show(table: str, partition: int, offset: int, endpoint: str, timeout_s: float, output: Output) -> None:
    """Print the trace; then fail where there is no such record, or it is missing."""
    found = Api(endpoint, timeout_s).get("tables", table, "trace", partition=str(partition), offset=str(offset))
    print_document(found, output)
    code = CODE_OF_FATE.get(found["fate"])
    if code is not None:
        advice = f"; {found['advice']}" if found["advice"] else ""
        raise Failure(code, f"offset {offset} of partition {partition} of {table}: {found['sentence']}{advice}")
