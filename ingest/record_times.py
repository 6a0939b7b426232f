"""A record's Kafka timestamp in the time column's own format: what a row without a time gets (P4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa

from ingest.streams.base import Int64s
from tableconfigs.datetime_format import DateTimeFormat


def record_times(timestamps_ms: Int64s, form: DateTimeFormat, kind: pa.DataType) -> pa.Array:
    """`timestamps_ms` (epoch ms) as values of a column of type `kind` that writes moments as `form` says."""
    unit = form.epoch_unit
    if unit is None:
        return pa.array([_text(form, int(ms)) for ms in timestamps_ms], kind)
    return pa.array(timestamps_ms * unit.denominator // unit.numerator).cast(kind)


def _text(form: DateTimeFormat, ms: int) -> str:
    moment = datetime.fromtimestamp(0, form.tzinfo) + timedelta(milliseconds=ms)
    return moment.strftime(form.strptime) if form.strptime else moment.isoformat(timespec="milliseconds")
