"""`complexTypeConfig`: nested objects become columns with a path for a name, elements of collections become rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ingest.decoders.bad_value import BadValue
from ingest.decoders.columns import Record
from ingest.decoders.texts import json_text
from tableconfigs.ingestion import CollectionToJson, ComplexTypeConfig

ROWS_MAX = 10_000
"""Rows of one record: several unnested fields give the product of their lengths."""


class ComplexTypes:
    """Flattens and unnests one record. An object also stays under its own name, for columns that want it as JSON."""

    def __init__(self, config: ComplexTypeConfig) -> None:
        self._unnest = sorted(config.fields_to_unnest or ())
        self._delimiter = config.delimiter
        self._to_json = config.collection_not_unnested_to_json
        self._renamed = dict(config.prefixes_to_rename or {})

    def rows(self, record: Mapping[str, Any]) -> Sequence[Record]:
        """Raises BadValue for a record of more than `ROWS_MAX` rows."""
        rows = [dict(self._flat("", record))]
        for field in self._unnest:
            rows = list(self._bounded(rows, field))
        return [self._named(row) for row in rows] if self._renamed else rows

    def _flat(self, prefix: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for key, value in fields.items():
            name = f"{prefix}{key}"
            if isinstance(value, dict):
                yield name, value
                yield from self._flat(f"{name}{self._delimiter}", value)
            elif isinstance(value, list) and name not in self._unnest:
                yield name, json_text(value) if self._becomes_json(value) else value
            else:
                yield name, value

    def _becomes_json(self, values: Sequence[Any]) -> bool:
        if self._to_json is CollectionToJson.NON_PRIMITIVE:
            return any(isinstance(value, list | dict) for value in values)
        return self._to_json is CollectionToJson.ALL

    def _bounded(self, rows: Sequence[dict[str, Any]], field: str) -> Iterator[dict[str, Any]]:
        """The rows with `field` unnested."""
        unnested = (new for row in rows for new in self._elements(row, field))
        for count, new in enumerate(unnested):
            if count == ROWS_MAX:
                raise BadValue(f"unnesting {field!r} makes more than {ROWS_MAX} rows of one record")
            yield new

    def _elements(self, row: dict[str, Any], field: str) -> Iterator[dict[str, Any]]:
        """One row for each element of the field; the row without it when there are none."""
        values = row.get(field)
        if not isinstance(values, list):
            yield row
        elif not values:
            yield {**row, field: None}
        else:
            for value in values:
                inner = self._flat(f"{field}{self._delimiter}", value) if isinstance(value, dict) else ()
                yield {**row, field: value, **dict(inner)}

    def _named(self, row: dict[str, Any]) -> dict[str, Any]:
        return {self._name(name): value for name, value in row.items()}

    def _name(self, name: str) -> str:
        for old, new in self._renamed.items():
            if name.startswith(old):
                return new + name.removeprefix(old)
        return name
