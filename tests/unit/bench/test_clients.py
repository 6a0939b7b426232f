"""Many clients at once, against a small server that answers as it is told."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from scripts.bench.clients import BACK_OFF_S, percentile, request, together

GOOD = b'{"resultTable":{"rows":[[1]]},"exceptions":[]}'
FAULTY = b'{"exceptions":[{"errorCode":200}]}'
SECONDS = 0.3

Answer = tuple[int, bytes, bool]
"""HTTP status, body, whether the connection is kept."""


@contextmanager
def serving(answer: Callable[[str], Answer]) -> Iterator[int]:
    """A port at which `answer` is asked with each text of SQL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_POST(self) -> None:
            sql = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["sql"]
            assert (self.path, self.headers["Pinot-Use-Http-Status-For-Errors"]) == ("/query/sql", "true")
            status, body, keep = answer(sql)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if not keep:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_each_client_asks_the_requests_in_turn_and_begins_at_another_one() -> None:
    seen: list[str] = []

    def answer(sql: str) -> Answer:
        seen.append(sql)
        return 200, GOOD, True

    with serving(answer) as port:
        tally = together(port, [request(sql) for sql in ("a", "b", "c")], clients=3, seconds=SECONDS)
    assert len(tally.answered) == len(seen) >= 3
    assert (tally.errors, tally.refused) == (0, [])
    assert tally.per_second == len(seen) / tally.seconds
    asked = Counter(seen)
    assert max(asked.values()) - min(asked.values()) <= 3


def test_a_connection_that_the_server_closes_is_made_anew() -> None:
    with serving(lambda _sql: (200, GOOD, False)) as port:
        tally = together(port, [request("a")], clients=2, seconds=SECONDS)
    assert len(tally.answered) > 2
    assert tally.errors == 0


def test_answers_with_exceptions_and_other_statuses_are_errors() -> None:
    answers: dict[str, Answer] = {"faulty": (200, FAULTY, True), "broken": (500, b"", True), "good": (200, GOOD, True)}
    with serving(answers.__getitem__) as port:
        tally = together(port, [request(sql) for sql in answers], clients=1, seconds=SECONDS)
    assert abs(tally.errors - 2 * len(tally.answered)) <= 2
    assert tally.answered


def test_a_refused_client_tries_the_same_again_and_waits_longer_for_it() -> None:
    seen: list[str] = []

    def answer(sql: str) -> Answer:
        seen.append(sql)
        return (503, b"", True) if len(seen) == 1 else (200, GOOD, True)

    with serving(answer) as port:
        tally = together(port, [request(sql) for sql in ("a", "b")], clients=1, seconds=0.8)
    assert seen[:3] == ["a", "a", "b"]
    assert len(tally.refused) == 1
    assert tally.answered[0] > BACK_OFF_S * 1000


def test_a_percentile_of_nothing_is_zero() -> None:
    assert percentile([], 99) == 0
    assert percentile([1.0, 2.0, 3.0], 50) == 2
