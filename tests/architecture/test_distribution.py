"""What a user installs: the wheel alone, in an environment of its own."""

from __future__ import annotations

import json
import sys
import zipfile

from tests.architecture.conftest import REPOSITORY, Installed

OWNERS_OF_TOP_LEVEL_NAMES = "import importlib.metadata as m, json; print(json.dumps({k: sorted(set(v)) for k, v in m.packages_distributions().items()}))"


def test_the_wheel_holds_the_packages_and_nothing_else(installed: Installed) -> None:
    packages = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")}
    assert installed.top_level_names == packages


def test_the_wheel_carries_its_data_files_and_its_license(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        names = archive.namelist()
    assert "crushpad/managed/jars.json" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_no_top_level_name_is_one_of_the_standard_library(installed: Installed) -> None:
    assert installed.top_level_names & sys.stdlib_module_names == set()


def test_no_top_level_name_belongs_to_another_distribution(installed: Installed) -> None:
    owners = json.loads(installed.run("python", "-I", "-c", OWNERS_OF_TOP_LEVEL_NAMES).stdout)
    assert {name: owners[name] for name in installed.top_level_names} == {
        name: ["crushpad"] for name in installed.top_level_names
    }


def test_the_console_script_explains_itself(installed: Installed) -> None:
    result = installed.run("crushpad", "--help")
    assert result.returncode == 0, result.stdout
    assert "quickstart" in result.stdout
    assert "serve" in result.stdout
