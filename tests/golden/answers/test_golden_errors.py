"""Every error that a query can end with, whole answers as they leave; only times and request ids are not in them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.query.query_house import Asker, House, clicks

GOLDEN = json.loads((Path(__file__).parent / "errors.json").read_text())
"""By name: the whole answer."""
VOLATILE = ("timeUsedMs", "requestId", "realtimeThreadCpuTimeNs", "realtimeTotalCpuTimeNs")
ENDLESS = (
    "SELECT COUNT(*) FROM clicks a, clicks b, clicks c, clicks d, clicks e WHERE a.amount + b.amount < c.amount * d.age"
)
SIMPLE = {
    "150 syntax": ("SELEC city FROM clicks", {}),
    "150 grouping": ("SELECT city, COUNT(*) FROM clicks", {}),
    "150 two statements": ("SELECT 1; SELECT 2", {}),
    "190 table": ("SELECT COUNT(*) FROM nosuch", {}),
    "190 table, multi-stage": ("SELECT COUNT(*) FROM nosuch", {"useMultistageEngine": "true"}),
    "200 execution": ("SELECT CAST(city AS INT) FROM clicks", {}),
    "245 bytes": ("SELECT city FROM clicks", {"maxQueryResponseSizeBytes": "10"}),
    "245 join": ("SELECT COUNT(*) FROM clicks a JOIN clicks b ON a.city = b.city", {"maxRowsInJoin": "10"}),
    "250 deadline": (ENDLESS, {"timeoutMs": "100"}),
    "250 offsets": ("SELECT COUNT(*) FROM clicks", {"timeoutMs": "20", "minOffsets": "0:1000000"}),
    "700 function": ("SELECT nosuch(city) FROM clicks", {}),
    "700 literal": ("SELECT COUNT(*) FROM clicks WHERE age = 'potato'", {}),
    "700 option": ("SELECT COUNT(*) FROM clicks", {"timeoutMs": "soon"}),
    "700 column, multi-stage": ("SELECT nosuch FROM clicks", {"useMultistageEngine": "true"}),
    "710 column": ("SELECT nosuch FROM clicks", {}),
}


def asker_of(folder: Path, *, state: str = "active", queue_max: int = 8) -> Asker:
    house = House(folder)
    house.seal(clicks(0, 1000))
    house.publish(state)
    return Asker(house, queue_max=queue_max)


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Any:
    asker = asker_of(tmp_path_factory.mktemp("house"))
    yield asker
    asker.close()


def assert_golden(name: str, body: dict[str, Any]) -> None:
    for volatile in VOLATILE:
        body[volatile] = None
    body.get("stageStats", {}).pop("executionTimeMs", None)
    assert body == GOLDEN[name]
    assert body["exceptions"][0]["errorCode"] == int(name[:3])


@pytest.mark.parametrize("name", SIMPLE)
def test_the_answer_is_golden(ask: Asker, name: str) -> None:
    sql, options = SIMPLE[name]
    assert_golden(name, ask(sql, **options))


def test_a_cancelled_query(ask: Asker) -> None:
    async def story() -> dict[str, Any]:
        query = asyncio.create_task(ask.answer(ENDLESS, timeoutMs="60000", clientQueryId="mine"))
        while not ask.service.running.cancel_client("mine"):
            await asyncio.sleep(0)
        body = await query
        (error,) = body["exceptions"]
        error["message"] = error["message"].replace(body["requestId"], "ID")
        return body

    assert_golden("503 cancelled", ask.runner.run(story()))


def test_a_disabled_table(tmp_path: Path) -> None:
    asker = asker_of(tmp_path, state="disabled")
    assert_golden("191 disabled", asker("SELECT COUNT(*) FROM clicks"))
    asker.close()


def test_a_file_that_stays_away(tmp_path: Path) -> None:
    asker = asker_of(tmp_path)
    for path in (tmp_path / "segments").iterdir():
        path.unlink()
    assert_golden("305 away", asker("SELECT SUM(amount) FROM clicks"))
    asker.close()


def test_too_many_queries(tmp_path: Path) -> None:
    asker = asker_of(tmp_path, queue_max=1)

    async def story() -> list[dict[str, Any]]:
        busy = asyncio.create_task(asker.answer(ENDLESS, timeoutMs="60000", clientQueryId="busy"))
        while not asker.service.running.sql_by_id():
            await asyncio.sleep(0)
        waits = asyncio.create_task(asker.answer("SELECT SUM(amount) FROM clicks", timeoutMs="100"))
        while len(asker.service.running.sql_by_id()) < 2:
            await asyncio.sleep(0)
        refused = await asker.answer("SELECT SUM(amount) FROM clicks")
        late = await waits
        asker.service.running.cancel_client("busy")
        await busy
        return [refused, late]

    refused, late = asker.runner.run(story())
    assert_golden("211 queue", refused)
    assert_golden("240 queue", late)
    asker.close()
