"""Which columns of a damaged file can still be read, by their pages' checksums."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from segments.encoding import leaf_path
from segments.inspection.sealed import SealedFile
from segments.inspection.verify.checks import Check, found, judged

CannotRead = (pa.ArrowException, OSError, ValueError)
"""What Arrow raises for pages that are not what their headers and checksums say."""


def damaged_pages(segment: SealedFile) -> Check:
    """Reads one column of one row group after the other and names those that fail."""
    try:
        with pq.ParquetFile(segment.path, metadata=segment.parquet, page_checksum_verification=True) as file:
            problems = list(_problems(segment, file))
    except CannotRead as error:
        return found("pages", f"no page can be read: {reason(error)}")
    where = "the damage is outside the pages' data: a page header, a bloom filter or a page index"
    return judged("pages", problems, f"all can be read; {where}")


def reason(error: BaseException) -> str:
    """The first line of what Arrow says."""
    return str(error).partition("\n")[0]


def _problems(segment: SealedFile, file: pq.ParquetFile) -> Iterator[str]:
    for group in range(segment.parquet.num_row_groups):
        for field in segment.schema:
            try:
                file.read_row_group(group, columns=[leaf_path(field)])
            except CannotRead as error:
                yield f"row group {group}, column {field.name}: {reason(error)}"
