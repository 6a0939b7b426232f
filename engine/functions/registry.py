"""All functions, and how a connection gets them: before it is locked."""

from __future__ import annotations

import duckdb
from duckdb import func

from engine.functions.addresses import ADDRESSES
from engine.functions.entry import ArrowFunction
from engine.functions.geometry import GEOMETRY
from engine.functions.hashes import HASHES
from engine.functions.json_keys import JSON_KEYS
from engine.functions.json_paths import JSON_PATHS
from engine.functions.numbers import NUMBERS
from engine.functions.patterns import PATTERNS
from engine.functions.sounds import SOUNDS
from engine.functions.texts import TEXTS
from engine.functions.url_changes import URL_CHANGES
from engine.functions.urls import URLS
from engine.sketches.registry import GROUP_FUNCTIONS

ARROW_FUNCTIONS: tuple[ArrowFunction, ...] = (
    *HASHES,
    *TEXTS,
    *SOUNDS,
    *PATTERNS,
    *URLS,
    *URL_CHANGES,
    *ADDRESSES,
    *NUMBERS,
    *JSON_KEYS,
    *JSON_PATHS,
    *GEOMETRY,
    *GROUP_FUNCTIONS,
)


def register(connection: duckdb.DuckDBPyConnection) -> None:
    for function in ARROW_FUNCTIONS:
        connection.create_function(
            function.name,
            function.call,
            [*function.parameters],
            function.result,
            type=func.PythonUDFType.ARROW,
            null_handling=func.FunctionNullHandling.SPECIAL,
        )
