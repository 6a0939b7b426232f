"""The servers that Crushpad needs: Kafka, ZooKeeper, and the clock of the latter."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from crushpad.doctor.findings import Finding, bad, ok, warn
from ingest.streams.base import StreamUnavailable
from ingest.topics import Cluster, TopicRefused, list_topics
from zk.probe import probe
from zk.session import Unreachable

SKEW_WARN_MS, SKEW_BAD_MS = 2_000, 60_000


def kafka(cluster: Cluster) -> Finding:
    """Whether the brokers answer a question for all topics."""
    began = time.monotonic()
    try:
        topics = list_topics(cluster)
    except (StreamUnavailable, TopicRefused, ValueError) as error:
        advice = "check address, listener, firewall and the client properties; `advertised.listeners` must be reachable"
        return bad("kafka", f"{cluster.brokers}: {error}", advice)
    took_ms = round((time.monotonic() - began) * 1000)
    return ok("kafka", f"{cluster.brokers} answers in {took_ms} ms and has {len(topics)} topics")


def zookeeper(address: str, timeout_s: float, clock_ms: Callable[[], int]) -> Iterator[Finding]:
    """Whether it takes a write, and how its clock stands to ours."""
    try:
        probed = probe(address, timeout_s, clock_ms)
    except Unreachable as error:
        yield bad("zookeeper", str(error), "check the address, and that the ensemble has a quorum (`echo srvr | nc`)")
        return
    yield ok("zookeeper", f"{address} takes a write in {probed.round_trip_ms} ms")
    if probed.ahead_ms is None:
        yield ok("clock", "not compared: the chroot is made at the first start")
    else:
        yield clock(probed.ahead_ms, probed.round_trip_ms)


def clock(ahead_ms: int, round_trip_ms: int) -> Finding:
    """Retention, lag and missing time values go by clocks; commits do not."""
    says = f"ZooKeeper's is {abs(ahead_ms) / 1000:.1f} s {'ahead' if ahead_ms > 0 else 'behind'}"
    certain_ms = abs(ahead_ms) - round_trip_ms
    advice = "let NTP or chrony set the clocks of all hosts: lag and retention go by them"
    if certain_ms >= SKEW_BAD_MS:
        return bad("clock", says, advice)
    return warn("clock", says, advice) if certain_ms >= SKEW_WARN_MS else ok("clock", says)
