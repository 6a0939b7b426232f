"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

DEFAULT_ENDPOINT = "http://127.0.0.1:9000"


class Output(StrEnum):
    """Form of data on standard output."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


Endpoint = Annotated[str, typer.Option("--endpoint", envvar="CRUSHPAD_ENDPOINT", help="Address of a running service.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.1, help="Longest wait for an answer, in seconds.")]
OutputForm = Annotated[Output, typer.Option("--output", "-o", help="Form of the data on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
