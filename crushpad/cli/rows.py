"""`crushpad rows`: the rows of a range of time or offsets, without SQL."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, Endpoint, Timeout


class RowsForm(StrEnum):
    """What the rows are written as."""

    JSONL = "jsonl"
    CSV = "csv"
    ARROW = "arrow"
    PARQUET = "parquet"


_TIME = "epoch milliseconds or ISO 8601"


def rows(
    table: Annotated[str, typer.Argument(help="Name of the table, with or without its type.")],
    from_time: Annotated[str | None, typer.Option("--from", help=f"First moment, {_TIME}.")] = None,
    to_time: Annotated[str | None, typer.Option("--to", help=f"The moment before which rows end, {_TIME}.")] = None,
    partition: Annotated[int | None, typer.Option(min=0, help="Only this partition.")] = None,
    from_offset: Annotated[int | None, typer.Option(min=0, help="First offset of the partition.")] = None,
    to_offset: Annotated[int | None, typer.Option(min=0, help="The offset before which rows end.")] = None,
    columns: Annotated[str | None, typer.Option(help="Names with commas between them; else all.")] = None,
    filter: Annotated[str | None, typer.Option(help="A condition as in a WHERE clause of Pinot SQL.")] = None,  # noqa: A002 - the option's name
    order: Annotated[str, typer.Option(help="offset, offset:desc, time or time:desc.")] = "offset",
    limit: Annotated[int | None, typer.Option(min=1, max=100_000, help="At most so many; else all.")] = None,
    output: Annotated[RowsForm, typer.Option("--output", "-o", help="Form of the rows.")] = RowsForm.JSONL,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 30.0,
) -> None:
    """Write the rows of a range to standard output as they come; without options all rows."""
    from crushpad.cli.row_export import export
    from crushpad.client import RowRange

    names = None if columns is None else columns.split(",")
    wanted = RowRange(from_time, to_time, partition, from_offset, to_offset, names, filter, order)
    export(endpoint, timeout, table, wanted, limit, output)
