"""Every HTTP route, every setting and every command-line option is named in the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route
from typer.main import get_command

from crushpad.cli.app import app as command_line
from crushpad.http.app import create_app
from crushpad.settings import ENV_PREFIX, OTHER_VARIABLES, Settings
from tests.unit.http.conftest import House

DOCS = Path(__file__).parents[2] / "docs"


def documented(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def routes(house: House) -> set[str]:
    """What OpenAPI describes, and the plain routes of the hot path."""
    client = house.client()
    described = client.get("/openapi.json").json()["paths"].items()
    plain = [route for route in create_app(house.services()).routes if isinstance(route, Route)]
    return {f"{method.upper()} {path}" for path, methods in described for method in methods} | {
        f"{method} {route.path}" for route in plain for method in (route.methods or set()) - {"HEAD"}
    }


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from commands(child, f"{path} {name}")
    else:
        yield path, command


def test_every_route_is_documented(tmp_path: Path):
    page = documented("http.md")

    found = routes(House(configs=None, folder=tmp_path))

    assert len(found) > 20
    missing = [route for route in found if f"`{route}`" not in page and route != "GET /openapi.json"]
    assert sorted(missing) == []


def test_no_route_is_documented_that_does_not_exist(tmp_path: Path):
    known = routes(House(configs=None, folder=tmp_path))

    cells = [line.split("|")[1] for line in documented("http.md").splitlines() if line.startswith("| `")]
    claimed = [claim.strip(" `") for cell in cells for claim in cell.split(",")]

    assert sorted(set(claimed) - known) == []


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default(name: str):
    (line,) = [line for line in documented("configuration.md").splitlines() if line.startswith(f"| `{name}` |")]

    default = Settings.model_fields[name].default
    assert f"`{ENV_PREFIX}{name.upper()}`" in line
    assert line.split("|")[3].strip(" `") == ("none" if default is None else str(default))


def test_every_other_variable_is_documented():
    assert sorted(name for name in OTHER_VARIABLES if f"`{name}`" not in documented("configuration.md")) == []


@pytest.mark.parametrize(("path", "command"), [*commands(get_command(command_line), "crushpad")])
def test_every_command_and_option_is_documented(path: str, command: Any):
    page = documented("cli.md")

    options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]

    assert f"`{path}" in page
    assert [option for option in options if f"`{option}`" not in page] == []
