"""Table configs and schemas in ZooKeeper: one znode each, its version is the fence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, NoReturn, TypeVar

from kazoo.exceptions import BadVersionError, NodeExistsError, NoNodeError
from pydantic import BaseModel

from tableconfigs.source import (
    AlreadyExists,
    Conflict,
    NotFound,
    Put,
    SourceUnavailable,
    StoredSchema,
    StoredTable,
    Versioned,
)
from zk import paths
from zk.session import Session, unreachable_as
from zk.transaction import Create, Refused, SetData, Unanswered, run
from zk.znodes import STORED_BYTES_MAX, decoded, packed

R = TypeVar("R", bound=BaseModel)


class ZooKeeperConfigSource:
    """`tableconfigs.source.TableConfigSource` on a session. Thread-safe. Reads may raise MalformedZnode."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._schemas = _Folder(session, "schema", paths.SCHEMAS, StoredSchema)
        self._tables = _Folder(session, "table", paths.TABLES, StoredTable)

    def schemas(self) -> list[str]:
        """Names, sorted."""
        return self._schemas.names()

    def schema(self, name: str) -> Versioned[StoredSchema]:
        """Raises NotFound."""
        return self._schemas.get(name)

    def put_schema(self, stored: StoredSchema, expected_version: int | None) -> int:
        """Create or replace; returns the new version. Raises ValueError when it is too large for a znode."""
        return self._schemas.put(stored.name, stored, expected_version)

    def delete_schema(self, name: str, expected_version: int) -> None:
        """Raises NotFound, Conflict."""
        self._schemas.delete(name, expected_version)

    def tables(self) -> list[str]:
        """Names with type, sorted."""
        return self._tables.names()

    def table(self, name_with_type: str) -> Versioned[StoredTable]:
        """Raises NotFound."""
        return self._tables.get(name_with_type)

    def put_table(self, stored: StoredTable, expected_version: int | None) -> int:
        """Create or replace; returns the new version. Raises ValueError when it is too large for a znode."""
        return self._tables.put(stored.name_with_type, stored, expected_version)

    def delete_table(self, name_with_type: str, expected_version: int) -> None:
        """Raises NotFound, Conflict."""
        self._tables.delete(name_with_type, expected_version)

    def put_together(self, schema: Put[StoredSchema], table: Put[StoredTable]) -> None:
        """Both or neither: one multi, of which every answer is looked at (P9).

        Raises ValueError when they are too large for one request.
        """
        of_schema = self._schemas.operation(schema.record.name, schema)
        of_table = self._tables.operation(table.record.name_with_type, table)
        if len(of_schema.data) + len(of_table.data) > STORED_BYTES_MAX:
            text = f"schema and table take more than {STORED_BYTES_MAX} bytes together: store one after the other"
            raise ValueError(text)
        with unreachable_as(SourceUnavailable):
            self._session.ensure_layout()
            result = run(self._session, [of_schema, of_table])
        match result:
            case Refused(operation, error) if operation is of_schema:
                self._schemas.explain(schema.record.name, error)
            case Refused(_, error):
                self._tables.explain(table.record.name_with_type, error)
            case Unanswered(why):
                raise SourceUnavailable(f"schema and table were stored both, or neither: look again. {why}")


class _Folder(Generic[R]):
    """The records of one kind: the children of one znode."""

    def __init__(self, session: Session, kind: str, root: str, model: type[R]) -> None:
        self._session = session
        self._client = session.client
        self._kind = kind
        self._root = root
        self._model = model

    def names(self) -> list[str]:
        try:
            with unreachable_as(SourceUnavailable):
                return sorted(filter(paths.is_name, self._session.ask(self._client.get_children_async, self._root)))
        except NoNodeError:
            return []

    def get(self, name: str) -> Versioned[R]:
        if not paths.is_name(name):
            raise NotFound(f"{self._kind} {name!r} not found: that cannot be a name")
        path = f"{self._root}/{name}"
        with self._answers(name):
            data, stat = self._session.ask(self._client.get_async, path)
        return Versioned(decoded(path, data, self._model), stat.version)

    def put(self, name: str, record: R, expected_version: int | None) -> int:
        path = f"{self._root}/{paths.checked_name(self._kind, name)}"
        data = packed(path, record.model_dump_json().encode())
        with self._answers(name):
            if expected_version is None:
                self._session.ensure_layout()
                self._session.ask(self._client.create_async, path, data)
                return 0
            stat = self._session.ask(self._client.set_async, path, data, expected_version)
            return int(stat.version)

    def delete(self, name: str, expected_version: int) -> None:
        path = f"{self._root}/{paths.checked_name(self._kind, name)}"
        with self._answers(name):
            self._session.ask(self._client.delete_async, path, expected_version)

    def operation(self, name: str, put: Put[R]) -> Create | SetData:
        """The put as a part of a transaction. Raises ValueError when it is too large for a znode."""
        path = f"{self._root}/{paths.checked_name(self._kind, name)}"
        data = packed(path, put.record.model_dump_json().encode())
        return Create(path, data) if put.expected_version is None else SetData(path, data, put.expected_version)

    def explain(self, name: str, error: Exception) -> NoReturn:
        """Raise what the server says of a part of a transaction."""
        with self._answers(name):
            raise error

    @contextmanager
    def _answers(self, name: str) -> Iterator[None]:
        """What the server says of the znode, in the seam's words."""
        try:
            with unreachable_as(SourceUnavailable):
                yield
        except NoNodeError as error:
            raise NotFound(f"{self._kind} {name} not found") from error
        except NodeExistsError as error:
            raise AlreadyExists(f"{self._kind} {name} already exists") from error
        except BadVersionError as error:
            raise Conflict(f"{self._kind} {name} was changed by somebody else: reload and try again") from error
