"""The closed list of metrics: nothing else is on `/metrics`, on the dashboard or in the alerts.

Names have base units (seconds, bytes); counters end in `_total`. Labels are bounded by what was configured: tables and
their partitions, Pinot's error codes. Nothing is labelled by a query, a segment or an offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]

PARTITION = ("table", "partition", "topic")
TABLE = ("table",)


@dataclass(frozen=True, slots=True)
class Metric:
    """One name of the list."""

    name: str
    """As it stands in queries; a histogram's without its suffixes."""
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    help: str
    pinot: str = ""
    """The meters and gauges of Pinot that it stands for, as far as there are any."""

    @property
    def samples(self) -> tuple[str, ...]:
        """The names of its lines on the scrape."""
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))
        return (self.name,)


def _counter(name: str, unit: str, labels: tuple[str, ...], says: str, pinot: str = "") -> Metric:
    return Metric(f"crushpad_{name}_total", "counter", unit, labels, says, pinot)


def _gauge(name: str, unit: str, labels: tuple[str, ...], says: str, pinot: str = "") -> Metric:
    return Metric(f"crushpad_{name}", "gauge", unit, labels, says, pinot)


# fmt: off
RECORDS_CONSUMED = _counter("records_consumed", "records", PARTITION,
    "Kafka records taken in, tombstones included.", "REALTIME_ROWS_FETCHED, REALTIME_ROWS_CONSUMED")
BYTES_CONSUMED = _counter("consumed_bytes", "bytes", PARTITION,
    "Bytes of record values taken in.", "REALTIME_BYTES_CONSUMED")
ROWS_DECODED = _counter("rows_decoded", "rows", PARTITION,
    "Rows made of records and visible to queries.")
ROWS_FILTERED = _counter("rows_filtered", "rows", PARTITION,
    "Rows that the table's filter left out.", "REALTIME_ROWS_FILTERED")
ROWS_REJECTED = _counter("rows_rejected", "records", PARTITION,
    "Records that could not become rows; the `rejects` table has each with its reason.",
    "INVALID_REALTIME_ROWS_DROPPED, ROWS_WITH_ERRORS")
TOMBSTONES = _counter("tombstones", "records", PARTITION,
    "Records without a value, which make no row.")
ROWS_INCOMPLETE = _counter("rows_incomplete", "rows", PARTITION,
    "Rows that were kept without a field that could not be read (`continueOnError`).",
    "INCOMPLETE_REALTIME_ROWS_CONSUMED")
ROWS_SANITISED = _counter("rows_sanitised", "rows", PARTITION,
    "Rows with a value that was cut or replaced to fit its column.", "REALTIME_ROWS_SANITIZED")
COMMITS = _counter("commits", "segments", PARTITION,
    "Segments committed.", "REALTIME_OFFSET_COMMITS, SEGMENT_UPLOAD_SUCCESS")
COMMIT_SECONDS = _counter("commit_seconds", "seconds", PARTITION,
    "Time from the begin of sealing to the commit, of all commits together.")
COMMIT_FAILURES = _counter("commit_failures", "attempts", PARTITION,
    "Steps of commits that failed and are tried again, or were overtaken.",
    "SEGMENT_BUILD_FAILURE, SEGMENT_UPLOAD_FAILURE")
RETRIES = _counter("retries", "attempts", PARTITION,
    "Actions of any kind that could not be done and are tried again.",
    "REALTIME_CONSUMPTION_EXCEPTIONS, STREAM_CONSUMER_CREATE_EXCEPTIONS")
OFFSETS_LEFT_OUT = _counter("offsets_left_out", "offsets", PARTITION,
    "Offsets that were not read: gaps that a person, or `gapPolicy`, accepted.",
    "STREAM_DATA_LOSS, LLC_STREAM_DATA_LOSS")

CONSUMED_OFFSET = _gauge("consumed_offset", "offset", PARTITION,
    "Next record to read.", "HIGHEST_STREAM_OFFSET_CONSUMED, REALTIME_INGESTION_CONSUMING_OFFSET")
UPSTREAM_OFFSET = _gauge("upstream_offset", "offset", PARTITION,
    "Next record to be written in Kafka, as the client last saw it.", "REALTIME_INGESTION_UPSTREAM_OFFSET")
COMMITTED_OFFSET = _gauge("committed_offset", "offset", PARTITION,
    "End of the last committed segment.")
LAG_RECORDS = _gauge("lag_records", "records", PARTITION,
    "Records in Kafka that are not read yet.", "REALTIME_INGESTION_OFFSET_LAG, MAX_RECORDS_LAG")
