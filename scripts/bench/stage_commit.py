"""B12: what a commit costs once the file is in the deep store, and whether that grows with the committed segments.

It asks Kafka for the topic and for the log's end (P10), and ZooKeeper for one multi (P8), as ingestion does.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ingest.streams.kafka_metadata import KafkaMetadata
from ingest.streams.producer import create_topic
from scripts.bench.counted_session import counted
from scripts.bench.figures import Figure, Target
from scripts.bench.world import World
from segments.commit import Accepted, SealedFile, Versioned, plan_commit
from segments.history import ConsumingRecord
from segments.identity import PartitionIdentity, attempt_from, incarnation_from
from zk.registry import ZooKeeperRegistry

PART = "stages"
TOPIC = "stage-commit"
NOW_MS = 1_760_000_000_000
ROWS = 500_000
KAFKA_REQUESTS = 2
KAFKA_WAIT_S = 10.0
HISTORIES, HISTORIES_QUICK = (1, 100, 1_000), (1, 100)
MEASURED, MEASURED_QUICK = 200, 30
P99_MS_MAX, TRIPS_MAX = 10.0, 3


@dataclass(slots=True)
class Partition:
    """One partition as a committer sees it: who it is, and its record with the version that fences it."""

    identity: PartitionIdentity
    current: Versioned


@dataclass(frozen=True, slots=True)
class Cost:
    """Of the commits behind a history: ms each, and requests to ZooKeeper and round trips a commit."""

    ms: tuple[float, ...]
    requests: float
    trips: float


def run(world: World) -> Iterator[Figure]:
    histories = HISTORIES_QUICK if world.quick else HISTORIES
    measured = MEASURED_QUICK if world.quick else MEASURED
    create_topic(world.brokers, TOPIC, 1)
    kafka = KafkaMetadata(TOPIC, world.brokers, "read_uncommitted", {}, KAFKA_WAIT_S)
    found = [costs(world.zookeeper, kafka, histories, measured) for _ in range(world.repetitions)]
    for history in histories:
        yield from figures(history, [one[history] for one in found])


def costs(zookeeper: str, kafka: KafkaMetadata, histories: tuple[int, ...], measured: int) -> Mapping[int, Cost]:
    """The cost of the next commits once a new partition has so many segments, by that number."""
    with counted(f"{zookeeper}/{TOPIC}") as session:
        registry = ZooKeeperRegistry(session)
        partition = born(registry, kafka.describe().topic_id)
        found = {}
        for history in histories:
            while partition.current.record.sequence < history:
                commit(registry, kafka, partition)
            requests, waits = session.requests, session.waits
            taken = tuple(commit(registry, kafka, partition) for _ in range(measured))
            trips = (session.waits - waits) / measured + KAFKA_REQUESTS
            found[history] = Cost(taken, (session.requests - requests) / measured, trips)
    return found


def born(registry: ZooKeeperRegistry, topic_id: str) -> Partition:
    incarnation = incarnation_from(secrets.token_bytes(12))
    record = ConsumingRecord(
        sequence=0,
        start=0,
        leader_epoch=0,
        topic=TOPIC,
        topic_id=topic_id,
        config_version=1,
        schema_version=1,
        created_ms=NOW_MS,
    )
    registry.create(incarnation, {0: record})
    return Partition(PartitionIdentity(incarnation, topic_id, 0), registry.partitions(incarnation)[0])


def commit(registry: ZooKeeperRegistry, kafka: KafkaMetadata, partition: Partition) -> float:
    """Commit one more segment; ms. Raises RuntimeError when it is not accepted."""
    sealed = sealed_file(partition.current.record)
    began = time.perf_counter()
    kafka.describe()
    kafka.latest([0])
    planned = plan_commit(
        partition.identity, partition.current, sealed, config_version=1, schema_version=1, now_ms=NOW_MS
    )
    outcome = registry.commit(planned)
    taken = (time.perf_counter() - began) * 1000
    if not isinstance(outcome, Accepted):
        raise RuntimeError(f"commit {planned.step.sequence} was not accepted: {outcome}")
    partition.current = Versioned(planned.following, outcome.version)
    return taken


def sealed_file(record: ConsumingRecord) -> SealedFile:
    """A file that continues the partition."""
    attempt = attempt_from(secrets.token_bytes(8))
    return SealedFile(
        name=f"clicks__0__{record.sequence}__20251009T0853Z",
        uri=f"clicks/{record.sequence}.{attempt}.parquet",
        digest=attempt * 4,
        size_bytes=10_000_000,
        rows=ROWS,
        rejects=0,
        start=record.start,
        end=record.start + ROWS,
        leader_epoch=0,
        time_min_ms=NOW_MS,
        time_max_ms=NOW_MS + ROWS,
        attempt=attempt,
    )


def figures(history: int, found: list[Cost]) -> Iterator[Figure]:
    name = f"commit behind {history:,} segments"
    p50, p99 = (tuple(float(np.percentile(one.ms, part)) for one in found) for part in (50, 99))
    requests, trips = tuple(one.requests for one in found), tuple(one.trips for one in found)
    yield Figure(PART, f"{name}: p50", "ms", "lower", p50)
    yield Figure(PART, f"{name}: p99", "ms", "lower", p99, targets=(Target(P99_MS_MAX),))
    yield Figure(PART, f"{name}: requests to ZooKeeper", "requests", "lower", requests)
    yield Figure(PART, f"{name}: round trips, Kafka's too", "trips", "lower", trips, targets=(Target(TRIPS_MAX),))
