"""Upload, change and delete schemas and tables: Pinot's rules and texts over a `TableConfigSource`.

Callers map the exceptions: `InvalidConfig` 400, `NotFound` 404, `AlreadyExists`, `Conflict` and `InUse` 409,
`SourceUnavailable` 503. Two uploads at once: the store's version lets one through, the other gets `Conflict`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tableconfigs.compatibility import table_incompatibilities
from tableconfigs.notices import schema_warnings, warnings_of
from tableconfigs.parsing import Parsed, load_json
from tableconfigs.problems import InvalidConfig, Problem
from tableconfigs.references import concealed, concealing, resolve_all, restore
from tableconfigs.schema import Schema
from tableconfigs.secrets import mask, unmask
from tableconfigs.source import (
    AlreadyExists,
    Conflict,
    NotFound,
    StoredSchema,
    StoredTable,
    TableConfigSource,
    TableState,
    Versioned,
)
from tableconfigs.table import TableConfig, TableType
from tableconfigs.validation import ValidationType, validate_table, validation_types

Body = bytes | str | Mapping[str, Any]
Environ = Mapping[str, str]


class InUse(Conflict):
    """Drop the tables first: the schema is theirs."""


@dataclass(frozen=True, slots=True)
class Written:
    """A config write that succeeded: Pinot's status text, the keys that were not understood by JSON pointer, and what
    was understood and has no effect."""

    status: str
    unrecognized: dict[str, object]
    warnings: tuple[str, ...] = ()
    name: str = ""
    """What was written: a schema, or a table with its type."""
    before: int | None = None
    """Version of the definition that was there; None: there was none."""
    after: int | None = None
    """Version that is there now; the same where nothing was to be changed."""

    def to_pinot_json(self) -> dict[str, Any]:
        """The body of the answer: Pinot's, and `warnings` where there are any."""
        told = {"warnings": list(self.warnings)} if self.warnings else {}
        return {"unrecognizedProperties": masked(self.unrecognized), "status": self.status, **told}


# Schemas


def add_schema(source: TableConfigSource, body: Body, override: bool = True, force: bool = False) -> Written:
    """POST /schemas. An existing schema is replaced when `override`, incompatibly only when `force`."""
    parsed = parse_schema(body)
    name = parsed.value.schema_name
    try:
        found = source.schema(name)
    except NotFound:
        return _create_schema(source, parsed)
    if not override:
        raise AlreadyExists(f"Schema: {name} already exists")
    return _replace_schema(source, found, parsed, force)


def update_schema(source: TableConfigSource, name: str, body: Body, force: bool = False) -> Written:
    """PUT /schemas/{name}."""
    parsed = parse_schema(body)
    sent = parsed.value.schema_name
    if sent != name:
        text = f"Schema name mismatch for schema: {name}, the body names {sent}"
        raise InvalidConfig([Problem("/schemaName", sent, text)])
    return _replace_schema(source, find_schema(source, name), parsed, force)


def delete_schema(source: TableConfigSource, name: str) -> str:
    """DELETE /schemas/{name}; returns the status text. Raises `InUse` while a table has the schema."""
    found = find_schema(source, name)
    for table in source.tables():
        if _uses_schema(source, table, name):
            raise InUse(f"Cannot delete schema {name}, as it is associated with table {table}")
    source.delete_schema(name, found.version)
    return f"Schema {name} deleted"


def find_schema(source: TableConfigSource, name: str) -> Versioned[StoredSchema]:
    """The stored schema. Raises `NotFound` with Pinot's text."""
    try:
        return source.schema(name)
    except NotFound as error:
        raise NotFound("Schema not found") from error


def parse_schema(body: Body) -> Parsed[Schema]:
    """Read a schema that was sent. Raises `InvalidConfig` introduced in Pinot's words."""
    try:
        return Schema.parse(body)
    except InvalidConfig as error:
        raise error.about(f"Invalid schema config json string: {_shown(body)}. Reason:") from error


_BODY_CHARS_SHOWN = 200


def _shown(body: Body) -> str:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    return text if len(text) <= _BODY_CHARS_SHOWN else f"{text[:_BODY_CHARS_SHOWN]}..."


def _create_schema(source: TableConfigSource, parsed: Parsed[Schema]) -> Written:
    stored = first_schema(parsed)
    try:
        source.put_schema(stored, None)
    except AlreadyExists as error:
        raise Conflict(f"Schema: {stored.name} was added by somebody else just now: reload and try again") from error
    return _schema_written(parsed, None, stored)


def _replace_schema(
    source: TableConfigSource, found: Versioned[StoredSchema], parsed: Parsed[Schema], force: bool
) -> Written:
    stored = next_schema(found.value, parsed, force)
    if stored != found.value:
        source.put_schema(stored, found.version)
    return _schema_written(parsed, found.value.version, stored)


