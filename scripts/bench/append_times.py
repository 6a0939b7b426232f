"""When the broker appended each record of a topic that says so itself (`message.timestamp.type=LogAppendTime`)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ingest.streams.base import Assignment, Fetched
from ingest.streams.kafka import KafkaReader, consumer_settings
from ingest.streams.producer import create_topic, end_offsets

TOPIC_SETTINGS = {"message.timestamp.type": "LogAppendTime"}
FETCHED_MAX = 50_000
WAIT_S = 5.0

Milliseconds = npt.NDArray[np.float64]


def create_timed_topic(brokers: str, topic: str) -> None:
    """One partition whose records carry the broker's clock."""
    create_topic(brokers, topic, 1, TOPIC_SETTINGS)


def append_times(brokers: str, topic: str) -> Milliseconds:
    """Epoch ms of every record of partition 0, in order of offsets. Raises TimeoutError when Kafka says no more."""
    end = end_offsets(brokers, topic)[0]
    reader = KafkaReader(topic, consumer_settings(brokers, "read_uncommitted", {}, 64 * 1024))
    reader.assign([Assignment(0, 0, -1)])
    times = np.empty(end)
    seen = 0
    while seen < end:
        found = [event for event in reader.fetch(FETCHED_MAX, WAIT_S) if isinstance(event, Fetched)]
        if not found:
            raise TimeoutError(f"{topic}: {seen:,} of {end:,} records are read, no more came within {WAIT_S:g} s")
        for event in found:
            times[seen : seen + len(event.timestamps_ms)] = event.timestamps_ms
            seen += len(event.timestamps_ms)
    reader.close()
    return times
