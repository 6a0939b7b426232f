"""What a newcomer may want to know of a sealed segment, read from its metadata and from the file itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from rich.table import Table

from crushpad.cli.api import Api


@dataclass(frozen=True)
class Sealed:
    """One committed segment."""

    name: str
    start: int
    end: int
    rows: int
    size_bytes: int
    path: Path


def newest_sealed(api: Api, table: str) -> Sealed | None:
    """The segment that was created last of those that are committed, None while there is none."""
    metadata = api.get("segments", table, "zkmetadata")
    done = [name for name, fields in metadata.items() if fields["segment.realtime.status"] == "DONE"]
    if not done:
        return None
    name = max(done, key=lambda name: int(metadata[name]["segment.creation.time"]))
    fields = api.get("segments", table, name, "metadata")
    return Sealed(
        name,
        int(fields["segment.realtime.startOffset"]),
        int(fields["segment.realtime.endOffset"]),
        int(fields["segment.total.docs"]),
        int(fields["segment.size.in.bytes"]),
        Path(fields["crushpad.path"]),
    )


def column_table(path: Path) -> Table:
    """Each column of a Parquet file: bytes a row, encodings, codec."""
    table = Table("column", "bytes/row", "encodings", "codec", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in _columns(path):
        table.add_row(*row)
    return table


def _columns(path: Path) -> Iterator[tuple[str, str, str, str]]:
    metadata = pq.read_metadata(path)
    for at in range(metadata.num_columns):
        chunks = [metadata.row_group(group).column(at) for group in range(metadata.num_row_groups)]
        size = sum(chunk.total_compressed_size for chunk in chunks)
        encodings = sorted({encoding for chunk in chunks for encoding in chunk.encodings} - {"RLE"})
        codecs = sorted({chunk.compression.lower() for chunk in chunks})
        per_row = f"{size / max(1, metadata.num_rows):.2f}"
        yield chunks[0].path_in_schema, per_row, ", ".join(encodings) or "RLE", ", ".join(codecs)
