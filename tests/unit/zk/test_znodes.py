"""What lies in znodes, today and in every format that was ever written."""

from pathlib import Path

import pytest

from segments.history import ConsumingRecord, History, Origin, Skip, SkipTo, Step, StepKind
from segments.jobs import Job, JobSegment, JobType
from tableconfigs.source import Pause, StoredSchema, StoredTable, TableState
from zk.znodes import MalformedZnode, decoded, packed

GOLDEN = Path(__file__).parents[2] / "golden" / "zk"

RECORD = ConsumingRecord(
    sequence=42,
    start=1_250_000,
    leader_epoch=7,
    topic="clicks",
    topic_id="mD2Yq5pUTXyDgSYmbI1ZbA",
    config_version=3,
    schema_version=2,
    created_ms=1_760_000_000_000,
    last_attempt="00c0ffee00c0ffee",
    force_commit="76e0dc68-be64-471d-85a6-d40b8014d1c6",
    skip=Skip(to=SkipTo.SMALLEST, reason="retention passed", who="ada"),
)
STEP = Step(
    kind=StepKind.SEGMENT,
    sequence=41,
    start=1_200_000,
    end=1_250_000,
    covers=(41, 41),
    origin=Origin.STREAM,
    topic_id="mD2Yq5pUTXyDgSYmbI1ZbA",
    leader_epoch=7,
    rows=49_990,
    rejects=10,
    name="clicks__0__41__20251009T0853Z",
    uri="aabbccddeeff001122334455/mD2Yq5pUTXyDgSYmbI1ZbA.0/41.00c0ffee00c0ffee.parquet",
    digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    size_bytes=3_456_789,
    time_min_ms=1_759_999_000_000,
    time_max_ms=1_760_000_000_000,
    config_version=3,
    schema_version=2,
    attempt="00c0ffee00c0ffee",
    predecessor="0123456789abcdef",
    created_ms=1_759_996_400_000,
    committed_ms=1_760_000_000_000,
)
TABLE = StoredTable(
    name_with_type="clicks_REALTIME",
    incarnation="aabbccddeeff001122334455",
    config_version=3,
    schema_name="clicks",
    schema_version=2,
    state=TableState.ACTIVE,
    created_ms=1_750_000_000_000,
    pause=Pause(paused=True, comment="upgrade of the broker", changed_ms=1_760_000_000_000, inactive_topics=(1,)),
    keep_until_ms=1_760_600_000_000,
    config={"tableName": "clicks_REALTIME", "tableType": "REALTIME"},
)
SCHEMA = StoredSchema(
    name="clicks",
    version=2,
    definition={"schemaName": "clicks", "dimensionFieldSpecs": [{"name": "länge", "dataType": "INT"}]},
    history={1: {"schemaName": "clicks"}},
)
JOB = Job(
    id="76e0dc68-be64-471d-85a6-d40b8014d1c6",
    type=JobType.FORCE_COMMIT,
    table="clicks_REALTIME",
    incarnation="aabbccddeeff001122334455",
    submitted_ms=1_760_000_000_000,
    segments=(JobSegment(name="clicks__0__42__20251009T0853Z", partition=0, sequence=42),),
)
EXAMPLES = {
    "job.1.json": JOB,
    "consuming_record.1.json": RECORD,
    "step.1.json": STEP,
    "history.1.json": History(generation=3, manifests=("aabb/0.manifest",)),
    "table.1.json": TABLE,
    "schema.1.json": SCHEMA,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_format_that_was_written_is_read(name):
    example = EXAMPLES[name]
    assert decoded(name, (GOLDEN / name).read_bytes(), type(example)) == example


def test_records_from_before_wishes_and_pauses_are_read():
    record = decoded("old", (GOLDEN / "consuming_record.1.before_wishes.json").read_bytes(), ConsumingRecord)
    assert record == RECORD.model_copy(update={"force_commit": None, "skip": None})
    table = decoded("old", (GOLDEN / "table.1.before_pause.json").read_bytes(), StoredTable)
    assert table == TABLE.model_copy(update={"pause": None, "keep_until_ms": None})


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_written_today_is_the_newest_format(name):
    example = EXAMPLES[name]
    written = example.encoded() if isinstance(example, ConsumingRecord | Step | History) else None
    assert (written or example.model_dump_json().encode()) + b"\n" == (GOLDEN / name).read_bytes()


def test_a_large_znode_of_the_first_packed_format_is_read():
    table = decoded("packed", (GOLDEN / "table.packed.1.zst").read_bytes(), StoredTable)
    assert table.config == {"columns": [f"column_{number}" for number in range(8_000)]}


def test_small_data_stays_text():
    assert packed("/tables/a", b'{"a":1}') == b'{"a":1}'


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "Invalid JSON"),
        (b"\xff", "Invalid JSON"),
        (b"[]", "the document"),
        (b'{"format": 2}', "format: Input should be 1"),
        (b"{" * 100_000, "Invalid JSON"),
    ],
)
def test_hostile_data_is_named(data, problem):
    with pytest.raises(MalformedZnode, match=f"/partitions/x/0: .*{problem}"):
        decoded("/partitions/x/0", data, ConsumingRecord)
