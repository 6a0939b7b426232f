"""Which Parquet encoding and codec a column gets: decided from a bounded sample, with the reason on record.

Scans are paid for every query and bytes only once, so a codec must earn its place: integers are delta-encoded, columns
with few values get a dictionary, which Snappy shrinks where it is large, other texts have their lengths apart from
their bytes (smaller and faster to read than PLAIN), and zstd stays for what a sample shows to shrink.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segments.column_encoding import Codec as Codec
from segments.column_encoding import ColumnEncoding as ColumnEncoding
from segments.column_encoding import Encoding as Encoding

SPREAD_ROWS = 8192
"""Rows picked all over the table: how many values there are."""
WINDOWS = 32
WINDOW_ROWS = 129
"""Windows of neighbouring rows, a Parquet delta block each: how far neighbours lie apart, and what zstd saves."""
SAMPLE_BYTES_MAX = 16 * 1024 * 1024
TRIAL_BYTES = 64 * 1024
DICTIONARY_BYTES_MAX = 4 * 1024 * 1024
"""Largest dictionary that is worth reading before the first value."""
ZSTD_LEVEL = 1
DICTIONARY_PAYS = 0.6
ZSTD_PAYS = 0.85
SNAPPY_SHARE = 0.2
SNAPPY_PAYS = 0.8
SPLIT_PAYS = 0.5
"""Undoing zstd takes three times as long as reading plain doubles, so they must shrink to this."""

_BLOCK = WINDOW_ROWS - 1
_MINIBLOCK = 32
_DELTA_OVERHEAD_BITS = 0.4
_GOLDEN = 0.6180339887498949

Positions = npt.NDArray[np.int64]


class Sample:
    """A bounded look at a table of `rows` rows: `spread` all over it, `windows` of neighbours in writing order."""

    def __init__(self, rows: int, spread: pa.Table, windows: pa.Table) -> None:
        self.rows = rows
        self.spread = spread
        self.windows = windows

    @classmethod
    def of(cls, table: pa.Table, order: pa.Array | None) -> Sample:
        """Sample of `table` as it will be written: in the order of the row numbers `order`, or as it lies."""
        rows = table.num_rows
        limit = sample_rows(rows, table.nbytes)
        picks = (pa.array(spread_positions(rows, limit)), pa.array(window_positions(rows, limit)))
        return cls(rows, *(table.take(pick if order is None else order.take(pick)) for pick in picks))


def sample_rows(rows: int, size_bytes: int) -> int:
    """How many rows a look may take: `SAMPLE_BYTES_MAX` of rows of average size, and no more than `SPREAD_ROWS`."""
    return max(1, min(SPREAD_ROWS, rows * SAMPLE_BYTES_MAX // max(size_bytes, 1)))


def spread_positions(rows: int, limit: int = SPREAD_ROWS) -> Positions:
    """Up to `limit` row numbers, one at an uneven place in each equal stretch, so that no period hides values."""
    count = min(rows, limit)
    stretch = np.arange(count)
    jitter = (stretch * _GOLDEN) % 1.0
    return stretch * rows // max(count, 1) + (jitter * (rows // max(count, 1))).astype(np.int64)


def window_positions(rows: int, limit: int = SPREAD_ROWS) -> Positions:
    """Row numbers of up to `WINDOWS` whole windows of neighbours; the first rows when `limit` is less than a window."""
    count = min(WINDOWS, min(rows, limit) // WINDOW_ROWS)
    if count == 0:
        return np.arange(min(rows, limit))
    starts = np.linspace(0, rows - WINDOW_ROWS, count).astype(np.int64)
    return (starts[:, None] + np.arange(WINDOW_ROWS)).ravel()


def leaf_path(field: pa.Field) -> str:
    """Path of a column's only Parquet leaf."""
    return f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name


def leaf_type(field: pa.Field) -> pa.DataType:
    """Type of a column's only Parquet leaf."""
    return field.type.value_type if pa.types.is_list(field.type) else field.type


def choose(sample: Sample) -> dict[str, ColumnEncoding]:
    """The encoding of every leaf column, by its Parquet path."""
    return {leaf_path(field): _choose_leaf(sample, index) for index, field in enumerate(sample.spread.schema)}


def _choose_leaf(sample: Sample, index: int) -> ColumnEncoding:
    spread, windows = (part.column(index).combine_chunks() for part in (sample.spread, sample.windows))
    rows = sample.rows
    if pa.types.is_list(spread.type):
        picked = max(len(spread), 1)
        spread, windows = spread.flatten(), windows.flatten()
        rows = round(rows * len(spread) / picked)
    return choose_column(spread.drop_null(), windows.drop_null(), rows)


def choose_column(spread: pa.Array, windows: pa.Array, rows: int) -> ColumnEncoding:
    """The encoding of one leaf column of about `rows` values, from its non-null samples."""
    kind = spread.type
    if pa.types.is_boolean(kind):
        return ColumnEncoding(encoding=Encoding.PLAIN, distinct=2, reason="booleans take one bit")
    distinct = estimate_distinct(spread, rows)
    if distinct <= 1:
        return ColumnEncoding(encoding=Encoding.DICTIONARY, distinct=distinct, reason="at most one value")
    if pa.types.is_integer(kind) or pa.types.is_timestamp(kind):
        return _choose_integer(windows, rows, distinct)
    if pa.types.is_floating(kind):
        return _choose_float(windows, rows, distinct)
    return _choose_text(spread, windows, rows, distinct)


