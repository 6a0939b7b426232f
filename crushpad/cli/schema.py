"""`crushpad schema`: the schemas of a running service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, DryRun, Endpoint, Output, OutputForm, Timeout, Yes
from crushpad.cli.topic import DEFAULT_BROKERS, Brokers, Properties

app = typer.Typer(help="Schemas of a running service.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="Name of the schema.")]
File = Annotated[Path, typer.Argument(help="Pinot's schema, as JSON.", exists=True, dir_okay=False)]


@app.command("list")
def list_schemas(
    output: OutputForm = Output.TABLE, endpoint: Endpoint = DEFAULT_ENDPOINT, timeout: Timeout = 10.0
) -> None:
    """List all schemas."""
    from crushpad.cli.api import Api
    from crushpad.cli.printing import print_rows

    print_rows(["schema"], [[name] for name in Api(endpoint, timeout).get("schemas")], output)


@app.command("get")
def get_schema(name: Name, endpoint: Endpoint = DEFAULT_ENDPOINT, timeout: Timeout = 10.0) -> None:
    """Print a schema as JSON."""
    from crushpad.cli.api import Api
    from crushpad.cli.printing import print_json

    print_json(Api(endpoint, timeout).get("schemas", name))


@app.command("infer")
def infer_schema(
    topic: Annotated[str, typer.Option(help="Topic with JSON records.")],
    name: Annotated[str | None, typer.Option(help="Name of the schema; the topic's if not given.")] = None,
    brokers: Brokers = DEFAULT_BROKERS,
    properties: Properties = None,
    rows: Annotated[int, typer.Option(min=1, help="How many of the newest records of each partition.")] = 1000,
    timeout: Timeout = 10.0,
) -> None:
    """Propose a schema from a topic's newest records; needs no service."""
    from crushpad.cli.inferring import infer

    infer(topic, name, brokers, properties or [], rows, timeout)


@app.command("create")
def create_schema(
    file: File,
    override: Annotated[bool, typer.Option(help="Replace a schema of that name by a compatible one.")] = False,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Create a schema, or replace it."""
    from crushpad.cli.uploads import upload

    upload(endpoint, timeout, file, "schemas", {"override": str(override).lower()})


@app.command("delete")
def delete_schema(
    name: Name,
    yes: Yes = False,
    dry_run: DryRun = False,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Delete a schema that no table uses."""
    from crushpad.cli.uploads import delete

    delete(endpoint, timeout, "schemas", name, yes=yes, dry_run=dry_run)
