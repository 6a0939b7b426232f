"""Fills the list of `metrics.py` at each scrape, from the workers' status files and the local catalogue.

Nothing is counted twice and nothing is kept but what the front itself counts: its queries.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from crushpad import metrics as m
from crushpad.http.services import Answer, QueryAnswerer
from crushpad.partitions import UNREPORTED, PartitionReport, partition_reports
from query.formats import Format
from segments.catalogue import Catalogue, SegmentEntry
from segments.status import WorkerStatus

disable_created_metrics()  # type: ignore[no-untyped-call]  # their names would not be on the list

Labels = tuple[str, ...]
Sample = tuple[m.Metric, Labels, float]

COUNTED: Mapping[m.Metric, tuple[str, float]] = {
    m.RECORDS_CONSUMED: ("records", 1),
    m.BYTES_CONSUMED: ("bytes", 1),
    m.ROWS_DECODED: ("rows", 1),
    m.ROWS_FILTERED: ("filtered", 1),
    m.ROWS_REJECTED: ("rejects", 1),
    m.TOMBSTONES: ("tombstones", 1),
    m.ROWS_INCOMPLETE: ("incomplete", 1),
    m.ROWS_SANITISED: ("sanitised", 1),
    m.COMMITS: ("commits", 1),
    m.COMMIT_SECONDS: ("commit_ms", 0.001),
    m.COMMIT_FAILURES: ("commit_failures", 1),
    m.RETRIES: ("retries", 1),
    m.OFFSETS_LEFT_OUT: ("offsets_left_out", 1),
}
"""Metric -> the worker's counter, and how much of the metric's unit one is."""


@dataclass(frozen=True, slots=True)
class Host:
    """What is measured of the host at a scrape. Sizes in bytes."""

    version: str
    workers: int
    """Ingest workers that the settings ask for."""
    zookeeper_connected: bool
    disk_free: int
    disk_size: int
    disk_reserve: int


@dataclass(frozen=True, slots=True)
class Scrape:
    """Everything that one scrape tells, taken at one moment."""

    now_ms: int
    catalogue: Catalogue
    workers: Sequence[WorkerStatus]
    host: Host


class Measures:
    """The front's counters, and the exposition of everything."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self._queries = Counter(m.QUERIES.name, m.QUERIES.help, m.QUERIES.labels, registry=self._own)
        name, text = m.QUERY_SECONDS.name, m.QUERY_SECONDS.help
        self._seconds = Histogram(name, text, buckets=m.QUERY_BUCKETS, registry=self._own)

    def answered(self, error_code: int, seconds: float) -> None:
        """Count one query; -1 is no error."""
        self._queries.labels("none" if error_code == -1 else str(error_code)).inc()
        self._seconds.observe(seconds)

    def exposition(self, scrape: Scrape, accept: str) -> tuple[bytes, str]:
        """The body and its content type: Prometheus' text, or OpenMetrics for those who accept it."""
        encode, content_type = choose_encoder(accept)
        registry = CollectorRegistry()
        registry.register(_Taken(scrape))
        registry.register(_Of(self._own))
        return encode(registry), content_type


class MeasuredAnswerer:
    """Answers as `answerer` does, and counts."""

    def __init__(
        self, answerer: QueryAnswerer, measures: Measures, clock_s: Callable[[], float] = time.perf_counter
    ) -> None:
        self._answerer, self._measures, self._clock_s = answerer, measures, clock_s

    async def answer(self, sql: str, options: Mapping[str, str], form: Format | None = None) -> Answer:
        began = self._clock_s()
        answer = await self._answerer.answer(sql, options, form)
        self._measures.answered(answer.error_code, self._clock_s() - began)
        return answer


class _Of(Collector):
    """The families of another registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Family]:
        return self._registry.collect()


class _Taken(Collector):
    """The families of one scrape."""

    def __init__(self, scrape: Scrape) -> None:
        self._scrape = scrape

    def collect(self) -> Iterable[Family]:
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for metric, labels, value in samples(self._scrape):
            if metric.name not in families:
                families[metric.name] = _family(metric)
            families[metric.name].add_metric(labels, value)
        return families.values()


def samples(scrape: Scrape) -> Iterator[Sample]:
    """Every line of a scrape but the front's own; a value that is not known has none."""
    yield from _of_host(scrape)
    for entry in scrape.catalogue.tables.values():
        yield m.TABLE_PROBLEM, (entry.name,), float(any(entry.name in worker.problems for worker in scrape.workers))
        sealed = {partition.partition: partition.segments for partition in entry.partitions}
        for report in partition_reports(entry, scrape.workers):
            labels = (entry.name, str(report.partition), report.topic)
            for metric, value in _of_partition(report, sealed.get(report.partition, []), scrape.now_ms):
                if value is not None:
                    yield metric, labels, float(value)


def _of_host(scrape: Scrape) -> Iterator[Sample]:
    host = scrape.host
    yield m.WORKERS_EXPECTED, (), host.workers
    yield m.WORKERS_REPORTING, (), len(scrape.workers)
    yield m.ZOOKEEPER_CONNECTED, (), float(host.zookeeper_connected)
    yield m.CATALOGUE_GENERATION, (), scrape.catalogue.generation
    yield m.DISK_FREE_BYTES, (), host.disk_free
    yield m.DISK_SIZE_BYTES, (), host.disk_size
    yield m.DISK_RESERVE_BYTES, (), host.disk_reserve
    yield m.BUILD_INFO, (host.version,), 1


def _of_partition(
    report: PartitionReport, sealed: Sequence[SegmentEntry], now_ms: int
) -> Iterator[tuple[m.Metric, float | None]]:
    status, is_reported = report.status, report.status.state != UNREPORTED
    yield m.PARTITION_REPORTED, is_reported
    yield m.PARTITION_CONSUMING, status.consuming
    yield m.PARTITION_PAUSED, status.state == "PAUSED"
    yield m.PARTITION_LOST, status.state == "LOST"
    yield m.COMMITTED_OFFSET, report.committed_offset
    yield m.SEGMENTS, len(sealed)
    yield m.SEGMENT_ROWS, sum(segment.rows for segment in sealed)
    yield m.SEGMENT_BYTES, sum(segment.size_bytes for segment in sealed)
    yield m.LAST_COMMIT, _seconds(report.last.committed_ms) if report.last else None
    if is_reported:
        yield from _of_status(report, now_ms)


def _of_status(report: PartitionReport, now_ms: int) -> Iterator[tuple[m.Metric, float | None]]:
    status = report.status
    for metric, (counter, unit) in COUNTED.items():
        yield metric, status.counters.get(counter, 0) * unit
    yield m.CONSUMED_OFFSET, status.current_offset
    yield m.UPSTREAM_OFFSET, status.upstream_offset
    yield m.LAG_RECORDS, status.records_lag
    yield m.LAG_SECONDS, _seconds(status.lag_ms)
    yield m.AVAILABILITY_LAG_SECONDS, _seconds(status.availability_lag_ms)
    yield m.CONSUMING_ROWS, status.rows
    yield m.CONSUMING_BYTES, status.bytes
    yield m.CONSUMING_AGE_SECONDS, _seconds(status.age_ms)
    yield m.CLOSED_FILES, status.closed
    yield m.PARTITION_STATE_SECONDS, _seconds(max(0, now_ms - status.since_ms))


def _family(metric: m.Metric) -> CounterMetricFamily | GaugeMetricFamily:
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    return kind(metric.name, metric.help, labels=metric.labels)


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
