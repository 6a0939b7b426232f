"""Consuming files of tables that are gone are removed; those of a live table or a live writer never (P16)."""

from __future__ import annotations

from pathlib import Path

import pytest

from segments.consuming.adoption import claim
from tableconfigs.source import InMemoryTableConfigSource, TableState
from tests.contract.config_source_suite import a_table
from upkeep.consuming import remove_consuming


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "consuming"


def left_behind(root: Path, incarnation: str, writer: str = "w1") -> Path:
    """What a dead writer leaves."""
    home = claim(root / incarnation / "topic.0", "boot", lambda: writer)
    (home.folder / "0000000000.0.arrow").write_bytes(b"rows")
    home.close()
    return root / incarnation


def source(*incarnations: str, state: TableState = TableState.ACTIVE) -> InMemoryTableConfigSource:
    made = InMemoryTableConfigSource()
    for incarnation in incarnations:
        made.put_table(a_table(f"t{incarnation}", incarnation=incarnation, state=state), None)
    return made


def test_what_a_table_left_that_was_dropped_meanwhile_is_removed(root: Path) -> None:
    gone, living = left_behind(root, "gone"), left_behind(root, "living")
    assert remove_consuming(root, source("living")) == ["gone"]
    assert not gone.exists()
    assert (living / "topic.0" / "w1" / "0000000000.0.arrow").read_bytes() == b"rows"
    assert remove_consuming(root, source("living")) == []


def test_a_table_on_its_way_out_keeps_its_files_until_it_is_gone(root: Path) -> None:
    folder = left_behind(root, "aa")
    assert remove_consuming(root, source("aa", state=TableState.DELETING)) == []
    assert folder.exists()


def test_a_live_writer_keeps_its_folder_until_it_ends(root: Path) -> None:
    home = claim(root / "gone" / "topic.0", "boot", lambda: "w1")
    left_behind(root, "gone", "w2")
    assert remove_consuming(root, source()) == []
    assert home.folder.exists()
    home.close()
    assert remove_consuming(root, source()) == ["gone"]
    assert list(root.iterdir()) == []


def test_what_is_no_incarnation_is_left_alone(root: Path) -> None:
    (root / "not an id").mkdir(parents=True)
    (root / "file").write_text("")
    assert remove_consuming(root, source()) == []
    assert sorted(path.name for path in root.iterdir()) == ["file", "not an id"]


def test_before_the_first_table_there_is_nothing_to_remove(root: Path) -> None:
    assert remove_consuming(root, source()) == []
