"""Aggregations that look at all values at once: percentiles, MODE and HISTOGRAM."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise

from dialects.column_types import BYTES, DOUBLE, LONG, array_of, duckdb_type, is_array
from dialects.conversions import Typed, convert
from dialects.families.aggregate_entry import EMPTY_OF_TYPE, MINUS_INFINITY, NAN, or_empty, own
from dialects.families.sketches import kll
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, Render, argument, literal_text
from dialects.literals import value_sql

_BINS_MAX = 1_000
_MEDIAN = 50


def _percentile(fixed: int | None, result: str, empty: str, *, of_kll: bool = False, of_digest: bool = False) -> Render:
    """The element at index floor(n * p / 100) of the sorted values, the last one for p = 100: no interpolation.

    `of_kll`: as such a sketch has it, at ceil(n * p / 100) - 1. `of_digest`: a median lies between the two in the
    middle, as in a t-digest. LONG is of values whose fractions are cut before.
    """

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        percent = float(fixed) if fixed is not None else _percent(arguments[1])
        value = arguments[0]
        if value.data_type == BYTES and of_kll:
            return or_empty(f"pinot_kll_quantile({kll(arguments, context)}, {percent / 100})", result, empty, context)
        if not is_array(value.data_type):
            numbers = convert(value, LONG) if result == LONG else argument(value, "n", "percentile")
            if of_digest and percent == _MEDIAN:
                ranked = f"quantile_cont({numbers}, 0.5)"
            else:
                ranked = _ranked_as_kll(numbers, percent) if of_kll else _ranked(numbers, percent)
            return or_empty(f"CAST({ranked}{context.where} AS {duckdb_type(result)})", result, empty, context)
        elements = convert(value, array_of(result))
        ordered = f"list_sort(flatten(list({elements}){context.where}))"
        place = f"len({ordered}) * {_double(percent)} / 100"
        position = f"greatest(ceil({place}), 1)" if of_kll else f"floor({place}) + 1" if percent < 100 else "-1"
        return or_empty(f"{ordered}[CAST({position} AS BIGINT)]", result, empty, context)

    return render


def _ranked(values: str, percent: float) -> str:
    """DuckDB's rank from below is ceil(n * q) - 1; counted from above with the rest of q it is floor(n * p / 100)."""
    share = (100 - Decimal(repr(percent))) / 100
    return f"quantile_disc({values}, {share:f} ORDER BY {values} DESC)"


def _ranked_as_kll(values: str, percent: float) -> str:
    return f"quantile_disc({values}, {Decimal(repr(percent)) / 100:f} ORDER BY {values})"


def _percent(value: Typed) -> float:
    text = literal_text(value, "percentile", "percent")
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise ValidationFault(f"Invalid percentile: {text}, it has to be between 0 and 100")
    return percent


_KINDS = {
    "percentile": (DOUBLE, MINUS_INFINITY, "exact; index floor(n * p / 100)"),
    "percentileest": (LONG, EMPTY_OF_TYPE["LONG"], "exact here, whole numbers"),
    "percentiletdigest": (DOUBLE, NAN, "exact here, a median between the two in the middle"),
    "percentilekll": (
        DOUBLE,
        NAN,
        "exact here, index ceil(n * p / 100) - 1; of KLL sketches in a BYTES column approximate",
    ),
    "percentilesmarttdigest": (DOUBLE, MINUS_INFINITY, "exact here"),
}
_IN_NAME = re.compile(r"(percentile(?:est|tdigest)?)([0-9]{1,3})(?:mv)?")
_COMMON = (50, 75, 90, 95, 99)


def _percentiles() -> list[Function]:
    rows = []
    for name, (_, _, doc) in _KINDS.items():
        rows.append(own(name, 2, 3, _of_kind(name, None), doc, (f"{name}mv",)))
        rows += [_with_percent(name, percent) for percent in _COMMON]
    return rows


def _of_kind(name: str, fixed: int | None) -> Render:
    result, empty, _ = _KINDS[name]
    return _percentile(fixed, result, empty, of_kll=name == "percentilekll", of_digest=name == "percentiletdigest")


def _with_percent(name: str, percent: int) -> Function:
    _, _, doc = _KINDS[name]
    return own(f"{name}{percent}", 1, 1, _of_kind(name, percent), f"p{percent}, {doc}", (f"{name}{percent}mv",))


