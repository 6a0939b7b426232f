"""Questions of a person that need Kafka, ZooKeeper or the decoders: each is answered by a process of its own.

The HTTP front loads none of these (P26), and whatever such a question does ends with its process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from crushpad.http.errors import Refused
from crushpad.settings import Settings

LOOKS_AT_ONCE = 2
STATUS_OK = 200


def look_argv(settings: Settings, zookeeper: str) -> list[str]:
    return [sys.executable, "-m", "crushpad.runners.look", settings.model_dump_json(), zookeeper]


class Looker:
    """Starts `argv` for each question, at most two at once; the others wait for their turn."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = argv
        self._turns = asyncio.Semaphore(LOOKS_AT_ONCE)

    async def ask(self, question: Mapping[str, Any], timeout_s: float) -> Any:
        """The answer to a question that `runners/look.py` knows. Raises `Refused` with the sentence that it gives."""
        try:
            async with asyncio.timeout(timeout_s), self._turns:
                answer = await self._answer(json.dumps(question).encode())
        except TimeoutError as error:
            raise Refused(503, f"there is no answer within {timeout_s:g} s; ask for less, or try again") from error
        if answer["status"] != STATUS_OK:
            raise Refused(answer["status"], answer["error"])
        return answer["body"]

    async def _answer(self, question: bytes) -> dict[str, Any]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self._argv, stdin=pipe, stdout=pipe)
        try:
            said, _ = await process.communicate(question)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        try:
            answer: dict[str, Any] = json.loads(said)
        except ValueError:
            return {"status": 500, "error": "the process that looks has ended by a defect; the log has the details"}
        return answer
