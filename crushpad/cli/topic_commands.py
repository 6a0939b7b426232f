"""Topics listed, described and created."""

from __future__ import annotations

from collections.abc import Sequence

from crushpad.cli.kafka_access import cluster_of, kafka_said, pairs
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows, talk
from ingest import topics


def list_all(brokers: str, properties: Sequence[str], timeout_s: float, output: Output) -> None:
    with kafka_said(brokers):
        found = topics.list_topics(cluster_of(brokers, properties, timeout_s))
    print_rows(["topic", "partitions", "replicas"], [[t.topic, t.partitions, t.replicas] for t in found], output)


def describe(topic: str, brokers: str, properties: Sequence[str], timeout_s: float, output: Output) -> None:
    with kafka_said(brokers):
        found = topics.describe_topic(cluster_of(brokers, properties, timeout_s), topic)
    columns = ["partition", "leader", "replicas", "inSync", "earliest", "latest"]
    rows = [[p.partition, p.leader, list(p.replicas), list(p.in_sync), p.earliest, p.latest] for p in found]
    print_rows(columns, rows, output)


def create(
    topic: str,
    partitions: int,
    replicas: int,
    config: Sequence[str],
    brokers: str,
    properties: Sequence[str],
    timeout_s: float,
) -> None:
    settings = dict(pairs("--config", config))
    with kafka_said(brokers):
        topics.create_topic(cluster_of(brokers, properties, timeout_s), topic, partitions, replicas, settings)
    talk(f"topic {topic} created with {partitions} {'partition' if partitions == 1 else 'partitions'}")
