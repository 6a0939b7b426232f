"""Draws `monitoring/dashboard.json`, a Grafana dashboard over the metrics of `crushpad/metrics.py`.

Without an option it writes the file; with `--check` it writes nothing and exits with 6 when the file is stale.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crushpad import metrics as m

FILE = Path(__file__).parent.parent / "monitoring" / "dashboard.json"
STALE = 6
COLUMNS, WIDTH, HEIGHT = 3, 8, 7

BY_PARTITION = "{{table}} {{partition}}"
Json = dict[str, Any]


@dataclass(frozen=True)
class Panel:
    """A graph: its queries with their legends, and Grafana's name of the unit."""

    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    help: str


def gauge(title: str, unit: str, metric: m.Metric) -> Panel:
    chosen = '{table=~"$table"}' if "table" in metric.labels else ""
    return Panel(title, unit, ((f"{metric.name}{chosen}", BY_PARTITION if chosen else "{{instance}}"),), metric.help)


def rate(title: str, unit: str, metric: m.Metric) -> Panel:
    query = f'sum by (table, partition) (rate({metric.name}{{table=~"$table"}}[$__rate_interval]))'
    return Panel(title, unit, ((query, BY_PARTITION),), metric.help)


def quantiles() -> Panel:
    spread = f"sum by (le) (rate({m.QUERY_SECONDS.name}_bucket[$__rate_interval]))"
    queries = tuple((f"histogram_quantile({share}, {spread})", f"{share:.0%}") for share in (0.5, 0.95, 0.99))
    return Panel("Time of queries", "s", queries, m.QUERY_SECONDS.help)


def queries_by_code() -> Panel:
    query = f"sum by (error_code) (rate({m.QUERIES.name}[$__rate_interval]))"
    return Panel("Queries by error", "reqps", ((query, "{{error_code}}"),), m.QUERIES.help)


def mean_commit() -> Panel:
    took, count = (f'sum by (table) (rate({x.name}{{table=~"$table"}}[15m]))' for x in (m.COMMIT_SECONDS, m.COMMITS))
    return Panel("Mean time of a commit", "s", ((f"{took} / {count}", "{{table}}"),), m.COMMIT_SECONDS.help)


ROWS: Sequence[tuple[str, Sequence[Panel]]] = (
    (
        "Ingestion",
        (
            rate("Records a second", "short", m.RECORDS_CONSUMED),
            gauge("Lag", "s", m.LAG_SECONDS),
            gauge("Lag in records", "short", m.LAG_RECORDS),
            gauge("Availability lag", "s", m.AVAILABILITY_LAG_SECONDS),
            rate("Bytes a second", "Bps", m.BYTES_CONSUMED),
            rate("Rejected records a second", "short", m.ROWS_REJECTED),
            gauge("Rows flow (1) or not (0)", "short", m.PARTITION_CONSUMING),
            gauge("Lost (1)", "short", m.PARTITION_LOST),
            gauge("Paused (1)", "short", m.PARTITION_PAUSED),
        ),
    ),
    (
        "Segments",
        (
            gauge("Rows of the consuming segment", "short", m.CONSUMING_ROWS),
            gauge("Age of the consuming segment", "s", m.CONSUMING_AGE_SECONDS),
            gauge("Full files that wait for their commit", "short", m.CLOSED_FILES),
            rate("Commits a second", "short", m.COMMITS),
            rate("Failed steps of commits a second", "short", m.COMMIT_FAILURES),
            mean_commit(),
            gauge("Committed rows", "short", m.SEGMENT_ROWS),
            gauge("Bytes of committed segments", "bytes", m.SEGMENT_BYTES),
            gauge("Committed segments", "short", m.SEGMENTS),
        ),
    ),
    ("Queries", (queries_by_code(), quantiles())),
    (
        "Host",
        (
            gauge("Free disk space", "bytes", m.DISK_FREE_BYTES),
            gauge("Workers that report", "short", m.WORKERS_REPORTING),
            gauge("ZooKeeper connected", "short", m.ZOOKEEPER_CONNECTED),
        ),
    ),
)


def dashboard() -> Json:
    return {
        "uid": "crushpad",
        "title": "Crushpad",
        "tags": ["crushpad"],
        "schemaVersion": 39,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_source(), _tables()]},
        "panels": list(_panels()),
    }


def _source() -> Json:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _tables() -> Json:
    return {
        "name": "table",
        "label": "Table",
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": f"label_values({m.PARTITION_CONSUMING.name}, table)",
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "current": {"text": "All", "value": "$__all"},
    }


def _panels() -> Iterator[Json]:
    number, top = 0, 0
    for title, panels in ROWS:
        number += 1
        place = {"x": 0, "y": top, "w": COLUMNS * WIDTH, "h": 1}
        yield {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}
        top += 1
        for at, panel in enumerate(panels):
            number += 1
            place = {"x": at % COLUMNS * WIDTH, "y": top + at // COLUMNS * HEIGHT, "w": WIDTH, "h": HEIGHT}
            yield {"id": number, "gridPos": place, **_graph(panel)}
        top += -(-len(panels) // COLUMNS) * HEIGHT


def _graph(panel: Panel) -> Json:
    source = {"type": "prometheus", "uid": "${datasource}"}
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.help,
        "datasource": source,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"tooltip": {"mode": "multi", "sort": "desc"}, "legend": {"displayMode": "list"}},
        "targets": [
            {"refId": chr(ord("A") + at), "datasource": source, "expr": query, "legendFormat": legend}
            for at, (query, legend) in enumerate(panel.queries)
        ],
    }


def main(arguments: Sequence[str]) -> int:
    fresh = json.dumps(dashboard(), indent=2) + "\n"
    if "--check" in arguments:
        return 0 if FILE.exists() and FILE.read_text(encoding="utf-8") == fresh else STALE
    FILE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
