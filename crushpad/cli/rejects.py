"""`crushpad rejects`: records that could not become rows, and putting them in."""

from __future__ import annotations

from typing import Annotated

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, Endpoint, Output, OutputForm, Timeout

app = typer.Typer(help="Records that could not become rows.", no_args_is_help=True, rich_markup_mode=None)

Table = Annotated[str, typer.Argument(help="Name of the table, with or without its type.")]
Partition = Annotated[int | None, typer.Option("--partition", min=0, help="Only of this partition.")]


@app.command("list")
def list_rejects(
    table: Table,
    partition: Partition = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 1_000,
    settled: Annotated[bool, typer.Option("--all", help="Also those that a replay has settled.")] = False,
    output: OutputForm = Output.TABLE,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 30.0,
) -> None:
    """List rejected records: where, why, and what they are now."""
    from crushpad.cli.rejected import print_list

    print_list(endpoint, timeout, table, partition, limit, settled, output)


@app.command("show")
def show_reject(
    table: Table,
    partition: Annotated[int, typer.Argument(min=0, help="Partition of the record.")],
    offset: Annotated[int, typer.Argument(min=0, help="Offset of the record.")],
    output: OutputForm = Output.TABLE,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 30.0,
) -> None:
    """Print one rejected record: reason, field, and its bytes, as text where they are UTF-8, else in base64."""
    from crushpad.cli.rejected import print_one

    print_one(endpoint, timeout, table, partition, offset, output)


@app.command("replay")
def replay_rejects(
    table: Table,
    partition: Partition = None,
    offset: Annotated[int | None, typer.Option("--offset", min=0, help="Only this record of the partition.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 10_000,
    output: OutputForm = Output.TABLE,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 150.0,
) -> None:
    """Put rejected records in, exactly once, after the config is mended; says what became of each.

    Exits with 6 when some of them are still rejected.
    """
    from crushpad.cli.rejected import replay

    replay(endpoint, timeout, table, partition, offset, limit, output)
