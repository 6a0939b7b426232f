"""transformConfigs and filterConfig over batches: what is filled, what is dropped, what is refused and named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from ingest.decoders.base import Refused, SourceColumn
from ingest.decoders.json import JsonDecoder
from ingest.transform_steps import InvalidTransforms
from ingest.transforms import transform_of

Kinds = Mapping[str, str]


def columns_of(kinds: Kinds) -> dict[str, SourceColumn]:
    """`INT` is a single value, `INT*` many."""
    return {name: SourceColumn(kind.rstrip("*"), kind.endswith("*")) for name, kind in kinds.items()}


class Ran:
    """Records decoded and transformed: `rows` that stay, offsets `dropped` by the filter, and `refused`."""

    def __init__(self, kinds: Kinds, transforms: Mapping[str, str], records: Sequence[Any], drop: str | None = None):
        transform, source = transform_of(list(transforms.items()), drop, columns_of(kinds))
        decoded = JsonDecoder(source).decode([json.dumps(record).encode() for record in records])
        staged = transform.apply(decoded.rows)
        self.table, self.refused = staged.rows, staged.refused
        bad = {each.index for each in staged.refused}
        kept = [True] * len(records) if staged.keep is None else staged.keep.to_pylist()
        self.kept = [stays and at not in bad for at, stays in enumerate(kept)]
        self.rows = [row for row, kept in zip(_plain(self.table).to_pylist(), self.kept, strict=True) if kept]

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    @property
    def dropped(self) -> list[int]:
        gone = {each.index for each in self.refused}
        return [at for at, kept in enumerate(self.kept) if not kept and at not in gone]


def _plain(rows: pa.RecordBatch) -> pa.RecordBatch:
    arrays = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in rows.columns]
    return pa.RecordBatch.from_arrays(arrays, names=rows.schema.names)


def test_without_transforms_rows_stay_as_they_are() -> None:
    ran = Ran({"a": "INT"}, {}, [{"a": 1}, {}])
    assert (ran.column("a"), list(ran.refused)) == ([1, None], [])


def test_only_what_is_absent_or_null_is_filled() -> None:
    ran = Ran({"a": "INT", "b": "INT"}, {"b": "a * 10"}, [{"a": 1}, {"a": 2, "b": 7}, {"a": 3, "b": None}, {}])
    assert ran.column("b") == [10, 7, 30, None]
    assert ran.column("a") == [1, 2, 3, None]


def test_a_transform_reads_what_another_made_in_whatever_order_they_stand() -> None:
    kinds = {"a": "INT", "b": "INT", "c": "INT"}
    for transforms in ({"c": "b + 1", "b": "a + 1"}, {"b": "a + 1", "c": "b + 1"}):
        assert Ran(kinds, transforms, [{"a": 1}, {"a": 1, "b": 10}]).column("c") == [3, 11]


def test_a_step_between_need_not_be_a_column_of_the_schema() -> None:
    ran = Ran({"a": "STRING"}, {"a": "upper(middle)", "middle": "concat(raw, 'x', '-')"}, [{"raw": "y"}])
    assert ran.column("a") == ["Y-X"]


@pytest.mark.parametrize("transforms", [{"a": "b + 1", "b": "a + 1"}, {"a": "b + 1", "b": "c + 1", "c": "a + 1"}])
def test_a_circle_is_refused(transforms: Mapping[str, str]) -> None:
    with pytest.raises(InvalidTransforms, match=r"'a', 'b'.*circle"):
        transform_of(list(transforms.items()), None, columns_of({"a": "INT", "b": "INT", "c": "INT"}))


@pytest.mark.parametrize("text", ["noSuch(a)", "a +", "Groovy({a + 1}, a)", "now()", "count(a)"])
def test_an_expression_that_cannot_be_run_is_refused_before_any_record(text: str) -> None:
    with pytest.raises(InvalidTransforms):
        transform_of([("b", text)], None, columns_of({"a": "INT", "b": "INT"}))


def test_fields_that_the_schema_does_not_have_are_read_as_text() -> None:
    ran = Ran({"a": "STRING", "b": "INT"}, {"a": "lower(raw)", "b": "number"}, [{"raw": "X", "number": 7}])
    assert ran.rows[0]["a"] == "x"
    assert ran.rows[0]["b"] == 7


def test_days_since_the_epoch_become_a_moment() -> None:
    """airlineStats: `ts` is a TIMESTAMP made of a column that counts days."""
    kinds = {"DaysSinceEpoch": "INT", "ts": "TIMESTAMP"}
    ran = Ran(kinds, {"ts": "fromEpochDays(DaysSinceEpoch)"}, [{"DaysSinceEpoch": 16_071}, {"DaysSinceEpoch": 0}, {}])
    assert ran.column("ts") == [1_388_534_400_000, 0, None]


@pytest.mark.parametrize(
    ("kind", "text", "record", "wanted"),
    [
        ("LONG", "toEpochHours(ms)", {"ms": 7_200_001}, 2),
        ("TIMESTAMP", "ms", {"ms": 5}, 5),
        ("TIMESTAMP", "fromDateTime(s, 'yyyy-MM-dd')", {"s": "2024-02-29"}, 1_709_164_800_000),
        ("TIMESTAMP", "s", {"s": "2024-02-29 00:00:00"}, 1_709_164_800_000),
        ("STRING", "concat(s, n, '-')", {"s": "x", "n": 3}, "x-3"),
        ("STRING", "jsonPathString(j, '$.a')", {"j": {"a": "b"}}, "b"),
        ("STRING", "upper(s)", {"s": "ä"}, "Ä"),
        ("DOUBLE", "n / 2", {"n": 3}, 1.5),
        ("INT", "length(s)", {"s": "abc"}, 3),
        ("STRING", "n", {"n": 5}, "5"),
        ("STRING*", "split(s, ',')", {"s": "a,b"}, ["a", "b"]),
        ("LONG", "1704067200000", {}, 1_704_067_200_000),
    ],
)
def test_an_expression_fills_a_column_of_any_type(kind: str, text: str, record: Any, wanted: Any) -> None:
    kinds = {"out": kind, "ms": "LONG", "s": "STRING", "n": "INT", "j": "JSON"}
    assert Ran(kinds, {"out": text}, [record]).column("out") == [wanted]


def test_the_filter_drops_where_it_is_true_and_only_there() -> None:
    ran = Ran({"a": "INT"}, {}, [{"a": 1}, {"a": 5}, {}, {"a": 9}], drop="a > 4")
    assert (ran.column("a"), ran.dropped, list(ran.refused)) == ([1, None], [1, 3], [])


def test_the_filter_sees_what_transforms_made() -> None:
    ran = Ran({"a": "INT", "b": "INT"}, {"b": "a * 2"}, [{"a": 1}, {"a": 3}], drop="b = 6")
    assert (ran.column("a"), ran.dropped) == ([1], [1])


FAILING = {"kinds": {"s": "STRING", "n": "LONG"}, "transforms": {"n": "CAST(s AS LONG)"}}


def failing(texts: Sequence[str], drop: str | None = None) -> Ran:
    return Ran(FAILING["kinds"], FAILING["transforms"], [{"s": text} for text in texts], drop)


def test_a_row_on_which_an_expression_fails_is_refused_and_its_neighbours_stay() -> None:
    ran = failing(["1", "bad", "3"])
    assert ran.column("n") == [1, 3]
    (refused,) = ran.refused
    assert (refused.index, refused.field) == (1, "$.n")
    assert "CAST(s AS LONG)" in refused.reason
    assert "'bad'" in refused.reason


def test_refused_rows_are_not_counted_as_dropped() -> None:
    ran = failing(["1", "bad", "3", "worse"], drop="n = 3")
    assert (ran.column("n"), ran.dropped, [each.index for each in ran.refused]) == ([1], [2], [1, 3])


def test_a_row_whose_column_is_there_is_not_refused_for_an_expression_that_is_not_needed() -> None:
    kinds = {"s": "STRING", "n": "LONG"}
    ran = Ran(kinds, {"n": "CAST(s AS LONG)"}, [{"s": "bad", "n": 5}, {"s": "7"}])
    assert (ran.column("n"), list(ran.refused)) == ([5, 7], [])


def test_a_filter_that_fails_is_named() -> None:
    ran = Ran({"s": "STRING"}, {}, [{"s": "5"}, {"s": "bad"}, {"s": "1"}], drop="CAST(s AS LONG) > 4")
    assert (ran.column("s"), ran.dropped) == (["1"], [0])
    (refused,) = ran.refused
    assert (refused.index, refused.field) == (1, "")
    assert "filter" in refused.reason
    assert "'bad'" in refused.reason


def test_of_several_transforms_the_first_that_fails_is_named() -> None:
    kinds = {"s": "STRING", "a": "LONG", "b": "LONG", "c": "LONG"}
    transforms = {"c": "b + 1", "a": "length(s)", "b": "CAST(s AS LONG)"}
    ran = Ran(kinds, transforms, [{"s": "bad"}, {"s": "5"}, {"s": "worse", "b": 1}])
    assert [(each.index, each.field) for each in ran.refused] == [(0, "$.b")]
    assert ran.column("c") == [6, 2]


def test_every_row_may_fail() -> None:
    ran = failing(["bad"] * 500)
    assert ran.rows == []
    assert [each.index for each in ran.refused] == list(range(500))


def test_what_is_said_of_a_failing_row_does_not_depend_on_its_neighbours() -> None:
    texts = [str(at) if at % 7 else f"bad {at}" for at in range(400)]
    together = {each.index: each for each in failing(texts).refused}
    for at in (0, 7, 392):
        (alone,) = failing([texts[at]]).refused
        assert Refused(at, alone.reason, alone.field) == together[at]


def test_a_long_value_is_not_said_in_full() -> None:
    (refused,) = failing(["bad" * 1000]).refused
    assert len(refused.reason) < 500


def test_no_rows_are_no_rows() -> None:
    ran = Ran({"a": "INT", "b": "INT"}, {"b": "a + 1"}, [], drop="a > 4")
    assert (ran.rows, list(ran.refused)) == ([], [])


def test_the_same_records_give_the_same_rows() -> None:
    records = [{"a": at, "s": str(at)} for at in range(3000)]
    kinds = {"a": "INT", "s": "STRING", "b": "INT"}
    first, again = (Ran(kinds, {"b": "a + length(s)"}, records, drop="a % 3 = 0") for _ in range(2))
    assert first.table.equals(again.table)
    assert first.column("a") == [at for at in range(3000) if at % 3]


def test_a_moment_finer_than_a_millisecond_is_cut() -> None:
    ran = Ran({"s": "STRING", "t": "TIMESTAMP"}, {"t": "s"}, [{"s": "1970-01-01 00:00:00.123456"}])
    assert ran.column("t") == [123]


def test_no_number_is_null_and_no_zero_is_negative() -> None:
    records = [{"s": "NaN"}, {"s": "-0.0"}, {"s": "1.5"}]
    ran = Ran({"s": "STRING", "d": "DOUBLE"}, {"d": "CAST(s AS DOUBLE)"}, records)
    assert repr(ran.column("d")) == "[None, 0.0, 1.5]"


def test_a_row_whose_result_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.transforms.RESULT_BYTES_MAX", 1_000_000)
    records = [{"s": "a", "n": 3}, {"s": "b", "n": 2_000_000}, {"s": "c", "n": 2}]
    ran = Ran({"s": "STRING", "n": "INT", "big": "STRING"}, {"big": "lpad(s, n, 'x')"}, records)
    assert ran.column("big") == ["xxa", "xc"]
    assert [(each.index, each.field) for each in ran.refused] == [(1, "$.big")]
