"""Which Kafka consumer properties a table config may set, and what they are called in librdkafka.

An allow-list: a table config comes from whoever may upload one, so it must not name files, classes, URLs, commands or
credentials of the service (CVE-2023-25194 and its kin). Those belong in the service's own settings.
"""

import re
from dataclasses import dataclass

PASSED: dict[str, str] = {
    "security.protocol": "security.protocol",
    "ssl.endpoint.identification.algorithm": "ssl.endpoint.identification.algorithm",
    "group.id": "group.id",
    "client.rack": "client.rack",
    "client.dns.lookup": "client.dns.lookup",
    "check.crcs": "check.crcs",
    "fetch.max.bytes": "fetch.max.bytes",
    "fetch.min.bytes": "fetch.min.bytes",
    "fetch.max.wait.ms": "fetch.wait.max.ms",
    "max.partition.fetch.bytes": "max.partition.fetch.bytes",
    "receive.buffer.bytes": "socket.receive.buffer.bytes",
    "send.buffer.bytes": "socket.send.buffer.bytes",
    "request.timeout.ms": "socket.timeout.ms",
    "socket.connection.setup.timeout.ms": "socket.connection.setup.timeout.ms",
    "connections.max.idle.ms": "connections.max.idle.ms",
    "metadata.max.age.ms": "topic.metadata.refresh.interval.ms",
    "reconnect.backoff.ms": "reconnect.backoff.ms",
    "reconnect.backoff.max.ms": "reconnect.backoff.max.ms",
    "retry.backoff.ms": "retry.backoff.ms",
    "retry.backoff.max.ms": "retry.backoff.max.ms",
}
"""Java consumer property -> librdkafka property of the same meaning."""

IGNORED: dict[str, str] = {
    "auto.offset.reset": "an offset that is gone is never stepped over silently",
    "bootstrap.servers": "stream.kafka.broker.list names the brokers",
    "enable.auto.commit": "offsets are committed with segments, not to Kafka",
    "auto.commit.enable": "offsets are committed with segments, not to Kafka",
    "auto.commit.interval.ms": "offsets are committed with segments, not to Kafka",
    "key.deserializer": "the decoder reads raw bytes",
    "value.deserializer": "the decoder reads raw bytes",
    "client.id": "the service names its clients",
    "max.poll.records": "batches are bounded by bytes",
    "max.poll.interval.ms": "there is no consumer group",
    "session.timeout.ms": "there is no consumer group",
    "heartbeat.interval.ms": "there is no consumer group",
    "group.instance.id": "there is no consumer group",
    "group.protocol": "there is no consumer group",
    "partition.assignment.strategy": "there is no consumer group",
    "default.api.timeout.ms": "the service sets its own deadlines",
    "allow.auto.create.topics": "topics are never created by reading",
    "exclude.internal.topics": "topics are read by name",
    "zookeeper.connect": "Kafka is not read through ZooKeeper",
    "zookeeper.session.timeout.ms": "Kafka is not read through ZooKeeper",
    "zookeeper.connection.timeout.ms": "Kafka is not read through ZooKeeper",
    "zookeeper.sync.time.ms": "Kafka is not read through ZooKeeper",
    "rebalance.max.retries": "there is no consumer group",
    "rebalance.backoff.ms": "there is no consumer group",
}
"""Properties that do no harm and have no effect here, with the reason."""

_REFUSED = re.compile(
    r"sasl\..*"
    r"|ssl\.(?!endpoint\.identification\.algorithm$).*"
    r"|stream\.[^.]+\.ssl\..*"
    r"|.*\.location"
    r"|plugin\.library\.paths"
    r"|config\.providers.*"
    r"|security\.providers"
    r"|interceptor\.classes"
    r"|metric\.reporters"
    r"|.*oauthbearer.*"
)
_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")


@dataclass(frozen=True, slots=True)
class Passed:
    """Hand over to librdkafka under `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Without effect; warn with `reason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not allowed in a table config; `reason` says where it belongs."""

    reason: str


def classify(key: str, value: str) -> Passed | Ignored | Refused | None:
    """What becomes of a bare key of the stream config; None when it is no Kafka property that we know."""
    if _REFUSED.fullmatch(key):
        return Refused(f"{key} is not allowed in a table config: credentials, files and classes belong in the settings")
    if key == "security.protocol" and value.upper() not in _PROTOCOLS:
        return Refused(f"{key} must be one of {', '.join(_PROTOCOLS)}")
    if key == "ssl.endpoint.identification.algorithm" and value.lower() != "https":
        return Refused(f"{key} must be https: a table config cannot switch the check of the broker's name off")
    if key in PASSED:
        return Passed(PASSED[key])
    return Ignored(IGNORED[key]) if key in IGNORED else None
