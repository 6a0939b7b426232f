"""What `crushpad segment deleted` and `undelete` do: show and take back what a service still keeps."""

from __future__ import annotations

import json

from crushpad.cli.api import Api
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows, talk

COLUMNS = ("segmentName", "rows", "deletedBy", "reason", "keepUntilMs")


def print_deleted(table: str, endpoint: str, timeout_s: float, output: Output) -> None:
    found = Api(endpoint, timeout_s).get("segments", table, "deleted")
    print_rows(COLUMNS, [[each[column] for column in COLUMNS] for each in found], output)


def take_back(table: str, segments: list[str], endpoint: str, timeout_s: float) -> None:
    body = json.dumps(segments).encode()
    talk(Api(endpoint, timeout_s).call("POST", "segments", table, "undelete", body=body)["status"])
