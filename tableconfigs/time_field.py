"""The deprecated `timeFieldSpec`, read as the dateTime field that replaced it (contract 2.5)."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any

from tableconfigs.data_types import DataType
from tableconfigs.field_specs import DateTimeFieldSpec
from tableconfigs.parsing import UPPER, PinotModel, Text
from tableconfigs.problems import Problem


class TimeGranularitySpec(PinotModel):
    """One side of a time field: the column as it arrives, or as it is kept."""

    name: Text
    data_type: Annotated[DataType, UPPER]
    time_type: Annotated[Text, UPPER]
    time_unit_size: int = 1
    timeunit_size: int | None = None  # an older spelling of the same
    time_format: Text = "EPOCH"

    @property
    def size(self) -> int:
        """How many units one value counts."""
        return self.time_unit_size if self.timeunit_size is None else self.timeunit_size

    @property
    def format(self) -> str:
        """The dateTime format with the same meaning."""
        return f"{self.size}:{self.time_type}:{self.time_format}"


class TimeFieldSpec(PinotModel):
    """An incoming column and, when it differs, the outgoing column it is converted to."""

    incoming_granularity_spec: TimeGranularitySpec
    outgoing_granularity_spec: TimeGranularitySpec | None = None
    default_null_value: Any = None

    @property
    def kept(self) -> TimeGranularitySpec:
        """The column that the table has."""
        return self.outgoing_granularity_spec or self.incoming_granularity_spec

    @cached_property
    def date_time(self) -> DateTimeFieldSpec:
        """The dateTime column with, when units differ, the transform that computes it."""
        kept = self.kept
        differs = kept != self.incoming_granularity_spec
        return DateTimeFieldSpec(
            name=kept.name,
            data_type=kept.data_type,
            format=kept.format,
            granularity=f"{kept.size}:{kept.time_type}",
            default_null_value=self.default_null_value,
            transform_function=_conversion(self.incoming_granularity_spec, kept) if differs else None,
        )

    def problems(self, path: str) -> Iterator[Problem]:
        """Two different columns of one name, or a conversion that is not between epochs."""
        incoming, kept = self.incoming_granularity_spec, self.kept
        if kept == incoming:
            return
        place = f"{path}/outgoingGranularitySpec"
        if kept.name == incoming.name:
            yield Problem(f"{place}/name", kept.name, "incoming and outgoing spec differ, so they need different names")
        if {kept.time_format, incoming.time_format} != {"EPOCH"}:
            text = "only EPOCH can be converted to EPOCH; use a transformConfig for other formats"
            yield Problem(f"{place}/timeFormat", kept.time_format, text)


def _conversion(incoming: TimeGranularitySpec, outgoing: TimeGranularitySpec) -> str:
    inner = _call("fromEpoch", "Bucket", incoming, incoming.name)
    return _call("toEpoch", "Bucket", outgoing, inner)


def _call(verb: str, suffix: str, spec: TimeGranularitySpec, argument: str) -> str:
    if spec.time_type == "MILLISECONDS":
        return argument
    name = verb + spec.time_type.capitalize()
    return f"{name}({argument})" if spec.size == 1 else f"{name}{suffix}({argument}, {spec.size})"
