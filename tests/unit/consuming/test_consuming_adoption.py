"""A dead writer's files are adopted, a stopped one's are not touched, and a doubtful one is dropped (P16, P20)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from segments.consuming.adoption import Dropped, Home, boot_id, claim
from segments.consuming.file import Appended, ConsumingFile
from segments.consuming.frames import encode
from segments.consuming.listing import list_sidecars
from segments.consuming.part import PartFile
from segments.consuming.sidecar import read_sidecar, sidecar_name, write_sidecar
from tests.unit.consuming.material import (
    BOOT,
    CAPACITY_BYTES,
    SCHEMA,
    offsets_of,
    opening,
    records,
    rejects_at,
    rows,
)

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def partition(tmp_path: Path) -> Path:
    return tmp_path / "consuming" / "a1b2c3" / "topic-id.3"


@pytest.fixture
def new_writer() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"writer-{next(numbers)}"


@pytest.fixture
def left(partition: Path, new_writer: Callable[[], str]) -> Path:
    """The side-car of what a dead writer left: `[0, 300)` in several parts, rejects at 300 and 301."""
    home = claim(partition, BOOT, new_writer)
    file = ConsumingFile.create(home.folder, opening(sequence=4), SCHEMA, CAPACITY_BYTES)
    for at in range(0, 300, 3):
        file.append(records(at, at + 3))
    file.append(Appended(None, rejects_at([300, 301]), 302, 7))
    file.close()
    home.close()
    return file.path


@contextmanager
def claimed(partition: Path, writer: Callable[[], str], boot: str = BOOT) -> Iterator[Home]:
    home = claim(partition, boot, writer)
    yield home
    for file in home.adopted:
        file.close()
    home.close()


@contextmanager
def running_writer(partition: Path, writer: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.unit.consuming.writer_process", str(partition), writer]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield process
        finally:
            process.kill()


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 0x10
    path.write_bytes(content)


def test_the_first_writer_gets_a_new_folder(partition: Path, new_writer: Callable[[], str]) -> None:
    with claimed(partition, new_writer) as home:
        assert (home.writer, home.folder, home.found) == ("writer-1", partition / "writer-1", [])


def test_a_second_writer_gets_a_folder_of_its_own(partition: Path, new_writer: Callable[[], str]) -> None:
    with claimed(partition, new_writer) as first, claimed(partition, new_writer) as second:
        assert first.folder != second.folder


def test_a_writer_id_that_is_no_name_is_refused(partition: Path) -> None:
    with pytest.raises(ValueError, match="writer id"):
        claim(partition, BOOT, lambda: "../x")


def test_a_dead_writers_file_goes_on_where_it_was(partition: Path, left: Path, new_writer: Callable[[], str]) -> None:
    with claimed(partition, new_writer) as home:
        [file] = home.adopted
        assert (home.writer, home.dropped) == ("writer-1", [])
        assert (file.state.sequence, file.state.next_offset, file.schema) == (4, 302, SCHEMA)
        file.append(Appended(rows(302, 400), rejects_at([400]), 401, 8))
        assert offsets_of(file.table(verify=True)) == [*range(300), *range(302, 400)]
        assert offsets_of(file.rejected(verify=True)) == [300, 301, 400]
        assert read_sidecar(left)[1] == file.state


def test_all_of_a_dead_writers_segments_are_found_in_order(
    partition: Path, left: Path, new_writer: Callable[[], str]
) -> None:
    for sequence, start in ((11, 900), (5, 302)):
        ConsumingFile.create(left.parent, opening(sequence, start), SCHEMA, CAPACITY_BYTES).close()
    with claimed(partition, new_writer) as home:
        assert [found.sequence for found in home.found] == [4, 5, 11]
        assert [file.state.start for file in home.adopted] == [0, 302, 900]


def test_a_killed_writers_rows_are_all_there(partition: Path, new_writer: Callable[[], str]) -> None:
    with running_writer(partition, "victim") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with claimed(partition, new_writer, boot_id()) as home:
        [file] = home.adopted
        end = file.state.next_offset
        assert home.writer == "victim"
        assert end >= 10
        assert offsets_of(file.table(verify=True)) == list(range(end))
        file.append(records(end, end + 5))
        assert offsets_of(file.table(verify=True)) == list(range(end + 5))


def test_a_stopped_writer_keeps_its_files(partition: Path, new_writer: Callable[[], str]) -> None:
    with running_writer(partition, "sleeper") as process:
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        with claimed(partition, new_writer, boot_id()) as home:
            assert (home.writer, home.found) == ("writer-1", [])
        process.send_signal(signal.SIGCONT)
        process.communicate("")
        assert process.returncode == 0
    states = {state.writer: state for _, state in list_sidecars(partition)}
    assert states["sleeper"].next_offset >= 10


def test_bytes_behind_what_is_visible_do_not_matter(partition: Path, left: Path, new_writer: Callable[[], str]) -> None:
    state = read_sidecar(left)[1]
    tail = state.parts[-1]
    PartFile(left.parent / tail.file).append(tail, encode(rows(302, 390), 302, 390))
    with claimed(partition, new_writer) as home:
        assert home.adopted[0].state == state
        home.adopted[0].append(records(302, 303))
        assert offsets_of(home.adopted[0].table(verify=True)) == [*range(300), 302]


def test_files_of_another_boot_are_dropped(partition: Path, left: Path, new_writer: Callable[[], str]) -> None:
    with claimed(partition, new_writer, boot="next-boot") as home:
        assert home.found == [Dropped(4, "written before the host restarted")]
        assert [path.name for path in home.folder.iterdir()] == ["lock"]


@pytest.mark.parametrize("which", ["body", "tail", "rejects"])
def test_a_file_with_a_flipped_byte_is_dropped(
    partition: Path, left: Path, new_writer: Callable[[], str], which: str
) -> None:
    state = read_sidecar(left)[1]
    assert state.rejected is not None
    part = {"body": state.parts[0], "tail": state.parts[-1], "rejects": state.rejected}[which]
    flip(left.parent / part.file, part.bytes_visible - 200)
    with claimed(partition, new_writer) as home:
        [dropped] = home.dropped
        assert home.adopted == []
        assert "checksum" in dropped.reason
        assert [path.name for path in home.folder.iterdir()] == ["lock"]


def test_a_file_that_is_missing_drops_its_segment_only(
    partition: Path, left: Path, new_writer: Callable[[], str]
) -> None:
    ConsumingFile.create(left.parent, opening(5, 302), SCHEMA, CAPACITY_BYTES).close()
    missing = left.parent / read_sidecar(left)[1].parts[0].file
    missing.unlink()
    with claimed(partition, new_writer) as home:
        assert home.dropped == [Dropped(4, f"a file is missing: {missing}")]
        assert [file.state.sequence for file in home.adopted] == [5]


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        ({"rows": 299}, "the side-car says 299 rows, the files hold 300"),
        ({"next_offset": 290}, "the frames go to offset 300, the side-car to 290"),
        ({"start": 1}, "starts at offset 0, before 1"),
    ],
)
def test_a_side_car_that_its_files_contradict_drops_them(
    partition: Path, left: Path, new_writer: Callable[[], str], lie: dict[str, int], reason: str
) -> None:
    generation, state = read_sidecar(left)
    with left.open("r+b") as sidecar:
        write_sidecar(sidecar.fileno(), generation + 1, state.model_copy(update=lie))
    with claimed(partition, new_writer) as home:
        assert home.adopted == []
        assert reason in home.dropped[0].reason


def test_what_is_half_born_or_named_by_no_side_car_is_removed(
    partition: Path, left: Path, new_writer: Callable[[], str]
) -> None:
    (left.parent / sidecar_name(5)).touch()
    (left.parent / "0000000005.77.arrow").touch()
    (left.parent / "0000000004.1.arrow").touch()
    with claimed(partition, new_writer) as home:
        assert home.dropped == [Dropped(5, "half born: the side-car says nothing yet")]
        names = {path.name for path in home.folder.iterdir()}
        assert names == {"lock", left.name, *(part.file for part in home.adopted[0].state.named)}


def test_of_two_dead_writers_the_one_that_reaches_further_is_adopted(
    partition: Path, left: Path, new_writer: Callable[[], str]
) -> None:
    other = partition / "other"
    further = ConsumingFile.create(other, opening(4), SCHEMA, CAPACITY_BYTES)
    further.append(records(0, 303))
    further.close()
    with claimed(partition, new_writer) as home:
        assert home.writer == "other"
        assert home.dropped == []
        assert [file.path for file in home.behind] == [left], "queries may still need what was committed from it"
        assert len(home.behind_locks) == 1, "nobody else adopts it meanwhile"


def test_a_file_goes_on_being_adopted(partition: Path, left: Path, new_writer: Callable[[], str]) -> None:
    for turn in range(5):
        with claimed(partition, new_writer) as home:
            [file] = home.adopted
            end = file.state.next_offset
            file.append(records(end, end + 100))
            assert file.table(verify=True).num_rows == 300 + 100 * (turn + 1)


def test_the_boot_id_is_the_same_until_the_next_boot() -> None:
    assert boot_id() == boot_id()
    assert boot_id()
