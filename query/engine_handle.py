"""One running engine process as the front has it: started, asked, listened to, ended (P26)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Self

import msgspec

from engine.settings import Settings
from query.frame_memory import SLOTS, FrameMemory
from query.jobs import (
    LENGTH,
    Control,
    EngineAnswer,
    EngineJob,
    Message,
    Request,
    StreamFrame,
    StreamJob,
    decode_message,
    decode_ready,
    frame_length,
    framed,
)

FRAMES_AHEAD = SLOTS
"""Frames of a stream that an engine may make before the first of them is taken."""
PIPE_BYTES = 1 << 20

Spawn = Callable[[int], Awaitable[asyncio.subprocess.Process]]
"""Starts one engine process that inherits this descriptor, with stdin and stdout as pipes. Raises OSError."""

_ENVIRONMENT = {"ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Another pool of Arrow's reserves 1 GiB at its first use, which an engine's RLIMIT_DATA counts as used."""


class EngineHandle:
    """The front's end of an engine: one query at a time."""

    def __init__(self, process: asyncio.subprocess.Process, memory: FrameMemory) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._memory = memory
        self._jobs = process.stdin
        self._answers = process.stdout
        self._length: int | None = None
        self._frame: StreamFrame | None = None

    @classmethod
    async def start(cls, spawn: Spawn) -> Self:
        """An engine that may not be ready yet. Raises OSError."""
        memory = FrameMemory.create()
        try:
            return cls(await spawn(memory.fd), memory)
        except BaseException:
            memory.close()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None or self._jobs.is_closing()

    async def ready(self) -> None:
        """Wait until it takes jobs. Raises IncompleteReadError if it ends before."""
        decode_ready(await self._message())

    async def answer(self, job: EngineJob) -> EngineAnswer:
        await self._ask(job)
        answer = await self.message()
        assert isinstance(answer, EngineAnswer)
        return answer

    async def begin(self, job: StreamJob) -> None:
        """Ask for the first frames of a stream."""
        await self._ask(job, *([Control(more=True)] * FRAMES_AHEAD))

    async def more(self) -> None:
        """Ask for one frame more, when one was taken."""
        await self._ask(Control(more=True))

    async def message(self) -> Message:
        """The next one, a frame with its body. May be cancelled and called again: what was read is kept."""
        found: Message = self._frame or decode_message(await self._message())
        if isinstance(found, EngineAnswer):
            return await self._with_chunks(found)
        self._frame = found
        body = await self._body(found)
        self._frame = None
        return msgspec.structs.replace(found, body=body)

    async def stopped(self) -> EngineAnswer:
        """What ends a stream after it was told to stop; frames that were under way are dropped."""
        await self._ask(Control(more=False))
        while not isinstance(found := await self.message(), EngineAnswer):
            pass
        return found

    async def end(self) -> None:
        """Kill the process and take its exit; it holds nothing that has to be saved."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._jobs.close()
        with contextlib.suppress(RuntimeError):  # a query is reading: it takes what is left itself
            await self._answers.read()  # asyncio counts a process as ended only when its output was read
        await self._process.wait()
        self._memory.close()

    async def _ask(self, *requests: Request) -> None:
        self._jobs.writelines(map(framed, requests))
        await self._jobs.drain()

    async def _message(self) -> bytes:
        if self._length is None:
            self._length = frame_length(await self._answers.readexactly(LENGTH.size))
        body = await self._answers.readexactly(self._length)
        self._length = None
        return body

    async def _with_chunks(self, answer: EngineAnswer) -> EngineAnswer:
        if not answer.chunk_bytes:
            return answer
        chunks = tuple([await self._answers.readexactly(size) for size in answer.chunk_bytes])
        return msgspec.structs.replace(answer, chunks=chunks, chunk_bytes=())

    async def _body(self, frame: StreamFrame) -> bytes:
        if frame.slot is None:
            return await self._answers.readexactly(frame.body_bytes)
        return self._memory.take(frame.slot, frame.body_bytes)


def engine_argv(settings: Settings) -> list[str]:
    """The command line of one engine process, without the descriptor that `spawner` adds."""
    return [sys.executable, "-m", "query.engine_process", msgspec.json.encode(settings).decode()]


def spawner(argv: Sequence[str]) -> Spawn:
    """Starts `argv` and the descriptor's number as a plain child; its messages on stderr go where ours go."""

    async def spawn(fd: int) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *argv, str(fd), stdin=pipe, stdout=pipe, pass_fds=(fd,), env=os.environ | _ENVIRONMENT, limit=PIPE_BYTES
        )

    return spawn
