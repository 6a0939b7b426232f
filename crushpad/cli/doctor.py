"""`crushpad doctor`: what is wrong here, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crushpad.cli.config import ConfigFile
from crushpad.cli.options import Output, OutputForm


def doctor(
    config: ConfigFile = None,
    data_dir: Annotated[Path | None, typer.Option(help="The service's data folder.  [default: .crushpad]")] = None,
    zookeeper: Annotated[str | None, typer.Option(metavar="HOST:PORT[/chroot]", help="ZooKeeper to look at.")] = None,
    brokers: Annotated[
        str | None, typer.Option(metavar="HOST:PORT,...", help="Kafka to look at.  [default: that of the tables]")
    ] = None,
    output: OutputForm = Output.TABLE,
    timeout: Annotated[float, typer.Option(min=0.1, help="Longest wait for a server, in seconds.")] = 5.0,
) -> None:
    """Look at Java, Kafka, ZooKeeper, the store, disk, limits, clock and the service; 6 when something is bad.

    Works whether a service runs or not. Settings come from the file, the environment and these flags, as for `serve`.
    """
    import logging

    from crushpad.cli.exit_codes import ExitCode
    from crushpad.cli.printing import print_rows
    from crushpad.cli.starting import loaded_settings
    from crushpad.doctor.examination import examine
    from crushpad.doctor.findings import Level

    logging.disable()  # what clients say on the way is in the findings
    settings = loaded_settings({"data_dir": data_dir, "zookeeper": zookeeper}, config).settings
    findings = list(examine(settings, brokers, timeout))
    rows = [[each.level.value, each.check, each.says, each.advice] for each in findings]
    print_rows(["level", "check", "finding", "what to do"], rows, output)
    if any(each.level is Level.BAD for each in findings):
        raise typer.Exit(ExitCode.FOUND)
