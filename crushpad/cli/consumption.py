"""Control of consumption: `crushpad table pause|resume|force-commit|undelete` and `crushpad partition accept-gap`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, Endpoint, Timeout, Yes

if TYPE_CHECKING:
    from collections.abc import Callable

    from crushpad.cli.api import Api

POLL_S = 0.2

Name = Annotated[str, typer.Argument(help="Name of the table, with or without its type.")]
Comment = Annotated[str | None, typer.Option("--comment", help="Why; it is kept and shown.")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Wait so many seconds until everything is committed.")]


class From(StrEnum):
    LAST_CONSUMED = "lastConsumed"
    SMALLEST = "smallest"
    LARGEST = "largest"


class To(StrEnum):
    SMALLEST = "smallest"
    LARGEST = "largest"


def add_commands(tables: typer.Typer, partitions: typer.Typer) -> None:
    """Put the commands under their nouns."""
    tables.command("pause")(pause)
    tables.command("resume")(resume)
    tables.command("force-commit")(force_commit)
    tables.command("undelete")(undelete)
    partitions.command("accept-gap")(accept_gap)


def pause(
    name: Name,
    comment: Comment = None,
    wait: Wait = 0.0,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Stop reading a table; what was read is committed. Prints the pause status."""
    from crushpad.cli.api import Api
    from crushpad.cli.printing import print_json

    api = Api(endpoint, timeout)
    status = api.call("POST", "tables", name, "pauseConsumption", parameters=_given(comment=comment))
    if wait:
        paused: Callable[[Any], list[str]] = lambda found: found["consumingSegments"]  # noqa: E731
        status = _settled(api, ("tables", name, "pauseStatus"), paused, wait)
    print_json(status)


def resume(
    name: Name,
    start: Annotated[
        From, typer.Option("--from", help="Where to go on; what is left out becomes a gap.")
    ] = From.LAST_CONSUMED,
    comment: Comment = None,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Read a table again. Prints the pause status."""
    from crushpad.cli.api import Api
    from crushpad.cli.printing import print_json

    parameters = {"consumeFrom": start.value, **_given(comment=comment)}
    print_json(Api(endpoint, timeout).call("POST", "tables", name, "resumeConsumption", parameters=parameters))


def force_commit(
    name: Name,
    partition: Annotated[list[int] | None, typer.Option("--partition", help="Only this partition; repeatable.")] = None,
    wait: Wait = 0.0,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Commit what a table has read by now. Prints how far the job is."""
    from crushpad.cli.api import Api
    from crushpad.cli.printing import print_json

    api = Api(endpoint, timeout)
    parameters = _given(partitions=",".join(map(str, partition)) if partition else None)
    job = api.call("POST", "tables", name, "forceCommit", parameters=parameters)["forceCommitJobId"]
    place = ("tables", "forceCommitStatus", job)
    left: Callable[[Any], list[str]] = lambda found: found["segmentsYetToBeCommitted"]  # noqa: E731
    print_json(_settled(api, place, left, wait))


def undelete(name: Name, endpoint: Endpoint = DEFAULT_ENDPOINT, timeout: Timeout = 10.0) -> None:
    """Take back a table that was deleted with a retention, while that lasts."""
    from crushpad.cli.api import Api
    from crushpad.cli.printing import talk

    talk(Api(endpoint, timeout).call("POST", "tables", name, "undelete")["status"])


def accept_gap(
    table: Name,
    partition: Annotated[int, typer.Argument(help="Pinot's partition id.", min=0)],
    to: Annotated[
        To, typer.Option("--to", help="Go on at the first record that is there, or behind all.")
    ] = To.SMALLEST,
    comment: Comment = None,
    yes: Yes = False,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Let a partition go on whose next records are lost; the gap is kept in its history."""
    from crushpad.cli.api import Api
    from crushpad.cli.printing import talk
    from crushpad.cli.uploads import confirm

    api = Api(endpoint, timeout)
    if not yes:
        confirm(table, f"accept that records of partition {partition} are left out")
    parameters = {"to": to.value, **_given(comment=comment)}
    talk(api.call("POST", "tables", table, "partitions", str(partition), "acceptGap", parameters=parameters)["status"])


def _given(**parameters: str | None) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value is not None}


def _settled(api: Api, place: tuple[str, ...], left: Callable[[Any], list[str]], wait_s: float) -> Any:
    """The answer when nothing is left, or `Failure` that names what is left after `wait_s` seconds."""
    import time

    from crushpad.cli.exit_codes import ExitCode, Failure

    until = time.monotonic() + wait_s
    while left(found := api.get(*place)) and wait_s:
        if time.monotonic() >= until:
            raise Failure(ExitCode.FAILURE, f"not committed within {wait_s:g} s: {', '.join(left(found))}")
        time.sleep(POLL_S)  # the service has no route that waits for a job
    return found
