"""Commands run as a person runs them, and a real HTTP server that says what a test wants."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Finished = subprocess.CompletedProcess[str]


@pytest.fixture
def crushpad(tmp_path: Path) -> Callable[..., Finished]:
    """Runs `crushpad ARGUMENTS` in an empty folder, with no terminal and no settings of this machine."""

    def run(*arguments: str, **environ: str) -> Finished:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CRUSHPAD_")}
        return subprocess.run(
            [sys.executable, "-m", "crushpad", *arguments],
            cwd=tmp_path,
            env=inherited | {"PYTHONPATH": str(Path(__file__).parents[3])} | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return run


@dataclass
class Service:
    """Answers by `METHOD path`, and remembers what it was asked."""

    endpoint: str = ""
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    def says(self, request: str, document: Any, status: int = 200) -> None:
        self.answers[request] = status, document


@pytest.fixture
def service() -> Iterator[Service]:
    said = Service()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            request = f"{self.command} {self.path}"
            said.asked.append((request, self.rfile.read(int(self.headers.get("Content-Length", 0)))))
            status, document = said.answers.get(request, (404, {"code": 404, "error": f"no answer to {request}"}))
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the base class's names

        def log_message(self, *_: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    said.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield said
    server.shutdown()
    thread.join()
    server.server_close()
