"""Questions about SQL texts: is it well formed, what does it name, do both engines say the same (contract 1.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from crushpad.http.broker import MISSING_SQL, MULTI_STAGE, parse_options
from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices
from crushpad.http.services import Services
from dialects.faults import QueryFault
from query.examining import Compiler, syntax_fault, tables_named
from query.fingerprint import fingerprint
from query.tables import raw_name
from tableconfigs.problems import InvalidConfig
from tableconfigs.schema import Schema

router = APIRouter(tags=["queries"])

Json = dict[str, Any]
DIFFERENCES_MAX = 10
SQLS_MAX = 1_000


class SqlText(BaseModel):
    """One query."""

    sql: str | None = None


class Compared(BaseModel):
    """One query for both engines, or one for each."""

    sql: str | None = None
    sqlV1: str | None = None  # noqa: N815 - Pinot's words
    sqlV2: str | None = None  # noqa: N815
    queryOptions: str | None = None  # noqa: N815


class Compiled(BaseModel):
    """Queries, and tables that need not be here yet."""

    sql: str | None = None
    sqls: list[str] = Field(default=[], max_length=SQLS_MAX)
    tableConfigs: list[Json] = []  # noqa: N815
    schemas: list[Json] = []


@router.post("/query/sql/validateSyntax")
async def validate_syntax(body: SqlText) -> Json:
    """Whether the text is a query; which tables and columns there are is not looked at."""
    fault = syntax_fault(_given(body.sql))
    if fault is None:
        return {"valid": True, "errorCode": None, "errorMessage": None}
    return {"valid": False, "errorCode": fault.code, "errorMessage": fault.message}


@router.post("/query/sql/queryFingerprint")
async def query_fingerprint(body: SqlText) -> Json:
    """The query without its literals, and a hash of that: the same for queries that differ in values alone."""
    sql = _given(body.sql)
    fault = syntax_fault(sql)
    if fault is not None:
        raise Refused(400, fault.message)
    found = fingerprint(sql)
    return {"queryHash": found.hash, "fingerprint": found.text}


@router.post("/query/compare")
async def compare(body: Compared, services: TheServices) -> Json:
    """The answers of both engines, and in which of their parts they differ."""
    options = {**services.query_options, **parse_options(body.queryOptions or "")}
    first = await _answer(services, _given(body.sqlV1 or body.sql), options)
    second = await _answer(services, _given(body.sqlV2 or body.sql), {**options, **MULTI_STAGE})
    return {"v1Response": first, "v2Response": second, "comparisonAnalysis": differences(first, second)}


@router.post("/query/tableNames")
async def table_names(sqls: Annotated[list[str], Body(max_length=SQLS_MAX)]) -> list[str]:
    """Names of the tables that any of the queries reads."""
    try:
        return sorted({name for sql in sqls for name in tables_named(sql)})
    except QueryFault as error:
        raise Refused(400, error.message) from error


@router.post("/validateMultiStageQuery")
async def validate_multi_stage(body: Compiled, services: TheServices) -> list[Json]:
    """Whether each query compiles in the multi-stage engine, against the tables here or those in the body."""
    sqls = [*([body.sql] if body.sql is not None else []), *body.sqls]
    if not sqls:
        raise Refused(400, f"{MISSING_SQL}, or a list of them in 'sqls'")
    compiler = Compiler(services.catalogue.read(), services.now_ms(), _brought(body))
    return [_compiled(compiler, sql) for sql in sqls]


def differences(first: Json, second: Json) -> list[str]:
    """What is not the same in two answers, in words; empty when the results are."""
    if first["exceptions"] or second["exceptions"]:
        failed = [name for name, one in (("v1", first), ("v2", second)) if one["exceptions"]]
        return [f"{' and '.join(failed)} failed"]
    ours, theirs = first["resultTable"], second["resultTable"]
    found = [
        f"{what}: {json.dumps(ours['dataSchema'][what])} and {json.dumps(theirs['dataSchema'][what])}"
        for what in ("columnNames", "columnDataTypes")
        if ours["dataSchema"][what] != theirs["dataSchema"][what]
    ]
    if len(ours["rows"]) != len(theirs["rows"]):
        found.append(f"rows: {len(ours['rows'])} and {len(theirs['rows'])}")
    pairs = enumerate(zip(ours["rows"], theirs["rows"], strict=False))
    unlike = [f"row {at}: {json.dumps(one)} and {json.dumps(other)}" for at, (one, other) in pairs if one != other]
    return [*found, *unlike[:DIFFERENCES_MAX]]


async def _answer(services: Services, sql: str, options: Mapping[str, str]) -> Json:
    answer = await services.queries.answer(sql, options)
    found: Json = msgspec.json.decode(b"".join(answer.chunks))
    return found


def _given(sql: str | None) -> str:
    if sql is None:
        raise Refused(400, MISSING_SQL)
    return sql


def _brought(body: Compiled) -> dict[str, Schema]:
    """The schemas of the body by the tables that have them."""
    try:
        schemas = [Schema.parse(schema).value for schema in body.schemas]
    except InvalidConfig as error:
        raise Refused(400, str(error)) from error
    by_name = {schema.schema_name: schema for schema in schemas}
    named = {raw_name(str(config.get("tableName", ""))) for config in body.tableConfigs} & by_name.keys()
    return {name.lower(): by_name[name] for name in named or by_name.keys()}


def _compiled(compiler: Compiler, sql: str) -> Json:
    fault = compiler.fault(sql)
    return {
        "compiledSuccessfully": fault is None,
        "errorMessage": None if fault is None else fault.message,
        "errorCode": None if fault is None else fault.code,
        "sql": sql,
    }
