"""`docs/functions.md` has every function of the table, as the table has it."""

from pathlib import Path

import pytest

from dialects.functions import FUNCTIONS
from scripts import write_functions

PAGE = Path(__file__).parents[3] / "docs" / "functions.md"


def test_the_page_is_current() -> None:
    assert write_functions.main(["--check"]) == 0, "run scripts/write_functions.py"


def test_every_name_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert [name for name in FUNCTIONS if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("soundex", "STRING", "STRING"),
        ("split", "STRING, STRING, [LONG]", "STRING_ARRAY"),
        ("concatws", "2 or more", "STRING"),
        ("stdistance", "BYTES, BYTES", "DOUBLE"),
        ("datetrunc", "2 to 5", "LONG"),
        ("cast", "2", "by its arguments"),
        ("bitcount", "LONG", "INT"),
    ],
)
def test_a_row_says_arguments_and_result(name: str, arguments: str, result: str) -> None:
    function = FUNCTIONS[name]

    assert (write_functions.arguments(function), write_functions.result(function)) == (arguments, result)
