"""What the axes of growth are made of: messages of a size, catalogues of a size, and the figures of a restart."""

from __future__ import annotations

import json

import pytest

from dialects.pinot import parse
from scripts.bench.abba import Taken
from scripts.bench.data.dataset import FIRST_MS
from scripts.bench.growth_load import messages
from scripts.bench.growth_planning import part, planned, query
from scripts.bench.recovery import FULL, figures


@pytest.mark.parametrize("size", [50, 500, 900_000])
def test_messages_are_json_of_exactly_the_size_asked_for(size):
    rows = messages(size).rows(0, 7, 3)
    assert [len(row) for row in rows] == [size] * 3
    assert [json.loads(row)["ts"] for row in rows] == [FIRST_MS + 7, FIRST_MS + 8, FIRST_MS + 9]


@pytest.mark.parametrize("segments", [1, 10, 1_000])
def test_the_planned_query_reads_one_segment_however_many_there_are(segments):
    plan = planned(parse(query(segments - 1)), part(segments))
    assert (plan.counts.segments, plan.counts.segments_read) == (segments, 1)
    assert plan.sql is not None
    assert plan.sql.count(".parquet") == 1
    assert f"/segments/{segments - 1}.parquet" in plan.sql


def test_a_recovery_is_held_when_nothing_is_read_again_and_no_answer_is_short():
    good = {"first": 1.0, "full": 1.9, "read again": 0.0, "short": 0.0, "restart": 2.0}
    found = Taken()
    found.add("crushpad", good)
    found.add("pinot default", {"first": 20.0, "full": 42.0, "short": 17.0, "restart": 15.0})
    assert {figure.verdict for figure in figures(found, FULL)} == {"held"}
    assert [dict(figure.peers) for figure in figures(found, FULL) if "read again" in figure.name] == [{}]


def test_one_record_that_is_read_again_is_too_many():
    found = Taken()
    found.add("crushpad", {"first": 1.0, "full": 1.0, "read again": 1.0, "short": 0.0, "restart": 1.0})
    assert [figure.name for figure in figures(found, FULL) if figure.verdict == "MISSED"] == [
        "kill -9, 400,000 consuming rows: records read again from Kafka"
    ]
