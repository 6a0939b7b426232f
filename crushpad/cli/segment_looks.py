"""What `crushpad segment list|show|columns` print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.options import Output
from crushpad.cli.printing import print_json, print_rows, talk
from segments.inspection.errors import BadChoice, InspectionError, NotASegment, NothingThere
from segments.inspection.facts import Facts
from segments.inspection.listing import listed
from segments.inspection.summary import LIST_COLUMNS, list_row, summary

CODES: dict[type[InspectionError], ExitCode] = {
    NothingThere: ExitCode.NOT_FOUND,
    NotASegment: ExitCode.INVALID,
    BadChoice: ExitCode.USAGE,
}


@contextmanager
def named_failures() -> Iterator[None]:
    """Errors of inspection as exit codes."""
    try:
        yield
    except InspectionError as error:
        raise Failure(CODES[type(error)], str(error)) from error


def print_list(place: str, output: Output) -> None:
    """Segments in order; files that are none are talked about."""
    with named_failures():
        found = listed(place)
    facts = [one for one in found if isinstance(one, Facts)]
    print_rows([*LIST_COLUMNS, "path"], [[*list_row(one), one.path] for one in facts], output)
    for one in found:
        if not isinstance(one, Facts):
            talk(f"warning: {one.reason}")


def print_summary(address: str, output: Output) -> None:
    """An object as JSON, else a field a line."""
    from segments.inspection.opening import open_segment

    with named_failures():
        fields = summary(open_segment(address))
    if output is Output.JSON:
        print_json(fields)
    elif output is Output.JSONL:
        print(json.dumps(fields, ensure_ascii=False))
    else:
        print_rows(["field", "value"], list(fields.items()), output)


def print_columns(address: str, exact: bool, output: Output) -> None:
    """A row a column; the reason of its encoding is left out of the table, which would be too wide."""
    from dataclasses import asdict, fields

    from segments.inspection.columns import ColumnFacts, columns_of
    from segments.inspection.opening import open_segment

    with named_failures():
        found = columns_of(open_segment(address), exact)
    names = [field.name for field in fields(ColumnFacts) if output is not Output.TABLE or field.name != "why"]
    print_rows(names, [[asdict(one)[name] for name in names] for one in found], output)
