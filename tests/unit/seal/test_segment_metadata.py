"""A segment in Pinot's words, and keys of the deep store."""

from __future__ import annotations

import pytest

from segments.history import Step, StepKind
from segments.identity import PartitionIdentity
from segments.pinot_metadata import pinot_consuming_metadata, pinot_metadata
from segments.stores.base import ParsedKey, key_for, rejects_key
from tests.unit.seal.click_rows import NAME, NOW_MS, facts

IDENTITY = PartitionIdentity("5b0c", "x-Topic_Id", 10_003)
KEY = f"5b0c/x-Topic_Id.10003/{NAME}.a1b2.parquet"


def step(**changes):
    known = {
        "kind": StepKind.SEGMENT,
        "sequence": 7,
        "start": 1_000,
        "end": 1_500,
        "covers": (7, 7),
        "topic_id": "x-Topic_Id",
        "leader_epoch": 4,
        "rows": 490,
        "name": NAME,
        "uri": KEY,
        "digest": "000000ff" + "0" * 56,
        "size_bytes": 12_345,
        "time_min_ms": NOW_MS,
        "time_max_ms": NOW_MS + 9,
        "config_version": 3,
        "schema_version": 2,
        "attempt": "a1b2",
        "created_ms": NOW_MS,
        "committed_ms": NOW_MS + 60_000,
    }
    return Step(**{**known, **changes})


def test_a_committed_segment_in_pinots_words():
    assert pinot_metadata(step(), replicas=2, flush_rows=500_000, download_url="http://host/clicks") == {
        "segment.realtime.status": "DONE",
        "segment.realtime.startOffset": "1000",
        "segment.realtime.endOffset": "1500",
        "segment.realtime.numReplicas": "2",
        "segment.flush.threshold.size": "500000",
        "segment.creation.time": str(NOW_MS),
        "segment.start.time": str(NOW_MS),
        "segment.end.time": str(NOW_MS + 9),
        "segment.time.unit": "MILLISECONDS",
        "segment.total.docs": "490",
        "segment.size.in.bytes": "12345",
        "segment.crc": "255",
        "segment.download.url": "http://host/clicks",
    }


def test_a_consuming_segment_has_no_end():
    assert pinot_consuming_metadata(start=1_500, created_ms=NOW_MS, replicas=1, flush_rows=None) == {
        "segment.realtime.status": "IN_PROGRESS",
        "segment.realtime.startOffset": "1500",
        "segment.realtime.numReplicas": "1",
        "segment.creation.time": str(NOW_MS),
    }


def test_an_empty_segment_has_the_time_of_its_commit():
    fields = pinot_metadata(
        step(rows=0, time_min_ms=None, time_max_ms=None), replicas=1, flush_rows=None, download_url=""
    )
    assert fields["segment.start.time"] == fields["segment.end.time"] == str(NOW_MS + 60_000)


def test_a_table_without_a_time_column_has_no_times():
    fields = pinot_metadata(step(time_min_ms=None, time_max_ms=None), replicas=1, flush_rows=None, download_url="")
    assert not fields.keys() & {"segment.start.time", "segment.end.time", "segment.time.unit"}


def test_facts_of_a_range_that_ends_before_it_starts_are_refused():
    with pytest.raises(ValueError, match=r"half-open range \[1000, 999\)"):
        facts(999)


def test_a_key_carries_the_identity_the_name_and_the_attempt():
    assert key_for(IDENTITY, 7, NAME, "a1b2") == KEY
    assert rejects_key(KEY) == f"5b0c/x-Topic_Id.10003/{NAME}.a1b2.rejects.parquet"


@pytest.mark.parametrize(("key", "is_rejects"), [(KEY, False), (rejects_key(KEY), True)])
def test_a_key_is_read_back(key, is_rejects):
    assert ParsedKey.of(key) == ParsedKey(IDENTITY, NAME, 7, "a1b2", is_rejects)


@pytest.mark.parametrize("key", ["a", "a/b/c", f"5b0c/topic/{NAME}.a.parquet", "5b0c/t.0/name.a.parquet", "a/b/c/d"])
def test_what_is_no_segment_key_is_refused(key):
    with pytest.raises(ValueError, match=r".+"):
        ParsedKey.of(key)


def test_a_name_of_another_sequence_is_refused():
    with pytest.raises(ValueError, match="not of sequence 8"):
        key_for(IDENTITY, 8, NAME, "a1b2")


@pytest.mark.parametrize("attempt", ["", "a/b", "..", "a.b"])
def test_an_attempt_that_could_lead_elsewhere_is_refused(attempt):
    with pytest.raises(ValueError, match="attempt id"):
        key_for(IDENTITY, 7, NAME, attempt)
