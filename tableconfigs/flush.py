"""When a consuming segment ends: rows, size and age, and how the row target follows the size wanted (contract 3.2)."""

from dataclasses import dataclass, replace

from tableconfigs.data_size import size_bytes
from tableconfigs.periods import duration_ms
from tableconfigs.stream_map import StreamMap

ROWS_DEFAULT = 5_000_000
TIME_MS_DEFAULT = 6 * 3_600_000
SEGMENT_SIZE_BYTES_DEFAULT = 200 << 20
AUTOTUNE_INITIAL_ROWS_DEFAULT = 100_000
ROW_TARGET_MIN, ROW_TARGET_MAX = 10_000, 2**31 - 1

_PREFIX = "realtime.segment.flush."
_ROWS = (f"{_PREFIX}threshold.rows", f"{_PREFIX}threshold.size", f"{_PREFIX}threshold.size.llc")
_SEGMENT_ROWS = f"{_PREFIX}threshold.segment.rows"
_SEGMENT_SIZE = (f"{_PREFIX}threshold.segment.size", f"{_PREFIX}desired.size")
_TIME = (f"{_PREFIX}threshold.time", f"{_PREFIX}threshold.time.llc")
_VARIANCE = f"{_PREFIX}threshold.variance.fraction"
_INITIAL_ROWS = f"{_PREFIX}autotune.initialRows"


@dataclass(frozen=True, slots=True)
class FlushThresholds:
    """Exactly one of `rows`, `segment_rows` and `segment_size_bytes` is set; age ends a segment in every case.

    `rows` is a budget per host, shared by the partitions there; `segment_rows` is per segment; `segment_size_bytes` is
    the size wanted of the sealed segment, reached by tuning the row target. `time_ms` counts from segment creation.
    """

    rows: int | None = ROWS_DEFAULT
    segment_rows: int | None = None
    segment_size_bytes: int | None = None
    time_ms: int = TIME_MS_DEFAULT
    variance_fraction: float = 0.0
    autotune_initial_rows: int = AUTOTUNE_INITIAL_ROWS_DEFAULT

    def rows_per_partition(self, partitions_on_host: int) -> int | None:
        """The row limit of a new segment; None when size decides (see `next_row_target`)."""
        if self.rows is not None:
            return max(1, self.rows // max(1, partitions_on_host))
        return self.segment_rows

    @classmethod
    def read(cls, stream: StreamMap) -> "FlushThresholds":
        """The thresholds of a stream config; what is wrong with them is noted in `stream`."""
        rows = stream.parsed(int, -1, *_ROWS, expected="a whole number (0: by segment size)")
        segment_rows = stream.parsed(int, -1, _SEGMENT_ROWS, expected="a whole number")
        size = stream.parsed(size_bytes, -1, *_SEGMENT_SIZE, expected="a data size as in 200M")
        _check_exclusive(stream, rows, segment_rows, size)
        return replace(
            _budget(rows, segment_rows, size),
            time_ms=_time_ms(stream),
            variance_fraction=stream.parsed(_fraction, 0.0, _VARIANCE, expected="a number from 0 to below 0.5"),
            autotune_initial_rows=stream.parsed(
                _positive, AUTOTUNE_INITIAL_ROWS_DEFAULT, _INITIAL_ROWS, expected="a positive whole number"
            ),
        )


def _budget(rows: int, segment_rows: int, size: int) -> FlushThresholds:
    if segment_rows > 0:
        return FlushThresholds(rows=None, segment_rows=segment_rows)
    if size > 0 or rows == 0:
        return FlushThresholds(rows=None, segment_size_bytes=size if size > 0 else SEGMENT_SIZE_BYTES_DEFAULT)
    return FlushThresholds(rows=rows if rows > 0 else ROWS_DEFAULT)


def _check_exclusive(stream: StreamMap, rows: int, segment_rows: int, size: int) -> None:
    if sum(value > 0 for value in (rows, segment_rows, size)) > 1:
        shown = f"rows: {rows}, segment rows: {segment_rows}, segment size: {size}"
        stream.wrong(_SEGMENT_ROWS if segment_rows > 0 else _SEGMENT_SIZE[0], _ONLY_ONE.format(shown))


_ONLY_ONE = "Only 1 of flush threshold ({}) can be set, remove the others or set them to -1"


def _time_ms(stream: StreamMap) -> int:
    time_ms = stream.parsed(duration_ms, TIME_MS_DEFAULT, *_TIME, expected="a period as in 6h or milliseconds")
    if time_ms <= 0:
        found = stream.first(*_TIME)
        stream.wrong(found[0] if found else _TIME[0], f"Invalid flush threshold time: {time_ms}, must be positive")
    return time_ms


def _fraction(text: str) -> float:
    value = float(text)
    if not 0 <= value < 0.5:
        raise ValueError(text)
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value <= 0:
        raise ValueError(text)
    return value


@dataclass(frozen=True, slots=True)
class SealedSize:
    """What the last segment came to: rows, bytes of the sealed file, its row limit, how long it was open."""

    rows: int
    size_bytes: int
    row_target: int
    open_ms: int


@dataclass(frozen=True, slots=True)
class SizeTuning:
    """What size mode has learnt of a table: the moving average of rows per byte, and the last segment."""

    rows_per_byte: float | None = None
    last: SealedSize | None = None

    def after(self, sealed: SealedSize) -> "SizeTuning":
        """What is known once `sealed` is committed. Pass no empty segments or forced commits: they teach nothing."""
        ratio = sealed.rows / sealed.size_bytes
        old = self.rows_per_byte
        return SizeTuning(ratio if old is None else 0.1 * ratio + 0.9 * old, sealed)


def next_row_target(thresholds: FlushThresholds, tuning: SizeTuning, draw: float = 0.5) -> int:
    """The row limit of the next segment in size mode. `draw` in [0, 1) places it within the configured variance."""
    if tuning.rows_per_byte is None or tuning.last is None:
        return thresholds.autotune_initial_rows
    last = tuning.last
    wanted_bytes = thresholds.segment_size_bytes or SEGMENT_SIZE_BYTES_DEFAULT
    if last.rows < last.row_target and last.size_bytes < wanted_bytes:
        return _bounded(_rows_at_pace(last, thresholds.time_ms) * 1.1)
    spread = 1 + thresholds.variance_fraction * (2 * draw - 1)
    return _bounded(_rows_by_size(last, wanted_bytes, tuning.rows_per_byte) * spread)


def _rows_at_pace(last: SealedSize, time_ms: int) -> float:
    """Rows of a segment that time ended; scaled down when the time threshold has been lowered since."""
    return last.rows * min(1.0, time_ms / last.open_ms) if last.open_ms > 0 else last.rows


def _rows_by_size(last: SealedSize, wanted_bytes: int, rows_per_byte: float) -> float:
    if last.size_bytes < wanted_bytes / 2:
        return last.rows * 1.5
    if last.size_bytes > wanted_bytes * 1.5:
        return last.rows / 2
    return wanted_bytes * rows_per_byte


def _bounded(rows: float) -> int:
    return int(max(ROW_TARGET_MIN, min(ROW_TARGET_MAX, rows)))
