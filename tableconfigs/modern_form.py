"""Configs of any age in the form that is written today, and a report of what was changed and why. Pure.

Works on the JSON as written: references stay references, and a config that would be refused is converted all the same.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tableconfigs.modern_stream import modern_stream
from tableconfigs.options.option import Fate
from tableconfigs.options.registry import table_options
from tableconfigs.parsing import parse_model
from tableconfigs.problems import pointer
from tableconfigs.schema import Schema
from tableconfigs.table import TableConfig

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the key at `path`, a JSON pointer into the document as it was."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def modern_form(document: Document) -> tuple[Document, list[Change]]:
    """The modern form of a table config, a schema, or both in one document, and the changes in the order made."""
    if "schema" in document and "realtime" in document:
        return _both(document)
    if "schemaName" in document:
        return modern_schema(document)
    return modern_table(document)


def modern_table(document: Document) -> tuple[Document, list[Change]]:
    """The modern form of a table config."""
    modern, changes = copy.deepcopy(document), list[Change]()
    for step in _STEPS:
        step(modern, changes)
    return modern, changes


def modern_schema(document: Document) -> tuple[Document, list[Change]]:
    """The modern form of a schema: its time field is a dateTime field. Raises `InvalidConfig` when it cannot be."""
    modern = copy.deepcopy(document)
    if modern.get("timeFieldSpec") is None:
        return modern, []
    field = Schema.parse({"schemaName": "x", "timeFieldSpec": modern.pop("timeFieldSpec")}).value.time_field_spec
    assert field is not None, "it was given"
    written = field.date_time.printed()
    written.pop("fieldType")
    modern.setdefault("dateTimeFieldSpecs", []).append(written)
    what = f"is now the dateTime field {written['name']}"
    transform = written.get("transformFunction")
    return modern, [Change("/timeFieldSpec", what + (f", computed as {transform}" if transform else ""))]


def _both(document: Document) -> tuple[Document, list[Change]]:
    schema, of_schema = modern_schema(document["schema"])
    table, of_table = modern_table(document["realtime"])
    changes = [Change(f"/schema{change.path}", change.what) for change in of_schema]
    changes += [Change(f"/realtime{change.path}", change.what) for change in of_table]
    return {**document, "schema": schema, "realtime": table}, changes


# Steps: each changes the document in place and says what it did


def _section(document: Document, key: str) -> Document:
    section = document.get(key)
    return section if isinstance(section, dict) else {}


def _streams(document: Document, changes: list[Change]) -> None:
    """One place for streams, and each of them in today's words."""
    _misspelt_maps(document, changes)
    old = _section(document, "tableIndexConfig").pop("streamConfigs", None)
    if isinstance(old, dict) and old:
        ingestion = document.setdefault("ingestionConfig", {})
        streams = ingestion.setdefault("streamIngestionConfig", {})
        streams.setdefault("streamConfigMaps", []).append(old)
        changes.append(Change("/tableIndexConfig/streamConfigs", f"moved to {_MAPS}"))
    streams = _section(_section(document, "ingestionConfig"), "streamIngestionConfig")
    maps = streams.get("streamConfigMaps")
    if isinstance(maps, list):
        made = [modern_stream(each) for each in maps]
        streams["streamConfigMaps"] = [stream for stream, _ in made]
        place = f"{_MAPS}/{{}}" if old is None else "/tableIndexConfig/streamConfigs"
        changes += [
            Change(place.format(at) + pointer(key), what)
            for at, (_, said) in enumerate(made)
            for key, what in said.items()
        ]


_MAPS = "/ingestionConfig/streamIngestionConfig/streamConfigMaps"


def _misspelt_maps(document: Document, changes: list[Change]) -> None:
    streams = _section(_section(document, "ingestionConfig"), "streamIngestionConfig")
    if "streamConfigs" in streams and "streamConfigMaps" not in streams:
        written = streams.pop("streamConfigs")
        streams["streamConfigMaps"] = written if isinstance(written, list) else [written]
        changes.append(Change(_MAPS.removesuffix("Maps") + "s", "is called streamConfigMaps, a list of maps"))


def _replication(document: Document, changes: list[Change]) -> None:
    segments = _section(document, "segmentsConfig")
    if (replicas := segments.pop("replicasPerPartition", None)) is not None:
        segments["replication"] = str(replicas)
        changes.append(Change("/segmentsConfig/replicasPerPartition", "is now replication, over which it won"))


