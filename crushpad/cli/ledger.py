"""`crushpad ledger`: whether every record of a table is accounted for."""

from __future__ import annotations

from typing import Annotated

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, Endpoint, Output, OutputForm, Timeout

app = typer.Typer(help="Whether every record of a table is accounted for.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def ledgers() -> None:
    """Keeps `verify` a verb although it is the only one."""


@app.command("verify")
def verify(
    table: Annotated[str, typer.Argument(help="Name of the table, with or without its type.")],
    partition: Annotated[int | None, typer.Option(min=0, help="Only this partition (Pinot's id).")] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Also read every file whole, and Kafka's records.")] = False,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 1800.0,
    output: OutputForm = Output.TABLE,
) -> None:
    """Compare steps, files, consuming rows and Kafka's offsets, and print the proof. Code 6 when it fails."""
    from crushpad.cli.ledger_proof import show

    show(table, partition, endpoint, timeout, output, deep=deep)
