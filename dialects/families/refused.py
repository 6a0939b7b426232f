"""Aggregations that Pinot has and we have not, each with the nearest that is there."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.conversions import Typed
from dialects.faults import ValidationFault
from dialects.function_entry import MANY, Context, Function

_INSTEAD = {
    "fourthmoment": "it is no result by itself: use KURTOSIS or SKEWNESS",
    "timeseriesaggregate": "GROUP BY DATETRUNC(...) counts by time",
    "distinctcountrawhllplus": "DISTINCTCOUNTRAWHLL and DISTINCTCOUNTRAWTHETASKETCH give sketches",
    "distinctcountrawhllplusmv": "DISTINCTCOUNTRAWHLLMV and DISTINCTCOUNTRAWTHETASKETCH give sketches",
    "distinctcountrawull": "DISTINCTCOUNTRAWHLL and DISTINCTCOUNTRAWTHETASKETCH give sketches",
    "percentilerawest": "PERCENTILERAWKLL gives a sketch",
    "percentilerawestmv": "PERCENTILERAWKLLMV gives a sketch",
    "percentilerawtdigest": "PERCENTILERAWKLL gives a sketch",
    "percentilerawtdigestmv": "PERCENTILERAWKLLMV gives a sketch",
    "funnelstepdurationstats": "FUNNELMAXSTEP and FUNNELCOMPLETECOUNT say how far a funnel came",
    "funneleventsfunctioneval": "FUNNELMATCHSTEP says which steps were reached",
}


def _refused(name: str, instead: str) -> Function:
    def render(_: Sequence[Typed], __: Context) -> Typed:
        raise ValidationFault(f"Function {name} is not supported: {instead}")

    return Function(name, 0, MANY, render, f"not supported: {instead}", aggregate=True)


REFUSED: tuple[Function, ...] = tuple(_refused(name, instead) for name, instead in _INSTEAD.items())
