"""`crushpad config`: how the service would run here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crushpad.cli.options import Output, OutputForm

app = typer.Typer(help="How the service would run here.", no_args_is_help=True, rich_markup_mode=None)

ConfigFile = Annotated[
    Path | None, typer.Option("--config", envvar="CRUSHPAD_CONFIG", help="Settings file (TOML).", dir_okay=False)
]


@app.callback()
def configuration() -> None:
    """Keeps `show` a verb although it is the only one."""


@app.command("show")
def show_config(
    effective: Annotated[
        bool, typer.Option("--effective", help="Every setting, not only those that differ from the default.")
    ] = False,
    config: ConfigFile = None,
    output: OutputForm = Output.TABLE,
) -> None:
    """Print settings with the place that each value comes from; secrets are masked."""
    from crushpad.cli.printing import print_rows
    from crushpad.cli.starting import loaded_settings
    from crushpad.settings import DEFAULT

    entries = loaded_settings({}, config).effective()
    shown = [entry for entry in entries if effective or entry["origin"] != DEFAULT]
    columns = ["name", "value", "origin"]
    print_rows(columns, [[entry[column] for column in columns] for entry in shown], output)
