"""Asking over Pinot's HTTP, as a client that keeps its connection."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

TIMEOUT_S = 60.0


class Refused(Exception):
    """The answer has exceptions or no HTTP 200; says the query, the status and what was answered."""

    def __init__(self, sql: str, status: int, said: str) -> None:
        super().__init__(f"{sql}: HTTP {status}: {said}")
        self.status = status


class Client:
    """One kept connection to a broker's port; for one thread. Raises OSError and HTTPException when nobody answers."""

    def __init__(self, port: int, timeout_s: float = TIMEOUT_S) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)

    def ask(self, sql: str) -> tuple[float, list[list[Any]]]:
        """(ms until the whole answer was there, its rows). Raises `Refused` for any but a full, good answer."""
        began = time.perf_counter()
        status, body = self._post(sql)
        took = (time.perf_counter() - began) * 1000
        if status != http.client.OK:
            raise Refused(sql, status, body.decode(errors="replace"))
        answer = json.loads(body)
        if answer["exceptions"]:
            raise Refused(sql, status, str(answer["exceptions"]))
        return took, answer["resultTable"]["rows"]

    def close(self) -> None:
        self._http.close()

    def _post(self, sql: str) -> tuple[int, bytes]:
        try:
            self._http.request("POST", "/query/sql", json.dumps({"sql": sql}), {"Content-Type": "application/json"})
            answer = self._http.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._http.close()
            raise
