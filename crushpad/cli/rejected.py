"""What `crushpad rejects` asks the service and prints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import typer

from crushpad.cli.api import Api
from crushpad.cli.exit_codes import ExitCode
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows, talk
from crushpad.cli.raw_values import visible

LISTED = ["partition", "offset", "timestamp", "fate", "segment", "field", "reason"]
REPLAYED = ["partition", "offset", "outcome", "field", "reason"]


def print_list(
    endpoint: str, timeout_s: float, table: str, partition: int | None, limit: int, settled: bool, output: Output
) -> None:
    """The rejects as rows; whether there are more goes to standard error."""
    asked = _parameters(partition=partition, limit=limit, settled=str(settled).lower())
    found = Api(endpoint, timeout_s).get("tables", table, "rejects", **asked)
    rejects = [{**one, "timestamp": _moment(one["timestampMs"])} for one in found["rejects"]]
    print_rows(LISTED, _rows(LISTED, rejects, output), output)
    if found["more"]:
        talk(f"there are more than {limit}: ask with a larger --limit, or for one --partition")


def print_one(endpoint: str, timeout_s: float, table: str, partition: int, offset: int, output: Output) -> None:
    """One reject, a line for each of its parts."""
    found = Api(endpoint, timeout_s).get("tables", table, "rejects", str(partition), str(offset))
    parts: dict[str, Any] = {
        name: found[name] for name in ("partition", "offset", "fate", "segment", "field", "reason")
    }
    parts["timestamp"] = _moment(found["timestampMs"])
    if output is Output.TABLE:
        headers = [(f"header {one['name']}", _text(one)) for one in found["headers"]]
        value = "not kept" if found["value"] is None else _text(found["value"])
        lines = [*parts.items(), ("key", _text(found["key"])), *headers, ("value", value)]
        rows = [[_cell(name), _cell(part)] for name, part in lines if part not in (None, "")]
        print_rows(["part", "content"], rows, output)
    else:
        parts |= {"key": _plain(found["key"]), "headers": found["headers"], "value": _plain(found["value"])}
        print_rows(list(parts), [list(parts.values())], output)


def replay(
    endpoint: str, timeout_s: float, table: str, partition: int | None, offset: int | None, limit: int, output: Output
) -> None:
    """What became of each record; exits with FOUND when some are no rows still."""
    asked = _parameters(partition=partition, offset=offset, limit=limit)
    api = Api(endpoint, timeout_s)
    done = api.call("POST", "tables", table, "rejects", "replay", parameters=asked)
    print_rows(REPLAYED, _rows(REPLAYED, done["records"], output), output)
    counts = done["counts"]
    talk(", ".join(f"{number} {outcome}" for outcome, number in counts.items() if number) or "nothing to replay")
    if done["left"]:
        talk(f"{done['left']} more wait: replay again")
    if done["notCommitted"]:
        talk(f"{done['notCommitted']} are not committed yet: replay them once their segments are")
    if counts["rejected again"] or counts["bytes not kept"]:
        raise typer.Exit(ExitCode.FOUND)


def _parameters(**values: int | str | None) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}


def _moment(timestamp_ms: int) -> str:
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).isoformat(timespec="milliseconds")


def _text(data: dict[str, str] | None) -> str | None:
    """Text where it is text, else base64 with its name before it."""
    if data is None:
        return None
    return f"base64:{data['base64']}" if "base64" in data else data.get("text")


def _plain(data: dict[str, str] | None) -> Any:
    """For programs: a text, or `{"base64": ...}`."""
    return data if data is None or "base64" in data else data["text"]


def _rows(columns: list[str], found: list[dict[str, Any]], output: Output) -> list[list[Any]]:
    rows = [[one[name] for name in columns] for one in found]
    return [[_cell(part) for part in row] for row in rows] if output is Output.TABLE else rows


def _cell(part: Any) -> Any:
    """What a stranger wrote must not be obeyed by a terminal."""
    return visible(part) if isinstance(part, str) else part
