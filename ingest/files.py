"""The consuming files of one partition: claimed, chained to the committed end, rolled, released after queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from ingest import events as ev
from ingest.ports import Ports, Recipe
from ingest.rejects import Counted
from ingest.state import ClosedFile, OpenFile
from segments.consuming.adoption import Home, claim
from segments.consuming.file import Appended, ConsumingFile, Opening
from segments.history import ConsumingRecord
from segments.identity import PartitionIdentity, attempt_from
from segments.offsets import first_break

log = structlog.get_logger()

WRITER_BYTES = 8


@dataclass(frozen=True, slots=True)
class _Retired:
    """A file whose rows are committed up to `end`; `since_ms` is when queries saw that, None until they do."""

    file: ConsumingFile
    end: int
    since_ms: int | None


class Files:
    """One writer's folder (P16). Files are numbered in the order in which they were made."""

    def __init__(self, identity: PartitionIdentity, ports: Ports) -> None:
        self._identity = identity
        self._ports = ports
        self._home: Home | None = None
        self._files: dict[int, ConsumingFile] = {}
        self._retired: list[_Retired] = []

    def claim(self, record: ConsumingRecord, log_end: int, recipe: Recipe) -> ev.Claimed:
        """The files that chain from the committed end on; rows that Kafka does not confirm are dropped (P20).

        `log_end` is the next offset that Kafka will write: a file beyond it was written from another log.
        """
        self._take_home(record, log_end, recipe)
        chain = self._chain(record)
        closed = tuple(ClosedFile(n, f.state.start, f.state.next_offset) for n, f in chain[:-1])
        return ev.Claimed(closed, _opened(*chain[-1]) if chain else self._new(record, recipe))

    def append(self, appended: Appended) -> ev.Appended:
        """Raises DiskFull; then nothing became visible."""
        _, file = self._open
        state = file.append(_with_known_epoch(appended, file.state.leader_epoch))
        return ev.Appended(state.next_offset, state.leader_epoch, state.rows, _size(file))

    def roll(self, recipe: Recipe) -> ev.Rolled:
        """The next file, which continues the open one. Raises DiskFull."""
        _, before = self._open
        state = before.state
        return ev.Rolled(self._create(state.next_offset, state.leader_epoch, recipe, self._ports.clock_ms()))

    def file(self, number: int) -> ConsumingFile:
        return self._files[number]

    def retire_before(self, closed: Sequence[ClosedFile]) -> None:
        """Files older than all of `closed` and than the open one are committed: release them when queries are done."""
        keep = {c.number for c in closed} | {self._open[0]}
        for number in [n for n in self._files if n not in keep]:
            self._retire(number)

    def release(self) -> None:
        """Unlink retired files whose successor queries have used for longer than the grace (P23)."""
        if not self._retired:
            return
        now = self._ports.clock_ms()
        published = self._ports.published_end(self._identity.incarnation, self._identity.partition)
        self._retired = [kept for r in self._retired if (kept := self._aged(r, published, now)) is not None]

    def unlink(self) -> None:
        """All files and the folder's lock: the table is gone."""
        for file in [*self._files.values(), *(r.file for r in self._retired)]:
            file.unlink()
        self._give_up()

    def close(self) -> None:
        """Keep the files for adoption."""
        for file in [*self._files.values(), *(r.file for r in self._retired)]:
            file.close()
        self._give_up()

    def drop(self) -> None:
        """Forget rows that turned out damaged; Kafka still has them (P20)."""
        for number in list(self._files):
            self._files.pop(number).unlink()

    @property
    def rejects_open(self) -> int:
        """Rejected records in the open file."""
        return self.counted.rejects if self._files else 0

    @property
    def counted(self) -> Counted:
        """What the open file holds."""
        state = self._open[1].state
        return Counted(state.rows, state.rejects)

    @property
    def _open(self) -> tuple[int, ConsumingFile]:
        number = max(self._files)
        return number, self._files[number]

    def _give_up(self) -> None:
        self._files.clear()
        self._retired.clear()
        if self._home is not None:
            self._home.close()
            self._home = None

    def _take_home(self, record: ConsumingRecord, log_end: int, recipe: Recipe) -> None:
        if self._home is not None:
            return
        ports, folder = self._ports, self._ports.consuming_root / self._identity.path
        self._home = claim(folder, ports.boot, lambda: attempt_from(ports.random(WRITER_BYTES)))
        for dropped in self._home.dropped:
            log.warning("consuming file dropped", partition=str(self._identity), why=dropped.reason)
        self._retired += [_Retired(file, file.state.next_offset, None) for file in self._home.behind]
        for file in self._home.adopted:
            self._files[file.state.sequence] = file
        if not self._trusted(record, log_end, recipe):
            self.drop()

    def _trusted(self, record: ConsumingRecord, log_end: int, recipe: Recipe) -> bool:
        """Whether to go on with what a dead process left: same topic, a log that still reaches so far.

        Files of an older config are closed and sealed as they are (P4); of one config there is one schema.
        """
        for file in self._files.values():
            state = file.state
            if state.topic_id != record.topic_id or state.next_offset > log_end:
                log.warning("consuming file dropped", partition=str(self._identity), why="the log is another one")
                return False
        versions = (recipe.config_version, recipe.schema_version)
        same = [f for f in self._files.values() if (f.state.config_version, f.state.schema_version) == versions]
        return all(file.schema.equals(recipe.pipeline.schema) for file in same)

    def _chain(self, record: ConsumingRecord) -> list[tuple[int, ConsumingFile]]:
        """Files in order that hold `[committed end, next offset)` without a hole; the others are retired or dropped."""
        for number, file in sorted(self._files.items())[:-1]:
            if file.state.next_offset <= record.start:
                self._retire(number)
        chain = sorted(self._files.items())
        ranges = [file.state.range for _, file in chain]
        if chain and first_break(ranges) is None and ranges[0].start <= record.start <= ranges[-1].end:
            return chain
        for number, _ in chain:
            self._retire(number)
        return []

    def _new(self, record: ConsumingRecord, recipe: Recipe) -> OpenFile:
        return self._create(record.start, record.leader_epoch, recipe, record.created_ms)

    def _create(self, start: int, leader_epoch: int, recipe: Recipe, created_ms: int) -> OpenFile:
        assert self._home is not None
        number = 1 + max([*self._files, *(r.file.state.sequence for r in self._retired), -1])
        opening = Opening(
            identity=self._identity,
            sequence=number,
            start=start,
            leader_epoch=leader_epoch,
            config_version=recipe.config_version,
            schema_version=recipe.schema_version,
            created_ms=created_ms,
            writer=self._home.writer,
            boot=self._ports.boot,
        )
        file = ConsumingFile.create(self._home.folder, opening, recipe.pipeline.schema, self._ports.capacity_bytes)
        self._files[number] = file
        return _opened(number, file)

    def _retire(self, number: int) -> None:
        file = self._files.pop(number)
        self._retired.append(_Retired(file, file.state.next_offset, None))

    def _aged(self, retired: _Retired, published: int, now_ms: int) -> _Retired | None:
        """The file as it is now, or None when it has been unlinked."""
        if published < retired.end:
            return retired
        if retired.since_ms is None:
            return _Retired(retired.file, retired.end, now_ms)
        if now_ms - retired.since_ms < self._ports.release_grace_ms:
            return retired
        retired.file.unlink()
        return None


def _opened(number: int, file: ConsumingFile) -> OpenFile:
    state = file.state
    return OpenFile(
        number=number,
        start=state.start,
        next_offset=state.next_offset,
        leader_epoch=state.leader_epoch,
        rows=state.rows,
        size_bytes=_size(file),
        created_ms=state.created_ms,
        config_version=state.config_version,
        schema_version=state.schema_version,
    )


def _size(file: ConsumingFile) -> int:
    return sum(part.bytes_visible for part in file.state.parts)


def _with_known_epoch(appended: Appended, epoch: int) -> Appended:
    """A fetch without records does not know its leader epoch."""
    return appended if appended.leader_epoch >= 0 else replace(appended, leader_epoch=epoch)
