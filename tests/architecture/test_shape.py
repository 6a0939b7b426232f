"""The shape of the code, reported on every run; only gross excess fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ["dialects", "tableconfigs", "engine", "segments", "zk", "ingest", "query", "upkeep", "crushpad"]

MEDIAN_LINES_MAX = 10
NINE_IN_TEN_LINES_MAX = 30
FUNCTION_LINES_MAX = 100
FILE_LINES_MAX = 500
FILES_UNDER_200_SHARE_MIN = 0.75


@dataclass(frozen=True)
class Measured:
    place: str
    lines: int


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))


def functions() -> list[Measured]:
    return [found for path in sources() for found in functions_of(path)]


def functions_of(path: Path) -> Iterator[Measured]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Measured(f"{path.relative_to(REPOSITORY)}:{node.lineno} {node.name}", body_lines(node))


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body without its docstring."""
    statements = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def files() -> list[Measured]:
    return [Measured(str(path.relative_to(REPOSITORY)), len(path.read_text().splitlines())) for path in sources()]


def report(capsys: pytest.CaptureFixture[str], title: str, figure: str, longest: list[Measured]) -> None:
    with capsys.disabled():
        print(f"\n{title}: {figure}; longest:")
        for measured in sorted(longest, key=lambda found: -found.lines)[:5]:
            print(f"  {measured.lines:4} lines  {measured.place}")


def test_functions_are_short(capsys: pytest.CaptureFixture[str]) -> None:
    found = functions()
    lengths = [function.lines for function in found]
    nine_in_ten = quantiles(lengths, n=10)[-1]
    figure = f"{len(found)} functions, median {median(lengths):g} lines, nine in ten within {nine_in_ten:g}"
    report(capsys, "functions", figure, found)
    assert median(lengths) <= MEDIAN_LINES_MAX
    assert nine_in_ten <= NINE_IN_TEN_LINES_MAX
    assert [function for function in found if function.lines > FUNCTION_LINES_MAX] == []


def test_a_file_tells_one_story(capsys: pytest.CaptureFixture[str]) -> None:
    found = files()
    share = sum(file.lines < 200 for file in found) / len(found)
    report(capsys, "files", f"{len(found)} files, {share:.0%} under 200 lines", found)
    assert share >= FILES_UNDER_200_SHARE_MIN
    assert [file for file in found if file.lines > FILE_LINES_MAX] == []
