"""Seeded JSON rows that can be told apart for ever: what was produced, and whether the answer is exactly that.

A row carries its own number and a hash of all that it says, so that an answer is compared row by row: as a multiset
of (partition, offset, ordinal, payload hash), the hash made anew from the columns that came back (I1, I2).
"""

from __future__ import annotations

import hashlib
import json
import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.kafka_topics import create_topic, fresh_name, produce
from tests.service import Service

EPOCH_MS = 1_700_000_000_000
CITIES = ("Berlin", "Bogotá", "Kairo", "Łódź", "東京", "")

RowId = tuple[int, int, int, str]
"""(Kafka partition, offset, ordinal, payload hash)"""


def schema(name: str, extra: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Pinot schema of the rows; `extra` are more dimensions."""
    return {
        "schemaName": name,
        "dimensionFieldSpecs": [
            {"name": "lane", "dataType": "INT"},
            {"name": "city", "dataType": "STRING"},
            {"name": "tags", "dataType": "STRING", "singleValueField": False},
            {"name": "hash", "dataType": "STRING"},
            *(extra or []),
        ],
        "metricFieldSpecs": [{"name": "number", "dataType": "LONG"}, {"name": "amount", "dataType": "DOUBLE"}],
        "dateTimeFieldSpecs": [
            {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
        ],
    }


def table(name: str, topic: str, brokers: str, **stream: Any) -> dict[str, Any]:
    """Table config. `stream` may say `offset`, `flush_time`, and either `flush_rows` or `flush_size` with `initial_rows`."""
    maps = {
        "streamType": "kafka",
        "stream.kafka.topic.name": topic,
        "stream.kafka.broker.list": brokers,
        "stream.kafka.consumer.prop.auto.offset.reset": stream.get("offset", "smallest"),
        "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder",
        "realtime.segment.flush.threshold.time": stream.get("flush_time", "1h"),
        "realtime.segment.flush.threshold.rows": "0",
        "realtime.segment.flush.autotune.initialRows": str(stream.get("initial_rows", 100_000)),
        _FLUSH_KEY["flush_size" if "flush_size" in stream else "flush_rows"]: str(
            stream.get("flush_size", stream.get("flush_rows", 1_000_000))
        ),
    }
    return {
        "tableName": name,
        "tableType": "REALTIME",
        "segmentsConfig": {"timeColumnName": "ts", "replication": "1", "schemaName": name},
        "tenants": {},
        "tableIndexConfig": {"loadMode": "MMAP"},
        "ingestionConfig": {"streamIngestionConfig": {"streamConfigMaps": [maps]}},
        "metadata": {},
    }


_FLUSH_KEY = {
    "flush_rows": "realtime.segment.flush.threshold.segment.rows",
    "flush_size": "realtime.segment.flush.threshold.segment.size",
}


def row(seed: int, lane: int, number: int) -> dict[str, Any]:
    """Row `number` of a lane: always the same."""
    draw = random.Random(f"{seed} {lane} {number}")
    content = {
        "lane": lane,
        "number": number,
        "city": draw.choice(CITIES),
        "amount": draw.randrange(-(10**9), 10**9) / 100,
        "tags": [f"t{draw.randrange(9)}" for _ in range(draw.randrange(1, 4))],
        "ts": EPOCH_MS + number,
    }
    return {**content, "hash": hash_of(content)}


def hash_of(content: Mapping[str, Any]) -> str:
    """Of everything that a row says of itself."""
    fields = [content[name] for name in HASHED]
    return hashlib.blake2b(json.dumps(fields).encode(), digest_size=8).hexdigest()


HASHED = ("lane", "number", "city", "amount", "tags", "ts")
_ASKED = ", ".join(('"$partition"', '"$offset"', '"$ordinal"', "hash", *HASHED))


@dataclass
class Produced:
    """A topic of our own and every row that Kafka has acknowledged in it."""

    brokers: str
    topic: str
    partitions: int = 1
    seed: int = 1
    rows: Counter[RowId] = field(default_factory=Counter)
    _next: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def on_new_topic(cls, brokers: str, partitions: int = 1, seed: int = 1, **config: str) -> Produced:
        topic = fresh_name("produced")
        create_topic(brokers, topic, partitions, {name.replace("_", "."): value for name, value in config.items()})
        return cls(brokers, topic, partitions, seed)

    def __len__(self) -> int:
        return self.rows.total()

    def contents(self) -> list[dict[str, Any]]:
        """What the rows say, lane by lane."""
        return [row(self.seed, lane, number) for lane in sorted(self._next) for number in range(self._next[lane])]

    def send(self, rows: int, timestamp_ms: int | None = None) -> None:
        """Produce `rows` more rows, spread over the partitions in turn; returns when Kafka has all of them."""
        made = [self._made(number % self.partitions) for number in range(rows)]
        records = [(lane, None, json.dumps(each).encode(), timestamp_ms) for lane, each in made]
        placed = produce(
            self.brokers, self.topic, records, {"message.timeout.ms": 60_000, "enable.idempotence": "true"}
        )
        with self._lock:
            self.rows.update((p, offset, 0, each["hash"]) for (p, offset), (_, each) in zip(placed, made, strict=True))

    @contextmanager
    def flowing(self, rows_at_once: int = 200, pause_s: float = 0.02) -> Iterator[None]:
        """Rows keep coming while the block runs."""
        enough, failed = threading.Event(), []

        def flow() -> None:
            try:
                while not enough.wait(pause_s):
                    self.send(rows_at_once)
            except Exception as error:  # noqa: BLE001 - told to the test below
                failed.append(error)

        thread = threading.Thread(target=flow, name="rows-flow")
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()
        assert not failed, f"producing failed: {failed}"

    def _made(self, lane: int) -> tuple[int, dict[str, Any]]:
        with self._lock:
            number, self._next[lane] = self._next[lane], self._next[lane] + 1
        return lane, row(self.seed, lane, number)


def answered(service: Service, name: str) -> Counter[RowId]:
    """Every row of the table as a query returns it; the hash is of what came back, and must be the row's own."""
    found: Counter[RowId] = Counter()
    for partition, offset, ordinal, claimed, *values in service.rows(f"SELECT {_ASKED} FROM {name} LIMIT 1000000"):
        content = dict(zip(HASHED, values, strict=True))
        assert hash_of(content) == claimed, f"a row is not as it was produced: {content}"
        found[partition, offset, ordinal, claimed] += 1
    return found


def assert_exactly(service: Service, name: str, produced: Produced) -> None:
    """Each row that was produced is there exactly once, and no other (I1, I2)."""
    found = answered(service, name)
    lost, extra = produced.rows - found, found - produced.rows
    assert not lost, f"{lost.total()} rows are lost, for example {sorted(lost)[:3]}"
    assert not extra, f"{extra.total()} rows are extra or doubled, for example {sorted(extra)[:3]}"


def wait_for_all(service: Service, name: str, produced: Produced) -> None:
    """Until the table has as many rows as were produced; then they are exactly those."""
    service.wait_for_count(name, len(produced))
    assert_exactly(service, name, produced)
