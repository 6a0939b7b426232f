"""What a person asks of a Kafka cluster: which topics there are, where they begin and end, and to make one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType
from confluent_kafka.cimpl import NewTopic

from ingest.streams.base import StreamUnavailable, UnknownTopic
from ingest.streams.kafka import QUIET
from ingest.streams.kafka_metadata import KafkaMetadata
from ingest.streams.kafka_refusal import properties_refused

Answer = TypeVar("Answer")

_MISSING = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})
_WRONG = frozenset(
    {
        KafkaError.TOPIC_EXCEPTION,
        KafkaError.INVALID_PARTITIONS,
        KafkaError.INVALID_REPLICATION_FACTOR,
        KafkaError.INVALID_CONFIG,
        KafkaError.INVALID_REQUEST,
        KafkaError.POLICY_VIOLATION,
        KafkaError._INVALID_ARG,
    }
)


class TopicExists(Exception):
    """There is a topic of that name already."""


class TopicRefused(Exception):
    """Kafka does not make such a topic; its own words say why."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a cluster is and how to reach it; `properties` are librdkafka's, secrets included: never shown."""

    brokers: str
    properties: Mapping[str, str]
    timeout_s: float

    def metadata(self, topic: str, isolation_level: str) -> KafkaMetadata:
        """Questions about one topic. Raises ValueError for properties that librdkafka refuses."""
        with properties_refused(self.properties):
            return KafkaMetadata(topic, self.brokers, isolation_level, self.properties, self.timeout_s)


@dataclass(frozen=True, slots=True)
class TopicSummary:
    topic: str
    partitions: int
    replicas: int


@dataclass(frozen=True, slots=True)
class PartitionSummary:
    """One partition: `[earliest, latest)` is what can be read now. Brokers are named by their ids."""

    partition: int
    leader: int
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]
    earliest: int
    latest: int


def list_topics(cluster: Cluster) -> list[TopicSummary]:
    """All topics but Kafka's own, by name. Raises StreamUnavailable, ValueError."""
    found = _ask(cluster, lambda admin: admin.list_topics(timeout=cluster.timeout_s)).topics
    names = sorted(name for name in found if not name.startswith("__"))
    return [TopicSummary(name, len(found[name].partitions), _replicas(found[name])) for name in names]


def describe_topic(cluster: Cluster, topic: str) -> list[PartitionSummary]:
    """Its partitions in order. Raises UnknownTopic, StreamUnavailable, ValueError."""
    names = TopicCollection([topic])
    found = _ask(
        cluster, lambda admin: admin.describe_topics(names, request_timeout=cluster.timeout_s)[topic].result(), topic
    )
    metadata = cluster.metadata(topic, "read_uncommitted")
    numbers = [each.id for each in found.partitions]
    earliest, latest = metadata.earliest(numbers), metadata.latest(numbers)
    return sorted(
        (_partition(each, earliest[each.id], latest[each.id]) for each in found.partitions),
        key=lambda summary: summary.partition,
    )


def create_topic(
    cluster: Cluster, topic: str, partitions: int, replicas: int, settings: Mapping[str, str] | None = None
) -> None:
    """Create a topic; returns when the cluster has it.

    Raises TopicExists, TopicRefused, StreamUnavailable, ValueError.
    """
    wanted = NewTopic(topic, num_partitions=partitions, replication_factor=replicas, config=dict(settings or {}))
    _ask(
        cluster,
        lambda admin: admin.create_topics([wanted], operation_timeout=cluster.timeout_s)[topic].result(
            cluster.timeout_s
        ),
        topic,
    )


def is_compacted(cluster: Cluster, topic: str) -> bool:
    """Whether Kafka may remove single records of the topic later. Raises UnknownTopic, StreamUnavailable."""
    resource = ConfigResource(ResourceType.TOPIC, topic)
    asked = _ask(
        cluster,
        lambda admin: admin.describe_configs([resource], request_timeout=cluster.timeout_s)[resource].result(),
        topic,
    )
    return "compact" in str(asked["cleanup.policy"].value)


def _ask(cluster: Cluster, question: Callable[[AdminClient], Answer], topic: str = "") -> Answer:
    with properties_refused(cluster.properties):
        admin = AdminClient(
            {**cluster.properties, "bootstrap.servers": cluster.brokers, "log_level": QUIET}, logger=None
        )
    try:
        return question(admin)
    except KafkaException as error:
        raise _named(cluster, topic, error.args[0]) from error
    except TimeoutError as error:
        raise StreamUnavailable(f"no answer within {cluster.timeout_s:g} s") from error


def _named(cluster: Cluster, topic: str, cause: Any) -> Exception:
    """What Kafka said, as one of our exceptions."""
    if cause.code() in _MISSING:
        return UnknownTopic(f"there is no topic {topic!r} at {cluster.brokers}")
    if cause.code() == KafkaError.TOPIC_ALREADY_EXISTS:
        return TopicExists(f"there is a topic {topic!r} at {cluster.brokers} already")
    if cause.code() in _WRONG:
        return TopicRefused(f"Kafka refuses topic {topic!r}: {cause.str()}")
    return StreamUnavailable(cause.str())


def _replicas(topic: Any) -> int:
    return max((len(partition.replicas) for partition in topic.partitions.values()), default=0)


def _partition(found: Any, earliest: int, latest: int) -> PartitionSummary:
    leader = found.leader.id if found.leader is not None else -1
    return PartitionSummary(found.id, leader, _ids(found.replicas), _ids(found.isr), earliest, latest)


def _ids(nodes: Iterable[Any]) -> tuple[int, ...]:
    return tuple(node.id for node in nodes)


def checked_partitions(topic: str, wanted: Sequence[int], there: Sequence[int]) -> list[int]:
    """`wanted`, or all that are there. Raises UnknownTopic for one that is not."""
    missing = sorted(set(wanted) - set(there))
    if missing:
        raise UnknownTopic(f"topic {topic!r} has no partition {missing[0]}; it has {_range(there)}")
    return sorted(set(wanted)) if wanted else sorted(there)


def _range(there: Sequence[int]) -> str:
    return f"partitions {min(there)} to {max(there)}" if len(there) > 1 else f"partition {there[0]} only"
