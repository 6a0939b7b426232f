"""One document on standard output: whole as JSON, or as names and values in a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from crushpad.cli.options import Output
from crushpad.cli.printing import print_json, print_rows
from crushpad.cli.raw_values import cell


def print_document(document: Any, output: Output) -> None:
    """Print it; in a table and as CSV each value stands behind its path, empty ones are left out."""
    match output:
        case Output.JSON:
            print_json(document)
        case Output.JSONL:
            print(json.dumps(document, ensure_ascii=False))
        case Output.CSV:
            print_rows(["name", "value"], leaves(document), output)
        case Output.TABLE:
            print_rows(["name", "value"], [[name, cell(str(value))] for name, value in leaves(document)], output)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Paths as `rows[0].city`, and what stands there. Nulls and empty lists say nothing."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from leaves(each, f"{path}[{number}]")
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else value
