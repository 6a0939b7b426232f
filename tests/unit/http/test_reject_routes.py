"""The routes of rejected records hand their question on as it was meant."""

from __future__ import annotations

import pytest

from crushpad.http.rejects import LIST_MAX, READ_S, REPLAY_MAX, REPLAY_S
from tests.unit.http.conftest import House, entry


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [
        ("GET", "rejects", {"command": "list", "partition": None, "limit": 1000, "settled": False, "timeoutS": READ_S}),
        ("GET", "rejects?partition=0&limit=5&settled=true", {"partition": 0, "limit": 5, "settled": True}),
        ("GET", "rejects/0/17", {"command": "show", "partition": 0, "offset": 17, "timeoutS": READ_S}),
        ("POST", "rejects/replay", {"command": "replay", "offset": None, "limit": REPLAY_MAX, "timeoutS": REPLAY_S}),
        ("POST", "rejects/replay?partition=0&offset=17", {"partition": 0, "offset": 17}),
    ],
)
def test_a_question_is_handed_on(method: str, path: str, asked: dict[str, object], house: House) -> None:
    house.publish(entry([]))
    reply = house.client().request(method, f"/tables/clicks/{path}")
    assert reply.status_code == 200
    assert asked.items() <= reply.json().items()
    assert reply.json()["table"] == "clicks_REALTIME"


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "clicks/rejects?limit=0", 400, "limit"),
        ("GET", f"clicks/rejects?limit={LIST_MAX + 1}", 400, "limit"),
        ("GET", "clicks/rejects/zero/1", 400, "partition"),
        ("POST", "clicks/rejects/replay?offset=1", 400, "offset needs partition"),
        ("GET", "nosuch/rejects", 404, "nosuch"),
    ],
)
def test_a_wrong_question_is_refused(method: str, path: str, status: int, said: str, house: House) -> None:
    house.publish(entry([]))
    reply = house.client().request(method, f"/tables/{path}")
    assert (reply.status_code, said in reply.json()["error"]) == (status, True)
