"""What `crushpad segment verify|diff` print: both end with 6 when they found something."""

from __future__ import annotations

from dataclasses import astuple

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows
from crushpad.cli.segment_looks import named_failures
from segments.inspection.difference import differences
from segments.inspection.errors import BadChoice
from segments.inspection.opening import open_segment
from segments.inspection.verify.checks import Status
from segments.inspection.verify.places import checks_at


def print_checks(place: str, digest: str | None, findings_only: bool, output: Output) -> None:
    """A row a check, segment by segment."""
    with named_failures():
        found = [(path, check) for path, checks in checks_at(place, digest) for check in checks]
    shown = [one for one in found if not findings_only or one[1].status is Status.FOUND]
    named = {path: path.name if output is Output.TABLE else str(path) for path, _ in found}
    rows = [[check.check, check.status.value, check.detail, named[path]] for path, check in shown]
    print_rows(["check", "status", "detail", "file"], rows, output)
    wrong, looked_at = {path for path, check in found if check.status is Status.FOUND}, {path for path, _ in found}
    if wrong:
        raise Failure(ExitCode.FOUND, f"something was found in {len(wrong)} of {len(looked_at)} segments")


def print_differences(left: str, right: str, output: Output) -> None:
    """A row a difference."""
    with named_failures():
        try:
            found = list(differences(open_segment(left), open_segment(right)))
        except KeyError as error:
            raise BadChoice(f"one of them has no column {error}, so its rows cannot be told apart") from error
    print_rows(["aspect", "item", "left", "right", "count"], [astuple(one) for one in found], output)
    if found:
        raise Failure(ExitCode.FOUND, f"{left} and {right} differ")
