"""A sealed segment, opened: the end of the file read and understood, the rows within reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from segments.inspection import tails
from segments.inspection.errors import NotASegment
from segments.inspection.facts import Facts
from segments.metadata import FOOTER_KEY, SegmentFooter

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_ROWS = 64 * 1024


@dataclass(frozen=True)
class SealedFile:
    """`facts` and `footer` say the same; the first is what consuming segments have too."""

    path: Path
    facts: Facts
    footer: SegmentFooter
    parquet: pq.FileMetaData

    @classmethod
    def open(cls, path: Path) -> SealedFile:
        """Raises NotASegment, NothingThere."""
        tails.read_end(path)
        parquet = _parquet_metadata(path)
        text = (parquet.metadata or {}).get(FOOTER_KEY)
        if text is None:
            raise NotASegment(f"{path} is Parquet, but no segment: its footer has no {FOOTER_KEY.decode()!r} entry")
        try:
            footer = SegmentFooter.model_validate_json(text)
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(map(str, problem["loc"]))
            raise NotASegment(f"{path} has a footer that cannot be read: {place}: {problem['msg']}") from error
        return cls(path, tails.facts_of(path), footer, parquet)

    @property
    def schema(self) -> pa.Schema:
        return self.parquet.schema.to_arrow_schema()

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows as they lie in the file, all columns or those named. Raises NotASegment."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        wanted = None if columns is None else list(columns)
        try:
            with pq.ParquetFile(self.path, metadata=self.parquet, page_checksum_verification=True) as file:
                yield from file.iter_batches(BATCH_ROWS, columns=wanted)
        except (pa.ArrowException, OSError) as error:
            raise NotASegment(f"{self.path} is damaged: {_first_line(error)}; `segment verify` says more") from error

    def table(self) -> pa.Table:
        """All rows. Raises NotASegment."""
        import pyarrow as pa

        return pa.Table.from_batches(self.batches(), self.schema)

    def chunks(self, leaf: int) -> list[pq.ColumnChunkMetaData]:
        """The leaf column's part of every row group."""
        return [self.parquet.row_group(group).column(leaf) for group in range(self.parquet.num_row_groups)]


def _parquet_metadata(path: Path) -> pq.FileMetaData:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_metadata(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise NotASegment(f"{path} is damaged: its Parquet footer cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
