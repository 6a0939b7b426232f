"""What a host remembers of the newest server it has seen (P13)."""

import os

import pytest

from zk.zxid_memory import SLOT_BYTES, Memory, ZxidMemory


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "zxid"


def test_a_new_host_remembers_nothing_and_meets_any_server(path):
    assert ZxidMemory(path).read() == Memory()
    assert not ZxidMemory(path).meet(5).is_alarmed


def test_the_highest_zxid_never_falls(path):
    memory = ZxidMemory(path)
    memory.note(100)
    assert memory.note(50).highest == 100
    assert memory.note(101).highest == 101


def test_it_is_remembered_by_other_processes_and_after_a_restart(path):
    ZxidMemory(path).note(100)
    assert ZxidMemory(path).read().highest == 100


def test_an_older_server_raises_an_alarm_that_stays(path):
    memory = ZxidMemory(path)
    memory.note(100)
    assert memory.meet(99) == Memory(highest=100, older=99)
    assert memory.meet(200).is_alarmed
    assert ZxidMemory(path).read().is_alarmed


def test_the_same_server_is_not_older(path):
    memory = ZxidMemory(path)
    memory.note(100)
    assert not memory.meet(100).is_alarmed


def test_a_person_accepts_the_older_server(path):
    memory = ZxidMemory(path)
    memory.note(100)
    memory.meet(50)
    memory.accept(50)
    assert memory.meet(51) == Memory(highest=51)


def test_a_torn_write_shows_what_was_remembered_before(path):
    memory = ZxidMemory(path)
    memory.note(100)
    memory.note(101)
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), b"\0" * 30, 0)
    assert ZxidMemory(path).read().highest in (100, 101)
    assert path.stat().st_size <= 2 * SLOT_BYTES
