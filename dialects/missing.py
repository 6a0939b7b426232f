"""What to say about functions that are not in the table: the nearest thing that is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from dialects.faults import ValidationFault

_SINGLE_STAGE_ONLY = "the single-stage engine has it; in the multi-stage one use x IN (SELECT ...)"
_CELLS = "H3 cells are not supported: use ST_Distance, ST_Within or encodeGeoHash"
_HASHES = "use murmurHash3Bit64(x, seed), fnv1aHash64(x) or md5(x)"
_CHANCE = "it gives another value in every run"
_QUERIES = "running queries are rows of system.queries"

ALTERNATIVES: dict[str, str] = {
    "insubquery": _SINGLE_STAGE_ONLY,
    "inpartitionedsubquery": _SINGLE_STAGE_ONLY,
    "geotoh3": _CELLS,
    "griddistance": _CELLS,
    "griddisk": _CELLS,
    "clpdecode": "columns in CLP's encoding are not read: keep the text itself in a STRING column",
    "clpencodedvarsmatch": "columns in CLP's encoding are not read: keep the text itself in a STRING column",
    "md2": "use sha256(x) or md5(x)",
    "cityhash32": _HASHES,
    "cityhash64": _HASHES,
    "cityhash128": "use murmurHash3Bit128(x, seed)",
    "murmurhash3x64bit32": "use murmurHash3Bit32(x, seed)",
    "murmurhash3x64bit64": "use murmurHash3Bit64(x, seed)",
    "murmurhash3x64bit128": "use murmurHash3Bit128(x, seed)",
    "rand": _CHANCE,
    "uuidv4": _CHANCE,
    "uuidv7": _CHANCE,
    "sleep": "a query cannot wait",
    "timeseriesbucket": "use dateBin('5m', t, origin) or dateTrunc(unit, t)",
    "gapfill": "the single-stage engine has it; here fill gaps with a join of all times",
    "jsonstringtoarray": "use jsonPathArray(x, '$[*]')",
    "jsonstringtolistormap": "use jsonStringToMap(x) or jsonPathArray(x, '$[*]')",
    "jsonkeyvaluearraytomap": "use jsonExtractScalar(x, path, type)",
    "jsonextractobject": "use jsonFormat(x)",
    **dict.fromkeys(
        ("cid", "reqid", "brokerid", "queryengine", "stageid", "workerid", "starttime", "endtime"), _QUERIES
    ),
}
"""Functions of Pinot that are not there, by canonical name, and what to do instead."""
_NAME_CHARS_MAX = 60


def unsupported(name: str, known: Iterable[str]) -> ValidationFault:
    """The 700 for a function that is not in the table."""
    return ValidationFault(f"Unsupported function: {name}{_hint(name, known)}")


def _hint(name: str, known: Iterable[str]) -> str:
    if name in ALTERNATIVES:
        return f": {ALTERNATIVES[name]}"
    if len(name) > _NAME_CHARS_MAX:
        return ""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    return f", did you mean {close[0]}?" if close else ""
