"""Queries that run can be seen and ended, and the last ones are remembered."""

import asyncio

import pytest

from tests.unit.query.query_house import Asker, House, clicks

ENDLESS = (
    "SELECT COUNT(*) FROM clicks a, clicks b, clicks c, clicks d, clicks e WHERE a.amount + b.amount < c.amount * d.age"
)


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("house"))
    house.seal(clicks(0, 1000))
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


async def started(ask, sql, **options):
    """The query as a task, once it is among those that run."""
    before = ask.service.running.sql_by_id().keys()
    task = asyncio.create_task(ask.answer(sql, **options))
    while not ask.service.running.sql_by_id().keys() - before:
        await asyncio.sleep(0)
    return task


def test_a_cancelled_query_says_so_and_its_engine_works_on(ask):
    async def story():
        query = await started(ask, ENDLESS, timeoutMs="60000")
        ((request_id, sql),) = ask.service.running.sql_by_id().items()
        assert sql == ENDLESS
        assert ask.service.running.cancel(request_id)
        return request_id, await query

    pids = set(ask.pool.pids)
    request_id, body = ask.runner.run(story())
    assert body["exceptions"] == [
        {"message": f"QueryCancellationError: query {request_id} was cancelled by a request", "errorCode": 503}
    ]
    assert (body["partialResult"], "resultTable" in body, body["requestId"]) == (True, False, request_id)
    assert ask.service.running.sql_by_id() == {}
    assert ask.rows("SELECT COUNT(*) FROM clicks WHERE amount >= 0") == [[1000]]
    assert pids.isdisjoint(ask.pool.pids), "the engine that worked on it lives on"


def test_queries_of_one_client_end_together(ask):
    async def story():
        one = await started(ask, ENDLESS, clientQueryId="report-7")
        other = await started(ask, ENDLESS, clientQueryId="report-8")
        assert len(ask.service.running.cancel_client("report-7")) == 1
        first = await one
        assert ask.service.running.cancel_client("report-7") == []
        ask.service.running.cancel_client("report-8")
        return first, await other

    for body, client in zip(ask.runner.run(story()), ("report-7", "report-8"), strict=True):
        assert (body["clientRequestId"], body["exceptions"][0]["errorCode"]) == (client, 503)


def test_what_does_not_run_cannot_be_cancelled(ask):
    assert not ask.service.running.cancel("1")


def test_the_last_queries_are_remembered_with_how_they_went(ask):
    ask("SELECT city FROM clicks LIMIT 3", clientQueryId="mine")
    ask("SELEC")
    good, bad = ask.service.running.recent()[-2:]
    assert (good.client_id, good.rows, good.code, good.tables) == ("mine", 3, -1, ("clicks",))
    assert (bad.sql, bad.rows, bad.code, bad.request_id) == ("SELEC", 0, 150, "")