LAG_SECONDS = _gauge("lag_seconds", "seconds", PARTITION,
    "Age of the oldest unread record; 0 when all is read, for an idle topic too.", "REALTIME_INGESTION_DELAY_MS")
AVAILABILITY_LAG_SECONDS = _gauge("availability_lag_seconds", "seconds", PARTITION,
    "Newest record taken in: from its Kafka timestamp to its visibility.",
    "END_TO_END_REALTIME_INGESTION_DELAY_MS, MAX_RECORD_AVAILABILITY_LAG_MS")
CONSUMING_ROWS = _gauge("consuming_rows", "rows", PARTITION,
    "Rows of the consuming segment.")
CONSUMING_BYTES = _gauge("consuming_bytes", "bytes", PARTITION,
    "Size of the consuming segment's file.")
CONSUMING_AGE_SECONDS = _gauge("consuming_age_seconds", "seconds", PARTITION,
    "Age of the consuming segment.")
CLOSED_FILES = _gauge("closed_files", "files", PARTITION,
    "Full consuming files that wait for their commit.")
PARTITION_CONSUMING = _gauge("partition_consuming", "0 or 1", PARTITION,
    "1 while rows flow.", "LLC_PARTITION_CONSUMING")
PARTITION_REPORTED = _gauge("partition_reported", "0 or 1", PARTITION,
    "1 while a worker speaks of the partition.",
    "MISSING_CONSUMING_SEGMENT_TOTAL_COUNT, MISSING_CONSUMING_SEGMENT_MAX_DURATION_MINUTES")
PARTITION_PAUSED = _gauge("partition_paused", "0 or 1", PARTITION,
    "1 while a person has paused it.", "TABLE_CONSUMPTION_PAUSED")
PARTITION_LOST = _gauge("partition_lost", "0 or 1", PARTITION,
    "1 while Kafka no longer has the next record, or has another topic of that name.",
    "STREAM_DATA_LOSS, LLC_STREAM_DATA_LOSS")
PARTITION_STATE_SECONDS = _gauge("partition_state_seconds", "seconds", PARTITION,
    "Time since the partition entered the state that it is in.")
SEGMENTS = _gauge("segments", "segments", PARTITION,
    "Committed segments that this host has.", "PERCENT_SEGMENTS_AVAILABLE")
SEGMENT_ROWS = _gauge("segment_rows", "rows", PARTITION,
    "Rows of the committed segments.")
SEGMENT_BYTES = _gauge("segment_bytes", "bytes", PARTITION,
    "Size of the committed segments' files.")
LAST_COMMIT = _gauge("last_commit_timestamp_seconds", "seconds since 1970", PARTITION,
    "When the last segment was committed.")
TABLE_PROBLEM = _gauge("table_problem", "0 or 1", TABLE,
    "1 while something keeps the whole table from consuming; `crushpad table status` says what.",
    "SEGMENTS_IN_ERROR_STATE")

WORKERS_EXPECTED = _gauge("ingest_workers_expected", "processes", (),
    "Ingest workers that the settings ask for.")
WORKERS_REPORTING = _gauge("ingest_workers_reporting", "processes", (),
    "Ingest workers that have written their status within ten seconds.")
ZOOKEEPER_CONNECTED = _gauge("zookeeper_connected", "0 or 1", (),
    "1 while the HTTP front has a session with ZooKeeper.")
CATALOGUE_GENERATION = _gauge("catalogue_generation", "number", (),
    "Generation of the local catalogue; it grows with each commit and each change of a table.")
DISK_FREE_BYTES = _gauge("disk_free_bytes", "bytes", (),
    "Free space below the data folder.")
DISK_SIZE_BYTES = _gauge("disk_size_bytes", "bytes", (),
    "Size of the file system that holds the data folder.")
DISK_RESERVE_BYTES = _gauge("disk_reserve_bytes", "bytes", (),
    "Free space that is kept for sealing; below it partitions stop.")
BUILD_INFO = _gauge("build_info", "always 1", ("version",),
    "The version that runs.")

QUERIES = _counter("queries", "queries", ("error_code",),
    "Queries answered, by Pinot's code of the first error; `none` for those without.",
    "QUERIES, REQUEST_COMPILATION_EXCEPTIONS, BROKER_RESPONSES_WITH_PROCESSING_EXCEPTIONS")
QUERY_SECONDS = Metric("crushpad_query_duration_seconds", "histogram", "seconds", (),
    "Time from a query's text to its whole answer.", "QUERY_TOTAL_TIME_MS")
# fmt: on

METRICS: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
"""All of them, in the order of this file."""

QUERY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram, in seconds."""
