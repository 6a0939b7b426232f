"""`crushpad trace`: the way of one record."""

from __future__ import annotations

from typing import Annotated

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, Endpoint, Output, OutputForm, Timeout


def trace(
    table: Annotated[str, typer.Argument(help="Name of the table, with or without its type.")],
    partition: Annotated[int, typer.Argument(min=0, help="Pinot's partition id, as in $partition.")],
    offset: Annotated[int, typer.Argument(min=0, help="Offset of the record in Kafka.")],
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 60.0,
    output: OutputForm = Output.TABLE,
) -> None:
    """Show what became of one record, from Kafka to the segment that holds it. Changes nothing."""
    from crushpad.cli.tracing import show

    show(table, partition, offset, endpoint, timeout, output)
