"""The registry as JSON Schema (draft 2020-12), for editors: completion, types, and what each key does here."""

from collections.abc import Iterable, Mapping
from typing import Any

from tableconfigs.options.option import Fate, Kind, Option
from tableconfigs.options.registry import schema_options, stream_options, table_options

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Mapping[Kind, list[str]] = {
    Kind.TEXT: ["string", "number", "boolean"],
    Kind.WHOLE: ["integer", "string"],
    Kind.NUMBER: ["number", "string"],
    Kind.FLAG: ["boolean", "string"],
    Kind.PERIOD: ["string", "integer"],
    Kind.SIZE: ["string", "integer"],
    Kind.LIST: ["array", "string"],
    Kind.OBJECT: ["object"],
}
_REQUIRED = ("tableName", "tableType", "segmentsConfig", "tenants", "tableIndexConfig")
_STREAM_PLACES = ("tableIndexConfig.streamConfigs", "ingestionConfig.streamIngestionConfig.streamConfigMaps")


def table_config_schema() -> dict[str, Any]:
    """JSON Schema of a table config. Keys that it does not have are allowed, as they are in uploads."""
    document = _nested("Table config", table_options().values())
    stream = _flat("Stream config", stream_options().values())
    old, new = (_find(document, place) for place in _STREAM_PLACES)
    old |= {"$ref": "#/$defs/stream"}
    new |= {"items": {"$ref": "#/$defs/stream"}}
    return {"$schema": DIALECT, **document, "required": list(_REQUIRED), "$defs": {"stream": stream}}


def schema_schema() -> dict[str, Any]:
    """JSON Schema of a schema."""
    return {"$schema": DIALECT, **_nested("Schema", schema_options().values()), "required": ["schemaName"]}


def _nested(title: str, options: Iterable[Option]) -> dict[str, Any]:
    root: dict[str, Any] = {"title": title, "type": "object", "properties": {}}
    for option in options:
        section = root
        *above, last = option.path.replace("[]", ".[]").split(".")
        if last == "[]":
            *above, last = above
        for step in above:
            section = _step(section, step)
        section.setdefault("properties", {})[last] = _described(option)
    return root


def _step(section: dict[str, Any], step: str) -> dict[str, Any]:
    """The schema one step below, made where there is none yet."""
    if step == "[]":
        found: dict[str, Any] = section.setdefault("items", {"type": ["object", "null"]})
    elif step == "*":
        found = section.setdefault("additionalProperties", {"type": ["object", "null"]})
    else:
        found = section.setdefault("properties", {}).setdefault(step, {"type": ["object", "null"]})
    return found


def _find(document: dict[str, Any], place: str) -> dict[str, Any]:
    found = document
    for step in place.split("."):
        found = found["properties"][step]
    return found


def _flat(title: str, options: Iterable[Option]) -> dict[str, Any]:
    """A stream config: names have dots in them and are no paths."""
    named = {name: _described(option) for option in options for name in (option.path, *option.aliases)}
    patterns = {f"^{name[:-1].replace('.', chr(92) + '.')}": named.pop(name) for name in list(named) if name[-1] == "*"}
    return {"title": title, "type": ["object", "null"], "properties": named, "patternProperties": patterns}


def _described(option: Option) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": f"{option.fate.capitalize()}: {option.doc}",
        "type": ["array", "null"] if option.path.endswith("[]") else [*_TYPES[option.kind], "null"],
        "x-fate": option.fate.name,
    }
    if option.default is not None:
        described["default"] = option.default
    if option.choices:
        described["examples"] = list(option.choices)
    if option.fate is Fate.WITHOUT_EFFECT:
        described["deprecated"] = True
    if option.low is not None:
        described["minimum"] = option.low
    return described
