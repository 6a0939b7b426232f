"""D7: nine columns of exponential spread, for queries on one table (the kind Pinot's own query benchmark asks)."""

from __future__ import annotations

import pyarrow as pa

from scripts.bench.data.chance import Chance
from scripts.bench.data.dataset import FIRST_MS, DataSet, Values, from_columns

RATES = (0.001, 0.5, 0.999)
"""The smaller, the more distinct values."""
COLUMNS = (
    ("tstmp_col", pa.int64()),
    ("sorted_col", pa.int32()),
    ("int_col", pa.int32()),
    ("raw_int_col", pa.int32()),
    ("no_index_int_col", pa.int32()),
    ("raw_string_col", pa.string()),
    ("no_index_string_col", pa.string()),
    ("low_cardinality_string_col", pa.string()),
    ("json_col", pa.string()),
)
LEVELS = tuple(f"value{number}" for number in range(10))
CHANGES = tuple(f'{{"type":"type{number % 10}","author":{{"name":"author{number}"}}}}' for number in range(100))


def exponential(rate: float) -> DataSet:
    """The data set whose numbers and texts have about `1 / rate` as their mean."""

    def columns(chance: Chance) -> Values:
        return {
            "tstmp_col": FIRST_MS + chance.numbers * 1_000,
            "sorted_col": chance.numbers // 10,
            "int_col": chance.exponential(rate),
            "raw_int_col": chance.exponential(rate),
            "no_index_int_col": chance.exponential(rate),
            "raw_string_col": _texts(chance, rate),
            "no_index_string_col": _texts(chance, rate),
            "low_cardinality_string_col": chance.one_of(LEVELS),
            "json_col": chance.one_of(CHANGES),
        }

    return DataSet("exponential", COLUMNS, "tstmp_col", from_columns(columns), keys=("int_col",))


def _texts(chance: Chance, rate: float) -> list[str]:
    """Texts of twelve digits that are the same for the same number, and do not sort as the numbers do."""
    return [f"{number * 2_654_435_761 % 2**48:012x}" for number in chance.exponential(rate).tolist()]
