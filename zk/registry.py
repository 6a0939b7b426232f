"""The segment registry in ZooKeeper: the commit rule, held by one multi (P8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from kazoo.exceptions import BadVersionError, NodeExistsError, NoNodeError

from segments.commit import Accepted, InDoubt, Look, Outcome, Refusal, Rejected, SegmentCommit, Versioned
from segments.history import ConsumingRecord, History, Step
from segments.identity import is_id
from segments.registry import Flag, PartitionsExist, RegistryUnavailable, flagged, rewritten
from zk import paths
from zk.session import Found, Session, Unreachable, unreachable_as
from zk.transaction import Committed, Create, Delete, Operation, Refused, SetData, Unanswered, batches, run
from zk.znodes import TOMBSTONE, decoded

_REFUSALS: Mapping[type[Exception], Refusal] = {
    BadVersionError: Refusal.MOVED,
    NodeExistsError: Refusal.LOST_RACE,
    NoNodeError: Refusal.GONE,
}
_LOOKS_MAX = 100
_REWRITTEN_MAX = 300
"""Steps of 1 KB each in one multi, below what a server takes."""
ANY_VERSION = -1


class ZooKeeperRegistry:
    """`segments.registry.SegmentRegistry` on a session. Thread-safe."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client = session.client

    def partitions(self, incarnation: str) -> Mapping[int, Versioned]:
        """Consuming records by Pinot partition id. Raises RegistryUnavailable, MalformedZnode."""
        with _seam():
            ids = self._ids(incarnation)
            places = [paths.record(incarnation, partition) for partition in ids]
            read = [_versioned(path, found) for path, found in zip(places, self._session.get_all(places), strict=True)]
            return {partition: current for partition, current in zip(ids, read, strict=True) if current is not None}

    def create(self, incarnation: str, records: Mapping[int, ConsumingRecord]) -> None:
        """Create partitions with their histories; all or none up to 500 KB (some 500 partitions) per transaction.

        Raises PartitionsExist, RegistryUnavailable.
        """
        with _seam():
            self._refuse_stale_server()
            self._session.ensure_layout()
            taken = sorted(records.keys() & set(self._ids(incarnation)))
            if taken:
                raise PartitionsExist(f"partitions {taken} of {incarnation} exist")
            self._create_parent(incarnation)
            for batch in batches([_birth(incarnation, partition, record) for partition, record in records.items()]):
                self._create_batch(batch)

    def commit(self, commit: SegmentCommit) -> Outcome:
        """Set the consuming record at the version read and create the step: one multi, both or neither (P8).

        A refusal says what the server found, not who won: after MOVED the caller looks (P11).
        """
        try:
            if self._session.is_server_stale():
                return Rejected(Refusal.STALE_SERVER)
        except Unreachable as away:
            return InDoubt(str(away))
        return self._outcome(commit)

    def look(self, incarnation: str, partition: int, sequence: int) -> Look:
        """The partition after a sync (P11). Record and step are of one moment: the record did not move in between.

        Raises RegistryUnavailable, MalformedZnode.
        """
        with _seam():
            for _ in range(_LOOKS_MAX):
                before, step, after = self._look_once(incarnation, partition, sequence)
                if before == after:
                    return Look(after, step)
        raise RegistryUnavailable(f"{paths.record(incarnation, partition)} moved during {_LOOKS_MAX} looks")

    def steps(self, incarnation: str, partition: int, sequences: Sequence[int]) -> list[Step]:
        """Steps in the order asked. Raises KeyError for one that is not there, RegistryUnavailable, MalformedZnode."""
        with _seam():
            places = [paths.step(incarnation, partition, sequence) for sequence in sequences]
            found = self._session.get_all(places)
        return [_present(path, each) for path, each in zip(places, found, strict=True)]

    def flag(self, incarnation: str, partition: int, change: Flag) -> Versioned:
        """Change flags of a consuming record by compare and set; the record and its fence afterwards.

        Raises KeyError when the partition is gone, RegistryUnavailable.
        """
        with _seam():
            self._refuse_stale_server()
            while (after := self._try_flag(paths.record(incarnation, partition), change)) is None:
                continue
            return after

    def rewrite(
        self, incarnation: str, partition: int, sequences: Sequence[int], change: Callable[[Step], Step]
    ) -> None:
        """Replace steps and move the history's generation, all in one multi (P6). Repeated when somebody else moved it.

        Raises KeyError, ValueError, RegistryUnavailable.
        """
        with _seam():
            self._refuse_stale_server()
            for at in range(0, len(sequences), _REWRITTEN_MAX):
                while not self._try_rewrite(incarnation, partition, sequences[at : at + _REWRITTEN_MAX], change):
                    continue

    def incarnations(self) -> list[str]:
        """Table incarnations that have partitions, sorted. Raises RegistryUnavailable."""
        with _seam():
            return sorted(filter(is_id, self._children(paths.PARTITIONS)))

    def delete_partitions(self, incarnation: str) -> None:
        """Take a dropped table's partitions away (P2): no committer can win from the first phase on. Repeatable.

        ZooKeeper does not delete a znode that has children, and a partition's steps are children of its record. So
        every record is first emptied, which moves its version and fences its committers (readers take an empty record
        for a partition that is gone); then the children go in batches; then the records and the incarnation.
        Raises RegistryUnavailable.
        """
        with _seam():
            self._refuse_stale_server()
            records = [paths.record(incarnation, partition) for partition in self._ids(incarnation)]
            self._run_each([[SetData(path, TOMBSTONE, ANY_VERSION)] for path in records])
            children = [f"{path}/{child}" for path in records for child in self._children(path)]
            self._run_each([[Delete(path)] for path in [*children, *records, paths.incarnation(incarnation)]])

    def _ids(self, incarnation: str) -> list[int]:
        named = map(paths.partition_of, self._children(paths.incarnation(incarnation)))
        return sorted(partition for partition in named if partition is not None)

    def _children(self, path: str) -> list[str]:
        try:
            return list(self._session.ask(self._client.get_children_async, path))
        except NoNodeError:
            return []

    def _refuse_stale_server(self) -> None:
        if self._session.is_server_stale():
            raise RegistryUnavailable(f"{Refusal.STALE_SERVER}: nothing is created or deleted on it")

    def _create_parent(self, incarnation: str) -> None:
        try:
            self._session.ask(self._client.create_async, paths.incarnation(incarnation))
        except NodeExistsError:
            return

    def _create_batch(self, operations: Sequence[Operation]) -> None:
        match run(self._session, operations):
            case Refused(operation, NodeExistsError()):
                raise PartitionsExist(f"{operation.path} exists")
            case Refused(operation, error):
                raise RegistryUnavailable(f"{type(error).__name__} for {operation.path}")
            case Unanswered(why):
                raise RegistryUnavailable(why)

    def _outcome(self, commit: SegmentCommit) -> Outcome:
        match run(self._session, _operations(commit)):
            case Committed((stat, *_)):
                self._session.remember()
                return Accepted(stat.version)
            case Refused(_, error) if type(error) in _REFUSALS:
                return Rejected(_REFUSALS[type(error)])
            case Refused(operation, error):
                return InDoubt(f"{type(error).__name__} for {operation.path}")
            case Unanswered(why):
                return InDoubt(why)
        raise AssertionError("a transaction is committed, refused or unanswered")

    def _look_once(
        self, incarnation: str, partition: int, sequence: int
    ) -> tuple[Versioned | None, Step | None, Versioned | None]:
        record, step = paths.record(incarnation, partition), paths.step(incarnation, partition, sequence)
        synced = self._session.send(self._client.sync_async, record)
        before, found, after = self._session.get_all([record, step, record])
        self._session.answer(synced)
        return _versioned(record, before), _decoded_step(step, found), _versioned(record, after)

    def _try_flag(self, path: str, change: Flag) -> Versioned | None:
        """None when somebody else moved the record in between."""
        current = _versioned(path, self._session.get_all([path])[0])
        if current is None:
            raise KeyError(f"{path} is not there")
        after = flagged(current.record, change)
        if after == current.record:
            return current
        try:
            stat = self._session.ask(self._client.set_async, path, after.encoded(), current.version)
        except BadVersionError:
            return None
        except NoNodeError as error:
            raise KeyError(f"{path} is not there") from error
        self._session.remember()
        return Versioned(after, int(stat.version))

    def _try_rewrite(
        self, incarnation: str, partition: int, sequences: Sequence[int], change: Callable[[Step], Step]
    ) -> bool:
        place = paths.history(incarnation, partition)
        places = [paths.step(incarnation, partition, sequence) for sequence in sequences]
        history, *found = self._session.get_all([place, *places])
        steps = [rewritten(_present(path, each), change) for path, each in zip(places, found, strict=True)]
        if history is None:
            raise KeyError(f"{place} is not there")
        known = decoded(place, history.data, History)
        moved = known.model_copy(update={"generation": known.generation + 1})
        changes = [SetData(path, step.encoded(), ANY_VERSION) for path, step in zip(places, steps, strict=True)]
        match run(self._session, [SetData(place, moved.encoded(), history.version), *changes]):
            case Refused(_, BadVersionError()):
                return False
            case Refused(operation, error):
                raise RegistryUnavailable(f"{type(error).__name__} for {operation.path}: try again")
            case Unanswered(why):
                raise RegistryUnavailable(why)
        self._session.remember()
        return True

    def _run_each(self, groups: Sequence[Sequence[Operation]]) -> None:
        """Every group, in batches; a group whose znode is gone already is done."""
        for batch in batches(groups):
            self._run_tolerant(batch)

    def _run_tolerant(self, operations: Sequence[Operation]) -> None:
        left = list(operations)
        while left:
            match run(self._session, left):
                case Committed():
                    return
                case Refused(operation, NoNodeError()):
                    left.remove(operation)
                case Refused(operation, error):
                    raise RegistryUnavailable(f"{type(error).__name__} for {operation.path}: try again")
                case Unanswered(why):
                    raise RegistryUnavailable(why)


@contextmanager
def _seam() -> Iterator[None]:
    with unreachable_as(RegistryUnavailable):
        yield


def _birth(incarnation: str, partition: int, record: ConsumingRecord) -> list[Operation]:
    return [
        Create(paths.record(incarnation, partition), record.encoded()),
        Create(paths.history(incarnation, partition), History().encoded()),
    ]


def _operations(commit: SegmentCommit) -> list[Operation]:
    of = commit.identity
    return [
        SetData(paths.record(of.incarnation, of.partition), commit.following.encoded(), commit.expected_version),
        Create(paths.step(of.incarnation, of.partition, commit.step.sequence), commit.step.encoded()),
    ]


def _versioned(path: str, found: Found | None) -> Versioned | None:
    if found is None or found.data == TOMBSTONE:
        return None
    return Versioned(decoded(path, found.data, ConsumingRecord), found.version)


def _decoded_step(path: str, found: Found | None) -> Step | None:
    return None if found is None else decoded(path, found.data, Step)


def _present(path: str, found: Found | None) -> Step:
    if found is None:
        raise KeyError(f"{path} is not there")
    return decoded(path, found.data, Step)
