"""A Parquet file as a stream: row groups leave as they fill up, the footer at the end."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 131_072
GROUP_BYTES = 32 * 1024 * 1024
"""Of Arrow messages: a row group is written when so much has come."""


class _Sink:
    """Where the writer writes; what is there is taken away in between."""

    closed = False

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self._at = 0

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """What was written is still to be taken."""

    def writable(self) -> bool:
        return True

    def taken(self) -> bytes:
        written, self._written = b"".join(self._written), []
        return written


class ParquetStream:
    """Takes the chunks of an Arrow stream, whole messages each, and gives the bytes of one Parquet file. One thread."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._schema: pa.Schema | None = None
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._bytes = 0

    def add(self, chunk: bytes) -> bytes:
        """What can be sent by now, maybe nothing."""
        for message in pa.ipc.MessageReader.open_stream(pa.py_buffer(chunk)):
            if message.type == "schema":
                self._open(pa.ipc.read_schema(message))
            else:
                self._waiting.append(pa.ipc.read_record_batch(message, self._schema))
        self._bytes += len(chunk)
        if self._bytes >= GROUP_BYTES or sum(batch.num_rows for batch in self._waiting) >= GROUP_ROWS:
            self._write_group()
        return self._sink.taken()

    def end(self) -> bytes:
        """The rest of the file."""
        self._write_group()
        if self._writer is not None:
            self._writer.close()
        return self._sink.taken()

    def _open(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(self._sink, schema, compression="zstd", store_schema=False)

    def _write_group(self) -> None:
        if self._writer is not None and self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema), row_group_size=GROUP_ROWS * 8)
        self._waiting, self._bytes = [], 0
