"""Bit functions: INT of INTs, else LONG. Shifts are Java's: only the low bits of the distance count."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import INT, LONG, duckdb_type
from dialects.conversions import Typed, convert
from dialects.function_entry import Context, Function, Render, scalar, special


def _whole_type(arguments: Sequence[Typed]) -> str:
    return INT if all(value.data_type == INT for value in arguments) else LONG


def _of_bits(template: str) -> Render:
    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        data_type = _whole_type(arguments)
        return Typed(template.format(*(convert(value, data_type) for value in arguments)), data_type)

    return render


def _shift(template: str) -> Render:
    """`template` takes the value, the distance and DuckDB's type."""

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        data_type = _whole_type(arguments[:1])
        distance = f"CAST({convert(arguments[1], LONG)} & {31 if data_type == INT else 63} AS INTEGER)"
        value = f"CAST({convert(arguments[0], data_type)} AS {duckdb_type(data_type)})"
        return Typed(template.format(value, distance, duckdb_type(data_type)), data_type)

    return render


def _extract(arguments: Sequence[Typed], _: Context) -> Typed:
    data_type = _whole_type(arguments[:1])
    value, place = convert(arguments[0], data_type), convert(arguments[1], LONG)
    last = 31 if data_type == INT else 63
    bit = f"({value} >> CAST({place} & {last} AS INTEGER)) & 1"
    return Typed(f"CAST(CASE WHEN {place} BETWEEN 0 AND {last} THEN {bit} ELSE 0 END AS INTEGER)", INT)


_MASK = (
    "CASE WHEN {0} BETWEEN 0 AND 63 THEN "
    "CAST(CAST(CAST(1 AS BIGINT) AS BIT) << CAST({0} & 63 AS INTEGER) AS BIGINT) ELSE CAST(0 AS BIGINT) END"
)

BITS: tuple[Function, ...] = (
    special("bitand", 2, 2, _of_bits("({0} & {1})"), "bits of both"),
    special("bitor", 2, 2, _of_bits("({0} | {1})"), "bits of either"),
    special("bitxor", 2, 2, _of_bits("xor({0}, {1})"), "bits of one of them"),
    special("bitnot", 1, 1, _of_bits("(~{0})"), "all other bits"),
    scalar("bitmask", "l", LONG, _MASK, "one bit at a place, 0 outside of 0 to 63"),
    scalar("bitcount", "l", INT, "CAST(bit_count({0}) AS INTEGER)", "bits that are set"),
    special("bitextract", 2, 2, _extract, "the bit at a place, 0 outside of the number", aliases=("extractbit",)),
    special("bitshiftleft", 2, 2, _shift("CAST(CAST({0} AS BIT) << {1} AS {2})"), "to the left"),
    special("bitshiftright", 2, 2, _shift("({0} >> {1})"), "to the right, keeping the sign"),
    special(
        "bitshiftrightunsigned",
        2,
        2,
        _shift("CAST(CAST({0} AS BIT) >> {1} AS {2})"),
        "to the right, filling with zeros",
        aliases=("bitshiftrightlogical",),
    ),
    scalar("byteswapint", "i", INT, "pinot_byteswap_int({0})", "bytes in the other order"),
    scalar("byteswaplong", "l", LONG, "pinot_byteswap_long({0})", "bytes in the other order"),
)
