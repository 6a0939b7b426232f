"""Periods and data sizes as Pinot writes them."""

import pytest

from tableconfigs.data_size import size_bytes
from tableconfigs.periods import duration_ms, period_ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [("6h", 21_600_000), ("1d12h", 129_600_000), ("30m", 1_800_000), ("45s", 45_000), ("2D", 172_800_000), ("0d", 0)],
)
def test_periods(text: str, ms: int) -> None:
    assert period_ms(text) == ms


@pytest.mark.parametrize("text", ["", "6", "h", "1h2d", "-1d", "1.5h", "1w", "6 h"])
def test_what_is_no_period_says_the_grammar(text: str) -> None:
    with pytest.raises(ValueError, match="must be days, hours, minutes, seconds"):
        period_ms(text)


def test_a_duration_may_be_plain_milliseconds() -> None:
    assert duration_ms(" 3600000 ") == duration_ms("1h") == 3_600_000


@pytest.mark.parametrize(
    ("text", "size"),
    [("200M", 200 << 20), ("1G", 1 << 30), ("1.5k", 1536), ("150000", 150_000), ("10GB", 10 << 30), ("7B", 7)],
)
def test_sizes(text: str, size: int) -> None:
    assert size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "M", "-1M", "1X", "1 M", "1e3"])
def test_what_is_no_size_says_the_grammar(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number with an optional K, M, G, T or P"):
        size_bytes(text)


def test_a_size_of_absurd_length_is_still_a_number() -> None:
    assert size_bytes("9" * 400 + "P") > 10**400
