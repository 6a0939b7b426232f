"""`crushpad partition`: what each partition of a running service does, and what it waits for."""

from __future__ import annotations

from typing import Annotated

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, Endpoint, Output, OutputForm, Timeout

app = typer.Typer(help="Partitions of a running service.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_partitions(
    table: Annotated[
        str | None, typer.Argument(help="Name of a table, with or without its type; all tables without.")
    ] = None,
    output: OutputForm = Output.TABLE,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Say of each partition its state and why, its offsets and lag, and what its flush waits for."""
    from crushpad.cli.api import Api
    from crushpad.cli.states import print_partitions

    print_partitions(Api(endpoint, timeout), table, output)
