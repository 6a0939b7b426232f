"""An engine process always ends when it is told to, and bodies of frames come out of shared memory as they went in."""

from __future__ import annotations

import asyncio
import sys

import pytest

from query.engine_handle import EngineHandle
from query.frame_memory import SLOT_BYTES, SLOTS, FrameMemory
from query.jobs import Ready, framed

TALKS_ON = f"import os; os.write(1, {framed(Ready(1))!r} + b'x' * (1 << 20))"


async def talking_on(fd: int) -> asyncio.subprocess.Process:
    """A process that says that it is ready and then far more than its reader wants to hold."""
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", TALKS_ON, stdin=pipe, stdout=pipe, pass_fds=(fd,), limit=64
    )


def test_an_engine_ends_even_when_nobody_reads_what_it_said():
    async def scenario() -> bool:
        engine = await EngineHandle.start(talking_on)
        await engine.ready()
        async with asyncio.timeout(10):
            await engine.end()
        return engine.has_ended

    assert asyncio.run(scenario())


@pytest.fixture
def memory():
    memory = FrameMemory.create()
    yield memory
    memory.close()


def test_as_many_frames_as_may_be_under_way_are_held_at_once(memory: FrameMemory):
    bodies = [bytes([number]) * (SLOT_BYTES - number) for number in range(SLOTS)]
    slots = [memory.put(b"head", body[4:]) for body in bodies]
    assert len(set(slots)) == SLOTS
    taken = [memory.take(slot, len(body)) for slot, body in zip(slots, bodies, strict=True) if slot is not None]
    assert taken == [b"head" + body[4:] for body in bodies]


def test_another_process_sees_what_was_put(memory: FrameMemory):
    other = FrameMemory(memory.fd)
    slot = other.put(b"rows")
    assert slot is not None
    assert memory.take(slot, 4) == b"rows"


def test_a_body_that_is_too_large_for_a_slot_is_refused(memory: FrameMemory):
    assert memory.put(b"h", bytes(SLOT_BYTES)) is None