def _schema_written(parsed: Parsed[Schema], before: int | None, stored: StoredSchema) -> Written:
    told = tuple(schema_warnings(parsed))
    return Written(f"{stored.name} successfully added", parsed.unrecognized, told, stored.name, before, stored.version)


def first_schema(parsed: Parsed[Schema]) -> StoredSchema:
    """The record of a new schema."""
    return StoredSchema(name=parsed.value.schema_name, version=1, definition=parsed.stored)


def next_schema(old: StoredSchema, parsed: Parsed[Schema], force: bool) -> StoredSchema:
    """The record after a change; the same definition again changes nothing.

    Raises `InvalidConfig` for a change that takes something away, unless `force`.
    """
    if parsed.stored == old.definition:
        return old
    reasons = Schema.parse(old.definition).value.backward_incompatibilities(parsed.value)
    if reasons and not force:
        subject = f"Backward incompatible schema {old.name}. Only allow adding new columns"
        raise InvalidConfig([Problem("", None, reason) for reason in reasons], subject)
    history = {**old.history, old.version: old.definition}
    return StoredSchema(name=old.name, version=old.version + 1, definition=parsed.stored, history=history)


def _uses_schema(source: TableConfigSource, table: str, schema: str) -> bool:
    try:
        return source.table(table).value.schema_name == schema
    except NotFound:  # deleted since the list was read
        return False


# Tables


def add_table(
    source: TableConfigSource,
    body: Body,
    now_ms: int,
    new_incarnation: str,
    environ: Environ | None = None,
    skip: str | None = None,
) -> Written:
    """POST /tables. `new_incarnation` is a random id that was never used (P1), `skip` is `validationTypesToSkip`."""
    parsed = TableConfig.parse(body, environ or {})
    name = parsed.value.name_with_type
    if name in source.tables():
        raise AlreadyExists(_TABLE_EXISTS.format(name))
    schema = _check_table(source, parsed, environ or {}, validation_types(skip))
    try:
        source.put_table(first_table(parsed, schema, now_ms, new_incarnation), None)
    except AlreadyExists as error:
        raise AlreadyExists(_TABLE_EXISTS.format(name)) from error
    told = warnings(parsed, environ or {})
    return Written(f"Table {name} successfully added", parsed.unrecognized, told, name, after=1)


def first_table(parsed: Parsed[TableConfig], schema: StoredSchema, now_ms: int, new_incarnation: str) -> StoredTable:
    """The record of a new table."""
    return StoredTable(
        name_with_type=parsed.value.name_with_type,
        incarnation=new_incarnation,
        config_version=1,
        schema_name=schema.name,
        schema_version=schema.version,
        state=TableState.ACTIVE,
        created_ms=now_ms,
        config=parsed.stored,
    )


def update_table(
    source: TableConfigSource,
    name: str,
    body: Body,
    environ: Environ | None = None,
    skip: str | None = None,
    force: bool = False,
) -> Written:
    """PUT /tables/{name}; `name` with or without its type. Masked secrets in `body` stay what they are.

    A change that stored rows do not stand is refused unless `force` (contract 1.1).
    """
    found = find_table(source, name)
    old = found.value
    parsed = TableConfig.parse(unmask(load_json(body), old.config), environ or {})
    if parsed.value.name_with_type != old.name_with_type:
        text = f"Request table {old.name_with_type} does not match table name in the body {parsed.value.name_with_type}"
        raise InvalidConfig([Problem("/tableName", parsed.value.table_name, text)])
    schema = _check_table(source, parsed, environ or {}, validation_types(skip), old.schema_name)
    stored = next_table(old, parsed, schema, environ or {}, force)
    if stored != old:
        source.put_table(stored, found.version)
    told, versions = warnings(parsed, environ or {}), (old.config_version, stored.config_version)
    return Written(f"Table config updated for {name}", parsed.unrecognized, told, old.name_with_type, *versions)


def next_table(
    old: StoredTable, parsed: Parsed[TableConfig], schema: StoredSchema, environ: Environ, force: bool
) -> StoredTable:
    """The record after a change; the same config again has the same version.

    Raises `InvalidConfig` for a change that stored rows do not stand, unless `force` (contract 1.1).
    """
    if not force:
        _check_compatible(old, parsed.value, environ)
    version = old.config_version + (parsed.stored != old.config)
    changes = {"config": parsed.stored, "config_version": version, "schema_version": schema.version}
    return old.model_copy(update={**changes, "schema_name": schema.name})


def begin_delete_table(source: TableConfigSource, name: str, table_type: str | None = None) -> StoredTable:
    """DELETE /tables/{name}: mark it (P2, first step) and return the marked record; marking twice is one mark."""
    suffixed = name_with_type(name)
    wanted = (table_type or TableType.REALTIME).upper()
    try:
        found = source.table(suffixed)
    except NotFound as error:
        raise NotFound(_NO_SUCH_TABLE.format(name, table_type or "null")) from error
    if wanted != TableType.REALTIME:
        raise NotFound(_NO_SUCH_TABLE.format(name, table_type))
    if found.value.state is TableState.DELETING:
        return found.value
    marked = found.value.model_copy(update={"state": TableState.DELETING})
    source.put_table(marked, found.version)
    return marked


