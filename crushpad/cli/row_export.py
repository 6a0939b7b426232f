"""What `crushpad rows` writes."""

from __future__ import annotations

import sys

from crushpad.cli.api import CODE_OF_STATUS
from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.rows import RowsForm
from crushpad.client import Client, ClientError, RowRange

_BINARY = (RowsForm.ARROW, RowsForm.PARQUET)


def export(endpoint: str, timeout_s: float, table: str, wanted: RowRange, limit: int | None, output: RowsForm) -> None:
    """The rows on standard output, a piece at a time. Raises `Failure`, maybe behind rows that are right."""
    if output in _BINARY and sys.stdout.isatty():
        raise Failure(ExitCode.USAGE, f"--output {output} is not for a terminal; write it to a file with > FILE")
    try:
        with Client(endpoint, timeout_s=timeout_s) as client:
            for piece in client.export(table, wanted, form=output, limit=limit):
                sys.stdout.buffer.write(piece)
    except ClientError as error:
        raise Failure(CODE_OF_STATUS.get(error.status or 0, ExitCode.FAILURE), str(error)) from error
