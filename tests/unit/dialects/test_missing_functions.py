"""A function that is not in the table is a 700 that names the nearest thing there is."""

import pytest

from dialects.faults import ValidationFault
from dialects.functions import FUNCTIONS
from dialects.missing import ALTERNATIVES


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("geoToH3(1, 2, 5)", "Unsupported function: geotoh3: H3 cells are not supported: use ST_Distance"),
        ("cityHash64(raw)", "Unsupported function: cityhash64: use murmurHash3Bit64"),
        ("rand()", "Unsupported function: rand: it gives another value in every run"),
        ("st_contain(raw, raw)", "Unsupported function: stcontain, did you mean stcontains?"),
        ("uperr(Carrier)", "Unsupported function: uperr, did you mean upper?"),
        ("xyzzy(Carrier)", "Unsupported function: xyzzy"),
        (f"{'x' * 500}(Carrier)", f"Unsupported function: {'x' * 500}"),
    ],
)
def test_what_is_missing_names_the_nearest_thing(bound, call: str, message: str) -> None:
    with pytest.raises(ValidationFault) as raised:
        bound(f"SELECT {call} FROM t")
    assert raised.value.message.startswith(message) or message in raised.value.message


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_what_is_called_missing_is_missing(name: str) -> None:
    assert name not in FUNCTIONS
