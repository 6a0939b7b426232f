"""A streamed body: it ends properly, or recognisably not, and a client that goes away ends the work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from crushpad.http.row_stream import StreamedRows
from query.rows import BrokenOff, RowStream


class Chunks:
    """Two chunks; then the end, a failure, or nothing ever again. Knows whether it was closed."""

    def __init__(self, then: str) -> None:
        self.then = then
        self.is_closed = False

    async def given(self) -> AsyncGenerator[bytes, None]:
        try:
            yield b"first"
            yield b"second"
            if self.then == "breaks":
                raise BrokenOff("a file is gone")
            if self.then == "hangs":
                await asyncio.Event().wait()
        finally:
            self.is_closed = True


def sent(chunks: Chunks, leaves_after: int | None = None) -> list[dict[str, Any]]:
    """What the server is told to send; the client goes away after so many messages."""
    messages: list[dict[str, Any]] = []

    async def scenario() -> None:
        gone = asyncio.Event()

        async def send(message: Any) -> None:
            messages.append(message)
            if len(messages) == leaves_after:
                gone.set()

        async def receive() -> Any:
            await gone.wait()
            return {"type": "http.disconnect"}

        rest = chunks.given()
        stream = RowStream(await anext(rest), rest, {0: 7})
        await StreamedRows(stream, "text/csv", {"X-Crushpad-Offsets": "0:7"})({"type": "http"}, receive, send)

    asyncio.run(scenario())
    return messages


def test_a_whole_stream_ends_with_the_last_chunk():
    start, *bodies = sent(Chunks("ends"))
    assert (b"x-crushpad-offsets", b"0:7") in start["headers"]
    assert [(body["body"], body["more_body"]) for body in bodies] == [(b"first", True), (b"second", True), (b"", False)]


def test_a_stream_that_breaks_off_never_says_that_it_is_whole():
    chunks = Chunks("breaks")
    assert all(message["more_body"] for message in sent(chunks)[1:])
    assert chunks.is_closed


def test_a_client_that_goes_away_ends_the_work():
    chunks = Chunks("hangs")
    assert all(message["more_body"] for message in sent(chunks, leaves_after=3)[1:])
    assert chunks.is_closed
