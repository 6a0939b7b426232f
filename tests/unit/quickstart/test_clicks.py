"""The click stream: valid, seeded, and the same whatever the batches are."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from crushpad.quickstart.clicks import CITIES, EVENTS, ROWS_AT_ONCE, USERS, clicks

FIRST_MS = 1_795_224_955_873


def test_a_click_has_nine_fields_of_known_types():
    (message,) = clicks(seed=1, start_row=0, rows=1, first_ms=FIRST_MS, step=1)

    click = json.loads(message)
    assert {name: type(value) for name, value in click.items()} == {
        "ts": int,
        "user_id": int,
        "event": str,
        "city": str,
        "amount": float,
        "qty": int,
        "session": str,
        "url": str,
        "ok": bool,
    }
    assert click["ts"] == FIRST_MS


def test_values_have_the_ranges_of_the_benchmark():
    messages = clicks(seed=7, start_row=0, rows=50_000, first_ms=FIRST_MS, step=0.5)
    rows = [json.loads(message) for message in messages]

    assert 155 <= sum(map(len, messages)) / len(messages) <= 163
    assert {row["event"] for row in rows} == set(EVENTS)
    assert {row["city"] for row in rows} == set(CITIES)
    assert {row["qty"] for row in rows} == set(range(1, 10))
    assert {row["ok"] for row in rows} == {True, False}
    assert all(0 <= row["user_id"] < USERS for row in rows)
    assert all(0 <= row["amount"] < 10_000 for row in rows)
    assert all(len(row["session"]) == 16 for row in rows)
    assert 30_000 < len({row["url"] for row in rows}) <= 50_000
    assert len({row["session"] for row in rows}) == len(rows)
    assert rows[-1]["ts"] == FIRST_MS + 24_999


@given(
    seed=st.integers(0, 2**70),
    start=st.integers(0, 2**40),
    sizes=st.lists(st.integers(0, 40), min_size=1, max_size=5),
)
def test_a_stream_does_not_depend_on_its_batches(seed: int, start: int, sizes: list[int]):
    whole = clicks(seed, start, sum(sizes), FIRST_MS, step=0)

    parts: list[bytes] = []
    for size in sizes:
        parts += clicks(seed, start + len(parts), size, FIRST_MS, step=0)

    assert parts == whole


def test_a_batch_larger_than_a_chunk_is_whole():
    rows = 2 * ROWS_AT_ONCE + 1

    messages = clicks(seed=1, start_row=0, rows=rows, first_ms=FIRST_MS, step=1)

    assert len(messages) == rows
    assert [json.loads(messages[at])["ts"] - FIRST_MS for at in (0, ROWS_AT_ONCE, rows - 1)] == [
        0,
        ROWS_AT_ONCE,
        rows - 1,
    ]


def test_another_seed_is_another_stream():
    assert clicks(1, 0, 10, FIRST_MS, 1) != clicks(2, 0, 10, FIRST_MS, 1)