def estimate_distinct(spread: pa.Array, rows: int) -> int:
    """Distinct values in a column of `rows` values, guessed from a sample by how many occur once and twice (Chao)."""
    counts = spread.value_counts().field("counts").to_numpy()
    seen = len(counts)
    if len(spread) >= rows:
        return seen
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return min(rows, seen + once * (once - 1) // (2 * (twice + 1)))


def delta_bits(values: Positions) -> float:
    """Bits a value takes in DELTA_BINARY_PACKED, measured on windows of `WINDOW_ROWS` neighbours."""
    whole = len(values) // WINDOW_ROWS * WINDOW_ROWS
    if whole == 0:
        return float(values.dtype.itemsize * 8)
    windows = values[:whole].reshape(-1, WINDOW_ROWS)
    deltas = np.diff(windows, axis=1)
    above_least = (deltas - deltas.min(axis=1, keepdims=True)).view(f"u{values.dtype.itemsize}")
    widest = above_least.reshape(-1, _BLOCK // _MINIBLOCK, _MINIBLOCK).max(axis=2).astype(np.float64)
    return float(np.ceil(np.log2(widest + 1)).mean()) + _DELTA_OVERHEAD_BITS


def _choose_integer(windows: pa.Array, rows: int, distinct: int) -> ColumnEncoding:
    width = windows.type.bit_width
    bits = {
        Encoding.DELTA: delta_bits(windows.view(pa.int64() if width == 64 else pa.int32()).to_numpy()),
        Encoding.DICTIONARY: _dictionary_bits(distinct, width, rows),
        Encoding.PLAIN: float(width),
    }
    encoding = min(bits, key=lambda name: bits[name])
    return ColumnEncoding(encoding=encoding, distinct=distinct, reason=", ".join(_in_bits(bits)))


def _choose_float(windows: pa.Array, rows: int, distinct: int) -> ColumnEncoding:
    width = windows.type.bit_width
    indices = _dictionary_bits(distinct, width, rows)
    if indices <= DICTIONARY_PAYS * width:
        reason = f"about {distinct} values: {indices:.1f} bits instead of {width}"
        return ColumnEncoding(encoding=Encoding.DICTIONARY, distinct=distinct, reason=reason)
    ratio = _ratio(windows.to_numpy().view(np.uint8).reshape(-1, width // 8).T.tobytes(), "zstd", ZSTD_LEVEL)
    if ratio <= SPLIT_PAYS:
        reason = f"about {distinct} values; split and compressed to {ratio:.0%}"
        return ColumnEncoding(encoding=Encoding.SPLIT, codec="ZSTD", distinct=distinct, reason=reason)
    reason = f"about {distinct} values; compressed only to {ratio:.0%}"
    return ColumnEncoding(encoding=Encoding.PLAIN, distinct=distinct, reason=reason)


def _choose_text(spread: pa.Array, windows: pa.Array, rows: int, distinct: int) -> ColumnEncoding:
    width = 32 + 8 * pc.sum(pc.binary_length(spread)).as_py() / len(spread)
    indices = _dictionary_bits(distinct, width, rows)
    if indices <= DICTIONARY_PAYS * width:
        reason = f"about {distinct} values: {indices:.1f} bits instead of {width:.0f}"
        share = distinct * width / (indices * rows)
        codec = _dictionary_codec(spread.unique(), share)
        return ColumnEncoding(encoding=Encoding.DICTIONARY, codec=codec, distinct=distinct, reason=reason)
    ratio = _ratio(_texts(windows), "zstd", ZSTD_LEVEL)
    codec = "ZSTD" if ratio <= ZSTD_PAYS else "NONE"
    reason = f"about {distinct} values; compressed to {ratio:.0%}"
    return ColumnEncoding(encoding=Encoding.LENGTHS, codec=codec, distinct=distinct, reason=reason)


def _dictionary_codec(values: pa.Array, share: float) -> Codec:
    """Snappy where the dictionary is a good part of the column and shrinks: undoing it costs no time that shows."""
    if share < SNAPPY_SHARE:
        return "NONE"
    ratio = _ratio(_texts(values), "snappy")
    return "SNAPPY" if ratio <= SNAPPY_PAYS else "NONE"


def _texts(values: pa.Array) -> bytes:
    return b"".join(values.cast(pa.large_binary()).to_pylist())[:TRIAL_BYTES]


def _dictionary_bits(distinct: int, value_bits: float, rows: int) -> float:
    """Bits a value takes with its share of the dictionary; infinite for a dictionary that is too large."""
    if distinct * value_bits > 8 * DICTIONARY_BYTES_MAX:
        return float("inf")
    return max(1, (distinct - 1).bit_length()) + distinct * value_bits / rows


def _ratio(data: bytes, codec: str, level: int | None = None) -> float:
    if not data:
        return 1.0
    return len(pa.Codec(codec, compression_level=level).compress(data, asbytes=True)) / len(data)


def _in_bits(bits: dict[Encoding, float]) -> Iterator[str]:
    return (f"{name} {size:.1f} bits" for name, size in bits.items() if size != float("inf"))
