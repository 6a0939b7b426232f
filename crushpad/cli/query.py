"""`crushpad query`: SQL against a running service."""

from __future__ import annotations

from typing import Annotated

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, Endpoint, Output, OutputForm, Timeout

app = typer.Typer(help="SQL against a running service.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def queries() -> None:
    """Keeps `run` a verb although it is the only one."""


@app.command("run")
def run_query(
    sql: Annotated[str, typer.Argument(help="One SELECT statement.")],
    output: OutputForm = Output.TABLE,
    options: Annotated[str, typer.Option(help="Pinot's query options: k=v;k2=v2.")] = "",
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 30.0,
) -> None:
    """Run a query and print its rows; statistics go to standard error."""
    from crushpad.cli.queries import run

    run(endpoint, timeout, sql, options, output)
