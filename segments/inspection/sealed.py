"""A sealed segment, opened: the end of the file read and understood, the rows within reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from segments.inspection import tails
from segments.inspection.errors import NotASegment
from segments.inspection.facts import Facts

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from segments.metadata import SegmentFooter

BATCH_ROWS = 64 * 1024


@dataclass(frozen=True)
class SealedFile:
    """`facts` are what consuming segments have too; `footer` says more, and is read when it is asked for."""

    path: Path
    facts: Facts
    parquet: pq.FileMetaData

    @classmethod
    def open(cls, path: Path) -> SealedFile:
        """Raises NotASegment, NothingThere."""
        facts = tails.facts_of(path)
        return cls(path, facts, _parquet_metadata(path))

    @cached_property
    def footer(self) -> SegmentFooter:
        """Raises NotASegment."""
        from pydantic import ValidationError

        from segments.metadata import FOOTER_KEY, SegmentFooter

        try:
            return SegmentFooter.model_validate_json(self.parquet.metadata[FOOTER_KEY])
        except (ValidationError, KeyError, TypeError) as error:
            raise NotASegment(f"{self.path} has a footer that cannot be read: {_first_line(error)}") from error

    @cached_property
    def schema(self) -> pa.Schema:
        return self.parquet.schema.to_arrow_schema()

    @cached_property
    def leaves(self) -> Mapping[str, int]:
        """Number of each Parquet leaf column, by its path."""
        return {self.parquet.schema.column(leaf).path: leaf for leaf in range(self.parquet.num_columns)}

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
