"""Where table configs and schemas live: the protocol, the records, and an implementation in memory."""

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")
R = TypeVar("R", bound=BaseModel)


class NotFound(LookupError):
    """Give up, or create it: there is no such record."""


class AlreadyExists(Exception):
    """Choose another name, or change the record that is there."""


class Conflict(Exception):
    """Reload and try again: somebody else changed the record first."""


class SourceUnavailable(Exception):
    """Retry: the store cannot be reached now. Whether a write was applied is unknown: read before repeating it."""


class TableState(StrEnum):
    """Whether a table is in use. A `DISABLED` one keeps its data, consumes nothing and answers nothing.

    `DELETING` is the first step of dropping it (P2); it goes back only while the record says that it may.
    """

    ACTIVE = "active"
    DISABLED = "disabled"
    DELETING = "deleting"


class Pause(BaseModel):
    """The last word of a person on whether a table is consumed (contract 4.8)."""

    model_config = ConfigDict(frozen=True)

    paused: bool
    reason_code: str = "ADMINISTRATIVE"
    comment: str | None = None
    changed_ms: int
    inactive_topics: tuple[int, ...] = ()
    """Topic indices that are not consumed though the table is."""

    @property
    def reason(self) -> str:
        return f"paused by a person: {self.comment}" if self.comment else "paused by a person"


class StoredTable(BaseModel):
    """A table's record. `config` is the JSON as uploaded, unknown keys removed, references unresolved.

    `incarnation` is made once per creation and never reused (P1). `config_version` grows with every change of
    `config` (P4). `schema_version` is the version of the schema that the config was checked against.
    """

    model_config = ConfigDict(frozen=True)

    format: int = 1
    name_with_type: str
    incarnation: str
    config_version: int
    schema_name: str
    schema_version: int
    state: TableState
    created_ms: int
    config: dict[str, Any]
    pause: Pause | None = None
    keep_until_ms: int | None = None
    """Of a `DELETING` table: until then a person may take it back. None: it is being taken away."""

    @property
    def why_paused(self) -> str | None:
        """Why nothing of the table is consumed, or None."""
        if self.state is TableState.DISABLED:
            return "the table is disabled"
        return self.pause.reason if self.pause is not None and self.pause.paused else None


class StoredSchema(BaseModel):
    """A schema's record. `history` holds every older definition by version: sealed segments name theirs (P28)."""

    model_config = ConfigDict(frozen=True)

    format: int = 1
    name: str
    version: int
    definition: dict[str, Any]
    history: dict[int, dict[str, Any]] = {}

    def at(self, version: int) -> dict[str, Any]:
        """The definition of `version`. Raises `NotFound`."""
        if version == self.version:
            return self.definition
        if version not in self.history:
            raise NotFound(f"schema {self.name} has no version {version}, the newest is {self.version}")
        return self.history[version]


@dataclass(frozen=True, slots=True)
class Versioned(Generic[T]):
    """A record and the store's version of it: the fence to pass as `expected_version`."""

    value: T
    version: int


@dataclass(frozen=True, slots=True)
class Put(Generic[T]):
    """A record to write, and the version that it replaces (None: there is none yet)."""

    record: T
    expected_version: int | None


class TableConfigSource(Protocol):
    """Schemas and tables by name. Thread-safe; every call may raise `SourceUnavailable`.

    `put_*` with `expected_version` None creates (`AlreadyExists` if there is one); with a version it replaces
    (`Conflict` if the record has another version, `NotFound` if it is gone) and returns the new version.
    """

    def schemas(self) -> list[str]:
        """Names, sorted."""

    def schema(self, name: str) -> Versioned[StoredSchema]:
        """Raises `NotFound`."""

    def put_schema(self, stored: StoredSchema, expected_version: int | None) -> int:
        """Create or replace; returns the new version."""

    def delete_schema(self, name: str, expected_version: int) -> None:
        """Raises `NotFound`, `Conflict`."""

    def tables(self) -> list[str]:
        """Names with type, sorted."""

    def table(self, name_with_type: str) -> Versioned[StoredTable]:
        """Raises `NotFound`."""

    def put_table(self, stored: StoredTable, expected_version: int | None) -> int:
        """Create or replace; returns the new version."""

    def delete_table(self, name_with_type: str, expected_version: int) -> None:
        """Remove the record: the last step of dropping a table. Raises `NotFound`, `Conflict`."""

    def put_together(self, schema: Put[StoredSchema], table: Put[StoredTable]) -> None:
        """Write both or neither, in one transaction. Raises `AlreadyExists`, `Conflict`, `NotFound` of either.

        After `SourceUnavailable` both are written, or neither: look before trying again.
        """


