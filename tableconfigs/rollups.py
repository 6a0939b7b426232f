"""`aggregationConfigs` without rolling up (contract 1.6): rows are kept, a metric holds its row's share of the total.

SUM, MIN and MAX over the metric are then what Pinot answers; COUNT(*) counts the rows that came.
"""

import re
from collections.abc import Collection, Iterator

from tableconfigs.ingestion import IngestionConfig
from tableconfigs.problems import Problem, did_you_mean, pointer
from tableconfigs.schema import Schema

_FUNCTION = re.compile(r'\s*(?P<name>\w+)\s*\(\s*(?:"(?P<quoted>[^"]+)"|(?P<argument>[\w.$*]+))\s*\)\s*')
_KEPT = frozenset({"SUM", "MIN", "MAX", "COUNT"})
_PATH = "/ingestionConfig/aggregationConfigs"


def rollups(ingestion: IngestionConfig, besides: Collection[str] = ()) -> list[tuple[str, str]]:
    """`(metric, expression)` of each aggregation whose metric is not its own source; `besides` are filled already."""
    found = (
        (each.column_name or "", _share(each.aggregation_function)) for each in ingestion.aggregation_configs or []
    )
    return [(metric, share) for metric, share in found if share and metric not in besides and share != f'"{metric}"']


def rollup_problems(ingestion: IngestionConfig, schema: Schema) -> Iterator[Problem]:
    """Metrics that are not there, and functions whose state no single row holds."""
    for at, each in enumerate(ingestion.aggregation_configs or []):
        metric, function = each.column_name, each.aggregation_function
        if not metric or not function:
            yield Problem(f"{_PATH}/{at}", None, "columnName/aggregationFunction cannot be null in AggregationConfig")
        elif metric not in schema.columns:
            text = f"The destination column '{metric}' of the aggregation function must be present in the schema"
            yield Problem(_place(at, "columnName"), metric, f"{text}{did_you_mean(metric, schema.columns)}")
        elif _share(function) is None:
            text = f"{function} is not kept while consuming, only {', '.join(sorted(_KEPT))} of a column are"
            advice = "keep the column itself and aggregate in the query"
            yield Problem(_place(at, "aggregationFunction"), function, f"{text}: {advice}")


def _place(at: int, key: str) -> str:
    return _PATH + pointer(at, key)


def _share(function: str | None) -> str | None:
    """What one row adds to the aggregate, as an expression; None when no row can say."""
    read = _FUNCTION.fullmatch(function or "")
    if read is None or read["name"].upper() not in _KEPT:
        return None
    argument = read["quoted"] or read["argument"]
    if read["name"].upper() == "COUNT":
        return "1"
    return None if argument == "*" else f'"{argument}"'
