"""Asks a service for a table's ledger, and prints the proof."""

from __future__ import annotations

from typing import Any

from crushpad.cli.api import Api
from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.options import Output
from crushpad.cli.printing import print_json, print_rows, talk
from crushpad.cli.raw_values import cell

COLUMNS = ["partition", "invariant", "check", "result", "detail"]
NOT_LOOKED = "not looked"

Json = dict[str, Any]


def show(table: str, partition: int | None, endpoint: str, timeout_s: float, output: Output, *, deep: bool) -> None:
    """Print the proof; then fail with 6 where it does not hold, with 1 where something could not be looked at."""
    chosen = {} if partition is None else {"partition": str(partition)}
    found = Api(endpoint, timeout_s).get("tables", table, "ledger", deep=str(deep).lower(), **chosen)
    if output is Output.JSON:
        print_json(found)
    else:
        print_rows(COLUMNS, [row for each in found["partitions"] for row in _rows(each)], output)
    for each in found["partitions"] if output is Output.TABLE else ():
        talk(_summary(each))
    _fail(table, found)


def _rows(proof: Json) -> list[list[Any]]:
    return [
        [proof["partition"], check["invariant"], check["check"], _result(check), _detail(check)]
        for check in proof["checks"]
    ]


def _result(check: Json) -> str:
    if check["violations"]:
        return "violated"
    return "holds" if check["looked"] else NOT_LOOKED


def _detail(check: Json) -> str:
    found = [f"{each['name']}: {each['sentence']}" for each in check["violations"]]
    return cell("; ".join(found)) if found else check["claim"]


def _summary(proof: Json) -> str:
    gaps = f", {len(proof['gaps'])} ranges without a segment" if proof["gaps"] else ""
    return (
        f"partition {proof['partition']}: offsets {proof['start']} to {proof['visibleEnd']}, committed to"
        f" {proof['committedEnd']} in {proof['segments']} segments, {proof['rows']} rows, {proof['rejects']} rejects"
        f"{gaps}"
    )


def _fail(table: str, found: Json) -> None:
    """Raises `Failure` unless everything was looked at and holds."""
    names = sorted({v["name"] for p in found["partitions"] for c in p["checks"] for v in c["violations"]})
    if names:
        raise Failure(ExitCode.FOUND, f"the ledger of {table} does not hold: {', '.join(names)}")
    unlooked = [what for p in found["partitions"] for what in p["notLookedAt"]]
    if unlooked:
        raise Failure(ExitCode.FAILURE, f"the ledger of {table} holds as far as it could be looked at; {unlooked[0]}")
