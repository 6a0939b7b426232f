"""Sketches as bytes: merged, estimated, refused when they are none."""

import datasketches
import pyarrow as pa
import pytest

from engine.sketches import cpc, frequent, hyperloglog, quantiles, theta, tuples
from engine.sketches.funnels import STRICT_INCREASE, STRICT_ORDER, Rules, complete_count, match_step, max_step


@pytest.mark.parametrize(
    ("octets", "hashed"),
    [
        (b"", 0xB35966B0),
        (b"a", 0x2A874496),
        (b"abcd", 0x5CB447BF),
        (b"hello world", 0x751799BB),
    ],
)
def test_hashes_are_stable(octets: bytes, hashed: int) -> None:
    assert hyperloglog.hash_octets(octets) == hashed


def test_hyperloglog_estimates_within_its_error() -> None:
    sketch = hyperloglog.of_values([f"user {i}" for i in range(20_000)], 12)
    assert hyperloglog.estimate(sketch) == pytest.approx(20_000, rel=0.05)


def test_few_values_are_counted_exactly() -> None:
    assert hyperloglog.estimate(hyperloglog.of_values(range(10), 8)) == 10


@pytest.mark.parametrize("build", [hyperloglog, theta, cpc])
def test_merged_sketches_are_the_sketch_of_all_values(build) -> None:
    parts = [build.of_values(range(0, 600), 12), build.of_values(range(300, 900), 12)]
    whole = build.estimate(build.of_values(range(900), 12))
    assert build.estimate(build.merged(parts, 12)) == pytest.approx(whole, abs=1)


def test_sets_of_theta_sketches() -> None:
    low, high = theta.of_values(range(0, 600), 12), theta.of_values(range(300, 900), 12)
    assert theta.estimate(theta.intersected(low, high)) == 300
    assert theta.estimate(theta.subtracted(low, high)) == 300
    assert theta.estimate(theta.united(low, high, 12)) == 900


def test_quantiles_of_merged_sketches() -> None:
    parts = [quantiles.of_numbers(pa.array([1.0, 2.0, None]), 200), quantiles.of_numbers(pa.array([3.0]), 200)]
    assert quantiles.quantile(quantiles.merged(parts, 200), 0.5) == 2.0


def test_numbers_of_tuple_sketches_are_added_key_by_key() -> None:
    def sketch(numbers: dict[str, int]) -> bytes:
        made = datasketches.update_tuple_sketch(datasketches.AccumulatorPolicy())
        for key, number in numbers.items():
            made.update(key, number)
        return bytes(made.compact().serialize(tuples.SummarySerDe()))

    both = [sketch({"a": 1, "b": 2}), sketch({"b": 5, "c": 4}), None]
    assert tuples.distinct(both, 16) == 3
    assert tuples.total(both, 16) == 12
    assert tuples.average(both, 16) == 4
    assert tuples.distinct([tuples.raw(both, 16)], 16) == 3


def test_frequent_items_are_read_by_the_library() -> None:
    sketch = datasketches.frequent_strings_sketch.deserialize(frequent.of_texts(["a", "b"], [5, 1], 8))
    assert sketch.get_estimate("a") == 5


@pytest.mark.parametrize(
    "read", [theta.read, cpc.read, quantiles.read, hyperloglog.read, lambda octets: tuples.distinct([octets], 16)]
)
@pytest.mark.parametrize("octets", [b"", b"\x00", b"no sketch at all, only some text that is long enough"])
def test_other_bytes_are_refused(read, octets: bytes) -> None:
    with pytest.raises(ValueError, match="sketch"):
        read(octets)


_A_B_C = [(1, 0), (2, 1), (3, 2)]


@pytest.mark.parametrize(
    ("events", "rules", "reached"),
    [
        ([], Rules(10, 3, 0, 0), 0),
        (_A_B_C, Rules(10, 3, 0, 0), 3),
        (_A_B_C[::-1], Rules(10, 3, 0, 0), 3),
        ([(1, 1), (2, 0)], Rules(10, 3, 0, 0), 1),
        (_A_B_C, Rules(2, 3, 0, 0), 2),  # the third event comes when the window is over
        ([(1, 0), (2, 2), (3, 1)], Rules(10, 3, STRICT_ORDER, 0), 1),
        ([(1, 0), (1, 1), (2, 1)], Rules(10, 2, STRICT_INCREASE, 0), 2),
        ([(1, 0), (1, 1)], Rules(10, 2, STRICT_INCREASE, 0), 1),
        ([(1, 0), (9, 1)], Rules(10, 2, 0, 5), 1),
    ],
)
def test_funnels_reach_steps_within_a_window(events, rules: Rules, reached: int) -> None:
    assert max_step(events, rules) == reached
    assert sum(match_step(events, rules)) == reached


def test_rounds_of_a_funnel_are_counted() -> None:
    rounds = [(1, 0), (2, 1), (3, 0), (4, 1), (30, 0), (31, 1), (40, 0)]
    assert complete_count(rounds, Rules(10, 2, 0, 0)) == 3
