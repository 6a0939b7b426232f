"""Scalar functions over sketches: of one value, united, intersected, and how many values they stand for.

A sketch is BYTES, or the base64 text that the raw aggregations give. Sketches that are made here are BYTES, sets of
theta sketches are text.
"""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import BYTES, DOUBLE, FLOAT, LONG, STRING, TEXTUAL, duckdb_type, is_array
from dialects.conversions import Typed, convert
from dialects.families.sketches import power_of_two
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, Render, literal_int, special

_LG_THETA, _LG_CPC, _LG_HLL = 12, 12, 8


def _octets(value: Typed) -> str:
    return value.sql if value.data_type == BYTES else f"from_base64({convert(value, STRING)})"


def _estimate(kind: str) -> Render:
    return lambda arguments, _: Typed(f"pinot_{kind}_estimate({_octets(arguments[0])})", LONG)


def _combined(function: str, setting: str, result: str) -> Render:
    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        sql = _octets(arguments[0])
        for other in arguments[1:]:
            sql = f"pinot_{function}({sql}, {_octets(other)}{setting})"
        return Typed(sql if result == BYTES else f"to_base64({sql})", result)

    return render


def _of_value(name: str, kind: str, usual: int, sizes: range, *, entries: bool = False) -> Function:
    """A sketch of one value; its size is a power of two, or with `entries` the number itself."""

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        size = usual
        if len(arguments) > 1:
            written = literal_int(arguments[1], name, "size")
            size = power_of_two(name, written) if entries else written
        if size not in sizes or is_array(arguments[0].data_type):
            raise ValidationFault(f"Function {name} takes one value and a size of {sizes[0]} to {sizes[-1]}")
        stored = _stored(arguments[0].data_type)
        made = f"pinot_{kind}_of_{duckdb_type(stored).lower()}([{convert(arguments[0], stored)}], {size})"
        return Typed(made, BYTES)

    return special(name, 1, 2, render, "a sketch of one value")


def _stored(word: str) -> str:
    return DOUBLE if word in (FLOAT, DOUBLE) else STRING if word in (*TEXTUAL, "BIG_DECIMAL", BYTES) else LONG


SKETCH_VALUES: tuple[Function, ...] = (
    special("getthetasketchestimate", 1, 1, _estimate("theta"), "distinct values of a theta sketch"),
    special("thetasketchunion", 2, 5, _combined("theta_union", ", 12", STRING), "theta sketches united; base64"),
    special("thetasketchintersect", 2, 5, _combined("theta_intersect", "", STRING), "what is in all of them; base64"),
    special("thetasketchdiff", 2, 2, _combined("theta_diff", "", STRING), "what is in the first only; base64"),
    special("getcpcsketchestimate", 1, 1, _estimate("cpc"), "distinct values of a CPC sketch"),
    special("cpcsketchunion", 2, 5, _combined("cpc_union", ", 12", BYTES), "CPC sketches united"),
    _of_value("tothetasketch", "theta", _LG_THETA, range(4, 21), entries=True),
    _of_value("tocpcsketch", "cpc", _LG_CPC, range(4, 22)),
    _of_value("tohll", "hll", _LG_HLL, range(4, 17)),
)
