"""`crushpad query`: SQL against a running service."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from crushpad.cli.options import DEFAULT_ENDPOINT, Endpoint, Output, OutputForm, Timeout


class _SqlOrVerb(TyperGroup):
    """`crushpad query "SELECT ..."` is `crushpad query run "SELECT ..."`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = not args or args[0] in self.commands or args[0] in ("--help", "-h")
        return list(super().parse_args(ctx, args if known else ["run", *args]))


app = typer.Typer(help="SQL against a running service.", cls=_SqlOrVerb, no_args_is_help=True, rich_markup_mode=None)

Options = Annotated[str, typer.Option(help="Pinot's query options: k=v;k2=v2.")]


@app.command("run")
def run_query(
    sql: Annotated[str, typer.Argument(help="One SELECT statement.")],
    output: OutputForm = Output.TABLE,
    options: Options = "",
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 30.0,
) -> None:
    """Run a query and print its rows; statistics go to standard error. `run` may be left out."""
    from crushpad.cli.queries import run

    run(endpoint, timeout, sql, options, output)


@app.command("shell")
def query_shell(
    output: OutputForm = Output.TABLE,
    options: Options = "",
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 30.0,
) -> None:
    r"""Ask queries one after the other, each ended by `;`. Tab completes, `\help` says what else there is."""
    from crushpad.cli.query_shell import shell

    shell(endpoint, timeout, options, output)
