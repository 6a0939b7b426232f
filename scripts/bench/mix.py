"""The mix of queries that many clients send: what a dashboard asks, over many different times."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.bench.clients import request
from scripts.bench.loading import Loaded
from scripts.bench.queries.case import of_table
from scripts.bench.queries.clicks import by_city, by_minute, one_hour
from scripts.bench.query import span_of

TURNS = 32


def mix(loaded: Loaded) -> Sequence[bytes]:
    """Requests of Q2 over an hour, Q4 and Q5 in turn, each with as many literals as there are turns."""
    span = span_of(loaded, 0)
    cases = [make(span, turn) for turn in range(TURNS) for make in (one_hour, by_city, by_minute)]
    return [request(query.sql) for case in cases for query in of_table(case, loaded.name).queries]
