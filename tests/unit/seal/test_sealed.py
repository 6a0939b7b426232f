"""Sealed files, read back: bounds that hold, and damage that is seen."""

from __future__ import annotations

import math
import random

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segments.catalogue import ColumnStats
from segments.commit import Versioned, plan_commit
from segments.history import ConsumingRecord
from segments.identity import PartitionIdentity
from segments.seal import seal_rejects
from segments.sealed import (
    BOUND_CHARACTERS_MAX,
    CorruptSegment,
    blooms,
    column_stats,
    read_footer,
    rounded_up,
    to_entry,
    unbounded,
    verify,
)
from tests.unit.seal.click_rows import NAME, NOW_MS, START, clicks, facts, rows_of, sealed


@pytest.fixture
def path(tmp_path):
    return tmp_path / "s.parquet"


def stats_of(path, values):
    sealed(rows_of({"c": values}), path)
    return column_stats(path)["c"]


def step_of(result):
    """The step that commits a sealed file."""
    footer = result.footer
    record = ConsumingRecord(
        **footer.model_dump(
            include={"sequence", "start", "leader_epoch", "topic", "topic_id", "config_version", "schema_version"}
        ),
        created_ms=footer.created_ms,
        last_attempt=footer.predecessor,
    )
    identity = PartitionIdentity(footer.incarnation, footer.topic_id, footer.partition)
    commit = plan_commit(
        identity, Versioned(record, 0), result.stored_as("key"), config_version=3, schema_version=2, now_ms=NOW_MS
    )
    return commit.step


def test_a_file_says_whose_it_is(path):
    sealed(clicks(100), path)
    footer = read_footer(path)
    assert footer.identity == PartitionIdentity("5b0c9d8e7f6a5b4c3d2e1f00", "xTopicIdxTopicIdxTopic", 0)
    assert (footer.name, footer.table, footer.sequence) == (NAME, "clicks_REALTIME", 7)
    assert (footer.range.start, footer.range.end, footer.rows) == (START, START + 100, 100)
    assert footer.predecessor == "0918273645546372"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([3, None, -5], pa.int32()), ColumnStats(-5, 3, nulls=1)),
        (pa.array([-(2**63), 2**63 - 1]), ColumnStats(-(2**63), 2**63 - 1, nulls=0)),
        (pa.array([0.5, -1.5]), ColumnStats(-1.5, 0.5, nulls=0)),
        (pa.array([1.0, math.inf]), ColumnStats(1.0, math.inf, nulls=0)),
        (pa.array([0.5], pa.float32()), ColumnStats(0.5, 0.5, nulls=0)),
        (pa.array(["Zürich", "Jena"]), ColumnStats("Jena", "Zürich", nulls=0)),
        (pa.array([True, None]), ColumnStats(True, True, nulls=1)),
        (pa.array([NOW_MS], pa.timestamp("ms")), ColumnStats(NOW_MS, NOW_MS, nulls=0)),
        (pa.array([-(2**62)], pa.timestamp("ms")), ColumnStats(-(2**62), -(2**62), nulls=0)),
        (pa.array([1.0, math.nan]), unbounded(0)),
        (pa.array([math.nan, None]), unbounded(1)),
        (pa.array([None, None], pa.int64()), unbounded(2)),
        (pa.array([[1], [2, 3]]), unbounded(0)),
        (pa.array([b"\x00", b"\xff"]), unbounded(0)),
    ],
    ids=lambda value: "" if isinstance(value, ColumnStats) else f"{value.type} {value}".replace("\n", ""),
)
def test_bounds_of_a_column(path, values, expected):
    assert stats_of(path, values) == expected


def test_zero_has_no_sign(path):
    stats = stats_of(path, pa.array([0.0, -0.0]))
    assert [math.copysign(1, bound) for bound in (stats.low, stats.high)] == [1, 1]


def test_long_texts_are_rounded_outward(path):
    low, high = "a" * 100, "z" * 100
    stats = stats_of(path, pa.array([high, low]))
    assert stats.low <= low
    assert stats.high >= high
    assert not stats.exact
    assert len(stats.low) == len(stats.high) == BOUND_CHARACTERS_MAX


def test_texts_too_long_for_parquet_bounds_have_none(path):
    assert stats_of(path, pa.array(["x" * 100_000, "y"])) == unbounded(0)


@pytest.mark.parametrize("last", ["a", "\ud7ff", "é", "\U0010fffe"])
def test_rounding_up_finds_a_text_above_all_with_the_prefix(last):
    prefix = "x" * (BOUND_CHARACTERS_MAX - 1) + last
    above = rounded_up(prefix + "\U0010ffff" * 9)
    assert above is not None
    assert above.encode() > (prefix + "\U0010ffff" * 99).encode()


def test_nothing_is_above_the_last_character():
    assert rounded_up("\U0010ffff" * 99) is None


