"""The local catalogue: all readers agree, unchanged tables are not parsed again, nobody is left with a file that went."""

import pytest

from segments import two_slots
from segments.catalogue import CatalogueReader, CatalogueWriter, PartitionEntry, TableEntry


def table(name="clicks_REALTIME", committed_end=0):
    partition = PartitionEntry(
        partition=0, topic="clicks", topic_id="t", sequence=0, first_start=0, committed_end=committed_end,
        created_ms=0, config_version=1, schema_version=1, segments=[], gaps=[],
    )  # fmt: skip
    return TableEntry(
        name=name, incarnation=f"inc-{name[:6]}", state="active", config_version=1, config={}, schema_name="clicks",
        schema_version=1, schemas={1: {}}, created_ms=0, partitions=[partition],
    )  # fmt: skip


@pytest.fixture
def writer(tmp_path):
    made = CatalogueWriter(tmp_path, keep=2)
    yield made
    made.close()


def test_before_anything_is_published_there_are_no_tables(tmp_path):
    assert CatalogueReader(tmp_path).read().tables == {}


def test_readers_see_what_was_published_last(tmp_path, writer):
    reader = CatalogueReader(tmp_path)
    writer.publish({"clicks_REALTIME": table(committed_end=5)}, 1)
    assert reader.read().tables["clicks_REALTIME"].partitions[0].committed_end == 5
    writer.publish({"clicks_REALTIME": table(committed_end=9)}, 2)
    assert reader.read().tables["clicks_REALTIME"].partitions[0].committed_end == 9


def test_a_table_that_did_not_change_is_the_same_object(tmp_path, writer):
    reader = CatalogueReader(tmp_path)
    tables = {"clicks_REALTIME": table()}
    writer.publish(tables, 1)
    before = reader.read().tables["clicks_REALTIME"]
    writer.publish({**tables, "orders_REALTIME": table("orders_REALTIME")}, 2)
    assert reader.read().tables["clicks_REALTIME"] is before


def test_a_reader_that_slept_for_many_generations_finds_the_newest(tmp_path, writer):
    reader = CatalogueReader(tmp_path)
    for end in range(20):
        writer.publish({"clicks_REALTIME": table(committed_end=end)}, end)
    assert reader.read().tables["clicks_REALTIME"].partitions[0].committed_end == 19
    assert len(list(tmp_path.glob("*.json"))) <= 4, "old files go"


def test_the_next_writer_goes_on_with_the_generations(tmp_path, writer):
    first = writer.publish({}, 1)
    second = CatalogueWriter(tmp_path)
    assert second.publish({}, 2) == first + 1
    second.close()


def test_a_torn_slot_shows_the_other_one(tmp_path):
    with (tmp_path / "slots").open("w+b", buffering=0) as file:
        two_slots.write(file.fileno(), 1, b"one", 64)
        two_slots.write(file.fileno(), 2, b"two", 64)
        file.seek(0)
        file.write(two_slots.slot(4, b"four", 64)[:22])
        assert two_slots.read(file.fileno(), 64) == (1, b"one")


def test_a_payload_that_does_not_fit_is_refused():
    with pytest.raises(two_slots.SlotTooSmall):
        two_slots.slot(1, b"x" * 64, 64)
