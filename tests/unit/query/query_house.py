"""A house of one table, or of several in one folder, for tests of the query floor: real sealed segments, real consuming files, a real catalogue."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from dialects.column_types import ColumnType
from engine.settings import Settings
from query.asked import Place
from query.engine_handle import engine_argv, spawner
from query.execute import EnginePool
from query.service import QueryService
from segments.arrow_schema import OFFSET, ORDINAL, PARTITION, TIMESTAMP, row_schema
from segments.catalogue import CatalogueReader, CatalogueWriter, PartitionEntry, SegmentEntry, TableEntry
from segments.consuming.file import Appended, ConsumingFile, Opening
from segments.consuming.rejects import REJECT_SCHEMA, pack
from segments.identity import PartitionIdentity
from segments.metadata import SegmentFacts
from segments.seal import SealRequest, seal, seal_rejects
from segments.sealed import blooms, column_stats
from tableconfigs.schema import Schema

NOW_MS = 1_767_225_600_000
TOPIC_ID = "topic-1"
Row = Mapping[str, Any]

CLICKS: dict[str, Any] = {
    "schemaName": "clicks",
    "dimensionFieldSpecs": [
        {"name": "user", "dataType": "STRING"},
        {"name": "city", "dataType": "STRING"},
        {"name": "age", "dataType": "INT"},
        {"name": "tags", "dataType": "STRING", "singleValueField": False},
    ],
    "metricFieldSpecs": [{"name": "amount", "dataType": "DOUBLE"}, {"name": "price", "dataType": "FLOAT"}],
    "dateTimeFieldSpecs": [{"name": "ts", "dataType": "TIMESTAMP", "format": "TIMESTAMP"}],
}


def click(number: int, **values: Any) -> Row:
    """Row `number` of a steady stream: one a second, ten users, three cities, amounts that add up exactly."""
    city = ("Bern", "Chur", "Genf")[number % 3]
    return {
        "user": f"u{number % 10}",
        "city": city,
        "age": number % 100,
        "tags": [city, "all"],
        "amount": number * 0.5,
        "price": 0.1,
        "ts": NOW_MS + number * 1000,
        **values,
    }


def clicks(start: int, end: int, **values: Any) -> list[Row]:
    return [click(number, **values) for number in range(start, end)]


class House:
    """Writes one table, publishes its catalogue, and builds the service that answers about it."""

    def __init__(self, folder: Path, schema: Mapping[str, Any] = CLICKS, *, table: str = "clicks", nulls: bool = False):
        self.folder = folder
        self.incarnation = f"{table}0000"
        self.table = f"{table}_REALTIME"
        self.nulls = nulls
        self.sections: dict[str, Any] = {}
        """More of the table config."""
        self.schemas: dict[int, Mapping[str, Any]] = {1: schema}
        self.partitions: dict[int, list[SegmentEntry]] = {0: []}
        self.files: list[ConsumingFile] = []
        self._sequence = itertools.count()
        self._writer = CatalogueWriter(folder / "catalogue")
        (folder / "segments").mkdir(exist_ok=True)
        self.beside: list[House] = []
        """Other tables in the same folder, published with this one."""

    @property
    def consuming_root(self) -> Path:
        return self.folder / "consuming"

    @property
    def version(self) -> int:
        return max(self.schemas)

    @property
    def arrow_schema(self) -> pa.Schema:
        columns = Schema.parse(self.schemas[self.version]).value.columns
        return row_schema(
            {name: ColumnType(str(one.data_type), not one.single_value_field) for name, one in columns.items()}
        )

    def evolve(self, schema: Mapping[str, Any]) -> None:
        """From here on rows are written with another schema."""
        self.schemas[self.version + 1] = schema

    def batch(self, rows: Sequence[Row], start: int, partition: int = 0) -> pa.RecordBatch:
        system = [
            {PARTITION: partition, OFFSET: start + at, TIMESTAMP: NOW_MS + start + at, ORDINAL: 0}
            for at in range(len(rows))
        ]
        return pa.RecordBatch.from_pylist(
            [{**row, **own} for row, own in zip(rows, system, strict=True)], self.arrow_schema
        )

    def committed_end(self, partition: int = 0) -> int:
        segments = self.partitions.get(partition, [])
        return segments[-1].end if segments else 0

    def rejects(self, rejects: Sequence[tuple[int, str, str]], partition: int = 0) -> pa.RecordBatch:
        """Records at these offsets that became no row: (offset, reason, field)."""
        rows = [
            {
                PARTITION: partition,
                OFFSET: offset,
                TIMESTAMP: NOW_MS + offset,
                "reason": reason,
                "field": field,
                "raw": pack(b"{"),
            }
            for offset, reason, field in rejects
        ]
        return pa.RecordBatch.from_pylist(rows, REJECT_SCHEMA)

    def seal(
        self, rows: Sequence[Row], partition: int = 0, rejects: Sequence[tuple[int, str, str]] = ()
    ) -> SegmentEntry:
        """One committed segment behind the last one; visible once `publish` is called."""
        start, sequence = self.committed_end(partition), next(self._sequence)
        name = f"{self.table.removesuffix('_REALTIME')}__{partition}__{sequence}__20260101T0000Z"
        path = self.folder / "segments" / f"{name}.parquet"
        end = start + len(rows)
        facts = SegmentFacts(
            name=name, table=self.table, incarnation=self.incarnation, topic="clicks", topic_id=TOPIC_ID,
            partition=partition, sequence=sequence, start=start, end=end, leader_epoch=0, config_version=1,
            schema_version=self.version, attempt=f"a{sequence}", created_ms=NOW_MS, sealed_ms=NOW_MS,
            crushpad_version="0",
        )  # fmt: skip
        table = pa.Table.from_batches([self.batch(rows, start, partition)])
        result = seal(SealRequest(table, facts, path))
        rejected = pa.Table.from_batches([self.rejects(rejects, partition)])
        beside = str(seal_rejects(rejected, path).path) if rejects else None
        entry = SegmentEntry(
            name, sequence, start, end, result.rows, len(rejects), str(path), result.size_bytes, result.digest,
            self.version, facts.attempt, NOW_MS, NOW_MS, None, None, column_stats(path), blooms(path), beside,
        )  # fmt: skip
        self.partitions.setdefault(partition, []).append(entry)
        return entry

    def consume(
        self, rows: Sequence[Row], start: int | None = None, partition: int = 0, writer: str = "w1"
    ) -> ConsumingFile:
        """A consuming file of `writer` that holds `rows` from offset `start` on: visible at once."""
        start = self.committed_end(partition) if start is None else start
        identity = PartitionIdentity(self.incarnation, TOPIC_ID, partition)
        sequence = next(self._sequence)
        opening = Opening(identity, sequence, start, 0, 1, self.version, NOW_MS, writer, "boot")
        folder = self.consuming_root / identity.path / writer
        file = ConsumingFile.create(folder, opening, self.arrow_schema, 1 << 20)
        self.files.append(file)
        self.append(file, rows, partition)
        return file

    def append(self, file: ConsumingFile, rows: Sequence[Row], partition: int = 0) -> None:
        start = file.state.next_offset
        batch = self.batch(rows, start, partition)
        end = start + len(rows)
        times = [row["ts"] for row in rows if row["ts"] is not None]
        file.append(
            Appended(
                batch, None, next_offset=end, leader_epoch=0, newest_ms=NOW_MS + end,
                time_min_ms=min(times, default=None), time_max_ms=max(times, default=None),
            )
        )  # fmt: skip

    def reject(self, file: ConsumingFile, reason: str, field: str, partition: int = 0) -> None:
        """The next record of `file` becomes no row."""
        start = file.state.next_offset
        rejects = self.rejects([(start, reason, field)], partition)
        file.append(Appended(None, rejects, next_offset=start + 1, leader_epoch=0))

    def publish(self, state: str = "active") -> TableEntry:
        entry = self.entry(state)
        entries = [entry, *(other.entry() for other in self.beside)]
        self._writer.publish({one.name: one for one in entries}, NOW_MS)
        return entry

    def entry(self, state: str = "active") -> TableEntry:
        config = {
            "tableName": self.table,
            "tableType": "REALTIME",
            "segmentsConfig": {"timeColumnName": "ts", "replication": "1"},
            "tableIndexConfig": {"nullHandlingEnabled": self.nulls},
            **self.sections,
        }
        partitions = [
            PartitionEntry(
                number, "clicks", TOPIC_ID, len(segments), 0, self.committed_end(number), NOW_MS, 1, self.version,
                list(segments), [],
            )
            for number, segments in self.partitions.items()
        ]  # fmt: skip
        schemas = {version: dict(schema) for version, schema in self.schemas.items()}
        return TableEntry(
            self.table, self.incarnation, state, 1, config, "clicks", self.version, schemas, NOW_MS, partitions
        )

    def settings(self, **changes: Any) -> Settings:
        return Settings(
            **{"folders": (str(self.folder / "segments"),), "threads": 1, "memory_limit_bytes": 256 << 20, **changes}
        )

    def pool(self, size: int = 1, queue_max: int = 8, **changes: Any) -> EnginePool:
        return EnginePool(spawner(engine_argv(self.settings(**changes))), size, queue_max)

    def service(self, pool: EnginePool, catalogue: CatalogueReader | None = None) -> QueryService:
        place = Place("127.0.0.1", "Broker_127.0.0.1_8099", "Server_127.0.0.1_8098", self.consuming_root)
        reader = catalogue or CatalogueReader(self.folder / "catalogue")
        return QueryService(reader, pool, place, clock_ms=lambda: time.time_ns() // 1_000_000)


class Asker:
    """Asks a service in an event loop of its own, and shows answers as dictionaries."""

    def __init__(self, house: House, **pool: Any) -> None:
        self.runner = asyncio.Runner()
        self.house = house
        self.pool = house.pool(**pool)
        self.runner.run(self.pool.start())
        self.service = house.service(self.pool)

    def __call__(self, sql: str, **options: str) -> dict[str, Any]:
        return self.runner.run(self.answer(sql, **options))

    async def answer(self, sql: str, **options: str) -> dict[str, Any]:
        answer = await self.service.answer(sql, options)
        body: dict[str, Any] = json.loads(answer.body)
        codes = [one["errorCode"] for one in body["exceptions"]]
        assert answer.error_code == (codes[0] if codes else -1)
        return body

    def rows(self, sql: str, **options: str) -> list[list[Any]]:
        body = self(sql, **options)
        assert not body["exceptions"], body["exceptions"]
        rows: list[list[Any]] = body["resultTable"]["rows"]
        return rows

    def close(self) -> None:
        self.runner.run(self.pool.close())
        self.runner.close()
