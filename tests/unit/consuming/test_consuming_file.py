"""One writer appends; one side-car write makes it visible; whatever fails leaves what was visible (P16 to P18)."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from segments.consuming.file import Appended, ConsumingFile, DiskFull
from segments.consuming.frames import CorruptFrame, encode
from segments.consuming.listing import list_sidecars
from segments.consuming.part import PartFile
from segments.consuming.rejects import unpack
from segments.consuming.sidecar import read_sidecar
from tests.unit.consuming.material import (
    CAPACITY_BYTES,
    SCHEMA,
    offsets_of,
    opening,
    records,
    rejects_at,
    rows,
    rows_at,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "partition" / "writer-1"


@pytest.fixture
def file(folder: Path) -> Iterator[ConsumingFile]:
    file = ConsumingFile.create(folder, opening(sequence=12, start=100), SCHEMA, CAPACITY_BYTES)
    yield file
    file.close()


@contextmanager
def files_may_reach(size_bytes: int) -> Iterator[None]:
    """Every write beyond `size_bytes` of a file fails, after what fits was written: a disk that gets full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_new_file_is_empty_sparse_and_says_where_it_starts(file: ConsumingFile) -> None:
    part = file.path.parent / file.state.parts[0].file
    assert file.path.name == "0000000012.sidecar"
    assert part.name.startswith("0000000012.")
    assert part.stat().st_size == CAPACITY_BYTES
    assert part.stat().st_blocks * 512 < CAPACITY_BYTES / 10
    assert file.table().num_rows == 0
    assert file.table().schema == SCHEMA
    assert str(file.state.range) == "[100, 100)"


def test_nobody_else_may_read_the_files(file: ConsumingFile) -> None:
    file.append(Appended(None, rejects_at([100]), 101, 7))
    assert {path.stat().st_mode & 0o777 for path in file.path.parent.iterdir()} <= {0o640, 0o600}
    assert file.path.parent.stat().st_mode & 0o027 == 0


def test_what_is_appended_is_visible_at_once(file: ConsumingFile) -> None:
    returned = file.append(records(100, 150))
    file.append(records(150, 160))
    [(path, state)] = list_sidecars(file.path.parent.parent)
    assert path == file.path
    assert state == file.state
    assert (returned.rows, returned.next_offset) == (50, 150)
    assert (state.rows, state.next_offset) == (60, 160)
    assert file.table(verify=True).equals(pa.Table.from_batches([rows(100, 160)]))


def test_the_next_offset_also_moves_over_records_that_give_no_rows(file: ConsumingFile) -> None:
    file.append(Appended(rows_at([100, 103]), None, 110, 8, filtered=3, tombstones=2, newest_ms=5))
    state = file.append(Appended(None, None, 120, 8, filtered=1, newest_ms=3))
    assert (state.next_offset, state.rows, state.leader_epoch) == (120, 2, 8)
    assert (state.filtered, state.tombstones, state.newest_ms) == (4, 2, 5)
    assert offsets_of(file.table()) == [100, 103]


def test_the_bounds_of_the_time_column_widen(file: ConsumingFile) -> None:
    assert (file.state.time_min_ms, file.state.time_max_ms) == (None, None)
    file.append(Appended(rows(100, 101), None, 101, 7, time_min_ms=0, time_max_ms=9))
    file.append(Appended(rows(101, 102), None, 102, 7))
    state = file.append(Appended(rows(102, 103), None, 103, 7, time_min_ms=-4, time_max_ms=5))
    assert (state.time_min_ms, state.time_max_ms) == (-4, 9)


def test_rejects_become_visible_with_the_rows_around_them(file: ConsumingFile) -> None:
    assert file.rejected().num_rows == 0
    file.append(Appended(rows_at([100, 102]), rejects_at([101]), 103, 7))
    state = file.append(Appended(None, rejects_at([103]), 104, 7))
    assert (state.rows, state.rejects) == (2, 2)
    assert offsets_of(file.rejected(verify=True)) == [101, 103]
    first = file.rejected().to_pylist()[0]
    assert (first["reason"], first["field"], unpack(first["raw"])) == ("not a number", "$.n", b"{")


def test_a_segment_larger_than_its_file_goes_on_in_another(folder: Path) -> None:
    file = ConsumingFile.create(folder, opening(), SCHEMA, 64 * 1024)
    for start in range(0, 20_000, 500):
        file.append(records(start, start + 500))
    assert 1 < len(file.state.parts) < 8
    assert offsets_of(file.table(verify=True)) == list(range(20_000))
    file.close()


