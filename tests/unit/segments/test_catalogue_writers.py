"""The local catalogue (P21) when the service that wrote it was frozen and another one took over meanwhile."""

from __future__ import annotations

from pathlib import Path

from segments.catalogue import POINTER, SLOT_BYTES, CatalogueReader, CatalogueWriter, TableEntry


def table(name: str) -> TableEntry:
    return TableEntry(name, "incarnation-1", "active", 1, {}, name, 1, {1: {}}, 0, [])


def test_the_last_one_that_publishes_is_heard(tmp_path: Path) -> None:
    first, reader = CatalogueWriter(tmp_path), CatalogueReader(tmp_path)
    first.publish({}, now_ms=1)
    second = CatalogueWriter(tmp_path)
    for now_ms in range(2, 6):
        second.publish({f"t{now_ms}": table(f"t{now_ms}")}, now_ms)
    second.close()
    assert list(reader.read().tables) == ["t5"]

    assert first.publish({"woken": table("woken")}, now_ms=9) == 6
    assert list(reader.read().tables) == ["woken"]


def test_a_pointer_takes_its_blocks_before_the_disk_is_full(tmp_path: Path) -> None:
    writer = CatalogueWriter(tmp_path)
    born = (tmp_path / POINTER).stat()
    for now_ms in range(3):
        writer.publish({}, now_ms)
    assert born.st_blocks * 512 >= born.st_size == 2 * SLOT_BYTES
    assert (tmp_path / POINTER).stat().st_blocks == born.st_blocks


def test_a_writer_keeps_what_the_one_before_it_published(tmp_path: Path) -> None:
    CatalogueWriter(tmp_path).publish({"a": table("a")}, now_ms=1)
    CatalogueWriter(tmp_path)
    assert list(CatalogueReader(tmp_path).read().tables) == ["a"]


def test_files_of_an_earlier_process_go_after_some_generations(tmp_path: Path) -> None:
    CatalogueWriter(tmp_path).publish({"a": table("a"), "b": table("b")}, now_ms=1)
    (tmp_path / "half.json.part").write_bytes(b"{")
    old = {path.name for path in tmp_path.iterdir()} - {POINTER}
    writer, slow = CatalogueWriter(tmp_path, keep=2), CatalogueReader(tmp_path)
    writer.publish({"a": table("a")}, now_ms=2)
    assert old <= {path.name for path in tmp_path.iterdir()}, "somebody may read them just now"
    for now_ms in (3, 4):
        writer.publish({"a": table("a")}, now_ms)
    assert len(list(tmp_path.iterdir())) == 2
    assert list(slow.read().tables) == ["a"]


def test_a_writer_that_wakes_up_writes_again_what_its_successor_removed(tmp_path: Path) -> None:
    woken = CatalogueWriter(tmp_path)
    woken.publish({"a": table("a")}, now_ms=1)
    successor = CatalogueWriter(tmp_path, keep=1)
    for now_ms in (2, 3):
        successor.publish({"a": table("a")}, now_ms)
    woken.publish({"a": table("a")}, now_ms=4)
    assert list(CatalogueReader(tmp_path).read().tables) == ["a"]
