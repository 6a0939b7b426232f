"""A schema proposed from JSON records that were seen. Pure; a proposal to edit, with what it rests on."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tableconfigs.data_types import LONG_MAX, LONG_MIN
from tableconfigs.field_specs import is_plausible_time

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?")
_TIME_WORDS = re.compile(r"time|date|stamp|epoch|(^|_)ts($|_)|[a-z]Ts$|_at$|[a-z]At$|millis|(^|_)ms$", re.IGNORECASE)
_KEY_WORDS = re.compile(r"(^|_)(id|code|key|number|no|zip|port|year|month|day|hour|status|type)$|(Id|ID|Code)$")
_EPOCHS = {"MILLISECONDS": 1, "SECONDS": 1_000}


@dataclass(slots=True)
class Seen:
    """What one field held: how often each kind of value, and whether every value so far could be a moment."""

    kinds: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    nulls: int = 0
    dates: bool = True
    moments: bool = True
    epochs: set[str] = field(default_factory=lambda: set(_EPOCHS))

    def add(self, value: Any) -> None:
        """Count one value."""
        if value is None:
            self.nulls += 1
            return
        self.kinds[_kind(value)] += 1
        if isinstance(value, list):
            self.items.update(_kind(item) for item in value if item is not None)
        is_text = isinstance(value, str)
        self.dates = self.dates and is_text and _is_moment(value, _DATE)
        self.moments = self.moments and is_text and _is_moment(value, _MOMENT)
        self.epochs = {unit for unit in self.epochs if _is_epoch(value, _EPOCHS[unit])}


@dataclass(frozen=True, slots=True)
class Proposal:
    """The schema as JSON, and notes: what it rests on, what a person must decide."""

    schema: dict[str, Any]
    notes: tuple[str, ...]


def infer_schema(name: str, records: Iterable[Mapping[str, Any]]) -> Proposal:
    """A schema for `records`, fields in the order in which they were first seen."""
    seen: dict[str, Seen] = {}
    count = 0
    for record in records:
        count += 1
        for key, value in record.items():
            seen.setdefault(key, Seen()).add(value)
    lists: dict[str, list[dict[str, Any]]] = {
        "dimensionFieldSpecs": [], "metricFieldSpecs": [], "dateTimeFieldSpecs": []}  # fmt: skip
    notes: list[str] = []
    for key, values in seen.items():
        if not _can_be_column(key):
            notes.append(f"{key!r} cannot be the name of a column: fill one from it by a transformConfig")
            continue
        place, spec = _spec(key, values)
        lists[place].append(spec)
        notes.extend(_notes(key, values, spec, count))
    if not lists["dateTimeFieldSpecs"]:
        notes.append(
            "no field looks like a time; a table needs a dateTime column: `__metadata$recordTimestamp` can be one"
        )
    return Proposal({"schemaName": name, **{place: specs for place, specs in lists.items() if specs}}, tuple(notes))


def _can_be_column(key: str) -> bool:
    return bool(key) and not key.startswith("$") and not any(char.isspace() for char in key)


def _spec(name: str, seen: Seen) -> tuple[str, dict[str, Any]]:
    """The list that the column belongs in, and its spec."""
    time = _time_spec(name, seen)
    if time is not None:
        return "dateTimeFieldSpecs", {"name": name, **time}
    if set(seen.kinds) == {"list"} and not {"object", "list"} & set(seen.items):
        data_type = _scalar(seen.items)
        return "dimensionFieldSpecs", {"name": name, "dataType": data_type, "singleValueField": False}
    data_type = "JSON" if {"list", "object"} & set(seen.kinds) else _scalar(seen.kinds)
    measured = data_type in {"DOUBLE", "BIG_DECIMAL"} or (data_type == "LONG" and not _KEY_WORDS.search(name))
    return "metricFieldSpecs" if measured else "dimensionFieldSpecs", {"name": name, "dataType": data_type}


def _time_spec(name: str, seen: Seen) -> dict[str, Any] | None:
    if not seen.kinds:
        return None
    if seen.moments:
        return {"dataType": "TIMESTAMP", "format": "TIMESTAMP", "granularity": "1:MILLISECONDS"}
    if seen.dates:
        return {"dataType": "STRING", "format": "SIMPLE_DATE_FORMAT|yyyy-MM-dd", "granularity": "1:DAYS"}
    unit = next((unit for unit in _EPOCHS if unit in seen.epochs), None)
    if unit is None or not _TIME_WORDS.search(name):
        return None
    return {"dataType": "LONG", "format": f"1:{unit}:EPOCH", "granularity": f"1:{unit}"}


def _scalar(kinds: Counter[str]) -> str:
    """The narrowest type that takes all of the kinds."""
    found = set(kinds)
    if found <= {"whole"} and found:
        return "LONG"
    if found <= {"whole", "decimal"} and found:
        return "DOUBLE"
    if found <= {"whole", "huge"} and found:
        return "BIG_DECIMAL"
    return "BOOLEAN" if found == {"flag"} else "STRING"


def _notes(name: str, seen: Seen, spec: Mapping[str, Any], count: int) -> Sequence[str]:
    present = sum(seen.kinds.values())
    notes = []
    if not present:
        notes.append(f"{name}: was always null, STRING is a guess")
    elif present < count:
        notes.append(f"{name}: has a value in {present} of {count} records")
    if len(seen.kinds) > 1 and spec["dataType"] in {"STRING", "JSON"}:
        kinds = ", ".join(f"{times} {kind}" for kind, times in seen.kinds.most_common())
        notes.append(f"{name}: held values of several kinds ({kinds}), {spec['dataType']} takes them all")
    return notes


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "whole" if LONG_MIN <= value <= LONG_MAX else "huge"
    if isinstance(value, float):
        return "decimal"
    return "text" if isinstance(value, str) else "list" if isinstance(value, list) else "object"


def _is_epoch(value: Any, unit_ms: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and is_plausible_time(value * unit_ms)


def _is_moment(text: str, pattern: re.Pattern[str]) -> bool:
    if not pattern.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