def test_bounds_of_a_segment_without_rows(path):
    sealed(clicks(0), path)
    assert set(column_stats(path).values()) == {unbounded(0)}


def test_bloom_filters_are_where_they_were_asked_for(path):
    sealed(clicks(5_000), path, bloom_columns=("user_id", "session", "ok"))
    assert blooms(path) == ["user_id", "session"]


def test_duckdb_reads_the_file_and_skips_it_by_bounds_and_bloom_filter(path):
    rows = clicks(20_000)
    sealed(rows, path, sort_column="ts", bloom_columns=("user_id",))
    ids = set(rows["user_id"].to_pylist())
    there, absent = min(ids), next(number for number in range(1_000, 2_000_000) if number not in ids)
    count = f"select count(*) from '{path}' where user_id = "
    assert duckdb.execute(f"{count}{there}").fetchall() == [(rows["user_id"].to_pylist().count(there),)]
    assert duckdb.execute(f"{count}{absent}").fetchall() == [(0,)]
    probe = "select bloom_filter_excludes from parquet_bloom_probe(?, 'user_id', ?)"
    excluded = [duckdb.execute(probe, [str(path), number]).fetchone() for number in range(absent, absent + 400)]
    assert 300 < excluded.count((True,)) < 400
    low, high = duckdb.execute(f"select min(ts), max(ts) from '{path}'").fetchall()[0]
    assert column_stats(path)["ts"] == ColumnStats(low, high, nulls=0)


def test_the_right_file_verifies(path):
    result = sealed(clicks(1_000), path)
    verify(path, result.digest)


def test_one_flipped_bit_anywhere_is_seen(path):
    result = sealed(clicks(2_000), path, sort_column="ts")
    whole = path.read_bytes()
    chance = random.Random(5)
    for place in [0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(200))]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(CorruptSegment, match=r"s\.parquet"):
            verify(path, result.digest)


def test_a_flipped_bit_in_a_page_is_seen_by_its_checksum(path):
    sealed(clicks(2_000), path)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 3] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(OSError, match="CRC"):
        pq.read_table(path, page_checksum_verification=True)


def test_a_truncated_file_is_named_truncated(path):
    result = sealed(clicks(2_000), path)
    path.write_bytes(path.read_bytes()[:-5_000])
    with pytest.raises(CorruptSegment, match="truncated"):
        verify(path, result.digest)
    with pytest.raises(CorruptSegment, match="truncated"):
        read_footer(path)


@pytest.mark.parametrize("content", [b"", b"PA", b"PAR1", b"PAR1PAR1", b"not a file of ours" * 100])
def test_what_is_no_parquet_is_corrupt(path, content):
    path.write_bytes(content)
    with pytest.raises(CorruptSegment, match=r"s\.parquet"):
        read_footer(path)
    with pytest.raises(CorruptSegment, match=r"s\.parquet"):
        verify(path, "0" * 64)


def test_a_missing_file_is_corrupt(path):
    with pytest.raises(CorruptSegment, match="No such file"):
        verify(path, "0" * 64)
    with pytest.raises(CorruptSegment, match="No such file"):
        read_footer(path)


def test_a_parquet_file_of_somebody_else_is_refused(path):
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(CorruptSegment, match="not sealed here"):
        read_footer(path)


def test_swapped_files_are_seen(tmp_path):
    first = sealed(clicks(1_000, seed=1), tmp_path / "first.parquet")
    second = sealed(clicks(1_000, seed=2), tmp_path / "second.parquet")
    first.path.rename(tmp_path / "aside")
    second.path.rename(first.path)
    (tmp_path / "aside").rename(second.path)
    for result in (first, second):
        with pytest.raises(CorruptSegment, match="altered, or another file"):
            verify(result.path, result.digest)


def test_a_step_is_not_served_from_the_file_of_another(path):
    step = step_of(sealed(clicks(100), path))
    other = step.model_copy(update={"attempt": "another"})
    with pytest.raises(CorruptSegment, match=f"{NAME} of attempt a1b2c3d4e5f60718 .* not {NAME} of attempt another"):
        to_entry(other, path)


def test_the_catalogue_entry_says_what_the_step_and_the_file_say(path):
    result = sealed(clicks(100), path, bloom_columns=("user_id",))
    rejects = seal_rejects(pa.table({"offset": [7]}), path)
    entry = to_entry(step_of(result), path)
    assert (entry.name, entry.range, entry.rows, entry.rejects) == (NAME, facts(START + 100).range, 100, 2)
    assert (entry.digest, entry.size_bytes) == (result.digest, result.size_bytes)
    assert (entry.path, entry.rejects_path) == (str(path), str(rejects.path))
    assert entry.columns == column_stats(path)
    assert entry.blooms == ["user_id"]
