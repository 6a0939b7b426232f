"""Loads of many clients: what is sent, and which figures come of it."""

from __future__ import annotations

import json

from scripts.bench import mixed, qps
from scripts.bench.abba import Taken
from scripts.bench.clients import Tally, request
from scripts.bench.figures import Figure
from scripts.bench.mix import TURNS, mix
from scripts.bench.query import clicks_of_a_day

LOADS = [
    *(qps.Load(name, clients, ()) for name in (qps.MIX, qps.COUNT) for clients in qps.CLIENTS),
    qps.Load(qps.MIX, qps.OVERLOAD, ()),
]


def figures_of(tallies: dict[str, Tally]) -> dict[str, Figure]:
    """All figures by name, when each system met the same under every load."""
    found = Taken()
    for system, tally in tallies.items():
        numbers = {load.measure(word): number for load in LOADS for word, number in qps.summary(tally).items()}
        found.add(system, numbers)
    return {figure.name: figure for figure in qps.figures(LOADS, found)}


def test_the_mix_asks_three_queries_of_many_times() -> None:
    requests = mix(clicks_of_a_day("clicks", 10_000, 10_000))
    texts = [json.loads(text.partition(b"\r\n\r\n")[2])["sql"] for text in requests]
    assert len(set(texts)) == len(texts) == 3 * TURNS
    assert [("city" in text, "DATETRUNC" in text) for text in texts[:3]] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert all(" FROM clicks WHERE ts BETWEEN " in text for text in texts)


def test_a_request_is_complete() -> None:
    head, _, body = request("SELECT 'ü'").partition(b"\r\n\r\n")
    assert head.startswith(b"POST /query/sql HTTP/1.1\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {"sql": "SELECT 'ü'"}


def test_sixty_four_clients_are_held_to_twice_the_peer_and_to_what_fewer_get() -> None:
    peer = Tally([10.0] * 100, seconds=1.0)
    figures = figures_of({"crushpad": Tally([4.0] * 300, seconds=1.0), "pinot default": peer})
    assert figures["mix, 64 clients: requests/s"].verdict == "held"
    assert figures["mix, 64 clients: requests/s"].limits == {"16 clients": (300.0,)}
    assert figures["mix, 64 clients: p99"].verdict == "held"
    slower = figures_of({"crushpad": Tally([6.0] * 150, seconds=1.0), "pinot default": peer})
    assert slower["mix, 64 clients: requests/s"].verdict == "MISSED"
    assert slower["mix, 64 clients: p99"].verdict == "MISSED"
    assert slower["mix, 4 clients: requests/s"].verdict == "held"


def test_refusals_under_overload_have_to_come_fast_and_errors_not_at_all() -> None:
    met = Tally([4.0] * 100, refused=[60.0] * 10, errors=1, seconds=1.0)
    figures = figures_of({"crushpad": met})
    assert figures["mix, 256 clients: refused"].ours == (10.0,)
    assert figures["mix, 256 clients: refusal p99"].verdict == "MISSED"
    assert figures["mix, 256 clients: errors"].verdict == "MISSED"
    assert figures_of({"crushpad": Tally([4.0], seconds=1.0)})["mix, 256 clients: refusal p99"].verdict == "held"


def test_a_stream_may_double_the_slowest_answers_and_leave_a_second_to_catch_up() -> None:
    found = Taken()
    found.add("crushpad", {mixed.IDLE: 10, mixed.STREAMING: 25, mixed.RATIO: 2.5, mixed.LAG: 0.4, mixed.PER_SECOND: 90})
    verdicts = {figure.name.partition(": ")[2]: figure.verdict for figure in mixed.figures(found)}
    assert verdicts[mixed.RATIO] == "MISSED"
    assert verdicts[mixed.LAG] == "held"
