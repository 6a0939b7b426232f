"""Secrets of table configs: read from one folder, when they are asked for, and from nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from crushpad.secret_files import ConnectingEnvironment, checked_files
from tableconfigs.references import Unresolved, named_file, resolve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "kafka").write_text("hunter2\n")
    (folder / "kafka.properties").write_text("user=al=ice\n password = p \n")
    (tmp_path / "outside").write_text("not yours")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "binary").write_bytes(b"\xff")
    return folder


@pytest.mark.parametrize(
    ("text", "stands_for"),
    [
        ("${secret:kafka}", "hunter2"),
        ("${file:kafka}", "hunter2"),
        ("${file:kafka.properties:user}", "al=ice"),
        ("${file:kafka.properties:password}", "p"),
        ("${env:USER_NAME}", "alice"),
        ("${USER_NAME}:${secret:kafka}", "alice:hunter2"),
        ("${env:NOBODY:x}", "x"),
    ],
)
def test_references_are_read_when_they_are_asked_for(folder: Path, text: str, stands_for: str) -> None:
    assert resolve(text, ConnectingEnvironment({"USER_NAME": "alice"}, folder)) == stands_for


def test_an_absolute_path_in_the_folder_is_taken(folder: Path) -> None:
    assert resolve(f"${{file:{folder}/kafka}}", ConnectingEnvironment({}, folder)) == "hunter2"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("secret:nosuch", "cannot be read"),
        ("secret:../outside", "is not in the folder of secrets"),
        ("file:/etc/passwd", "only files there may be named"),
        ("secret:link", "is not in the folder of secrets"),
        ("secret:binary", "it must be a text file"),
        ("file:kafka.properties:nosuch", "has no line nosuch=..."),
    ],
)
def test_nothing_else_is_read(folder: Path, name: str, reason: str) -> None:
    with pytest.raises(Unresolved, match=reason) as caught:
        resolve(f"${{{name}}}", ConnectingEnvironment({}, folder))
    assert "not yours" not in str(caught.value)


def test_without_a_folder_the_setting_is_named() -> None:
    with pytest.raises(Unresolved, match="secrets_dir"):
        resolve("${secret:kafka}", ConnectingEnvironment({}, None))


def test_files_that_properties_name_must_lie_in_the_folder(folder: Path) -> None:
    made = checked_files({"ssl.ca.location": "kafka", "client.id": "/etc/passwd"}, folder)
    assert made == {"ssl.ca.location": str(folder / "kafka"), "client.id": "/etc/passwd"}
    with pytest.raises(Unresolved):
        checked_files({"ssl.key.location": "/etc/passwd"}, folder)


@pytest.mark.parametrize("written", ["kafka", "file:kafka", "{folder}/kafka", "file://{folder}/kafka"])
def test_a_file_that_a_decoder_reads_is_found_in_the_folder(folder: Path, written: str) -> None:
    assert named_file(written.format(folder=folder), ConnectingEnvironment({}, folder)) == str(folder / "kafka")


@pytest.mark.parametrize("written", ["/etc/passwd", "file:///etc/passwd", "../outside", "link", "kafka/../../outside"])
def test_a_decoder_reads_no_other_file(folder: Path, written: str) -> None:
    with pytest.raises(Unresolved, match="only files there may be named"):
        named_file(written, ConnectingEnvironment({}, folder))


@pytest.mark.parametrize("environ", [{}, ConnectingEnvironment({}, None)])
def test_nobody_reads_files_without_a_folder(environ: Mapping[str, str]) -> None:
    with pytest.raises(Unresolved, match="secrets_dir"):
        named_file("clicks.desc", environ)
