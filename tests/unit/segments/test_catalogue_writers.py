"""The local catalogue (P21) when the service that wrote it was frozen and another one took over meanwhile."""

from __future__ import annotations

from pathlib import Path

from segments.catalogue import CatalogueReader, CatalogueWriter, TableEntry


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
