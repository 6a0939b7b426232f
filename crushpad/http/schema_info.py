"""What schemas have, and what they may have."""

from __future__ import annotations

import struct
from typing import Any

from fastapi import APIRouter

from crushpad.http.parameters import TheServices
from tableconfigs.data_types import ALLOWED_TYPES, DataType, DefaultValue, FieldType, type_default
from tableconfigs.schema import Schema

router = APIRouter(tags=["schemas"])

STORED_AS = {DataType.BOOLEAN: DataType.INT, DataType.TIMESTAMP: DataType.LONG, DataType.JSON: DataType.STRING}
SIZES = {
    DataType.INT: struct.calcsize("<i"),
    DataType.LONG: struct.calcsize("<q"),
    DataType.FLOAT: struct.calcsize("<f"),
    DataType.DOUBLE: struct.calcsize("<d"),
}
"""Bytes of a value; -1 where they differ from value to value."""
NUMERIC = frozenset({*SIZES, DataType.BIG_DECIMAL})
UNSORTED = frozenset({DataType.MAP, DataType.LIST, DataType.STRUCT, DataType.OPEN_STRUCT, DataType.JSON})


@router.get("/schemas/info")
def schemas_info(services: TheServices) -> dict[str, Any]:
    """How many columns of each kind every schema has."""
    stored = [services.configs.schema(name).value for name in services.configs.schemas()]
    return {"schemasInfo": [_counted(Schema.parse(each.definition).value) for each in stored], "uncachedSchemas": []}


@router.get("/schemas/fieldSpec")
def field_specs() -> dict[str, Any]:
    """Which data types each kind of column may have, and what stands there for a missing value."""
    return {
        "dataTypes": {kind.value: _data_type(kind) for kind in DataType},
        "fieldTypes": {field.value: {"allowedDataTypes": _allowed(field)} for field in FieldType},
    }


def _counted(schema: Schema) -> dict[str, Any]:
    dates = len(schema.date_times)
    return {
        "schemaName": schema.schema_name,
        "numDimensionFields": len(schema.dimension_field_specs),
        "numDateTimeFields": dates,
        "numMetricFields": len(schema.metric_field_specs),
        "numComplexFields": len(schema.complex_field_specs),
    }


def _data_type(kind: DataType) -> dict[str, Any]:
    stored = STORED_AS.get(kind, kind)
    return {
        "storedType": stored.value,
        "size": SIZES.get(stored, -1),
        "sorted": kind not in UNSORTED,
        "numeric": kind in NUMERIC,
    }


def _allowed(field: FieldType) -> dict[str, Any]:
    kinds = sorted(ALLOWED_TYPES[field])
    return {kind.value: {"nullDefault": _shown(type_default(field, kind))} for kind in kinds}


def _shown(default: DefaultValue) -> str:
    return default.hex() if isinstance(default, bytes) else str(default)
