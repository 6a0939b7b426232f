"""`crushpad schema`: the schemas of a running service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, DryRun, Endpoint, Output, OutputForm, Timeout, Yes

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
