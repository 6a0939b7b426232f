"""The chain of a partition over HTTP: steps in the order of their offsets, then what is consuming."""

from __future__ import annotations

import msgspec
from starlette.testclient import TestClient

from tests.unit.http.conftest import House, entry, sealed


def test_steps_and_gaps_stand_in_the_order_of_their_offsets(house: House, client: TestClient):
    table = entry([sealed(0, 0, 100), sealed(2, 150, 200)])
    (partition,) = table.partitions
    house.publish(
        msgspec.structs.replace(
            table, partitions=[msgspec.structs.replace(partition, gaps=[(100, 150, "retention passed us")])]
        )
    )

    links = client.get("/segments/clicks/chain").json()

    assert [(link["kind"], link["start"], link["end"]) for link in links] == [
        ("segment", 0, 100),
        ("gap", 100, 150),
        ("segment", 150, 200),
        ("consuming", 200, None),
    ]
    assert links[1]["note"] == "retention passed us"
    assert links[0]["attempt"]
    assert {link["partition"] for link in links} == {0}


def test_a_replayed_segment_is_told_apart(house: House, client: TestClient):
    house.publish(entry([sealed(0, 0, 100), sealed(1, 100, 100, origin="replayed")]))

    notes = [link["note"] for link in client.get("/segments/clicks/chain").json()]

    assert notes == [None, "replayed", None]


def test_the_chain_of_an_unknown_table_is_a_404(house: House, client: TestClient):
    assert client.get("/segments/nosuch/chain").status_code == 404
