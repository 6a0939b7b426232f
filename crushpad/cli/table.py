"""`crushpad table`: the tables of a running service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crushpad.cli import convert
from crushpad.cli.options import DEFAULT_ENDPOINT, DryRun, Endpoint, Output, OutputForm, Timeout, Yes
from crushpad.cli.trying import SecretsDir

app = typer.Typer(help="Tables of a running service.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="Name of the table, with or without its type.")]
File = Annotated[Path, typer.Argument(help="Pinot's table config, as JSON.", exists=True, dir_okay=False)]


@app.command("list")
def list_tables(
    output: OutputForm = Output.TABLE, endpoint: Endpoint = DEFAULT_ENDPOINT, timeout: Timeout = 10.0
) -> None:
    """List all tables."""
    from crushpad.cli.api import Api
    from crushpad.cli.printing import print_rows

    print_rows(["table"], [[name] for name in Api(endpoint, timeout).get("tables")["tables"]], output)


@app.command("status")
def table_status(
    name: Annotated[str | None, typer.Argument(help="Name of a table; all tables without.")] = None,
    output: OutputForm = Output.TABLE,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Say of each table whether its partitions consume, how far they are, and if not, why."""
    from crushpad.cli.api import Api
    from crushpad.cli.states import print_tables

    print_tables(Api(endpoint, timeout), name, output)


@app.command("get")
def get_table(name: Name, endpoint: Endpoint = DEFAULT_ENDPOINT, timeout: Timeout = 10.0) -> None:
    """Print a table's config as JSON, by type."""
    from crushpad.cli.api import Api
    from crushpad.cli.printing import print_json

    print_json(Api(endpoint, timeout).get("tables", name))


app.command("convert")(convert.convert)


@app.command("dry-run")
def dry_run_table(
    config: Annotated[Path, typer.Option(help="Table config to try, as JSON.", exists=True, dir_okay=False)],
    schema: Annotated[Path, typer.Option(help="Its schema, as JSON.", exists=True, dir_okay=False)],
    topic: Annotated[str | None, typer.Option(help="Topic to read, in place of those of the config.")] = None,
    brokers: Annotated[str | None, typer.Option(help="Kafka's brokers, in place of those of the config.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="How many of the newest records of each topic.")] = 100,
    secrets_dir: SecretsDir = None,
    timeout: Timeout = 10.0,
    output: OutputForm = Output.TABLE,
) -> None:
    """Show what a config would make of a topic's newest records, and what it would reject; changes nothing."""
    from crushpad.cli.dry_run import Wanted, dry_run

    dry_run(config, schema, Wanted(topic, brokers, rows, secrets_dir, timeout), output)


@app.command("create")
def create_table(file: File, endpoint: Endpoint = DEFAULT_ENDPOINT, timeout: Timeout = 10.0) -> None:
    """Create a table from a config; its schema must be there."""
    from crushpad.cli.uploads import upload

    upload(endpoint, timeout, file, "tables")


@app.command("delete")
def delete_table(
    name: Name,
    yes: Yes = False,
    dry_run: DryRun = False,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Delete a table with all its segments."""
    from crushpad.cli.uploads import delete

    delete(endpoint, timeout, "tables", name, yes=yes, dry_run=dry_run)
