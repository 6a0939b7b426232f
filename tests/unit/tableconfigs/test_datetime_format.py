"""Pinot's dateTime formats: both grammars, to milliseconds, and the texts of their errors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tableconfigs.datetime_format import DateTimeFormat, DateTimeGranularity, TimeKind
from tableconfigs.joda_pattern import sorts_by_time

DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("text", "value", "millis"),
    [
        ("1:MILLISECONDS:EPOCH", 1_700_000_000_123, 1_700_000_000_123),
        ("5:MINUTES:EPOCH", 2, 600_000),
        ("1:DAYS:EPOCH", "16071", 16071 * DAY_MS),
        ("1:MICROSECONDS:EPOCH", 1_999, 1),
        ("1:NANOSECONDS:EPOCH", -1, -1),
        ("EPOCH", 7, 7),
        ("EPOCH|DAYS", 3, 3 * DAY_MS),
        ("EPOCH|MINUTES|5", 2, 600_000),
        ("1:MILLISECONDS:TIMESTAMP", 1500, 1500),
        ("TIMESTAMP", "1970-01-01 00:00:01.5", 1500),
        ("TIMESTAMP", "1970-01-01T01:00:00+01:00", 0),
        ("1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd", 20240102, 1_704_153_600_000),
        ("1:DAYS:SIMPLE_DATE_FORMAT:yyyy-MM-dd tz(IST)", "1970-01-01", -19_800_000),
        ("1:HOURS:SIMPLE_DATE_FORMAT:yyyy-MM-dd HH", "1970-01-02 03", DAY_MS + 3 * 3_600_000),
        ("1:HOURS:SIMPLE_DATE_FORMAT:yyyy-MM-dd'T'HH:mm:ss.SSSZ", "1970-01-01T01:00:00.250+0100", 250),
        ("1:DAYS:SIMPLE_DATE_FORMAT:dd MMM yyyy, 'at' hh a", "02 Jan 1970, at 01 PM", DAY_MS + 13 * 3_600_000),
        ("SIMPLE_DATE_FORMAT|yyyy-MM-dd|UTC", "1970-01-02", DAY_MS),
        ("SIMPLE_DATE_FORMAT|yyyy-MM-dd|+05:30", "1970-01-01", -19_800_000),
        ("SIMPLE_DATE_FORMAT|yyyy-MM-dd|Europe/Paris", "1970-07-01", 181 * DAY_MS - 3_600_000),
        ("SIMPLE_DATE_FORMAT", "1971", 365 * DAY_MS),
        ("SIMPLE_DATE_FORMAT", "1970-02", 31 * DAY_MS),
        ("1:DAYS:SIMPLE_DATE_FORMAT", "1970-01-01T00:00:00.001Z", 1),
        ("1:WEEKS:SIMPLE_DATE_FORMAT:yyyy-MM-dd", "1970-01-02", DAY_MS),
    ],
)
def test_values_become_milliseconds(text: str, value: int | str, millis: int) -> None:
    assert DateTimeFormat.parse(text).to_millis(value) == millis


@pytest.mark.parametrize(
    ("text", "unit_ms"),
    [
        ("1:MILLISECONDS:EPOCH", 1),
        ("15:MINUTES:EPOCH", 900_000),
        ("EPOCH|DAYS", DAY_MS),
        ("TIMESTAMP", 1),
        ("1:MICROSECONDS:EPOCH", None),
        ("2000:MICROSECONDS:EPOCH", 2),
        ("1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd", None),
    ],
)
def test_whole_columns_can_be_multiplied(text: str, unit_ms: int | None) -> None:
    assert DateTimeFormat.parse(text).epoch_unit_ms == unit_ms


@settings(deadline=None)
@given(size=st.integers(1, 1000), unit=st.sampled_from(["SECONDS", "MINUTES", "HOURS", "DAYS"]), value=st.integers())
def test_multiplying_a_column_is_what_one_value_gets(size: int, unit: str, value: int) -> None:
    spec = DateTimeFormat.parse(f"{size}:{unit}:EPOCH")
    assert spec == DateTimeFormat.parse(f"EPOCH|{unit}|{size}")
    assert spec.epoch_unit_ms is not None
    assert spec.to_millis(value) == value * spec.epoch_unit_ms


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Must provide format"),
        ("1:DAYS", "Invalid format: 1:DAYS, must be size:unit:EPOCH"),
        ("1:DAYS:UNIX", "Invalid format: 1:DAYS:UNIX, UNIX must be one of EPOCH, TIMESTAMP, SIMPLE_DATE_FORMAT"),
        ("1:DAY:EPOCH", "Invalid time unit: DAY in format: 1:DAY:EPOCH, must be one of NANOSECONDS"),
        ("1:MONTHS:EPOCH", "Invalid time unit: MONTHS"),
        ("0:DAYS:EPOCH", "Invalid size: 0 in format: 0:DAYS:EPOCH, must be positive"),
        ("-1:DAYS:EPOCH", "Invalid size: -1"),
        ("1:DAYS:SIMPLE_DATE_FORMAT:yyyy-qq", "Invalid format: .* 'qq' is not supported"),
        ("1:DAYS:SIMPLE_DATE_FORMAT:yyyy'T", "Invalid format: .* a quote is not closed"),
        ("1:DAYS:SIMPLE_DATE_FORMAT:yyyy tz(Mars/Base)", "Invalid time zone: Mars/Base"),
    ],
)
def test_bad_formats_name_place_value_and_cure(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DateTimeFormat.parse(text)


def test_a_value_that_does_not_fit_names_the_pattern() -> None:
    with pytest.raises(ValueError, match="'2024-13-01' does not fit yyyy-MM-dd"):
        DateTimeFormat.parse("1:DAYS:SIMPLE_DATE_FORMAT:yyyy-MM-dd").to_millis("2024-13-01")
    with pytest.raises(ValueError, match="'yesterday' does not fit ISO-8601"):
        DateTimeFormat.parse("SIMPLE_DATE_FORMAT").to_millis("yesterday")


def test_the_pattern_and_the_zone_are_told_apart() -> None:
    spec = DateTimeFormat.parse("1:DAYS:SIMPLE_DATE_FORMAT:yyyy-MM-dd HH:mm tz(Asia/Tokyo)")
    assert (spec.kind, spec.pattern, spec.zone) == (TimeKind.SIMPLE_DATE_FORMAT, "yyyy-MM-dd HH:mm", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("text", "size", "unit"), [("15:MINUTES", 15, "MINUTES"), ("HOURS|1", 1, "HOURS"), ("DAYS", 1, "DAYS")]
)
def test_granularities(text: str, size: int, unit: str) -> None:
    assert DateTimeGranularity.parse(text) == DateTimeGranularity(size, unit)


@pytest.mark.parametrize("text", ["", "15", "MINUTES:15", "0:DAYS", "1:DAY", "1:DAYS:EPOCH"])
def test_bad_granularities(text: str) -> None:
    with pytest.raises(ValueError, match="Invalid granularity: "):
        DateTimeGranularity.parse(text)


@pytest.mark.parametrize("pattern", ["yyyyMMdd", "yyyy-MM-dd HH:mm:ss.SSS", "yyyy"])
def test_patterns_that_sort_in_time_order(pattern: str) -> None:
    assert sorts_by_time(pattern)


@pytest.mark.parametrize("pattern", ["dd-MM-yyyy", "yyyy-MMM-dd", "MM/yyyy", "yyyy-dd", "HH:mm"])
def test_patterns_that_do_not(pattern: str) -> None:
    assert not sorts_by_time(pattern)


# Both ways: a moment written in a format is read as that moment, rounded down to what the format can say

RESOLUTIONS = {
    "EPOCH|MILLISECONDS": 1,
    "EPOCH|SECONDS": 1_000,
    "5:MINUTES:EPOCH": 300_000,
    "EPOCH|HOURS|6": 6 * 3_600_000,
    "1:DAYS:EPOCH": DAY_MS,
    "1:MICROSECONDS:EPOCH": 1,
    "1:NANOSECONDS:EPOCH": 1,
    "TIMESTAMP": 1,
    "SIMPLE_DATE_FORMAT": 1,
    "1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd": DAY_MS,
    "SIMPLE_DATE_FORMAT|yyyy-MM-dd HH:mm:ss.SSS": 1,
    "SIMPLE_DATE_FORMAT|yyyy-MM-dd'T'HH:mm:ss.SSSZ": 1,
    "SIMPLE_DATE_FORMAT|yyyy-MM-dd'T'HH:mm:ssZZ": 1_000,
    "1:HOURS:SIMPLE_DATE_FORMAT:yyyy-MM-dd-HH": 3_600_000,
    "SIMPLE_DATE_FORMAT|dd MMM yyyy, h:mm a": 60_000,
    "SIMPLE_DATE_FORMAT|EEEE, d MMMM yyyy": DAY_MS,
    "SIMPLE_DATE_FORMAT|yyyy-DDD": DAY_MS,
    "SIMPLE_DATE_FORMAT|yyyy-MM-dd|+05:30": DAY_MS,
    "SIMPLE_DATE_FORMAT|yyyyMMddHHmmss|-08:00": 1_000,
}
"""Formats of both grammars, in zones without daylight saving, with what one step of them is worth in milliseconds."""

MOMENTS = st.integers(-2_000_000_000_000, 4_000_000_000_000)


@pytest.mark.parametrize(("text", "step_ms"), RESOLUTIONS.items())
@settings(deadline=None)
@given(millis=MOMENTS)
def test_a_moment_is_read_as_it_was_written(text: str, step_ms: int, millis: int) -> None:
    form = DateTimeFormat.parse(text)
    back = form.to_millis(form.from_millis(millis))
    assert back <= millis < back + step_ms
    assert form.from_millis(back) == form.from_millis(millis)


@settings(deadline=None)
@given(
    millis=st.integers(0, 4_000_000_000_000),
    zone=st.sampled_from(["Europe/Paris", "America/Los_Angeles", "Asia/Kolkata", "IST", "PST"]),
)
def test_texts_with_their_offset_survive_daylight_saving(millis: int, zone: str) -> None:
    form = DateTimeFormat.parse(f"SIMPLE_DATE_FORMAT|yyyy-MM-dd HH:mm:ss.SSS ZZ|{zone}")
    assert form.to_millis(form.from_millis(millis)) == millis


@settings(deadline=None)
@given(a=MOMENTS, b=MOMENTS, pattern=st.sampled_from(["yyyy", "yyyyMM", "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss.SSS"]))
def test_patterns_that_sort_keep_the_order_of_moments(a: int, b: int, pattern: str) -> None:
    assert sorts_by_time(pattern)
    form = DateTimeFormat.parse(f"SIMPLE_DATE_FORMAT|{pattern}")
    if a <= b:
        assert str(form.from_millis(a)) <= str(form.from_millis(b))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2024-03-05T15:04:05.678"),
        ("yy/M/d h a", "24/3/5 3 PM"),
        ("EEE, dd MMM", "Tue, 05 Mar"),
        ("xxxx-ww-e", "2024-10-2"),
        ("S SS SSSS", "6 67 6780"),
    ],
)
def test_moments_are_written_as_joda_writes_them(pattern: str, text: str) -> None:
    assert DateTimeFormat.parse(f"SIMPLE_DATE_FORMAT|{pattern}").from_millis(1_709_651_045_678) == text
