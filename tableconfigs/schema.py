"""A Pinot schema: the columns of a table, in the order they were declared."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from tableconfigs.field_specs import (
    ComplexFieldSpec,
    DateTimeFieldSpec,
    DimensionFieldSpec,
    FieldSpec,
    MetricFieldSpec,
)
from tableconfigs.parsing import OptionalText, Parsed, PinotModel, Text, load_json, parse_model
from tableconfigs.problems import InvalidConfig, Problem
from tableconfigs.time_field import TimeFieldSpec


class Schema(PinotModel):
    """The JSON document of `/schemas`, understood and checked."""

    schema_name: Text
    description: OptionalText = None
    tags: list[Text] | None = None
    enable_column_based_null_handling: bool = False
    dimension_field_specs: list[DimensionFieldSpec] = []
    metric_field_specs: list[MetricFieldSpec] = []
    date_time_field_specs: list[DateTimeFieldSpec] = []
    complex_field_specs: list[ComplexFieldSpec] = []
    time_field_spec: TimeFieldSpec | None = None
    primary_key_columns: list[Text] | None = None

    @classmethod
    def parse(cls, source: bytes | str | Mapping[str, Any]) -> "Parsed[Schema]":
        """Read a schema. Raises `InvalidConfig` with every problem found."""
        parsed = parse_model(cls, load_json(source))
        problems = list(parsed.value.problems())
        if problems:
            raise InvalidConfig(problems)
        return parsed

    @cached_property
    def columns(self) -> dict[str, FieldSpec]:
        """Every column by name: dimensions, metrics, dateTimes, complex ones, each in declared order."""
        return {spec.name: spec for _, spec in self._placed()}

    @cached_property
    def date_times(self) -> dict[str, DateTimeFieldSpec]:
        """The columns that hold moments, the converted old time field included."""
        return {name: spec for name, spec in self.columns.items() if isinstance(spec, DateTimeFieldSpec)}

    def transforms_besides(self, named: Collection[str]) -> list[tuple[str, str]]:
        """`(column, expression)` of fields that compute themselves (deprecated); `named` have a transform elsewhere.

        The conversion of the old time field is one of them.
        """
        return [
            (name, spec.transform_function)
            for name, spec in self.columns.items()
            if spec.transform_function and name not in named
        ]

    def _placed(self) -> Iterator[tuple[str, FieldSpec]]:
        lists: dict[str, Sequence[FieldSpec]] = {
            "dimensionFieldSpecs": self.dimension_field_specs,
            "metricFieldSpecs": self.metric_field_specs,
            "dateTimeFieldSpecs": self.date_time_field_specs,
            "complexFieldSpecs": self.complex_field_specs,
        }
        for key, specs in lists.items():
            yield from ((f"/{key}/{at}", spec) for at, spec in enumerate(specs))
        if self.time_field_spec is not None:
            yield "/timeFieldSpec", self.time_field_spec.date_time

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the schema beyond the shape of its JSON."""
        if not self.schema_name or "__" in self.schema_name:
            text = "'schemaName' must not be empty or contain a double underscore ('__')"
            yield Problem("/schemaName", self.schema_name, text)
        for path, spec in self._placed():
            yield from spec.problems(path)
        if self.time_field_spec is not None:
            yield from self.time_field_spec.problems("/timeFieldSpec")
        yield from self._duplicates()
        yield from self._primary_key_problems()

    def _duplicates(self) -> Iterator[Problem]:
        seen: dict[str, FieldSpec] = {}
        for path, spec in self._placed():
            first = seen.setdefault(spec.name.lower(), spec)
            if first is not spec:
                hint = "" if first.name == spec.name else ", names must differ by more than case"
                yield Problem(f"{path}/name", spec.name, f"Field spec already exists for column: {first.name}{hint}")

    def _primary_key_problems(self) -> Iterator[Problem]:
        for at, name in enumerate(self.primary_key_columns or []):
            if name not in self.columns:
                yield Problem(f"/primaryKeyColumns/{at}", name, "The primary key column must exist")

    def backward_incompatibilities(self, new: "Schema") -> list[str]:
        """Why rows of this schema cannot be read as rows of `new`; empty when only columns were added."""
        reasons = [reason for name, old in self.columns.items() for reason in _changes(old, new.columns.get(name))]
        if (self.primary_key_columns or []) != (new.primary_key_columns or []):
            reasons.append(f"primaryKeyColumns changed from {self.primary_key_columns} to {new.primary_key_columns}")
        return reasons

    def to_pinot_json(self) -> dict[str, Any]:
        """As Pinot answers GET: the schema's name, then each non-empty list, values equal to the default left out."""
        lists: dict[str, Sequence[FieldSpec]] = {
            "dimensionFieldSpecs": self.dimension_field_specs,
            "metricFieldSpecs": self.metric_field_specs,
            "dateTimeFieldSpecs": list(self.date_times.values()),
            "complexFieldSpecs": self.complex_field_specs,
        }
        return {
            "schemaName": self.schema_name,
            **({"description": self.description} if self.description else {}),
            **({"tags": self.tags} if self.tags else {}),
            "enableColumnBasedNullHandling": self.enable_column_based_null_handling,
            **{key: [spec.printed() for spec in specs] for key, specs in lists.items() if specs},
            **({"primaryKeyColumns": self.primary_key_columns} if self.primary_key_columns else {}),
        }


def _changes(old: FieldSpec, new: FieldSpec | None) -> Iterator[str]:
    if new is None:
        yield f"column {old.name} is missing"
        return
    for key, before, after in (
        ("fieldType", old.field_type, new.field_type),
        ("dataType", old.data_type, new.data_type),
        ("singleValueField", old.single_value_field, new.single_value_field),
    ):
        if before != after:
            yield f"column {old.name}: {key} changed from {before} to {after}"


def pretty(value: Any, indent: str = "") -> str:
    """JSON text in the style of Pinot's schema answers: two spaces, `"key" : value`, `[ {` and `}, {` on one line."""
    inner = indent + "  "
    if isinstance(value, Mapping):
        entries = [f"{inner}{json.dumps(key)} : {pretty(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(entries) + f"\n{indent}}}" if entries else "{ }"
    if isinstance(value, list):
        return "[ " + ", ".join(pretty(item, indent) for item in value) + " ]" if value else "[ ]"
    return json.dumps(value, ensure_ascii=False)
