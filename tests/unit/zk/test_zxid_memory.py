"""What a host remembers of the newest server it has seen (P13)."""

import os

import pytest

from zk.zxid_memory import SLOT_BYTES, Memory, ZxidMemory


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "zxid"


def meet(memory: ZxidMemory, zxid: int) -> Memory:
    return memory.meet(zxid, memory.read())


def test_a_new_host_remembers_nothing_and_meets_any_server(path):
    assert ZxidMemory(path).read() == Memory()
    assert meet(ZxidMemory(path), 5) == Memory(highest=5)


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
    assert meet(memory, 99) == Memory(highest=100, older=99)
    assert meet(memory, 200).is_alarmed
    assert ZxidMemory(path).read().is_alarmed


def test_the_same_server_is_not_older(path):
    memory = ZxidMemory(path)
    memory.note(100)
    assert not meet(memory, 100).is_alarmed


def test_a_person_accepts_the_older_server(path):
    memory = ZxidMemory(path)
    memory.note(100)
    meet(memory, 50)
    memory.accept(50)
    assert meet(memory, 51) == Memory(highest=51)


def test_a_newer_answer_that_another_process_notes_meanwhile_is_no_alarm(path):
    mine, other = ZxidMemory(path), ZxidMemory(path)
    mine.note(100)
    remembered = mine.read()
    other.note(102)
    assert mine.meet(101, remembered) == Memory(highest=102)


def test_a_torn_write_shows_what_was_remembered_before(path):
    memory = ZxidMemory(path)
    memory.note(100)
    memory.note(101)
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), b"\0" * 30, 0)
    assert ZxidMemory(path).read().highest in (100, 101)
    assert path.stat().st_size <= 2 * SLOT_BYTES
