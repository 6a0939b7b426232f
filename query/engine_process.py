"""The main loop of an engine process: a job comes in on stdin, an answer goes out on stdout, one at a time (P26).

Run as `python -m query.engine_process <settings as JSON> <fd of the frame memory>`. It ends when its stdin ends.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from engine import connection
from engine.connection import Engine, Result
from engine.limits import restrict_process
from engine.settings import Settings
from query.formats import Format
from query.formats_encoding import Shape, encode_whole
from query.frame_memory import FrameMemory
from query.jobs import (
    ConsumingRelation,
    ConsumingSource,
    Control,
    EngineAnswer,
    EngineJob,
    Fault,
    Message,
    Ready,
    Request,
    StreamJob,
    decode_request,
    framed,
    read_frame,
)
from query.rendering import rows_chunks
from query.sorted_counts import SortedCounts
from query.streaming import Sent, deliver, frames
from segments.arrow_alone import arrow_alone
from segments.arrow_schema import OFFSET
from segments.consuming.frames import CorruptFrame
from segments.consuming.reader import FrameCache

NICE = 5
"""Queries give way to ingestion, and to the front, which refuses what is too much of them."""
REST_S = 1.0
"""How often an engine, busy or idle, looks for consuming files to let go of."""
QUERY_EXECUTION, EXECUTION_TIMEOUT, RESOURCE_LIMIT, INTERNAL = 200, 250, 245, 450

_FAULTS: dict[type[connection.EngineFault], tuple[int, str]] = {
    connection.BadQuery: (QUERY_EXECUTION, "QueryExecutionError"),
    connection.OutOfTime: (EXECUTION_TIMEOUT, "ExecutionTimeoutError"),
    connection.OutOfMemory: (RESOURCE_LIMIT, "ServerResourceLimitExceededError"),
    connection.TooLarge: (RESOURCE_LIMIT, "ServerResourceLimitExceededError"),
    connection.Forbidden: (INTERNAL, "InternalError"),
}


def _fault(error: connection.EngineFault) -> Fault:
    code, name = _FAULTS[type(error)]
    return Fault(code, f"{name}: {error}")


def _answered(job_id: int, work: Callable[[], EngineAnswer]) -> EngineAnswer:
    try:
        return work()
    except (FileNotFoundError, CorruptFrame, connection.FileGone) as error:
        return EngineAnswer(job_id, fault=Fault(INTERNAL, f"InternalError: {error}"), stale=True)
    except (MemoryError, pa.ArrowMemoryError):
        return EngineAnswer(job_id, fault=_fault(connection.OutOfMemory("out of memory")), spent=True)
    except connection.OutOfMemory as error:  # DuckDB keeps some of what a query held when it ran out of memory
        return EngineAnswer(job_id, fault=_fault(error), spent=True)
    except connection.EngineFault as error:
        return EngineAnswer(job_id, fault=_fault(error))


def _encoded(job: EngineJob, result: Result) -> tuple[bytes, ...]:
    shape = Shape(job.names, job.output_types)
    return (encode_whole(Format(job.format or ""), shape, result.table.to_batches()),)


class EngineServer:
    """Answers jobs with one engine and the consuming files that it keeps mapped."""

    def __init__(self, settings: Settings) -> None:
        self._engine = Engine(settings)
        self._frames = FrameCache()
        self._counts = SortedCounts()

    def answer(self, job: EngineJob) -> EngineAnswer:
        """The rows of the job, or its fault. Never raises for what a query or a file can do."""
        return _answered(job.id, partial(self._rows, job, time.process_time_ns()))

    def stream(self, job: StreamJob, is_wanted: Callable[[], bool], send: Callable[[Sent], None]) -> EngineAnswer:
        """Send the job's rows, a frame whenever one is wanted; the answer that ends them says whether all is well."""
        return _answered(job.id, partial(self._stream, job, is_wanted, send))

    def _rows(self, job: EngineJob, began: int) -> EngineAnswer:
        counted = self._counts.count(job.ranges)
        if job.sql is None:
            return EngineAnswer(job.id, counted=counted, cpu_ns=time.process_time_ns() - began)
        result = self._engine.run(
            job.sql,
            self._tables(job.relations),
            timeout_s=job.timeout_ms / 1000,
            rows_max=job.rows_max,
            bytes_max=job.bytes_max,
            limit=job.limit,
        )
        return EngineAnswer(
            job.id,
            chunks=_encoded(job, result) if job.format else tuple(rows_chunks(result.table, job.output_types)),
            row_count=result.table.num_rows,
            rows_matched=result.seen.matched,
            rows_scanned=result.seen.scanned,
            groups=result.seen.groups,
            joined=result.seen.joined,
            counted=counted,
            cpu_ns=time.process_time_ns() - began,
        )

    def _stream(self, job: StreamJob, is_wanted: Callable[[], bool], send: Callable[[Sent], None]) -> EngineAnswer:
        with closing(frames(self._engine, job, self._tables(job.relations))) as rows:
            deliver(rows, is_wanted, send)
        return EngineAnswer(job.id)

    def _tables(self, relations: Sequence[ConsumingRelation]) -> dict[str, pa.Table]:
        return {relation.name: self._table(relation) for relation in relations}

    def _table(self, relation: ConsumingRelation) -> pa.Table:
        return pa.concat_tables([self._source(source, relation.columns) for source in relation.sources])

    def _source(self, source: ConsumingSource, columns: tuple[str, ...]) -> pa.Table:
        """The source's rows; those below the mask are in a sealed segment or in the part before (P22)."""
        rows = self._frames.table(Path(source.folder), source.parts)
        if source.mask_below is not None:
            rows = rows.select(list(dict.fromkeys((*columns, OFFSET)))).filter(pc.field(OFFSET) >= source.mask_below)
        return rows.select(columns)

    def rest(self) -> None:
        """Between two jobs: let go of consuming files that were unlinked, so that their disk blocks are freed."""
        self._frames.forget_unlinked()


