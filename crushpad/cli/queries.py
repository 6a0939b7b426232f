"""Runs a query and prints the answer."""

from __future__ import annotations

from typing import Any

from crushpad.cli.api import Api
from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows, talk

CODE_OF_ERROR = {
    190: ExitCode.NOT_FOUND,
    **dict.fromkeys((100, 150, 155, 700, 710, 720), ExitCode.INVALID),
}
"""Pinot's query error code -> exit code; every other one is a failure."""


def run(endpoint: str, timeout_s: float, sql: str, options: str, output: Output) -> None:
    """Print the rows that there are, then fail if the answer has exceptions."""
    answer = ask(Api(endpoint, timeout_s), sql, options, output)
    if output is Output.TABLE:
        talk(statistics(answer))


def ask(api: Api, sql: str, options: str, output: Output) -> Any:
    """Print the rows that there are; the answer. Raises `Failure` when it has exceptions."""
    answer = api.query(sql, options)
    table = answer.get("resultTable")
    if table is not None:
        print_rows(table["dataSchema"]["columnNames"], table["rows"], output)
    if answer["exceptions"]:
        raise _failure(answer["exceptions"])
    return answer


def _failure(exceptions: list[dict[str, Any]]) -> Failure:
    message = "; ".join(f"{problem['message']} (code {problem['errorCode']})" for problem in exceptions)
    return Failure(CODE_OF_ERROR.get(exceptions[0]["errorCode"], ExitCode.FAILURE), message)


def statistics(answer: dict[str, Any]) -> str:
    """What was read for the rows, and how long it took."""
    partial = " (partial)" if answer.get("partialResult") else ""
    return (
        f"{answer['numRowsResultSet']} rows{partial} in {answer['timeUsedMs']} ms, "
        f"{answer['numDocsScanned']} of {answer['totalDocs']} scanned in "
        f"{answer['numSegmentsProcessed']} of {answer['numSegmentsQueried']} segments"
    )
