"""The body is Pinot's: every field, in its order, and cells as Pinot renders them (contract 1.3, 1.4)."""

import datetime
import decimal
import json

import pyarrow as pa
import pytest

from dialects.bound_query import OutputColumn
from query.jobs import Fault
from query.rendering import CHUNK_ROWS, rows_chunks
from query.response import BrokerResponse, Result, encode, failed, spliced

PINOT_1_5_1_FIELDS = [
    "resultTable",
    "numRowsResultSet",
    "partialResult",
    "exceptions",
    "numGroupsLimitReached",
    "numGroupsWarningLimitReached",
    "timeUsedMs",
    "requestId",
    "clientRequestId",
    "brokerId",
    "numDocsScanned",
    "totalDocs",
    "numEntriesScannedInFilter",
    "numEntriesScannedPostFilter",
    "numServersQueried",
    "numServersResponded",
    "numSegmentsQueried",
    "numSegmentsProcessed",
    "numSegmentsMatched",
    "numConsumingSegmentsQueried",
    "numConsumingSegmentsProcessed",
    "numConsumingSegmentsMatched",
    "minConsumingFreshnessTimeMs",
    "numSegmentsPrunedByBroker",
    "numSegmentsPrunedByServer",
    "numSegmentsPrunedInvalid",
    "numSegmentsPrunedByLimit",
    "numSegmentsPrunedByValue",
    "brokerReduceTimeMs",
    "offlineThreadCpuTimeNs",
    "realtimeThreadCpuTimeNs",
    "offlineSystemActivitiesCpuTimeNs",
    "realtimeSystemActivitiesCpuTimeNs",
    "offlineResponseSerializationCpuTimeNs",
    "realtimeResponseSerializationCpuTimeNs",
    "offlineTotalCpuTimeNs",
    "realtimeTotalCpuTimeNs",
    "explainPlanNumEmptyFilterSegments",
    "explainPlanNumMatchAllFilterSegments",
    "traceInfo",
    "tablesQueried",
    "offlineThreadMemAllocatedBytes",
    "realtimeThreadMemAllocatedBytes",
    "offlineResponseSerMemAllocatedBytes",
    "realtimeResponseSerMemAllocatedBytes",
    "offlineTotalMemAllocatedBytes",
    "realtimeTotalMemAllocatedBytes",
    "pools",
    "rlsFiltersApplied",
    "groupsTrimmed",
]
NEWER_FIELDS = {
    "maxRowsInDistinctReached",
    "maxRowsWithoutChangeInDistinctReached",
    "maxExecutionTimeInDistinctReached",
}


def rows_json(table, words):
    return b"".join(rows_chunks(table, words))


def spliced_json(body, columns, rows):
    result = Result(tuple(OutputColumn(*column) for column in columns), (json.dumps(rows).encode(),), len(rows))
    return json.loads(b"".join(spliced(body, result)))


def rendered(values, arrow_type, word):
    return [row[0] for row in json.loads(rows_json(pa.table({"c": pa.array(values, arrow_type)}), (word,)))]


def test_every_field_is_there_in_pinots_order():
    body = spliced_json(BrokerResponse(), [("count(*)", "LONG")], [[1]])
    assert [key for key in body if key not in NEWER_FIELDS] == PINOT_1_5_1_FIELDS


def test_rows_are_spliced_in_as_they_are():
    assert spliced_json(BrokerResponse(), [("a", "STRING")], [["x"]])["resultTable"] == {
        "dataSchema": {"columnNames": ["a"], "columnDataTypes": ["STRING"]},
        "rows": [["x"]],
    }


def test_an_error_has_no_result_table_and_is_partial():
    body = json.loads(encode(failed(BrokerResponse(numRowsResultSet=3), Fault(190, "gone"))))
    assert ("resultTable" in body, body["numRowsResultSet"]) == (False, 0)
    assert (body["partialResult"], body["exceptions"]) == (True, [{"message": "gone", "errorCode": 190}])


def test_many_rows_come_in_pieces():
    rows = 2 * CHUNK_ROWS + 1
    chunks = list(rows_chunks(pa.table({"c": list(range(rows))}), ("LONG",)))
    assert len(chunks) == 4
    assert json.loads(b"".join(chunks)) == [[number] for number in range(rows)]


MOMENT = datetime.datetime(2014, 1, 1, 12, 30, 5)


@pytest.mark.parametrize(
    ("values", "arrow_type", "word", "shown"),
    [
        ([1, -5, None], pa.int32(), "INT", [1, -5, None]),
        ([2**53 + 1], pa.int64(), "LONG", [2**53 + 1]),
        ([decimal.Decimal(7)], pa.decimal128(38, 0), "LONG", [7]),
        ([0.5, float("inf"), float("-inf"), float("nan"), None], pa.float64(), "DOUBLE",
         [0.5, "Infinity", "-Infinity", "NaN", None]),
        ([3], pa.int32(), "DOUBLE", [3.0]),
        ([0.1, float("nan"), None], pa.float32(), "FLOAT", [0.1, "NaN", None]),
        ([True, None], pa.bool_(), "BOOLEAN", [True, None]),
        ([MOMENT, MOMENT.replace(microsecond=120_000), None], pa.timestamp("us"), "TIMESTAMP",
         ["2014-01-01 12:30:05.0", "2014-01-01 12:30:05.12", None]),
        ([0, 1_000, 1_010, 1_001], pa.timestamp("ms"), "TIMESTAMP",
         ["1970-01-01 00:00:00.0", "1970-01-01 00:00:01.0", "1970-01-01 00:00:01.01", "1970-01-01 00:00:01.001"]),
        ([b"\x00\xff", None], pa.binary(), "BYTES", ["00ff", None]),
        (["12.50", None], pa.string(), "BIG_DECIMAL", ["12.50", None]),
        ([decimal.Decimal("0.000000001")], pa.decimal128(38, 9), "BIG_DECIMAL", ["0.000000001"]),
        (['{"a":1}'], pa.string(), "JSON", ['{"a":1}']),
        (['{"a":1}', None], pa.string(), "MAP", [{"a": 1}, None]),
        (["ä\"\n"], pa.string(), "STRING", ["ä\"\n"]),
        ([["a", "b"], [], None, ["c"]], pa.list_(pa.string()), "STRING_ARRAY", [["a", "b"], [], None, ["c"]]),
        ([[0], [1, 2]], pa.list_(pa.timestamp("ms")), "TIMESTAMP_ARRAY",
         [["1970-01-01 00:00:00.0"], ["1970-01-01 00:00:00.001", "1970-01-01 00:00:00.002"]]),
        ([[b"\x01"]], pa.list_(pa.binary()), "BYTES_ARRAY", [["01"]]),
        ([[0.1]], pa.list_(pa.float32()), "FLOAT_ARRAY", [[0.1]]),
    ],
)  # fmt: skip
def test_a_cell_is_rendered_as_pinot_renders_it(values, arrow_type, word, shown):
    assert rendered(values, arrow_type, word) == shown


def test_no_rows_are_an_empty_list():
    assert rows_json(pa.table({"c": pa.array([], pa.timestamp("us"))}), ("TIMESTAMP",)) == b"[]"


def test_chunks_are_one_column():
    column = pa.chunked_array([[1, 2], [], [3]], pa.int64())
    assert rows_json(pa.table({"c": column, "d": column}), ("LONG", "LONG")) == b"[[1,1],[2,2],[3,3]]"