def serve(settings: Settings, jobs: BinaryIO, answers: BinaryIO, memory: FrameMemory) -> None:
    """Answer jobs until there are no more, and rest once in a while."""
    server = EngineServer(settings)
    _send(answers, Ready(os.getpid()))
    rest_at = time.monotonic() + REST_S
    while True:
        if _has_input(jobs, max(0.0, rest_at - time.monotonic())):
            body = read_frame(jobs)
            if body is None:
                return
            _serve_one(server, decode_request(body), jobs, answers, memory)
        if time.monotonic() >= rest_at:
            server.rest()
            rest_at = time.monotonic() + REST_S


def _serve_one(server: EngineServer, request: Request, jobs: BinaryIO, answers: BinaryIO, memory: FrameMemory) -> None:
    match request:
        case EngineJob():
            _send_answer(answers, server.answer(request))
        case StreamJob():
            _send(answers, server.stream(request, partial(_is_wanted, jobs), partial(_send_frame, answers, memory)))
        case Control():
            pass  # the stream ended before it came


def _is_wanted(jobs: BinaryIO) -> bool:
    """Whether the front wants another frame; waits until it says so, or that it does not, or is gone."""
    body = read_frame(jobs)
    wanted = None if body is None else decode_request(body)
    return isinstance(wanted, Control) and wanted.more


def _has_input(jobs: BinaryIO, within_s: float) -> bool:
    """Whether a request comes in time. `jobs` is not buffered."""
    readable, _, _ = select.select([jobs], [], [], within_s)
    return bool(readable)


def _send(answers: BinaryIO, message: Message | Ready) -> None:
    answers.write(framed(message))
    answers.flush()


def _send_answer(answers: BinaryIO, answer: EngineAnswer) -> None:
    sizes = tuple(map(len, answer.chunks))
    answers.write(framed(msgspec.structs.replace(answer, chunks=(), chunk_bytes=sizes)))
    answers.writelines(answer.chunks)
    answers.flush()


def _send_frame(answers: BinaryIO, memory: FrameMemory, sent: Sent) -> None:
    *body, frame = sent
    slot = memory.put(*body)
    answers.write(framed(msgspec.structs.replace(frame, slot=slot)))
    if slot is None:
        answers.writelines(body)
    answers.flush()


def main() -> None:
    arrow_alone()
    settings = msgspec.json.decode(sys.argv[1], type=Settings)
    # Whatever a library prints must not end up between two messages.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the front, which closes our stdin when it goes
    restrict_process(settings.memory_limit_bytes)
    os.nice(NICE)
    with os.fdopen(os.dup(0), "rb", buffering=0) as jobs:  # a buffer would hide from `select` what it holds
        serve(settings, jobs, answers, FrameMemory(int(sys.argv[2])))


if __name__ == "__main__":
    main()
