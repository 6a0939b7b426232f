"""ONE table: a Pinot function's canonical name -> how it prints as DuckDB, its result type, arity and doc.

The table is the allow-list (P27): what is not in it is a 700. Rows live in `families/`, one module per family.
"""

from collections.abc import Iterator

from dialects.families.addresses import ADDRESSES
from dialects.families.aggregates import AGGREGATES
from dialects.families.array_aggregates import ARRAY_AGGREGATES
from dialects.families.arrays import ARRAYS
from dialects.families.bits import BITS
from dialects.families.conditionals import CONDITIONALS
from dialects.families.datetime import DATE_TIME
from dialects.families.distinct_counts import DISTINCT_COUNTS
from dialects.families.distributions import DISTRIBUTIONS
from dialects.families.funnels import FUNNELS
from dialects.families.geometry import GEOMETRY
from dialects.families.hashes import HASHES
from dialects.families.id_sets import ID_SETS
from dialects.families.ingestion import INGESTION
from dialects.families.json import JSON_FUNCTIONS
from dialects.families.math import MATH
from dialects.families.moments import MOMENTS
from dialects.families.numbers import NUMBERS
from dialects.families.predicates import PREDICATES
from dialects.families.refused import REFUSED
from dialects.families.sketch_values import SKETCH_VALUES
from dialects.families.sketches import SKETCHES
from dialects.families.strings import STRINGS
from dialects.families.text_match import TEXT_MATCH
from dialects.families.texts import TEXTS
from dialects.families.theta import THETA
from dialects.families.urls import URLS
from dialects.families.uuids import UUIDS
from dialects.families.vectors import VECTORS
from dialects.function_entry import Function
from dialects.lookups import LOOKUP

FAMILIES = (
    PREDICATES,
    CONDITIONALS,
    MATH,
    NUMBERS,
    BITS,
    STRINGS,
    TEXTS,
    TEXT_MATCH,
    HASHES,
    URLS,
    ADDRESSES,
    UUIDS,
    DATE_TIME,
    MOMENTS,
    JSON_FUNCTIONS,
    ARRAYS,
    VECTORS,
    GEOMETRY,
    INGESTION,
    AGGREGATES,
    DISTINCT_COUNTS,
    DISTRIBUTIONS,
    ARRAY_AGGREGATES,
    FUNNELS,
    SKETCHES,
    THETA,
    SKETCH_VALUES,
    LOOKUP,
    ID_SETS,
    REFUSED,
)


def _rows() -> Iterator[tuple[str, Function]]:
    for family in FAMILIES:
        for function in family:
            yield from ((name, function) for name in (function.name, *function.aliases))


FUNCTIONS: dict[str, Function] = dict(_rows())
