"""The columns of a schema: dimension, metric, dateTime and complex field specs, and the old time field."""

import json
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from tableconfigs.data_types import (
    ALLOWED_TYPES,
    DataType,
    DefaultValue,
    FieldType,
    parse_default,
    type_default,
)
from tableconfigs.datetime_format import DateTimeFormat, DateTimeGranularity
from tableconfigs.parsing import UPPER, OptionalText, PinotModel, Text
from tableconfigs.problems import Problem

LENGTH_MAX_DEFAULT = 512


class MaxLengthExceedStrategy(StrEnum):
    """What happens to a STRING, JSON or BYTES value longer than `maxLength`."""

    TRIM_LENGTH = "TRIM_LENGTH"
    ERROR = "ERROR"
    SUBSTITUTE_DEFAULT_VALUE = "SUBSTITUTE_DEFAULT_VALUE"
    NO_ACTION = "NO_ACTION"


def _default_text(value: object) -> object:
    """Any JSON value as the text Pinot keeps: objects and lists as JSON, scalars as their text."""
    return json.dumps(value) if isinstance(value, dict | list | bool) else None if value is None else str(value)


class FieldSpec(PinotModel):
    """One column. `default_null` is what stands for null in it (for a multi-value column: the one element)."""

    field_type: ClassVar[FieldType]

    name: Text
    data_type: Annotated[DataType, UPPER]
    declared_field_type: OptionalText = Field(None, alias="fieldType")  # GET prints it, so PUT must take it
    single_value_field: bool = True
    not_null: bool = False
    max_length: int | None = None
    max_length_exceed_strategy: Annotated[MaxLengthExceedStrategy | None, UPPER] = None
    allow_trailing_zeros: bool = False
    default_null_value: Annotated[str | None, BeforeValidator(_default_text)] = None
    transform_function: OptionalText = None
    virtual_column_provider: OptionalText = None
    description: OptionalText = None
    tags: list[Text] | None = None
    field_id: int | None = None
    aliases: list[Text] | None = None
    metadata: dict[str, Any] | None = None

    @cached_property
    def default_null(self) -> DefaultValue:
        """The typed value that stands for null; a Python value of the column's type."""
        if self.default_null_value is None:
            return type_default(self.field_type, self.data_type)
        return parse_default(self.data_type, self.default_null_value)

    @property
    def length_max(self) -> int:
        """Longest STRING, JSON or BYTES value that is kept whole, in characters or bytes."""
        return LENGTH_MAX_DEFAULT if self.max_length is None else self.max_length

    @property
    def on_too_long(self) -> MaxLengthExceedStrategy:
        """What to do with a longer one."""
        if self.max_length_exceed_strategy is not None:
            return self.max_length_exceed_strategy
        trims = self.data_type is DataType.STRING
        return MaxLengthExceedStrategy.TRIM_LENGTH if trims else MaxLengthExceedStrategy.NO_ACTION

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this column on its own."""
        if not self.name or any(char.isspace() for char in self.name):
            yield Problem(f"{path}/name", self.name, f'The column name "{self.name}" should not contain blank space.')
        if self.name.startswith("$"):
            yield Problem(f"{path}/name", self.name, "names that start with $ are reserved for virtual columns")
        if self.data_type not in ALLOWED_TYPES[self.field_type]:
            yield self._unsupported_type(path)
        else:
            yield from self._default_problems(path)
        if self.data_type is DataType.JSON and not self.single_value_field:
            yield Problem(f"{path}/singleValueField", False, "JSON columns cannot be of multi-value type")
        if self.max_length is not None and self.max_length <= 0:
            yield Problem(f"{path}/maxLength", self.max_length, "maxLength must be positive")

    def _unsupported_type(self, path: str) -> Problem:
        allowed = ", ".join(data_type for data_type in DataType if data_type in ALLOWED_TYPES[self.field_type])
        text = f"Unsupported data type: {self.data_type} in {self.field_type} field, must be one of {allowed}"
        return Problem(f"{path}/dataType", str(self.data_type), text)

    def _default_problems(self, path: str) -> Iterator[Problem]:
        try:
            _ = self.default_null
        except ValueError as error:
            yield Problem(f"{path}/defaultNullValue", self.default_null_value, f"{error} for {self.data_type}")

    def printed(self) -> dict[str, Any]:
        """As Pinot prints it: name, types, then what differs from the defaults."""
        head = {"name": self.name, "dataType": str(self.data_type), "fieldType": str(self.field_type)}
        rest = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=_PRINTED_FIRST)
        if self.default_null_value is not None:
            rest["defaultNullValue"] = _json_default(self.data_type, self.default_null_value)
        return head | rest


_PRINTED_FIRST = {"name", "data_type", "declared_field_type"}
_PRINTED_AS_NUMBER = {DataType.INT, DataType.LONG, DataType.FLOAT, DataType.DOUBLE}


def _json_default(data_type: DataType, text: str) -> Any:
    if data_type is DataType.BOOLEAN:
        return parse_default(data_type, text)
    value = parse_default(data_type, text) if data_type in _PRINTED_AS_NUMBER else text
    return text if value in (float("inf"), float("-inf")) else value


class DimensionFieldSpec(FieldSpec):
    """A column to filter and group by."""

    field_type = FieldType.DIMENSION


class MetricFieldSpec(FieldSpec):
    """A column to aggregate."""

    field_type = FieldType.METRIC


class DateTimeFieldSpec(FieldSpec):
    """A column that holds moments. `format_spec` says how; a TIMESTAMP column is always TIMESTAMP."""

    field_type = FieldType.DATE_TIME

    format: Text
    granularity: OptionalText = None
    sample_value: OptionalText = None

    @cached_property
    def format_spec(self) -> DateTimeFormat:
        """The parsed format. Raises ValueError with Pinot's texts."""
        return DateTimeFormat.parse("TIMESTAMP" if self.data_type is DataType.TIMESTAMP else self.format)

    def problems(self, path: str) -> Iterator[Problem]:
        """As for any column, and: format, granularity and sample value must be readable."""
        yield from super().problems(path)
        if not self.single_value_field:
            yield Problem(f"{path}/singleValueField", False, "dateTime columns cannot be of multi-value type")
        try:
            spec = self.format_spec
        except ValueError as error:
            yield Problem(f"{path}/format", self.format, str(error))
            return
        yield from self._granularity_problems(path)
        yield from self._sample_problems(path, spec)

    def _granularity_problems(self, path: str) -> Iterator[Problem]:
        if self.granularity is None:
            if ":" in self.format and self.data_type is not DataType.TIMESTAMP:
                yield Problem(f"{path}/granularity", None, "Must provide granularity, as in 1:MILLISECONDS")
            return
        try:
            DateTimeGranularity.parse(self.granularity)
        except ValueError as error:
            yield Problem(f"{path}/granularity", self.granularity, str(error))

    def _sample_problems(self, path: str, spec: DateTimeFormat) -> Iterator[Problem]:
        if self.sample_value is None:
            return
        try:
            millis = spec.to_millis(self.sample_value)
        except ValueError as error:
            yield Problem(f"{path}/sampleValue", self.sample_value, str(error))
            return
        if not is_plausible_time(millis):
            text = "sampleValue must fall between 1971-01-01 and 2071-01-01"
            yield Problem(f"{path}/sampleValue", self.sample_value, text)

    def printed(self) -> dict[str, Any]:
        """As for any column, with format and granularity last."""
        base = super().printed()
        tail = {key: base.pop(key) for key in ("format", "granularity", "sampleValue") if key in base}
        if self.data_type is DataType.TIMESTAMP:
            tail["format"] = "TIMESTAMP"
        return base | tail


PLAUSIBLE_FROM_MS, PLAUSIBLE_TO_MS = 31_536_000_000, 3_187_296_000_000


def is_plausible_time(millis: int) -> bool:
    """Whether a moment lies in 1971-01-01 ... 2071-01-01, the range in which Pinot believes a time value."""
    return PLAUSIBLE_FROM_MS <= millis < PLAUSIBLE_TO_MS


class ComplexFieldSpec(FieldSpec):
    """A MAP, LIST, STRUCT or OPEN_STRUCT column."""

    field_type = FieldType.COMPLEX

    child_field_specs: dict[str, dict[str, Any]] | None = None
