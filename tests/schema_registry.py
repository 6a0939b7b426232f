"""A small schema registry on loopback: the few routes that serializers and deserializers ask, with basic auth."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

USER_INFO = "reader:registry-secret"

Answer = tuple[int, Any]


class SchemaRegistry:
    """Schemas by id, in the order in which they were registered; `away` answers everything with 503."""

    def __init__(self) -> None:
        self.away = False
        self.asked: list[str] = []
        self._schemas: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator[SchemaRegistry]:
        thread = Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def answer(self, method: str, path: str, body: bytes, authorization: str | None) -> Answer:
        if self.away:
            return 503, {"error_code": 50_301, "message": "the registry is away"}
        if authorization != "Basic " + base64.b64encode(USER_INFO.encode()).decode():
            return 401, {"error_code": 40_101, "message": "who are you?"}
        if method == "POST":
            return self._registered(path, json.loads(body))
        self.asked.append(path)
        found = re.match(r"/schemas/ids/(\d+)", path)
        if found is None or not 1 <= int(found[1]) <= len(self._schemas):
            return 404, {"error_code": 40_403, "message": "Schema not found"}
        return 200, self._schemas[int(found[1]) - 1]

    def _registered(self, path: str, schema: dict[str, Any]) -> Answer:
        """The id of the schema; `path` is `/subjects/<subject>[/versions]`."""
        if schema not in self._schemas:
            self._schemas.append(schema)
        number = self._schemas.index(schema) + 1
        return 200, {"id": number, "version": 1, "subject": path.split("/")[2], **schema}


def _handler(registry: SchemaRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply("GET", b"")

        def do_POST(self) -> None:
            self._reply("POST", self.rfile.read(int(self.headers["Content-Length"])))

        def _reply(self, method: str, body: bytes) -> None:
            status, answer = registry.answer(method, self.path, body, self.headers["Authorization"])
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
            """Nothing on standard error."""

    return Handler
