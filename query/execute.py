"""The front's engines: child processes, one query at a time each, with admission before them (P26)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine

import msgspec
import structlog

from query.engine_handle import EngineHandle, Spawn
from query.jobs import EngineAnswer, EngineJob, StreamFrame, StreamJob

KILL_AFTER_S = 1.0
"""How long after its deadline a query's engine lives on: it should have interrupted itself."""
RESTART_FIRST_S, RESTART_MAX_S = 0.1, 10.0
START_S = 60.0
"""How long an engine may take to load DuckDB and Arrow, on however busy a machine."""
STOP_S = 1.0
"""How long an engine may take to leave a stream that nobody reads on; then it is replaced."""

_NOT_READY = f"the engine process is not ready {START_S:g} s after its start"
_log = structlog.get_logger()


class PoolFault(Exception):
    """No answer came out of an engine."""


class Overloaded(PoolFault):
    """All engines are busy and the queue is full: try again later."""


class QueuedTooLong(PoolFault):
    """The deadline passed before an engine was free."""


class DeadlineExceeded(PoolFault):
    """The engine did not answer by its deadline and was ended."""


class EngineDied(PoolFault):
    """The engine process ended within the query: out of memory, or killed. Other queries go on."""


class EnginePool:
    """`size` engines and a queue of at most `queue_max` queries before them; a dead engine is started again."""

    def __init__(self, spawn: Spawn, size: int, queue_max: int) -> None:
        self._spawn = spawn
        self._size = size
        self._queue_max = queue_max
        self._idle: asyncio.LifoQueue[EngineHandle] = asyncio.LifoQueue()  # the last used has the warmest caches
        self._engines: set[EngineHandle] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._is_closed = False

    async def start(self) -> None:
        """Start all engines and wait until each is ready. Raises OSError or EngineDied when one cannot start."""
        for engine in await asyncio.gather(*(self._started() for _ in range(self._size))):
            self._idle.put_nowait(engine)

    async def close(self) -> None:
        """End all engines; queries that still run fail with EngineDied, and no engine is started again."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *(engine.end() for engine in self._engines), return_exceptions=True)
        self._engines.clear()

    @property
    def pids(self) -> list[int]:
        """Process ids of the engines that are up."""
        return [engine.pid for engine in self._engines]

    def check_room(self) -> None:
        """Raises Overloaded when a query that came now would be refused."""
        if self._idle.empty() and self._waiting >= self._queue_max:
            raise Overloaded(f"{self._size} queries are running and {self._waiting} are waiting; try again later")

    async def run(self, job: EngineJob) -> EngineAnswer:
        """The answer of one engine within the job's `timeout_ms`, waiting included. Raises a PoolFault.

        Cancelling ends the engine process that works on the job.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + job.timeout_ms / 1000
        engine = await self._admitted(deadline)
        left_ms = max(1, int((deadline - loop.time()) * 1000))
        try:
            async with asyncio.timeout_at(deadline + KILL_AFTER_S):
                answer = await engine.answer(msgspec.structs.replace(job, timeout_ms=left_ms))
        except TimeoutError as error:
            self._replace(engine)
            raise DeadlineExceeded(f"no answer {KILL_AFTER_S:g} s after the deadline") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            self._replace(engine)
            raise EngineDied("the engine process ended within the query") from error
        except BaseException:  # cancelled in the middle: what the engine sends next would answer another query
            self._replace(engine)
            raise
        self._give_back(engine, answer)
        return answer

    async def stream(self, job: StreamJob) -> AsyncGenerator[StreamFrame | EngineAnswer, None]:
        """Frames of rows as they are taken, and the answer that ends them. Raises a PoolFault.

        `timeout_ms` holds for the wait for an engine, and for each frame. Closing it early gives the engine back.
        """
        within_s = job.timeout_ms / 1000
        engine = await self._admitted(asyncio.get_running_loop().time() + within_s)
        answer: EngineAnswer | None = None
        failed = False
        try:
            await engine.begin(job)
            while answer is None:
                async with asyncio.timeout(within_s + KILL_AFTER_S):
                    message = await engine.message()
                if isinstance(message, EngineAnswer):
                    answer = message
                else:
                    await engine.more()
                    yield message
        except TimeoutError as error:
            failed = True
            raise DeadlineExceeded(f"no rows {KILL_AFTER_S:g} s after the deadline") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            failed = True
            raise EngineDied("the engine process ended within the query") from error
        finally:
            self._leave(engine, answer, failed=failed)
        yield answer

    def _leave(self, engine: EngineHandle, answer: EngineAnswer | None, *, failed: bool) -> None:
        if failed:
            self._replace(engine)
        elif answer is not None:
            self._give_back(engine, answer)
        else:
            self._begin(self._stop(engine))

    async def _stop(self, engine: EngineHandle) -> None:
        """Have the engine end a stream in the middle."""
        try:
            async with asyncio.timeout(STOP_S):
                answer = await engine.stopped()
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            self._replace(engine)
        else:
            self._give_back(engine, answer)

    def _give_back(self, engine: EngineHandle, answer: EngineAnswer) -> None:
        if answer.spent:
            self._replace(engine)
        else:
            self._idle.put_nowait(engine)

    async def _admitted(self, deadline: float) -> EngineHandle:
        """An engine that lives: one that ended while nobody used it is replaced and no error of anybody's query."""
        while (engine := await self._free(deadline)).has_ended:
            self._replace(engine)
        return engine

    async def _free(self, deadline: float) -> EngineHandle:
        self.check_room()
        with contextlib.suppress(asyncio.QueueEmpty):
            return self._idle.get_nowait()
        self._waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                return await self._idle.get()
        except TimeoutError as error:
            raise QueuedTooLong("the deadline passed before an engine was free") from error
        finally:
            self._waiting -= 1

    def _replace(self, engine: EngineHandle) -> None:
        self._begin(self._restarted(engine))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        if self._is_closed:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _restarted(self, engine: EngineHandle) -> None:
        self._engines.discard(engine)
        await engine.end()
        wait = RESTART_FIRST_S
        while True:
            try:
                self._idle.put_nowait(await self._started())
                return
            except (OSError, EngineDied) as error:
                _log.warning("query engine does not start", error=str(error), retry_s=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, RESTART_MAX_S)

    async def _started(self) -> EngineHandle:
        engine = await EngineHandle.start(self._spawn)
        self._engines.add(engine)
        try:
            async with asyncio.timeout(START_S):
                await engine.ready()
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
            self._engines.discard(engine)
            await engine.end()
            late = isinstance(error, TimeoutError)
            raise EngineDied(_NOT_READY if late else "the engine process ended while it started") from error
        return engine