@cache
def percentile_by_name(name: str) -> Function | None:
    """The row of `percentile33` and its like, which the table has for common percents only."""
    found = _IN_NAME.fullmatch(name)
    if found is None or int(found.group(2)) > 100:
        return None
    return _with_percent(found.group(1), int(found.group(2)))


def _mode(arguments: Sequence[Typed], context: Context) -> Typed:
    """The most frequent value as DOUBLE; ties by the smallest, the largest or the average of them."""
    reducer = literal_text(arguments[1], "mode", "reducer").upper() if len(arguments) == 2 else "MIN"
    reducers = {"MIN": "list_min", "MAX": "list_max", "AVG": "list_avg"}
    if reducer not in reducers:
        raise ValidationFault(f"Invalid multi mode reducer of mode: {reducer}, use MIN, MAX or AVG")
    counts = f"histogram({argument(arguments[0], 'd', 'mode')}){context.where}"
    by_count = f"list_select(map_keys({counts}), list_grade_up(map_values({counts}), 'DESC'))"
    ties = f"list_histogram(map_values({counts}))[list_max(map_values({counts}))]"
    modes = f"list_slice({by_count}, 1, CAST({ties} AS BIGINT))"
    return or_empty(f"{reducers[reducer]}({modes})", DOUBLE, MINUS_INFINITY, context)


def _histogram(arguments: Sequence[Typed], context: Context) -> Typed:
    """Counts per bin: of one width over [low, high], or between ARRAY[...] edges; the last bin holds its upper end."""
    value = argument(arguments[0], "d", "histogram")
    position, low, high, bins = _edges(value, arguments[1]) if len(arguments) == 2 else _widths(value, arguments[1:])
    inside = context.filtered(f"({value} BETWEEN {_double(low)} AND {_double(high)})")
    counts = f"histogram(TRY_CAST({position} AS INTEGER)){inside}"
    bins_of_it = ", ".join(f"CAST(coalesce({counts}[{i}], 0) AS DOUBLE)" for i in range(bins))
    return Typed(f"[{bins_of_it}]", array_of(DOUBLE))


def _widths(value: str, bounds: Sequence[Typed]) -> tuple[str, float, float, int]:
    if len(bounds) != 3:
        raise ValidationFault("Function histogram takes ARRAY[edges], or lower, upper and the number of bins")
    low, high, bins = map(_bound, bounds)
    if not (math.isfinite(high - low) and low < high and bins in range(1, _BINS_MAX + 1)):
        raise ValidationFault(f"Function histogram needs finite bounds, lower < upper, and 1 to {_BINS_MAX} bins")
    width = _double((high - low) / bins)
    return f"least(floor(({value} - {_double(low)}) / {width}), {int(bins) - 1})", low, high, int(bins)


def _edges(value: str, edges: Typed) -> tuple[str, float, float, int]:
    bounds = [_bound(edge) for edge in edges.parts]
    if not 2 <= len(bounds) <= _BINS_MAX + 1 or any(low >= high for low, high in pairwise(bounds)):
        raise ValidationFault(f"Function histogram needs ARRAY[...] of 2 to {_BINS_MAX + 1} edges that increase")
    above = " + ".join(f"CAST({value} >= {_double(edge)} AS INTEGER)" for edge in bounds[1:-1]) or "0"
    return f"({above})", bounds[0], bounds[-1], len(bounds) - 1


def _bound(value: Typed) -> float:
    number = value.literal.value if value.literal is not None else None
    if isinstance(number, str) and number.strip("+-").lower() in ("inf", "infinity"):
        return float(number)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValidationFault("Function histogram needs numbers as its bounds and its number of bins")
    return float(min(max(number, -1e308), 1e308)) if isinstance(number, int) else number


def _double(value: float) -> str:
    return value_sql(value, DOUBLE)


DISTRIBUTIONS: tuple[Function, ...] = (
    *_percentiles(),
    own("mode", 1, 2, _mode, "ties by MIN, MAX or AVG"),
    Function(
        "histogram", 2, 4, _histogram, "counts per bin", aggregate=True, options=frozenset({"arrayvalueconstructor"})
    ),
)
