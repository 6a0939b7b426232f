"""The choice of encodings: what each kind of data gets, and that the choice is cheap and holds what it promises."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segments.encoding import (
    SAMPLE_BYTES_MAX,
    SPREAD_ROWS,
    WINDOW_ROWS,
    Encoding,
    Sample,
    choose,
    delta_bits,
    estimate_distinct,
    spread_positions,
    window_positions,
)
from tests.unit.seal.click_rows import clicks, rows_of, sealed

ROWS = 100_000
CHANCE = np.random.default_rng(7)
WORDS = pa.array([f"/shop/item/{number}" for number in range(5_000)])
LINE = '{"page": "/shop/item/%d", "referrer": "https://example.org/search?q=%d", "ok": true}'

SHAPES = {
    "epoch milliseconds": (pa.array(1_760_000_000_000 + np.arange(ROWS) * 3), Encoding.DELTA, "NONE"),
    "ids of a wide range": (pa.array(CHANCE.integers(0, 2_000_000, ROWS)), Encoding.DELTA, "NONE"),
    "64 random bits": (pa.array(CHANCE.integers(-(2**63), 2**63 - 1, ROWS)), Encoding.PLAIN, "NONE"),
    "few far numbers": (pa.array(CHANCE.integers(0, 20, ROWS) * 10**15), Encoding.DICTIONARY, "NONE"),
    "prices": (pa.array(CHANCE.integers(0, 5_000, ROWS) / 100), Encoding.DICTIONARY, "NONE"),
    "random doubles": (pa.array(CHANCE.random(ROWS)), Encoding.PLAIN, "NONE"),
    "whole numbers in doubles": (pa.array(np.arange(ROWS, dtype=np.float64) * 8), Encoding.SPLIT, "ZSTD"),
    "urls": (WORDS.take(pa.array(CHANCE.integers(0, 5_000, ROWS))), Encoding.DICTIONARY, "SNAPPY"),
    "words": (WORDS.take(pa.array(CHANCE.integers(0, 500, ROWS))), Encoding.DICTIONARY, "NONE"),
    "random hex": (pa.array([CHANCE.bytes(8).hex() for _ in range(ROWS)]), Encoding.LENGTHS, "ZSTD"),
    "random bytes": (pa.array([CHANCE.bytes(16) for _ in range(ROWS)], pa.binary()), Encoding.LENGTHS, "NONE"),
    "JSON": (pa.array([LINE % (n, n * 7) for n in range(ROWS)]), Encoding.LENGTHS, "ZSTD"),
    "a constant": (pa.array([42] * ROWS, pa.int32()), Encoding.DICTIONARY, "NONE"),
    "only nulls": (pa.array([None] * ROWS, pa.string()), Encoding.DICTIONARY, "NONE"),
    "booleans": (pa.array([True, False] * (ROWS // 2)), Encoding.PLAIN, "NONE"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_kind_of_data_gets_the_encoding_that_suits_it(tmp_path, shape):
    values, encoding, codec = SHAPES[shape]
    result = sealed(rows_of({"c": values}), tmp_path / "s.parquet")
    chosen = result.footer.encodings["c"]
    assert (chosen.encoding, chosen.codec) == (encoding, codec), chosen.reason
    column = pq.read_metadata(tmp_path / "s.parquet").row_group(0).column(0)
    assert encoding.value in column.encodings
    assert column.compression == {"NONE": "UNCOMPRESSED"}.get(codec, codec)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_choice_is_never_much_larger_than_plain(tmp_path, shape):
    rows = rows_of({"c": SHAPES[shape][0]})
    sealed(rows, tmp_path / "s.parquet")
    pq.write_table(rows, tmp_path / "plain.parquet", use_dictionary=False, compression="none")
    chosen, plain = (
        pq.read_metadata(tmp_path / name).row_group(0).column(0).total_compressed_size
        for name in ("s.parquet", "plain.parquet")
    )
    assert chosen <= 1.02 * plain + 1_000


def test_offsets_and_record_times_are_deltas_and_the_partition_a_dictionary(tmp_path):
    chosen = sealed(clicks(5_000), tmp_path / "s.parquet").footer.encodings
    assert {chosen[name].encoding for name in ("$offset", "$timestamp")} == {Encoding.DELTA}
    assert {chosen[name].encoding for name in ("$partition", "$ordinal")} == {Encoding.DICTIONARY}


def test_elements_of_lists_are_looked_at(tmp_path):
    tags = pa.array([[f"tag{n % 7}", "new"] for n in range(10_000)])
    chosen = sealed(rows_of({"tags": tags}), tmp_path / "s.parquet").footer.encodings
    assert chosen["tags.list.element"].encoding is Encoding.DICTIONARY
    assert chosen["tags.list.element"].distinct == 8


def test_every_choice_has_a_reason():
    chosen = choose(Sample.of(clicks(10_000), None))
    assert chosen["user_id"].reason.startswith("DELTA_BINARY_PACKED 22")
    assert chosen["city"].reason == "about 4 values: 2.0 bits instead of 64"
    assert chosen["session"].reason.startswith("about 10000 values; compressed to 5")


@pytest.mark.parametrize("distinct", [1, 100, 5_000, 50_000])
def test_distinct_values_are_guessed_within_a_quarter(distinct):
    values = CHANCE.integers(0, distinct, 500_000)
    truth = len(np.unique(values))
    spread = pa.array(values[spread_positions(len(values))])
    guess = estimate_distinct(spread, len(values))
    assert 0.75 * truth <= guess <= 1.25 * truth


def test_values_that_all_differ_are_guessed_as_many_as_there_are_rows():
    spread = pa.array(spread_positions(500_000))
    assert estimate_distinct(spread, 500_000) == 500_000


def test_values_that_repeat_in_step_with_the_sample_are_all_seen():
    period = 500_000 // SPREAD_ROWS
    values = np.arange(500_000) % period
    assert len(np.unique(values[spread_positions(500_000)])) == period


@pytest.mark.parametrize("rows", [0, 1, 128, 129, 8191, 8192, 8193, 1_000_000])
def test_positions_lie_within_the_table_and_are_few(rows):
    for positions in (spread_positions(rows), window_positions(rows)):
        assert len(positions) <= SPREAD_ROWS
        assert all(0 <= position < rows for position in positions)
    assert len(np.unique(spread_positions(rows))) == min(rows, SPREAD_ROWS)


def test_rows_of_long_texts_are_sampled_by_their_bytes():
    text = "x" * 100_000
    rows = rows_of({"c": pa.array([text] * 1_000)})
    sample = Sample.of(rows, None)
    assert max(sample.spread.nbytes, sample.windows.nbytes) <= SAMPLE_BYTES_MAX
    assert sample.spread.num_rows > 100


@pytest.mark.parametrize(("step", "bits"), [(1, 0), (1_000, 0)])
def test_an_even_step_takes_no_bits(step, bits):
    assert delta_bits(np.arange(WINDOW_ROWS) * step) == pytest.approx(bits, abs=0.5)


def test_differences_beyond_64_bits_wrap_as_in_parquet():
    ends = np.array([-(2**63), 2**63 - 1] * WINDOW_ROWS)[:WINDOW_ROWS]
    assert delta_bits(ends) <= 3
