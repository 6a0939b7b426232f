"""`crushpad quickstart`: the whole thing on one machine, with real servers and a stream of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def quickstart(
    once: Annotated[bool, typer.Option("--once", help="End after the show, with status 0.")] = False,
    rows: Annotated[int, typer.Option(min=4, help="Rows to produce for the show.")] = 100_000,
    rate: Annotated[int, typer.Option(min=1, help="Rows per second to produce.")] = 20_000,
    data_dir: Annotated[Path, typer.Option(help="Folder for everything that is kept.")] = Path(".crushpad"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="HTTP port; 0, or a taken one: a free one.")] = 9000,
    broker_port: Annotated[
        int, typer.Option(min=0, max=65535, help="HTTP port for Pinot's query clients; 0, or a taken one: a free one.")
    ] = 8099,
) -> None:
    """Start ZooKeeper, Kafka and the service, and watch rows become answers.

    A second run on the same folder goes on where the first stopped.
    """
    from crushpad import logs
    from crushpad.cli.exit_codes import ExitCode, Failure
    from crushpad.managed.errors import ManagedError
    from crushpad.quickstart.show import Plan, run
    from crushpad.quickstart.watch import QuickstartFailed
    from ingest.streams.producer import ProduceFailed

    logs.configure("text", "error", "quickstart")
    try:
        raise typer.Exit(run(Plan(data_dir, rows, rate, port, broker_port, once)))
    except (ManagedError, ProduceFailed, QuickstartFailed) as error:
        raise Failure(ExitCode.FAILURE, str(error)) from error
