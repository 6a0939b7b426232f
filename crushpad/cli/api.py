"""Talks to a running service over HTTP; an error body becomes a message and an exit code."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from crushpad.cli.exit_codes import ExitCode, Failure

CODE_OF_STATUS = {400: ExitCode.INVALID, 404: ExitCode.NOT_FOUND, 409: ExitCode.CONFLICT, 413: ExitCode.INVALID}


@dataclass(frozen=True)
class Api:
    """The service at `endpoint`, for example `http://127.0.0.1:9000`."""

    endpoint: str
    timeout_s: float = 10.0

    def get(self, *path: str, **parameters: str) -> Any:
        """The JSON at a path; raises `Failure`."""
        return self.call("GET", *path, parameters=parameters)

    def is_ready(self) -> bool:
        """Whether the service answers and can serve."""
        try:
            with _OPENER.open(f"{self.endpoint.rstrip('/')}/health/readiness", timeout=self.timeout_s):
                return True
        except OSError:  # no answer, or one that says: not yet
            return False

    def query(self, sql: str, options: str = "") -> Any:
        """The broker response to a query, whose `exceptions` may not be empty; raises `Failure`."""
        body = json.dumps({"sql": sql, "queryOptions": options}).encode()
        return self.call("POST", "query", "sql", body=body)

    def call(self, method: str, *path: str, body: bytes | None = None, parameters: dict[str, str] | None = None) -> Any:
        """Send `body` to the path made of the quoted parts; the parsed answer, or `Failure`."""
        url = "/".join([self.endpoint.rstrip("/"), *(quote(part, safe="") for part in path)])
        if parameters:
            url = f"{url}?{urlencode(parameters)}"
        return self._sent(url, method, body)

    def _sent(self, url: str, method: str, body: bytes | None) -> Any:
        try:
            request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
            with _OPENER.open(request, timeout=self.timeout_s) as reply:
                return json.loads(reply.read())
        except urllib.error.HTTPError as error:
            code = CODE_OF_STATUS.get(error.code, ExitCode.FAILURE)
            raise Failure(code, _message(error)) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise Failure(
                ExitCode.FAILURE, f"no answer from {self.endpoint}: {reason}; is the service running there?"
            ) from error


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""A proxy of the environment is for the world outside, not for the service."""


def _message(error: urllib.error.HTTPError) -> str:
    """The `error` of Pinot's error body, or whatever was sent."""
    text = error.read().decode(errors="replace")
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}: {text[:200]}"
