"""Query processes map once, parse what is new, copy nothing, and let go of what is gone (P17, P19)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from segments.consuming.file import ConsumingFile
from segments.consuming.frames import CorruptFrame
from segments.consuming.listing import list_sidecars
from segments.consuming.reader import FrameCache
from segments.consuming.sidecar import Part, sidecar_name
from tests.unit.consuming.material import CAPACITY_BYTES, SCHEMA, offsets_of, opening, records


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "writer-1"


@pytest.fixture
def file(folder: Path) -> Iterator[ConsumingFile]:
    file = ConsumingFile.create(folder, opening(), SCHEMA, CAPACITY_BYTES)
    yield file
    file.close()


def test_a_mapped_file_shows_what_is_appended_later(file: ConsumingFile, folder: Path) -> None:
    cache = FrameCache()
    for start in range(0, 100, 10):
        state = file.append(records(start, start + 10))
        assert offsets_of(cache.table(folder, state.parts)) == list(range(start + 10))
    assert len(cache) == 1


def test_nothing_beyond_the_visible_bytes_is_seen(file: ConsumingFile, folder: Path) -> None:
    cache = FrameCache()
    before = file.append(records(0, 10))
    after = file.append(records(10, 20))
    assert cache.table(folder, after.parts).num_rows == 20
    assert cache.table(folder, before.parts).num_rows == 10


def test_tables_share_the_mapping(file: ConsumingFile, folder: Path) -> None:
    cache = FrameCache()
    first = cache.table(folder, file.append(records(0, 10)).parts)
    second = cache.table(folder, file.append(records(10, 20)).parts)
    places = [table.column("number").chunk(0).buffers()[1].address for table in (first, second)]
    assert places[0] == places[1]


def test_a_table_outlives_its_file(file: ConsumingFile, folder: Path) -> None:
    table = FrameCache().table(folder, file.append(records(0, 10)).parts)
    for path in folder.iterdir():
        path.unlink()
    assert offsets_of(table) == list(range(10))


def test_an_empty_segment_has_its_schema(file: ConsumingFile, folder: Path) -> None:
    assert FrameCache().table(folder, file.state.parts).schema == SCHEMA


def test_files_that_are_gone_are_forgotten(folder: Path) -> None:
    cache = FrameCache()
    for sequence in range(3):
        file = ConsumingFile.create(folder, opening(sequence), SCHEMA, CAPACITY_BYTES)
        cache.table(folder, file.append(records(0, 10)).parts)
        file.unlink()
    assert len(cache) == 1
    cache.forget_unlinked()
    assert len(cache) == 0


def test_a_file_that_is_another_one_now_is_mapped_again(folder: Path) -> None:
    cache = FrameCache()
    for count in (10, 30):
        file = ConsumingFile.create(folder, opening(), SCHEMA, CAPACITY_BYTES, clock=lambda: 0.0)
        parts = file.append(records(0, count)).parts
        assert cache.table(folder, parts).num_rows == count
        file.unlink()


def test_only_so_many_files_stay_mapped(folder: Path) -> None:
    cache = FrameCache(files_max=2)
    files = [ConsumingFile.create(folder, opening(sequence), SCHEMA, CAPACITY_BYTES) for sequence in range(4)]
    for end in (10, 20):
        for file in files:
            state = file.append(records(end - 10, end))
            assert cache.table(folder, state.parts).num_rows == end
            assert len(cache) <= 2
    for file in files:
        file.close()


def test_a_place_where_no_frame_ends_is_refused(file: ConsumingFile, folder: Path) -> None:
    [part] = file.append(records(0, 10)).parts
    for size in (part.bytes_visible - 64, part.bytes_visible + 64):
        with pytest.raises(CorruptFrame):
            FrameCache().table(folder, [part.model_copy(update={"bytes_visible": size})])


def test_a_file_that_is_none_of_ours_is_refused(folder: Path) -> None:
    folder.mkdir()
    for content in (b"", b"PAR1" * 100):
        (folder / "other").write_bytes(content)
        with pytest.raises(CorruptFrame, match=r"other is empty|no frame at byte 0"):
            FrameCache().table(folder, [Part(file="other", bytes_visible=100, rows=1, frames=1)])


def test_the_side_cars_of_all_writers_are_listed_and_half_born_ones_are_not(tmp_path: Path) -> None:
    files = [
        ConsumingFile.create(tmp_path / writer, opening(sequence, writer=writer), SCHEMA, CAPACITY_BYTES)
        for writer in ("b", "a")
        for sequence in (3, 4)
    ]
    (tmp_path / "a" / sidecar_name(5)).write_bytes(b"")
    (tmp_path / "a" / sidecar_name(6)).write_bytes(bytes(8192))
    (tmp_path / "c").mkdir()
    (tmp_path / "stray").touch()
    found = [(state.writer, state.sequence) for _, state in list_sidecars(tmp_path)]
    assert found == [("a", 3), ("a", 4), ("b", 3), ("b", 4)]
    assert list_sidecars(tmp_path / "nothing") == []
    for file in files:
        file.close()


def test_mappings_do_not_run_out_of_descriptors(folder: Path) -> None:
    cache = FrameCache(files_max=8)
    before = len(os.listdir("/dev/fd"))
    for sequence in range(40):
        file = ConsumingFile.create(folder, opening(sequence), SCHEMA, CAPACITY_BYTES)
        cache.table(folder, file.state.parts)
        file.close()
    assert len(os.listdir("/dev/fd")) - before <= 8
