"""`crushpad serve`: the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crushpad.cli.config import ConfigFile

DataDir = Annotated[Path | None, typer.Option(help="Folder for everything that is kept.  [default: .crushpad]")]
HttpPort = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="HTTP port; 0 picks a free one.  [default: 9000]")
]
BrokerPort = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="HTTP port for Pinot's query clients; 0 picks one.  [default: 8099]"),
]


def serve(
    config: ConfigFile = None,
    data_dir: DataDir = None,
    zookeeper: Annotated[
        str | None, typer.Option(metavar="HOST:PORT[/chroot]", help="Without it, a managed ZooKeeper is started.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: HttpPort = None,
    broker_port: BrokerPort = None,
    ingest_workers: Annotated[int | None, typer.Option(help="Processes that consume.  [default: 1]")] = None,
    engine_processes: Annotated[int | None, typer.Option(help="Processes that answer queries.  [default: 2]")] = None,
    log_format: Annotated[str | None, typer.Option(help="auto, text or json.  [default: auto]")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.  [default: info]")] = None,
) -> None:
    """Run the service until Ctrl-C or SIGTERM.

    Settings come from the file, then the environment (CRUSHPAD_...), then these flags; the later one wins.
    """
    flags = {name: value for name, value in locals().items() if name != "config"}
    from crushpad import logs
    from crushpad.cli.exit_codes import ExitCode, Failure
    from crushpad.cli.starting import loaded_settings
    from crushpad.managed.errors import ManagedError
    from crushpad.runners.host import run

    settings = loaded_settings(flags, config).settings
    logs.configure(settings.log_format, settings.log_level, "host")
    try:
        raise typer.Exit(run(settings))
    except ManagedError as error:
        raise Failure(ExitCode.FAILURE, str(error)) from error
