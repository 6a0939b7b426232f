"""What `crushpad segment convert` writes."""

from __future__ import annotations

import sys
from pathlib import Path

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.printing import talk
from crushpad.cli.segment_looks import named_failures
from segments.inspection.conversion import Form, convert, form_of
from segments.inspection.opening import Segment, open_segment
from segments.inspection.rows import Choice
from segments.stores.files import DiskFull, whole_file

STDOUT = "-"


def write_converted(address: str, target: str, to: str | None, columns: tuple[str, ...] | None, force: bool) -> None:
    """The rows to a file, whole or not at all, or to standard output."""
    choice = Choice(columns=columns)
    with named_failures():
        form = _form(target, to)
        segment = open_segment(address)
        if target == STDOUT:
            convert(segment, choice, form, sys.stdout.buffer)
        else:
            _to_file(segment, choice, form, Path(target), force)


def _form(target: str, to: str | None) -> Form:
    if to is None and target == STDOUT:
        raise Failure(ExitCode.USAGE, f"standard output has no ending; name a form with --to: {', '.join(Form)}")
    try:
        return form_of(Path(target)) if to is None else Form(to)
    except ValueError as error:
        raise Failure(ExitCode.USAGE, f"--to {to!r} is no form; use one of {', '.join(Form)}") from error


def _to_file(segment: Segment, choice: Choice, form: Form, target: Path, force: bool) -> None:
    if target.exists() and not force:
        raise Failure(ExitCode.CONFLICT, f"{target} is there already; use another name, or --force")
    try:
        with whole_file(target) as file:
            rows = convert(segment, choice, form, file)
    except (OSError, DiskFull) as error:
        raise Failure(ExitCode.FAILURE, f"{target} cannot be written: {error}") from error
    talk(f"{rows} rows to {target} as {form}")