def _lists(document: Document, changes: list[Change]) -> None:
    """A single sorted column is written as a list."""
    index = _section(document, "tableIndexConfig")
    if isinstance(index.get("sortedColumn"), str):
        index["sortedColumn"] = [index["sortedColumn"]]
        changes.append(Change("/tableIndexConfig/sortedColumn", "is a list"))


def _renamed(section: str, old: str, new: str, value: Callable[[Any], Any] = lambda written: written,
             ) -> Callable[[Document, list[Change]], None]:  # fmt: skip
    def step(document: Document, changes: list[Change]) -> None:
        found = _section(document, section)
        if found.get(old) is not None:
            written = found.pop(old)
            found.setdefault(new, value(written))
            changes.append(Change(pointer(section, old), f"is now {new}"))

    return step


def _toggle(written: Any) -> str:
    return "ENABLE" if str(written).lower() == "true" else "DISABLE"


def _indexes(document: Document, changes: list[Change]) -> None:
    """`indexType` and `indexTypes` of a field are `indexes`; TIMESTAMP and SORTED are said elsewhere and stay."""
    fields = document.get("fieldConfigList")
    for at, field in enumerate(fields if isinstance(fields, list) else []):
        written = [*([field["indexType"]] if field.get("indexType") else []), *(field.get("indexTypes") or [])]
        kinds = [
            str(kind).lower() for kind in dict.fromkeys(written) if str(kind).upper() not in {"TIMESTAMP", "SORTED"}
        ]
        if kinds and not field.get("properties"):
            field["indexes"] = {kind: {} for kind in kinds} | (field.get("indexes") or {})
            stays = [kind for kind in dict.fromkeys(written) if str(kind).lower() not in kinds]
            field.pop("indexType", None)
            field.pop("indexTypes", None)
            field.update({"indexTypes": stays} if stays else {})
            changes.append(Change(pointer("fieldConfigList", at, "indexTypes"), f"is now indexes: {', '.join(kinds)}"))


_SAID_ELSEWHERE = frozenset({"TIMESTAMP", "SORTED"})


def _unknown(document: Document, changes: list[Change]) -> None:
    """Keys that no model reads are left out; so are those of old versions that do nothing."""
    try:
        parsed = parse_model(TableConfig, document)
    except ValueError:  # a config that is wrong is converted as far as it goes: an upload says what is wrong
        return
    document.clear()
    document.update(parsed.stored)
    named = parsed.unrecognized.get("/segmentsConfig/schemaName")
    for path in parsed.unrecognized:
        if path == "/segmentsConfig/schemaName" and named != parsed.value.raw_name:
            document["segmentsConfig"]["schemaName"] = named
            changes.append(Change(path, f"stays: name the schema {parsed.value.raw_name} to leave it out"))
            continue
        old = table_options().get(".".join(path.split("/")[1:]))
        changes.append(Change(path, f"left out: {old.doc if old else 'it is not a known key'}"))


_BYGONE = ("segmentsConfig.timeType", "segmentsConfig.segmentPushType", "segmentsConfig.segmentPushFrequency",
           "tableIndexConfig.segmentNameGeneratorType", "routing.routingTableBuilderName",
           "tableIndexConfig.autoGeneratedInvertedIndex",
           "tableIndexConfig.createInvertedIndexDuringSegmentGeneration")  # fmt: skip
"""Keys that a model still reads, for configs that have them, and that nobody should write any more."""


def _bygone(document: Document, changes: list[Change]) -> None:
    for path in _BYGONE:
        section, _, key = path.partition(".")
        if _section(document, section).pop(key, None) is not None:
            option = table_options()[path]
            why = option.doc if option.fate is Fate.WITHOUT_EFFECT else "it is a leftover of old versions"
            changes.append(Change(pointer(section, key), f"left out: {why}"))


_STEPS: tuple[Callable[[Document, list[Change]], None], ...] = (
    _streams,
    _replication,
    _lists,
    _renamed("ingestionConfig", "schemaConformingTransformerV2Config", "schemaConformingTransformerConfig"),
    _renamed("upsertConfig", "comparisonColumn", "comparisonColumns", lambda column: [column]),
    _renamed("upsertConfig", "enableSnapshot", "snapshot", _toggle),
    _renamed("upsertConfig", "enablePreload", "preload", _toggle),
    _renamed("dedupConfig", "enablePreload", "preload", _toggle),
    _indexes,
    _bygone,
    _unknown,
)
