"""What a policy makes of rejected records: which record stops a partition, and what is kept of the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rejects import SHARE_RECORDS_MIN, Counted, as_kept, kept_headers, kept_key, stop_at
from segments.arrow_schema import OFFSET
from segments.consuming.file import Appended
from segments.consuming.rejects import HEADERS_BYTES_MAX, KEY_BYTES_MAX, REJECT_SCHEMA, pack
from tableconfigs.problems import InvalidConfig
from tableconfigs.rejects import RejectsConfig
from tableconfigs.table import TableConfig
from tests.produced import table

NOTHING = Counted(0, 0)


def policy(**section: Any) -> RejectsConfig:
    return RejectsConfig.model_validate(section)


def appended(rows: list[int], rejects: list[int]) -> Appended:
    """Rows and rejects at these offsets."""
    kept = pa.RecordBatch.from_pydict({OFFSET: pa.array(rows, pa.int64())}) if rows else None
    return Appended(kept, rejected(rejects) if rejects else None, max([*rows, *rejects], default=0) + 1, 0)


def rejected(offsets: list[int]) -> pa.RecordBatch:
    found = [
        {"$partition": 0, "$offset": at, "$timestamp": 0, "reason": "not JSON", "field": "", "raw": pack(b"{")}
        for at in offsets
    ]
    return pa.RecordBatch.from_pylist(found, REJECT_SCHEMA)


@pytest.mark.parametrize("section", [{}, {"policy": "keep"}, {"policy": "skip"}, {"policy": "Keep"}])
def test_without_a_budget_nothing_stops(section: dict[str, Any]) -> None:
    assert stop_at(policy(**section), appended([], list(range(1000))), Counted(0, 10**9)) is None


def test_with_fail_the_first_rejected_record_stops_and_the_reason_says_what_to_do() -> None:
    stop = stop_at(policy(policy="fail"), appended([1, 2, 6], [4, 5]), NOTHING)
    assert stop is not None
    assert stop.offset == 4
    for said in ("offset 4", "not JSON", "policy for rejected records is fail", "rejectsConfig", "by itself"):
        assert said in stop.reason


@pytest.mark.parametrize(("before", "stops"), [(0, 7), (1, 5), (2, 3), (9, 3)])
def test_a_budget_of_rows_is_counted_over_the_segment(before: int, stops: int) -> None:
    stop = stop_at(policy(budgetRows=2), appended([], [3, 5, 7, 9]), Counted(50, before))
    assert stop is not None
    assert stop.offset == stops
    assert "budget is 2 rejected records" in stop.reason


def test_a_share_is_of_a_hundred_records_at_least() -> None:
    few = policy(budgetShare=0.03)
    assert stop_at(few, appended([], [0, 1, 2]), NOTHING) is None
    stop = stop_at(few, appended([], [0, 1, 2, 3]), NOTHING)
    assert stop is not None
    assert stop.offset == 3
    assert "share of 0.03" in stop.reason


def test_of_two_budgets_the_one_that_is_used_up_first_is_named() -> None:
    both = policy(budgetRows=3, budgetShare=0.01)
    stop = stop_at(both, appended([], [10, 11]), NOTHING)
    assert stop is not None
    assert (stop.offset, "share" in stop.reason) == (11, True)


@given(
    outcomes=st.lists(st.booleans(), max_size=400),
    before=st.tuples(st.integers(0, 300), st.integers(0, 20)),
    budget_rows=st.none() | st.integers(0, 30),
    budget_share=st.none() | st.floats(0, 1),
)
def test_what_passes_keeps_every_budget_and_the_next_reject_would_break_one(
    outcomes: list[bool], before: tuple[int, int], budget_rows: int | None, budget_share: float | None
) -> None:
    """Against the same rule record by record; `outcomes` says which records are rows."""
    config = RejectsConfig(budget_rows=budget_rows, budget_share=budget_share)
    rows = [at for at, is_row in enumerate(outcomes) if is_row]
    rejects = [at for at, is_row in enumerate(outcomes) if not is_row]
    stop = stop_at(config, appended(rows, rejects), Counted(*before))
    assert (stop.offset if stop else None) == _one_by_one(config, outcomes, *before)


def _one_by_one(config: RejectsConfig, outcomes: list[bool], rows: int, rejects: int) -> int | None:
    for at, is_row in enumerate(outcomes):
        rows, rejects = rows + is_row, rejects + (not is_row)
        if is_row:
            continue
        allowed = (
            np.inf if config.budget_share is None else config.budget_share * max(rows + rejects, SHARE_RECORDS_MIN)
        )
        if rejects > allowed or (config.budget_rows is not None and rejects > config.budget_rows):
            return at
    return None


def test_skip_keeps_place_and_reason_and_no_bytes() -> None:
    found = rejected([3])
    kept = as_kept(policy(policy="skip"), found)
    assert kept is not None
    assert kept.schema == REJECT_SCHEMA
    (row,) = kept.to_pylist()
    assert (row["$offset"], row["reason"], row["raw"], row["key"], row["headers"]) == (3, "not JSON", None, None, None)
    assert as_kept(policy(), found) is found


class Record:
    """Key and headers as a Kafka client gives them."""

    def __init__(self, key: Any = None, headers: Any = None) -> None:
        self._key, self._headers = key, headers

    def key(self) -> Any:
        return self._key

    def headers(self) -> Any:
        return self._headers


def test_keys_and_headers_are_kept_within_bounds() -> None:
    assert kept_key(Record("k")) == kept_key(Record(b"k")) == b"k"
    assert kept_key(Record(b"k" * (KEY_BYTES_MAX + 1))) is kept_key(Record()) is kept_key(None) is None
    twice = [("h", b"1"), ("h", None)]
    assert kept_headers(Record(headers=twice)) == twice
    assert kept_headers(Record(headers=[("h", b"v" * HEADERS_BYTES_MAX)])) is kept_headers(None) is None


@pytest.mark.parametrize(
    ("section", "path", "said"),
    [
        ({"policy": "drop"}, "policy", "drop"),
        ({"budgetRows": -1}, "budgetRows", "0 or more"),
        ({"budgetShare": 5}, "budgetShare", "between 0 and 1"),
        ({"deadLetterTopic": "clicks"}, "deadLetterTopic", "reads"),
        ({"policy": "skip", "deadLetterTopic": "dead"}, "deadLetterTopic", "needs policy keep"),
    ],
)
def test_a_wrong_section_is_refused_with_its_path(section: dict[str, Any], path: str, said: str) -> None:
    config = table("t", "clicks", "127.0.0.1:9092")
    config["ingestionConfig"]["rejectsConfig"] = section
    with pytest.raises(InvalidConfig) as refused:
        TableConfig.parse(config, {})
    (problem,) = refused.value.problems
    assert problem.path == f"/ingestionConfig/rejectsConfig/{path}"
    assert said in f"{problem}"
