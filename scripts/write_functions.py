"""Writes the table of `docs/functions.md` from the one table of functions.

Without an option it writes the page; with `--check` it writes nothing and exits with 6 when the page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dialects.conversions import Typed
from dialects.faults import QueryFault
from dialects.function_entry import MANY, Context, Function
from dialects.functions import FUNCTIONS
from dialects.missing import ALTERNATIVES
from dialects.stages.functions import STAGE_FUNCTIONS, WINDOW_FUNCTIONS
from dialects.tree import Literal, number, string

PAGE = Path(__file__).parent.parent / "docs" / "functions.md"
STALE = 6
BY_ARGUMENTS = "by its arguments"
_REFUSED = "not supported: "

_CONTEXT = Context(null_handling=True, stored_nulls=True, relation="t.")
_FIRST = ("STRING", "INT", "LONG", "DOUBLE", "TIMESTAMP", "BYTES", "STRING_ARRAY", "INT_ARRAY", "JSON", "BOOLEAN")
_LITERALS: tuple[Literal, ...] = (
    *map(number, (1, 50)),
    *map(string, ("DAYS", "$.a", "INT", "a", "UTC", "yyyy", "1:DAYS:EPOCH", "a=1")),
)


def samples() -> list[Typed]:
    """Columns of every type, and literals of the kinds that functions ask for."""
    columns = [Typed("x", data_type) for data_type in _FIRST]
    return [*columns, *(Typed("'x'", literal.data_type, literal=literal) for literal in _LITERALS)]


def results(function: Function) -> set[str]:
    """The types that the function gives for one argument after another, the others alike."""
    found = set()
    for first in samples():
        for other in samples():
            for arguments in _arranged(function, first, other):
                try:
                    found.add(function.render(arguments, _CONTEXT).data_type)
                except QueryFault:
                    continue
    return found


def _arranged(function: Function, first: Typed, other: Typed) -> Iterator[list[Typed]]:
    rest = [other] * (function.minimum - 1)
    yield [first, *rest][: function.minimum]
    if rest:
        yield [*rest, first]


def result(function: Function) -> str:
    found = results(function)
    return found.pop() if len(found) == 1 else BY_ARGUMENTS


def arguments(function: Function) -> str:
    if function.parameters and function.maximum <= len(function.parameters):
        needed, optional = function.parameters[: function.minimum], function.parameters[function.minimum :]
        return ", ".join([*needed, *(f"[{word}]" for word in optional)])
    if function.maximum >= MANY:
        return f"{function.minimum} or more"
    return (
        str(function.minimum) if function.minimum == function.maximum else f"{function.minimum} to {function.maximum}"
    )


def row(function: Function) -> str:
    also = ", ".join(f"`{name}`" for name in function.aliases)
    answer = "approximate" if "approximate" in function.doc else "exact"
    kind = "aggregation" if function.aggregate else "scalar"
    note = function.doc.replace("|", "\\|")
    cells = (f"`{function.name}`", also, kind, arguments(function), result(function), answer, note)
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def table(functions: Mapping[str, Function]) -> str:
    head = [
        "| function | also | kind | arguments | result | answer | note |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    rows = {function.name: function for function in functions.values() if not is_refused(function)}
    return "\n".join([*head, *(row(rows[name]) for name in sorted(rows))]) + "\n"


def different() -> dict[str, Function]:
    """What the multi-stage engine has beside the table, or with another type."""
    own = {name: row for name, row in STAGE_FUNCTIONS.items() if row is not FUNCTIONS.get(name)}
    return {**own, **WINDOW_FUNCTIONS}


def is_refused(function: Function) -> bool:
    """Whether the row is there to say that there is no such function."""
    return function.doc.startswith(_REFUSED)


def missing() -> str:
    refused = {row.name: row.doc.removeprefix(_REFUSED) for row in FUNCTIONS.values() if is_refused(row)}
    rows = [f"| `{name}` | {instead} |" for name, instead in sorted({**ALTERNATIVES, **refused}.items())]
    return "\n".join(["| function | what to do |", "| --- | --- |", *rows]) + "\n"


def marks(part: str) -> tuple[str, str]:
    return f"<!-- {part}, written by scripts/write_functions.py: begin -->\n", f"<!-- {part}: end -->\n"


def rewritten(page: str) -> str:
    """The page with its tables as the code has them. Raises ValueError for a page without the markers."""
    for part, text in (("table", table(FUNCTIONS)), ("multi-stage", table(different())), ("missing", missing())):
        begin, end = marks(part)
        before, _, rest = page.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise ValueError(f"the page needs the lines {begin.strip()} and {end.strip()}")
        page = f"{before}{begin}\n{text}\n{end}{after}"
    return page


def main(options: Sequence[str]) -> int:
    page = PAGE.read_text(encoding="utf-8")
    fresh = rewritten(page)
    if "--check" in options:
        return 0 if page == fresh else STALE
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
