"""The OpenAPI document beyond what FastAPI writes: our error body, the plain query routes, and examples that work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from crushpad.http import broker, openapi_answers

Json = dict[str, Any]

SCHEMA: Json = {
    "schemaName": "clicks",
    "dimensionFieldSpecs": [{"name": "city", "dataType": "STRING"}],
    "metricFieldSpecs": [{"name": "amount", "dataType": "DOUBLE"}],
    "dateTimeFieldSpecs": [
        {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
    ],
}
TABLE: Json = {
    "tableName": "clicks",
    "tableType": "REALTIME",
    "segmentsConfig": {"timeColumnName": "ts", "replication": "1"},
    "tenants": {},
    "tableIndexConfig": {},
    "ingestionConfig": {
        "streamIngestionConfig": {
            "streamConfigMaps": [
                {
                    "streamType": "kafka",
                    "stream.kafka.topic.name": "clicks",
                    "stream.kafka.broker.list": "127.0.0.1:9092",
                    "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder",
                    "stream.kafka.consumer.prop.auto.offset.reset": "smallest",
                }
            ]
        }
    },
    "metadata": {},
}
BODIES: Mapping[str, Json] = {
    "/schemas": SCHEMA,
    "/schemas/validate": SCHEMA,
    "/schemas/{name}": SCHEMA,
    "/tables": TABLE,
    "/tables/validate": TABLE,
    "/tables/{table}": TABLE,
    "/tableConfigs": {"tableName": "clicks", "schema": SCHEMA, "realtime": TABLE},
    "/tableConfigs/validate": {"tableName": "clicks", "schema": SCHEMA, "realtime": TABLE},
    "/tableConfigs/{table}": {"tableName": "clicks", "schema": SCHEMA, "realtime": TABLE},
}
"""By path: a body that is accepted."""
PLACES: Mapping[str, object] = {
    "table": "clicks",
    "name": "clicks",
    "segment": "clicks__0__0__20261121T0135Z",
    "job_id": "76e0dc68-be64-471d-85a6-d40b8014d1c6",
    "instance": "Server_127.0.0.1_9000",
    "partition": 0,
}
"""By name: what may stand in a path."""

_ERROR: Json = {
    "type": "object",
    "required": ["code", "error"],
    "properties": {
        "code": {"type": "integer", "description": "The HTTP status."},
        "error": {"type": "string", "description": "One sentence that says what would be right."},
    },
}


def describe(app: FastAPI) -> None:
    """Let `app` answer `/openapi.json` with all of that."""
    generate = app.openapi

    def openapi() -> Json:
        document = generate()
        broker.describe(document["paths"])
        document.setdefault("components", {}).setdefault("schemas", {})["Error"] = _ERROR
        for path, method, operation in _operations(document):
            _complete(path, operation)
            openapi_answers.describe(method, path, operation)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, operation: Json) -> None:
    responses = operation["responses"]
    responses.pop("422", None)  # a bad parameter is a 400 here
    for status, words in (("4XX", "The request is wrong; the error says how."), ("503", "Try again later.")):
        responses.setdefault(status, _failure(words))
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in PLACES:
            parameter.setdefault("example", PLACES[parameter["name"]])
    if path in BODIES and "requestBody" in operation:
        operation["requestBody"]["content"]["application/json"]["example"] = BODIES[path]


def _failure(words: str) -> Json:
    reference = {"$ref": "#/components/schemas/Error"}
    return {"description": words, "content": {"application/json": {"schema": reference}}}
