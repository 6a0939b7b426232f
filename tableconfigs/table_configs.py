"""Schema and table in one document, `/tableConfigs` of Pinot: `{"tableName", "schema", "realtime", "offline"}`.

Both are checked before either is stored, and both are stored in one transaction: there is never one without the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tableconfigs import operations
from tableconfigs.notices import schema_warnings
from tableconfigs.operations import Body, Environ, Written
from tableconfigs.parsing import Parsed, load_json
from tableconfigs.problems import InvalidConfig, Problem, pointer
from tableconfigs.references import concealing, restore
from tableconfigs.schema import Schema
from tableconfigs.secrets import mask, unmask
from tableconfigs.source import AlreadyExists, Conflict, NotFound, Put, TableConfigSource
from tableconfigs.table import TableConfig
from tableconfigs.validation import validate_table, validation_types


@dataclass(frozen=True, slots=True)
class TableConfigs:
    """The document, understood."""

    raw_name: str
    schema: Parsed[Schema]
    realtime: Parsed[TableConfig]

    @property
    def unrecognized(self) -> dict[str, object]:
        """Keys that were not understood, by their JSON pointers into the whole document."""
        return {
            **{f"/schema{path}": value for path, value in self.schema.unrecognized.items()},
            **{f"/realtime{path}": value for path, value in self.realtime.unrecognized.items()},
        }


def parse_table_configs(body: Body, environ: Environ, skip: str | None = None) -> TableConfigs:
    """Read and check the document. Raises `InvalidConfig`."""
    document = load_json(body)
    schema = _part(document, "schema", Schema.parse)
    realtime = _part(document, "realtime", lambda part: TableConfig.parse(part, environ))
    raw = realtime.value.raw_name
    problems = list(_name_problems(document, raw, schema.value.schema_name))
    if problems:
        raise InvalidConfig(problems, "Invalid TableConfigs.")
    with concealing(realtime.stored, environ):
        validate_table(realtime.value, schema.value, validation_types(skip))
    return TableConfigs(raw, schema, realtime)


def add_table_configs(
    source: TableConfigSource,
    body: Body,
    now_ms: int,
    new_incarnation: str,
    environ: Environ,
    skip: str | None = None,
) -> Written:
    """POST /tableConfigs. Raises `InvalidConfig` when either is there already, as Pinot does (400)."""
    configs = parse_table_configs(body, environ, skip)
    name, table_name = configs.raw_name, configs.realtime.value.name_with_type
    if name in source.schemas() or table_name in source.tables():
        text = f"TableConfigs: {name} already exists. Use PUT to update existing config"
        raise InvalidConfig([Problem("/tableName", name, text)])
    schema = operations.first_schema(configs.schema)
    table = operations.first_table(configs.realtime, schema, now_ms, new_incarnation)
    try:
        source.put_together(Put(schema, None), Put(table, None))
    except AlreadyExists as error:
        raise Conflict(f"TableConfigs: {name} was added by somebody else just now: reload and try again") from error
    status = f"TableConfigs {name} successfully added"
    return Written(status, configs.unrecognized, _warnings(configs, environ), table_name, after=1)


def update_table_configs(
    source: TableConfigSource, name: str, body: Body, environ: Environ, skip: str | None = None, force: bool = False
) -> Written:
    """PUT /tableConfigs/{name}: both change, or neither. Raises `NotFound`, `InvalidConfig`, `Conflict`."""
    document = load_json(body)
    if document.get("tableName") != name:
        text = f"'tableName' in TableConfigs: {document.get('tableName')} must match provided tableName: {name}"
        raise InvalidConfig([Problem("/tableName", document.get("tableName"), text)])
    found = operations.find_table(source, name)
    if isinstance(document.get("realtime"), Mapping):
        document = {**document, "realtime": unmask(document["realtime"], found.value.config)}
    configs = parse_table_configs(document, environ, skip)
    was = operations.find_schema(source, name)
    schema = operations.next_schema(was.value, configs.schema, force)
    table = operations.next_table(found.value, configs.realtime, schema, environ, force)
    if (schema, table) != (was.value, found.value):
        source.put_together(Put(schema, was.version), Put(table, found.version))
    told, versions = _warnings(configs, environ), (found.value.config_version, table.config_version)
    status = f"TableConfigs updated for {name}"
    return Written(status, configs.unrecognized, told, table.name_with_type, *versions)


def table_configs_json(source: TableConfigSource, name: str, environ: Environ) -> dict[str, Any]:
    """GET /tableConfigs/{name}: null where there is no such part. Raises `NotFound` when there is none at all."""
    table = operations.find_table(source, name).value
    try:
        stored = operations.find_schema(source, table.schema_name).value
        schema = Schema.parse(stored.definition).value.to_pinot_json()
    except NotFound:
        schema = None
    printed = operations.table_json(table, environ)
    return {"tableName": name.removesuffix("_REALTIME"), "schema": schema, "offline": None,
            "realtime": printed["REALTIME"]}  # fmt: skip


def validated_json(body: Body, environ: Environ, skip: str | None = None) -> dict[str, Any]:
    """POST /tableConfigs/validate: the document as it would be kept, and what was not understood."""
    configs = parse_table_configs(body, environ, skip)
    told = _warnings(configs, environ)
    return {
        "tableName": configs.raw_name,
        "schema": configs.schema.value.to_pinot_json(),
        "offline": None,
        "realtime": mask(restore(configs.realtime.value.to_pinot_json(), configs.realtime.stored)),
        "unrecognizedProperties": operations.masked(configs.unrecognized),
        **({"warnings": list(told)} if told else {}),
    }


def _warnings(configs: TableConfigs, environ: Environ) -> tuple[str, ...]:
    return (*schema_warnings(configs.schema), *operations.warnings(configs.realtime, environ))


def _part(document: Mapping[str, Any], key: str, parse: Any) -> Any:
    """One part, parsed; its problems get their place in the whole document."""
    if not isinstance(document.get(key), Mapping):
        text = f"'{key}' must be configured, as an object"
        raise InvalidConfig([Problem(pointer(key), document.get(key), text)], "Invalid TableConfigs.")
    try:
        return parse(document[key])
    except InvalidConfig as error:
        moved = [Problem(f"/{key}{problem.path}", problem.value, problem.message) for problem in error.problems]
        raise InvalidConfig(moved, error.subject) from error


def _name_problems(document: Mapping[str, Any], raw: str, schema: str) -> list[Problem]:
    found = []
    if document.get("tableName") != raw:
        text = f"'tableName' must be the raw name of the table, {raw}"
        found.append(Problem("/tableName", document.get("tableName"), text))
    if schema != raw:
        found.append(Problem("/schema/schemaName", schema, f"'tableName': {raw} must be equal to 'schemaName'"))
    if document.get("offline") is not None:
        found.append(Problem("/offline", None, "this version has REALTIME tables only: leave 'offline' out"))
    return found
