"""Columns that start with $: what a row can say of its segment, in the single-stage and the multi-stage engine."""

import pytest

from tests.unit.query.query_house import NOW_MS, Asker, House, click, clicks

CREATED = "2026-01-01 00:00:00.0"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    made = House(tmp_path_factory.mktemp("house"))
    made.sections["tableIndexConfig"] = {
        "segmentPartitionConfig": {"columnPartitionMap": {"user": {"functionName": "Murmur", "numPartitions": 2}}}
    }
    made.seal(clicks(0, 3))
    made.seal(clicks(3, 5))
    made.consume(clicks(5, 9))
    made.seal(clicks(0, 2), partition=1)
    made.consume([click(1)], start=1, partition=1)  # one row twice: its place in the consuming file stays hidden
    made.publish()
    return made


@pytest.fixture(scope="module")
def ask(house):
    asker = Asker(house)
    yield asker
    asker.close()


@pytest.mark.parametrize("engine", ["", "SET useMultistageEngine = true; "])
def test_doc_ids_count_the_rows_of_each_segment(ask, engine):
    rows = ask.rows(
        f"{engine}SELECT $segmentName, MIN($docId), MAX($docId), COUNT(*) FROM clicks GROUP BY 1 ORDER BY 1"
    )
    assert [(name.split("__")[1:3], low, high, count) for name, low, high, count in rows] == [
        (["0", "0"], 0, 2, 3),
        (["0", "1"], 0, 1, 2),
        (["0", "2"], 0, 3, 4),
        (["1", "3"], 0, 1, 2),
    ]


def test_a_doc_id_is_an_int_and_no_part_of_the_star(ask):
    body = ask("SELECT $docId, $segmentName FROM clicks WHERE $docId = 3 LIMIT 5")
    assert body["resultTable"]["dataSchema"] == {
        "columnNames": ["$docId", "$segmentName"],
        "columnDataTypes": ["INT", "STRING"],
    }
    assert [row[0] for row in body["resultTable"]["rows"]] == [3]
    assert not any(
        name.startswith("$") for name in ask("SELECT * FROM clicks")["resultTable"]["dataSchema"]["columnNames"]
    )


def test_what_segments_say_of_themselves(ask, house):
    sealed = house.partitions[0][0]
    sql = "SELECT $partitionId, $creationTime, $startTime, $endTime, $totalDocs, $crc, $hostName FROM clicks"
    body = ask(f"{sql} WHERE $segmentName = '{sealed.name}' AND $docId = 0")
    assert body["resultTable"]["dataSchema"]["columnDataTypes"] == [
        "STRING_ARRAY", "TIMESTAMP", "TIMESTAMP", "TIMESTAMP", "INT", "LONG", "STRING",
    ]  # fmt: skip
    epoch = "1970-01-01 00:00:00.0"
    crc = int(sealed.digest[:8], 16)
    assert body["resultTable"]["rows"] == [[["user_0"], CREATED, epoch, epoch, 3, crc, "127.0.0.1"]]


def test_a_consuming_segment_knows_its_times_and_has_no_crc(ask):
    sql = "SELECT DISTINCT $startTime, $endTime, $totalDocs, $crc FROM clicks WHERE $crc < 0"
    assert ask.rows(sql) == [["2026-01-01 00:00:05.0", "2026-01-01 00:00:08.0", 4, -(2**63)]]
    assert NOW_MS == 1_767_225_600_000


def test_a_multi_value_partition_id_is_a_key_element_by_element(ask):
    sql = "SELECT $partitionId, COUNT(*) FROM clicks GROUP BY $partitionId ORDER BY 1"
    assert ask.rows(sql) == [["user_0", 9], ["user_1", 2]]
