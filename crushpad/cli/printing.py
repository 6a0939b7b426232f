"""Rows on standard output, as a table for people or as JSON, JSON lines or CSV for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from crushpad.cli.options import Output

Row = Sequence[Any]


def print_rows(columns: Sequence[str], rows: Iterable[Row], output: Output, stream: TextIO | None = None) -> None:
    """Print `rows`, whose values stand in the order of `columns`; as JSON lines and CSV they go out as they come."""
    out = stream or sys.stdout
    match output:
        case Output.TABLE:
            _print_table(columns, list(rows), out)
        case Output.JSON:
            print(json.dumps(list(_objects(columns, rows)), indent=2, ensure_ascii=False), file=out)
        case Output.JSONL:
            for entry in _objects(columns, rows):
                print(json.dumps(entry, ensure_ascii=False), file=out)
        case Output.CSV:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_plain(value) for value in row] for row in rows)


def print_json(document: Any) -> None:
    """One JSON document."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


def talk(text: str) -> None:
    """Say something to the person, not to the program that reads the data."""
    print(text, file=sys.stderr)


def _objects(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    return (dict(zip(columns, row, strict=True)) for row in rows)


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _print_table(columns: Sequence[str], rows: Sequence[Row], out: TextIO) -> None:
    cells = [list(columns), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric = [
        bool(rows) and all(isinstance(value, int | float) for value in column) for column in zip(*rows, strict=True)
    ] or [False] * len(columns)
    for line in cells:
        padded = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ]
        print("  ".join(padded).rstrip(), file=out)


def _cell(value: Any) -> str:
    return "" if value is None else str(_plain(value))