def test_a_batch_larger_than_the_file_gets_one_that_is_large_enough(folder: Path) -> None:
    file = ConsumingFile.create(folder, opening(), SCHEMA, 4096)
    file.append(records(0, 5_000))
    assert file.table(verify=True).num_rows == 5_000
    file.close()


@pytest.mark.parametrize(
    ("appended", "complaint"),
    [
        (Appended(rows(100, 110), None, 99, 7), "cannot go back|before the next one"),
        (Appended(rows(90, 110), None, 110, 7), r"offsets 90 to 109, outside \[100, 110\)"),
        (Appended(rows(100, 111), None, 110, 7), r"offsets 100 to 110, outside \[100, 110\)"),
        (Appended(rows(100, 110).drop_columns(["text"]), None, 110, 7), "instead of"),
        (Appended(None, rows(100, 110), 110, 7), "instead of"),
    ],
)
def test_a_batch_that_does_not_belong_here_is_refused(file: ConsumingFile, appended: Appended, complaint: str) -> None:
    before = file.state
    with pytest.raises(ValueError, match=complaint):
        file.append(appended)
    assert read_sidecar(file.path)[1] == before


def test_bytes_of_an_append_that_was_cut_off_are_overwritten(file: ConsumingFile) -> None:
    file.append(records(100, 110))
    tail = file.state.parts[-1]
    PartFile(file.path.parent / tail.file).append(tail, encode(rows(110, 190), 110, 190))
    assert offsets_of(file.table(verify=True)) == list(range(100, 110))
    file.append(records(110, 115))
    assert offsets_of(file.table(verify=True)) == list(range(100, 115))


def test_a_full_disk_leaves_what_was_visible_and_the_next_append_goes_on(file: ConsumingFile) -> None:
    file.append(records(100, 200))
    before = file.state
    with files_may_reach(before.parts[-1].bytes_visible + 10_000), pytest.raises(DiskFull):
        file.append(Appended(rows(200, 5_000), None, 5_000, 7))
    assert (file.state, read_sidecar(file.path)[1]) == (before, before)
    file.append(records(200, 300))
    assert offsets_of(file.table(verify=True)) == list(range(100, 300))


def test_a_full_disk_at_the_start_of_another_part_leaves_no_litter(folder: Path) -> None:
    file = ConsumingFile.create(folder, opening(), SCHEMA, 64 * 1024)
    before = sorted(folder.iterdir())
    with files_may_reach(64 * 1024), pytest.raises(DiskFull):
        file.append(Appended(rows(0, 10_000), rejects_at([10_000]), 10_001, 7))
    assert sorted(folder.iterdir()) == before
    file.append(records(0, 10_000))
    assert file.table(verify=True).num_rows == 10_000
    file.close()


def test_a_full_disk_at_birth_leaves_nothing(folder: Path) -> None:
    with files_may_reach(1024), pytest.raises(DiskFull):
        ConsumingFile.create(folder, opening(), SCHEMA, CAPACITY_BYTES)
    assert list(folder.iterdir()) == []


def test_a_flipped_byte_is_found_at_the_seal(file: ConsumingFile) -> None:
    file.append(records(100, 200))
    tail = file.state.parts[-1]
    with (file.path.parent / tail.file).open("r+b") as part:
        part.seek(tail.bytes_visible - 100)
        byte = part.read(1)
        part.seek(-1, os.SEEK_CUR)
        part.write(bytes([byte[0] ^ 1]))
    assert file.table().num_rows == 100
    with pytest.raises(CorruptFrame, match="checksum"):
        file.table(verify=True)


def test_a_segment_is_not_written_twice_at_a_time(file: ConsumingFile) -> None:
    with pytest.raises(FileExistsError):
        ConsumingFile.create(file.path.parent, opening(sequence=12), SCHEMA, CAPACITY_BYTES)


def test_unlinking_removes_every_file_and_spares_who_reads(folder: Path) -> None:
    file = ConsumingFile.create(folder, opening(), SCHEMA, CAPACITY_BYTES)
    file.append(Appended(rows(0, 1_000), rejects_at([1_000]), 1_001, 7))
    table = file.table()
    file.unlink()
    assert list(folder.iterdir()) == []
    assert offsets_of(table) == list(range(1_000))
    assert list_sidecars(folder.parent) == []
