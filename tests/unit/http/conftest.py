"""The app over configs in memory, a catalogue in a folder, and an answerer that echoes what it was asked."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from crushpad.http.app import create_app
from crushpad.http.services import Instances, Services
from crushpad.measuring import Host, Measures, Scrape
from dialects.faults import TableFault
from query.formats import Format
from query.rows import Page, RowStream
from segments.catalogue import CatalogueReader, CatalogueWriter, ColumnStats, PartitionEntry, SegmentEntry, TableEntry
from segments.jobs import InMemoryJobs
from segments.registry import InMemoryRegistry
from segments.status import PartitionStatus, WorkerStatus
from tableconfigs.source import InMemoryTableConfigSource, StoredTable

NOW_MS = 1_795_224_955_873
HOST = Host("0.1.0", workers=1, zookeeper_connected=True, disk_free=40, disk_size=100, disk_reserve=10)

SCHEMA: dict[str, Any] = {
    "schemaName": "clicks",
    "dimensionFieldSpecs": [{"name": "city", "dataType": "STRING"}],
    "metricFieldSpecs": [{"name": "amount", "dataType": "DOUBLE"}],
    "dateTimeFieldSpecs": [
        {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
    ],
}
TABLE: dict[str, Any] = {
    "tableName": "clicks",
    "tableType": "REALTIME",
    "segmentsConfig": {"timeColumnName": "ts", "replication": "1"},
    "tenants": {},
    "tableIndexConfig": {
        "streamConfigs": {
            "streamType": "kafka",
            "stream.kafka.topic.name": "clicks",
            "stream.kafka.broker.list": "127.0.0.1:9092",
            "stream.kafka.consumer.factory.class.name": "org.apache.pinot.plugin.stream.kafka30.KafkaConsumerFactory",
            "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder",
        }
    },
    "metadata": {"customConfigs": {"pager.token": "very secret"}},
}


@dataclass(frozen=True)
class Echo:
    chunks: tuple[bytes, ...]
    error_code: int
    error: str = "it failed"
    facts: str = '{"totalDocs": 7}'


@dataclass
class EchoAnswerer:
    """Answers with the question; SQL `error N` has Pinot's error code N."""

    async def answer(self, sql: str, options: Mapping[str, str], form: Format | None = None) -> Echo:
        code = int(sql.removeprefix("error ")) if sql.startswith("error ") else -1
        return Echo((json.dumps({"sql": sql, "options": dict(options)}).encode(),), code)


class NoRows:
    """Reads nothing: no table is there."""

    async def open(self, written: str, given: Mapping[str, str], form: Format) -> Page | RowStream:
        raise TableFault


@dataclass
class House:
    """What the app stands on, to be arranged by a test."""

    configs: Any
    folder: Path
    statuses: list[WorkerStatus] = field(default_factory=list)
    not_ready: list[str] = field(default_factory=list)
    query_options: dict[str, str] = field(default_factory=dict)
    registry: InMemoryRegistry = field(default_factory=InMemoryRegistry)
    jobs: InMemoryJobs = field(default_factory=InMemoryJobs)
    measures: Measures = field(default_factory=Measures)

    def publish(self, *tables: TableEntry) -> None:
        writer = CatalogueWriter(self.folder)
        writer.publish({table.name: table for table in tables}, NOW_MS)
        writer.close()

    def finish_deletion(self, table: StoredTable) -> None:
        self.configs.delete_table(table.name_with_type, self.configs.table(table.name_with_type).version)

    async def look(self, question: Mapping[str, Any], timeout_s: float) -> Any:
        """Answers with the question."""
        return {**question, "timeoutS": timeout_s}

    def exposition(self, accept: str) -> tuple[bytes, str]:
        catalogue = CatalogueReader(self.folder).read()
        return self.measures.exposition(Scrape(NOW_MS, catalogue, self.statuses, HOST), accept)

    def services(self) -> Services:
        numbers = itertools.count()
        return Services(
            configs=self.configs,
            registry=self.registry,
            jobs=self.jobs,
            new_job_id=lambda: f"job-{next(numbers)}",
            queries=EchoAnswerer(),
            rows=NoRows(),
            catalogue=CatalogueReader(self.folder),
            statuses=lambda: self.statuses,
            not_ready=lambda: self.not_ready,
            instances=Instances.at("127.0.0.1", 9000, 8099),
            started_ms=NOW_MS - 90_000,
            now_ms=lambda: NOW_MS,
            new_incarnation=lambda: f"incarnation{next(numbers)}",
            finish_deletion=self.finish_deletion,
            rejects=self.look,
            environ={},
            exposition=self.exposition,
            look=self.look,
            query_options=self.query_options,
        )

    def client(self) -> TestClient:
        return TestClient(create_app(self.services()), raise_server_exceptions=False)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(InMemoryTableConfigSource(), tmp_path / "catalogue")


@pytest.fixture
def client(house: House) -> TestClient:
    return house.client()


@pytest.fixture
def upload(client: TestClient) -> Callable[[], None]:
    """Uploads schema and table, as most tests need them."""

    def uploading() -> None:
        assert client.post("/schemas", json=SCHEMA).status_code == 200
        assert client.post("/tables", json=TABLE).status_code == 200

    return uploading


def sealed(sequence: int, start: int, end: int, **changes: Any) -> SegmentEntry:
    said: dict[str, Any] = {
        "name": f"clicks__0__{sequence}__20261121T0135Z",
        "sequence": sequence,
        "start": start,
        "end": end,
        "rows": end - start,
        "rejects": 0,
        "path": f"/data/clicks__0__{sequence}.parquet",
        "size_bytes": 25 * (end - start),
        "digest": "00000010" + "ab" * 28,
        "schema_version": 1,
        "attempt": "a1",
        "created_ms": NOW_MS,
        "committed_ms": NOW_MS + 5000,
        "time_min_ms": NOW_MS - 100,
        "time_max_ms": NOW_MS,
        "columns": {"city": ColumnStats("Berlin", "Toronto", 0)},
        "blooms": ["city"],
    }
    return SegmentEntry(**said | changes)


def entry(segments: list[SegmentEntry], state: str = "active") -> TableEntry:
    """`clicks` with one partition that consumes after its committed segments."""
    end = segments[-1].end if segments else 0
    partition = PartitionEntry(
        partition=0,
        topic="clicks",
        topic_id="t1",
        sequence=len(segments),
        first_start=0,
        committed_end=end,
        created_ms=NOW_MS,
        config_version=1,
        schema_version=1,
        segments=segments,
        gaps=[],
    )
    return TableEntry("clicks_REALTIME", "i1", state, 1, TABLE, "clicks", 1, {1: SCHEMA}, NOW_MS, [partition])


def worker(*partitions: PartitionStatus, **changes: Any) -> WorkerStatus:
    return WorkerStatus(process="ingest-0", pid=1, written_ms=NOW_MS, partitions=list(partitions), **changes)