def deleted_status(stored: StoredTable) -> str:
    """The status text of a DELETE that succeeded."""
    return f"Tables: [{stored.name_with_type}] deleted"


def find_table(source: TableConfigSource, name: str) -> Versioned[StoredTable]:
    """The stored table by name with or without type. Raises `NotFound`, also while the table is being deleted."""
    try:
        found = source.table(name_with_type(name))
    except NotFound as error:
        raise NotFound(f"Table {name} does not exist") from error
    if found.value.state is TableState.DELETING:
        raise NotFound(f"Table {name} does not exist: it is being deleted")
    return found


def table_json(stored: StoredTable, environ: Environ | None = None) -> dict[str, Any]:
    """The answer of GET /tables/{name}: defaults spelled out, references as written, secrets masked."""
    resolved = resolve_all(stored.config, environ or {}, [])
    try:
        printed = TableConfig.model_validate(resolved).to_pinot_json()
    except ValidationError:  # a variable that is gone must not make the config unreadable: show it as uploaded
        printed = stored.config
    return {TableType.REALTIME.value: mask(restore(printed, stored.config))}


def validate(
    source: TableConfigSource, body: Body, environ: Environ | None = None, skip: str | None = None
) -> dict[str, Any]:
    """The answer of POST /tables/validate, with `warnings` where there are any. Raises `InvalidConfig`."""
    parsed = TableConfig.parse(body, environ or {})
    _check_table(source, parsed, environ or {}, validation_types(skip))
    printed = mask(restore(parsed.value.to_pinot_json(), parsed.stored))
    told = warnings(parsed, environ or {})
    return {
        str(parsed.value.table_type): printed,
        "unrecognizedProperties": masked(parsed.unrecognized),
        **({"warnings": list(told)} if told else {}),
    }


def client_config_json(stored: StoredTable, environ: Environ | None = None) -> list[dict[str, Any]]:
    """What each topic's Kafka client is made with, in librdkafka's names, secrets masked; and what has no effect."""
    parsed = TableConfig.parse(stored.config, environ or {})
    found = [
        {
            "topic": stream.topic,
            "properties": mask({"bootstrap.servers": stream.brokers, **stream.client_properties}),
            "warnings": list(stream.warnings),
        }
        for stream in parsed.value.streams
    ]
    return [concealed(each, stored.config, environ or {}) for each in found]


def name_with_type(name: str) -> str:
    """`clicks` and `clicks_REALTIME` are the same table."""
    return name if name.endswith(f"_{TableType.REALTIME}") else f"{name}_{TableType.REALTIME}"


def masked(unrecognized: Mapping[str, object]) -> dict[str, object]:
    """Values by JSON pointer, those of keys that name secrets hidden."""
    return {path: mask(value, path.rpartition("/")[2]) for path, value in unrecognized.items()}


_TABLE_EXISTS = (
    "Table config for {} already exists. If this is unexpected, try deleting the table to remove all metadata "
    "associated with it before attempting to recreate."
)
_NO_SUCH_TABLE = "Table '{}' with type {} does not exist"


def warnings(parsed: Parsed[TableConfig], environ: Environ) -> tuple[str, ...]:
    """What is to be said of a config that is taken, references in place of what they stand for."""
    return tuple(concealed(warning, parsed.stored, environ) for warning in warnings_of(parsed))


def _check_compatible(old: StoredTable, new: TableConfig, environ: Environ) -> None:
    try:
        before = TableConfig.parse(old.config, environ).value
    except InvalidConfig:  # what cannot be read any more cannot be held against its successor
        return
    problems = list(table_incompatibilities(before, new))
    if problems:
        raise InvalidConfig(problems, f"Backward incompatible table config {old.name_with_type}, force=true overrides")


def _check_table(
    source: TableConfigSource,
    parsed: Parsed[TableConfig],
    environ: Environ,
    skip: frozenset[ValidationType],
    used: str | None = None,
) -> StoredSchema:
    """Check against the schema of the table's name, or else of `segmentsConfig.schemaName`, or else the one `used`."""
    config = parsed.value
    for name in (config.raw_name, parsed.unrecognized.get("/segmentsConfig/schemaName"), used):
        if not isinstance(name, str):
            continue
        try:
            schema = source.schema(name).value
        except NotFound:
            continue
        with concealing(parsed.stored, environ):
            validate_table(config, Schema.parse(schema.definition).value, skip)
        return schema
    text = f"Failed to find schema for table: {config.name_with_type}"
    raise InvalidConfig([Problem("", None, text)])
