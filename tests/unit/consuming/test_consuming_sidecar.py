"""The side-car is read whole while it is written, and never goes back (P18)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from segments import two_slots
from segments.consuming.sidecar import SLOT_BYTES, read_sidecar, write_sidecar
from tests.unit.consuming.material import opening

READS = 20_000


@pytest.fixture
def sidecar(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    path = tmp_path / "0000000001.sidecar"
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    yield path, fd
    os.close(fd)


def test_the_newest_state_is_read(sidecar: tuple[Path, int]) -> None:
    path, fd = sidecar
    for generation in range(1, 6):
        state = opening(start=generation).state()
        write_sidecar(fd, generation, state)
        assert read_sidecar(path) == (generation, state)


@pytest.mark.parametrize("torn_at", [0, 3, 10, 20, 100, 200])
def test_a_torn_write_shows_the_state_before_it(sidecar: tuple[Path, int], torn_at: int) -> None:
    path, fd = sidecar
    for generation in (1, 2):
        write_sidecar(fd, generation, opening(start=generation).state())
    third = two_slots.slot(3, opening(start=300).state().model_dump_json().encode(), SLOT_BYTES)
    os.pwrite(fd, third[:torn_at], SLOT_BYTES)
    assert read_sidecar(path) == (2, opening(start=2).state())


@pytest.mark.parametrize("content", [b"", bytes(100), bytes(2 * SLOT_BYTES)])
def test_a_side_car_that_is_half_born_says_so(sidecar: tuple[Path, int], content: bytes) -> None:
    path, fd = sidecar
    os.pwrite(fd, content, 0)
    with pytest.raises(two_slots.NoValidSlot):
        read_sidecar(path)


def test_a_reader_that_the_writer_overtakes_reads_on(sidecar: tuple[Path, int]) -> None:
    _, fd = sidecar
    two_slots.write(fd, 1, b"%09d" % 1 * 300, SLOT_BYTES)
    enough = Event()

    def write() -> None:
        generation = 1
        while not enough.is_set():
            generation += 1
            two_slots.write(fd, generation, b"%09d" % generation * 300, SLOT_BYTES)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        newest = 0
        for _ in range(READS):
            generation, payload = two_slots.read(fd, SLOT_BYTES)
            assert payload == b"%09d" % generation * 300
            assert generation >= newest
            newest = generation
        enough.set()
        writing.result()
    assert newest > 1
