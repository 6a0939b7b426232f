"""The Grafana dashboard asks only for what there is."""

from __future__ import annotations

import json
import re
from typing import Any

from crushpad.metrics import METRICS
from scripts import draw_dashboard

SAMPLES = {name for metric in METRICS for name in metric.samples}


def written() -> dict[str, Any]:
    return dict(json.loads(draw_dashboard.FILE.read_text(encoding="utf-8")))


def queries() -> list[str]:
    graphs = [target["expr"] for panel in written()["panels"] for target in panel.get("targets", [])]
    return [*graphs, *(each["query"] for each in written()["templating"]["list"] if each["type"] == "query")]


def test_the_file_is_as_it_is_drawn():
    assert draw_dashboard.main(["--check"]) == 0, "run scripts/draw_dashboard.py"


def test_every_query_names_metrics_of_the_list_and_no_others():
    for query in queries():
        named = set(re.findall(r"\bcrushpad_\w+", query))
        assert named, query
        assert named <= SAMPLES, query


def test_queries_use_only_labels_that_their_metrics_have():
    known = {label for metric in METRICS for label in metric.labels} | {"instance", "le"}
    for query in queries():
        for labels in re.findall(r"\bby \(([^)]*)\)", query):
            assert set(labels.split(", ")) <= known, query


def test_panels_have_numbers_of_their_own_and_do_not_lie_upon_each_other():
    panels = written()["panels"]
    fields = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(fields)) == len(fields)
