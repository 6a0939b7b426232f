"""A consuming segment, looked into while it grows: its facts from the side-car, its rows from the files it names.

The writer merges small parts and unlinks them after a grace, so a look that finds a file gone begins again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segments.inspection.errors import NotASegment, NothingThere
from segments.inspection.facts import SIDE_CAR, Facts, State
from segments.two_slots import NoValidSlot

if TYPE_CHECKING:
    import pyarrow as pa

    from segments.consuming.sidecar import SideCar

LOOKS_MAX = 5


@dataclass(frozen=True)
class ConsumingSegment:
    """One cut of a consuming segment: what its side-car said when it was read."""

    path: Path
    side_car: SideCar

    @classmethod
    def open(cls, path: Path) -> ConsumingSegment:
        """`path` is a side-car. Raises NotASegment, NothingThere."""
        return cls(path, read_state(path))

    @property
    def facts(self) -> Facts:
        return facts_of(self.path, self.side_car)

    @property
    def schema(self) -> pa.Schema:
        return self.table().schema

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows in offset order, all columns or those named. Raises NotASegment."""
        table = self.table()
        yield from (table if columns is None else table.select(list(columns))).to_batches()

    def table(self) -> pa.Table:
        """The visible rows without a copy, as of `side_car` or, when its files were merged meanwhile, without what
        was appended since. Raises NotASegment."""
        from segments.consuming.frames import CorruptFrame
        from segments.consuming.mapped import read_parts

        state = self.side_car
        for _ in range(LOOKS_MAX):
            try:
                return read_parts(self.path.parent, state.parts).slice(0, self.side_car.rows)
            except FileNotFoundError:
                state = read_state(self.path)
            except CorruptFrame as error:
                raise NotASegment(f"{self.path} cannot be read: {error}") from error
        raise NothingThere(f"{self.path} names files that are gone: the segment was sealed; look at its sealed file")


def read_state(path: Path) -> SideCar:
    """Raises NotASegment, NothingThere."""
    from pydantic import ValidationError

    from segments.consuming.sidecar import read_sidecar

    try:
        return read_sidecar(path)[1]
    except NoValidSlot as error:
        raise NotASegment(f"{path} is no side-car, or is just being born: no slot of it is whole") from error
    except ValidationError as error:
        raise NotASegment(f"{path} is a side-car of another format: {error.errors()[0]['msg']}") from error
    except OSError as error:
        raise NothingThere(f"{path} cannot be opened: {error.strerror}; it may be sealed by now") from error


def facts_of(path: Path, state: SideCar) -> Facts:
    """Side-cars do not name the table: its incarnation is the folder that the partition's lies in."""
    partition_folder = path.absolute().parent.parent
    lies_in_its_place = partition_folder.name == f"{state.topic_id}.{state.partition}"
    return Facts(
        path=str(path),
        size_bytes=sum(part.bytes_visible for part in state.named),
        state=State.CONSUMING,
        name=f"{state.topic_id}.{state.partition}#{state.sequence}",
        incarnation=partition_folder.parent.name if lies_in_its_place else None,
        topic_id=state.topic_id,
        partition=state.partition,
        sequence=state.sequence,
        start=state.start,
        end=state.next_offset,
        rows=state.rows,
        rejects=state.rejects,
        filtered=state.filtered,
        tombstones=state.tombstones,
        leader_epoch=state.leader_epoch,
        config_version=state.config_version,
        schema_version=state.schema_version,
        created_ms=state.created_ms,
        time_min_ms=state.time_min_ms,
        time_max_ms=state.time_max_ms,
    )


def side_car_of(path: Path) -> Path:
    """The side-car beside a part file, or the path itself."""
    return path if path.suffix == SIDE_CAR else path.with_name(path.name.split(".")[0] + SIDE_CAR)
