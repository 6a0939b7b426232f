"""Creating from a file and deleting by name, the same for every noun."""

from __future__ import annotations

import sys
from pathlib import Path

from crushpad.cli.api import Api
from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.printing import talk


def upload(
    endpoint: str, timeout_s: float, file: Path, collection: str, parameters: dict[str, str] | None = None
) -> None:
    """POST the file to the collection; says what the service did, and which keys it does not know."""
    reply = Api(endpoint, timeout_s).call("POST", collection, body=file.read_bytes(), parameters=parameters)
    for path, value in reply.get("unrecognizedProperties", {}).items():
        talk(f"warning: {file}: {path} is not known and has no effect (value {value!r})")
    for warning in reply.get("warnings", []):
        talk(f"warning: {file}: {warning}")
    talk(reply["status"])


def delete(endpoint: str, timeout_s: float, collection: str, name: str, *, yes: bool, dry_run: bool) -> None:
    """DELETE the name from the collection, when it exists and the person agrees."""
    api = Api(endpoint, timeout_s)
    api.get(collection, name)
    if dry_run:
        return talk(f"would delete {name}")
    if not yes:
        confirm(name, f"delete {name}")
    talk(api.call("DELETE", collection, name)["status"])
    return None


def confirm(name: str, what: str) -> None:
    """Ask the person to type `name` for `what` to happen; raises `Failure` when they do not, or cannot be asked."""
    if not sys.stdin.isatty():
        raise Failure(ExitCode.USAGE, f"to {what} needs --yes when nobody can be asked")
    print(f"Type {name} to {what}: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != name:
        raise Failure(ExitCode.FAILURE, f"did not {what}")
