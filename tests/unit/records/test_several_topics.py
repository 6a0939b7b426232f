"""Contract 1.6: several streamConfigMaps. Each topic of a table is read as its own config says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crushpad.secret_files import ConnectingEnvironment
from ingest.pipeline import Pipeline
from ingest.recipes import recipe_of
from ingest.streams.base import Fetched
from segments.catalogue import TableEntry
from tests.unit.records.records_table import CSV_DECODER, JSON_DECODER, NOON_MS, own_rows, schema_of

TIME = {"dataType": "LONG", "format": "EPOCH", "granularity": "MILLISECONDS|1"}
SECOND_TOPIC = 10_000


def stream(topic: str, decoder: str, **more: str) -> dict[str, str]:
    return {
        "streamType": "kafka",
        "stream.kafka.topic.name": topic,
        "stream.kafka.broker.list": "localhost:9092",
        "stream.kafka.decoder.class.name": decoder,
        **more,
    }


@pytest.fixture
def pipeline() -> Pipeline:
    streams = [
        stream("objects", JSON_DECODER),
        stream(
            "lines",
            CSV_DECODER,
            **{"stream.kafka.decoder.prop.header": "t,word", "stream.kafka.metadata.populate": "true"},
        ),
    ]
    config = {
        "tableName": "t",
        "tableType": "REALTIME",
        "segmentsConfig": {"replication": "1", "timeColumnName": "t"},
        "tableIndexConfig": {},
        "tenants": {},
        "metadata": {},
        "ingestionConfig": {"streamIngestionConfig": {"streamConfigMaps": streams}},
    }
    schema = schema_of({"word": "STRING", "t": TIME, "__metadata$partition": "STRING"})
    entry = TableEntry("t_REALTIME", "i", "active", 1, config, "t", 1, {1: schema}, 0, [])
    return recipe_of(entry, ConnectingEnvironment({}, Path("/"))).pipeline


@pytest.mark.parametrize(
    ("partition", "payload", "kafka_partition"),
    [(0, b'{"word": "a", "t": 1709208000000}', None), (SECOND_TOPIC + 3, b"1709208000000,a", "3")],
)
def test_contract_1_6_each_topic_has_its_decoder_and_its_metadata(
    pipeline: Pipeline, partition: int, payload: bytes, kafka_partition: str | None
) -> None:
    place = np.array([5], np.int64)
    fetched = Fetched(partition % SECOND_TOPIC, [payload], place, place + NOON_MS, 6, 0)
    (row,) = own_rows(pipeline.run(fetched, partition))
    assert row == {"word": "a", "t": 1_709_208_000_000, "__metadata$partition": kafka_partition}


def test_contract_1_6_what_another_topic_would_take_is_refused(pipeline: Pipeline) -> None:
    place = np.array([5], np.int64)
    appended = pipeline.run(Fetched(0, [b"1709208000000,a"], place, place, 6, 0), 0)
    assert appended.rows is None
    assert appended.rejects is not None
