"""Many clients at once, cheap enough to share the processors with what they ask: one thread, requests made beforehand.

Each client keeps its connection, has one request under way, and sends the next as soon as the answer is complete. One
that is refused (HTTP 429 or 503) tries the same again a little later; its latency counts from the first try.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import cycle, islice
from typing import cast

import httptools
import numpy as np
import uvloop

HOST = "127.0.0.1"
REFUSALS = (429, 503)
BACK_OFF_S = 0.25
ANSWER_WITHIN_S = 60.0
"""Whoever has no answer by then has an error."""
SOUND = b'"exceptions":[]'


@dataclass(slots=True)
class Tally:
    """What all clients met: ms of good answers and of refusals, how many other answers, and the seconds it took."""

    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    errors: int = 0
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.answered) / self.seconds


def percentile(ms: Sequence[float], percent: float) -> float:
    """Zero of nothing."""
    return float(np.percentile(ms, percent)) if ms else 0.0


def request(sql: str) -> bytes:
    """A whole POST /query/sql. Errors come as HTTP statuses: so a refusal can be told without reading it."""
    body = json.dumps({"sql": sql}).encode()
    head = f"POST /query/sql HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    return f"{head}Pinot-Use-Http-Status-For-Errors: true\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def together(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Tally:
    """So many clients for so long, and until the last answer; each begins at another one of `requests`."""
    return uvloop.run(_together(port, requests, clients, seconds))


async def _together(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Tally:
    tally, began = Tally(), time.perf_counter()
    turns = (islice(cycle(requests), number, None) for number in range(clients))
    tasks = [asyncio.create_task(_client(port, turn, began + seconds, tally)) for turn in turns]
    finished, hanging = await asyncio.wait(tasks, timeout=seconds + ANSWER_WITHIN_S)
    for task in hanging:
        task.cancel()
    for task in finished:
        task.result()
    tally.errors += len(hanging)
    tally.seconds = time.perf_counter() - began
    return tally


async def _client(port: int, requests: Iterator[bytes], end: float, tally: Tally) -> None:
    """Connects anew when the server closes the connection, as some do after so many requests."""
    loop = asyncio.get_running_loop()
    while time.perf_counter() < end:
        _, asking = await loop.create_connection(lambda: Asking(requests, end, tally, loop), HOST, port)
        await asking.closed


class Asking(asyncio.Protocol):
    """One connection of a client, which asks until `end`."""

    _transport: asyncio.Transport

    def __init__(self, requests: Iterator[bytes], end: float, tally: Tally, loop: asyncio.AbstractEventLoop) -> None:
        self.closed: asyncio.Future[None] = loop.create_future()
        self._requests, self._end, self._tally, self._loop = requests, end, tally, loop
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self._request = b""
        self._first_tried = self._tried = 0.0
        self._waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self._tally.errors += self._waits
        self.closed.set_result(None)

    def on_body(self, part: bytes) -> None:
        """Called by the parser."""
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        now, self._waits = time.perf_counter(), False
        refused = self._note(self._parser.get_status_code(), now)
        if now >= self._end or not self._parser.should_keep_alive():
            self._transport.close()
        elif refused:
            self._loop.call_later(BACK_OFF_S, self._try)
        else:
            self._next()

    def _note(self, status: int, now: float) -> bool:
        """Whether this was a refusal."""
        body = b"".join(self._parts)
        self._parts.clear()
        if status in REFUSALS:
            self._tally.refused.append((now - self._tried) * 1000)
        elif status == HTTPStatus.OK and SOUND in body:
            self._tally.answered.append((now - self._first_tried) * 1000)
        else:
            self._tally.errors += 1
        return status in REFUSALS

    def _next(self) -> None:
        self._request, self._first_tried = next(self._requests), time.perf_counter()
        self._try()

    def _try(self) -> None:
        self._tried, self._waits = time.perf_counter(), True
        self._transport.write(self._request)
