"""Range reads beside SQL: both tell the same rows of any range of offsets, whatever became of the table."""

from __future__ import annotations

from crushpad.client import Client, RowRange
from tests.service import Service

Row = tuple[int, int, object]


def assert_ranges_tell_what_sql_tells(service: Service, table: str, column: str) -> None:
    """The whole of each partition, both its halves and its single middle row, up and down."""
    everything = _in_sql(service, table, column, "true")
    for partition in sorted({row[0] for row in everything}):
        offsets = [row[1] for row in everything if row[0] == partition]
        low, cut, high = offsets[0], offsets[len(offsets) // 2], offsets[-1] + 1
        for start, end in ((low, high), (low, cut), (cut, high), (cut, cut + 1)):
            wanted = f'"$partition" = {partition} AND "$offset" >= {start} AND "$offset" < {end}'
            expected = _in_sql(service, table, column, wanted)
            assert _in_range(service, table, column, "offset", partition, start, end) == expected
            assert _in_range(service, table, column, "offset:desc", partition, start, end) == expected[::-1]
    assert _in_range(service, table, column, "offset") == everything


def _in_sql(service: Service, table: str, column: str, condition: str) -> list[Row]:
    columns = f'"$partition", "$offset", {column}'
    sql = f'SELECT {columns} FROM {table} WHERE {condition} ORDER BY "$partition", "$offset" LIMIT 100000'
    return [(partition, offset, value) for partition, offset, value in service.rows(sql)]


def _in_range(
    service: Service,
    table: str,
    column: str,
    order: str,
    partition: int | None = None,
    start: int | None = None,
    end: int | None = None,
) -> list[Row]:
    names = ("$partition", "$offset", column)
    wanted = RowRange(partition=partition, from_offset=start, to_offset=end, columns=names, order=order)
    with Client(f"http://{service.http}") as client:
        rows = client.read(table, wanted).to_pylist()
    return [(row["$partition"], row["$offset"], row[column]) for row in rows]
