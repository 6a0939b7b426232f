"""Clients that ask over HTTP and take the time: one, or many at once."""

from __future__ import annotations

import http.client
import json
import threading
import time
from typing import Any

import numpy as np

from scripts.bench_query_cases import Loaded, count, one_minute, pruned

AT_ONCE = (1, 4, 16)


class Client:
    """One connection to the broker port, kept; for one thread."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, sql: str) -> tuple[float, list[list[Any]]]:
        """(ms until the whole answer was there, its rows). Raises RuntimeError for an answer with exceptions."""
        began = time.perf_counter()
        self._http.request("POST", "/query/sql", json.dumps({"sql": sql}), {"Content-Type": "application/json"})
        body = self._http.getresponse().read()
        took = (time.perf_counter() - began) * 1000
        answer = json.loads(body)
        if answer["exceptions"]:
            raise RuntimeError(f"{sql}: {answer['exceptions']}")
        return took, answer["resultTable"]["rows"]


def concurrency(port: int, loaded: Loaded, seconds: float) -> None:
    """Prints queries a second and percentiles of a mix of small queries, each with literals of its own."""
    print("\n  clients at once, mix of count, one minute, one segment by city")
    for clients in AT_ONCE:
        took = _together(port, loaded, clients, seconds)
        p50, p99 = np.percentile(took, [50, 99])
        print(f"  {clients:>4}  {len(took) / seconds:>7.0f} queries/s   p50 {p50:>6.1f} ms   p99 {p99:>6.1f} ms")


def _together(port: int, loaded: Loaded, clients: int, seconds: float) -> list[float]:
    took: list[float] = []
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_ask_on, args=(Client(port), loaded, number, until, took)) for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _ask_on(client: Client, loaded: Loaded, number: int, until: float, took: list[float]) -> None:
    at = number * 100_003
    while time.monotonic() < until:
        mix = (count(), one_minute(loaded, at), pruned(loaded, at))
        took.append(client.ask(mix[at % len(mix)].sql)[0])
        at += 1