class _Records(Generic[R]):
    """Versioned records of one kind. Not thread-safe: the caller holds the lock."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._records: dict[str, Versioned[R]] = {}

    def names(self) -> list[str]:
        return sorted(self._records)

    def get(self, name: str) -> Versioned[R]:
        if name not in self._records:
            raise NotFound(f"{self._kind} {name} not found")
        return self._records[name]

    def put(self, name: str, value: R, expected_version: int | None) -> int:
        if expected_version is None:
            return self._create(name, value)
        self._check(name, expected_version)
        self._records[name] = Versioned(value, expected_version + 1)
        return expected_version + 1

    def delete(self, name: str, expected_version: int) -> None:
        self._check(name, expected_version)
        del self._records[name]

    def check(self, name: str, expected_version: int | None) -> None:
        """Whether a put would be taken. Raises what it would raise."""
        if expected_version is not None:
            self._check(name, expected_version)
        elif name in self._records:
            raise AlreadyExists(f"{self._kind} {name} already exists")

    def _create(self, name: str, value: R) -> int:
        self.check(name, None)
        self._records[name] = Versioned(value, 0)
        return 0

    def _check(self, name: str, expected_version: int) -> None:
        found = self.get(name).version
        if found != expected_version:
            raise Conflict(f"{self._kind} {name} is at version {found}, not {expected_version}: reload and try again")


class InMemoryTableConfigSource:
    """A `TableConfigSource` in this process. Records are copied in and out, as through a store."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._schemas: _Records[StoredSchema] = _Records("schema")
        self._tables: _Records[StoredTable] = _Records("table")

    def schemas(self) -> list[str]:
        """Names, sorted."""
        with self._lock:
            return self._schemas.names()

    def schema(self, name: str) -> Versioned[StoredSchema]:
        """Raises `NotFound`."""
        with self._lock:
            return _copied(self._schemas.get(name))

    def put_schema(self, stored: StoredSchema, expected_version: int | None) -> int:
        """Create or replace; returns the new version."""
        with self._lock:
            return self._schemas.put(stored.name, stored.model_copy(deep=True), expected_version)

    def delete_schema(self, name: str, expected_version: int) -> None:
        """Raises `NotFound`, `Conflict`."""
        with self._lock:
            self._schemas.delete(name, expected_version)

    def tables(self) -> list[str]:
        """Names with type, sorted."""
        with self._lock:
            return self._tables.names()

    def table(self, name_with_type: str) -> Versioned[StoredTable]:
        """Raises `NotFound`."""
        with self._lock:
            return _copied(self._tables.get(name_with_type))

    def put_together(self, schema: Put[StoredSchema], table: Put[StoredTable]) -> None:
        """Both or neither."""
        with self._lock:
            self._schemas.check(schema.record.name, schema.expected_version)
            self._tables.check(table.record.name_with_type, table.expected_version)
            self._schemas.put(schema.record.name, schema.record.model_copy(deep=True), schema.expected_version)
            self._tables.put(table.record.name_with_type, table.record.model_copy(deep=True), table.expected_version)

    def put_table(self, stored: StoredTable, expected_version: int | None) -> int:
        """Create or replace; returns the new version."""
        with self._lock:
            return self._tables.put(stored.name_with_type, stored.model_copy(deep=True), expected_version)

    def delete_table(self, name_with_type: str, expected_version: int) -> None:
        """Raises `NotFound`, `Conflict`."""
        with self._lock:
            self._tables.delete(name_with_type, expected_version)


def _copied(found: Versioned[R]) -> Versioned[R]:
    return Versioned(found.value.model_copy(deep=True), found.version)
