"""Old forms of configs make the rows that they made in Pinot."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ingest.recipes import recipe_of
from ingest.streams.base import Fetched
from segments.catalogue import TableEntry
from tableconfigs.rejects import RejectsPolicy

STREAM = {
    "streamType": "kafka",
    "stream.kafka.topic.name": "t",
    "stream.kafka.broker.list": "localhost:9092",
    "stream.kafka.decoder.class.name": "org.apache.pinot.core.realtime.impl.kafka.KafkaJSONMessageDecoder",
}


def entry(schema: dict[str, Any], time: str, **stream: str) -> TableEntry:
    config = {
        "tableName": "t_REALTIME",
        "tableType": "REALTIME",
        "segmentsConfig": {"timeColumnName": time},
        "tenants": {},
        "tableIndexConfig": {"streamConfigs": {**STREAM, **stream}},
    }
    return TableEntry("t_REALTIME", "i", "active", 1, config, "t", 1, {1: {"schemaName": "t", **schema}}, 0, [])


def rows(entry: TableEntry, *records: dict[str, Any]) -> list[dict[str, Any]]:
    fetched = Fetched(
        0,
        [json.dumps(record).encode() for record in records],
        np.arange(len(records)),
        np.zeros(len(records), np.int64),
        len(records),
        -1,
    )
    appended = recipe_of(entry, {}).pipeline.run(fetched, 0)
    assert appended.rows is not None
    made: list[dict[str, Any]] = appended.rows.to_pylist()
    return [{name: value for name, value in row.items() if not name.startswith("$")} for row in made]


def granularity(name: str, time_type: str, data_type: str = "LONG", **more: Any) -> dict[str, Any]:
    return {"name": name, "dataType": data_type, "timeType": time_type, **more}


@pytest.mark.parametrize(
    ("incoming", "outgoing", "value", "kept"),
    [
        (granularity("ms", "MILLISECONDS"), granularity("day", "DAYS", "INT"), 86_400_000 * 20_000 + 5, 20_000),
        (granularity("minute", "MINUTES"), granularity("hour", "HOURS"), 120, 2),
        (granularity("five", "MINUTES", timeUnitSize=5), granularity("ms", "MILLISECONDS"), 3, 900_000),
        (granularity("ts", "SECONDS"), None, 7, 7),
    ],
)
def test_an_old_time_field_is_converted(
    incoming: dict[str, Any], outgoing: dict[str, Any] | None, value: int, kept: int
) -> None:
    field = {"incomingGranularitySpec": incoming, **({"outgoingGranularitySpec": outgoing} if outgoing else {})}
    time = (outgoing or incoming)["name"]
    assert rows(entry({"timeFieldSpec": field}, time), {incoming["name"]: value}) == [{time: kept}]


def test_a_field_that_computes_itself_still_does() -> None:
    schema = {
        "dimensionFieldSpecs": [{"name": "loud", "dataType": "STRING", "transformFunction": "upper(word)"}],
        "dateTimeFieldSpecs": [{"name": "ts", "dataType": "LONG", "format": "EPOCH", "granularity": "DAYS"}],
    }
    assert rows(entry(schema, "ts"), {"word": "hi", "ts": 1}) == [{"loud": "HI", "ts": 1}]


def test_metrics_that_pinot_rolls_up_hold_the_share_of_each_row() -> None:
    schema = {
        "metricFieldSpecs": [{"name": name, "dataType": "LONG"} for name in ("total", "most", "clicks", "price")],
        "dateTimeFieldSpecs": [{"name": "ts", "dataType": "LONG", "format": "EPOCH", "granularity": "DAYS"}],
    }
    made = entry(schema, "ts")
    functions = {"total": "SUM(price)", "most": 'max("price")', "clicks": "COUNT(*)", "price": "SUM(price)"}
    made.config["ingestionConfig"] = {
        "aggregationConfigs": [{"columnName": name, "aggregationFunction": each} for name, each in functions.items()]
    }
    assert rows(made, {"price": 7, "ts": 1}) == [{"total": 7, "most": 7, "clicks": 1, "price": 7, "ts": 1}]


def test_stopping_on_errors_of_the_decoder_is_a_policy_for_rejects() -> None:
    schema = {"dateTimeFieldSpecs": [{"name": "ts", "dataType": "LONG", "format": "EPOCH", "granularity": "DAYS"}]}
    assert recipe_of(entry(schema, "ts"), {}).rejects.policy is RejectsPolicy.KEEP
    assert recipe_of(entry(schema, "ts", stopOnDecodeError="true"), {}).rejects.policy is RejectsPolicy.FAIL
