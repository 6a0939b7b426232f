"""Checks of `transformConfigs` and `filterConfig` against the schema (contract 1.6)."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from dialects.column_types import ColumnType
from dialects.faults import QueryFault
from tableconfigs.expressions import VOLATILE, columns_of, functions_of, syntax_error
from tableconfigs.ingestion import GENERATE_COLUMN, IngestionConfig
from tableconfigs.problems import Problem, did_you_mean, pointer
from tableconfigs.schema import Schema

_TRANSFORMS = "/ingestionConfig/transformConfigs"
_ENRICHMENTS = "/ingestionConfig/enrichmentConfigs"
_FILTER = "/ingestionConfig/filterConfig/filterFunction"


def transform_problems(ingestion: IngestionConfig, schema: Schema) -> Iterator[Problem]:
    """Every transform on its own, then what they do to each other."""
    seen: set[str] = set()
    for at, transform in enumerate(ingestion.transform_configs or []):
        path, column, expression = f"{_TRANSFORMS}/{at}", transform.column_name, transform.transform_function
        if not column or not expression:
            yield Problem(path, None, "columnName/transformFunction cannot be null in TransformConfig")
            continue
        if column in seen:
            text = f"Duplicate transform config found for column '{column}'"
            yield Problem(f"{path}/columnName", column, text)
        seen.add(column)
        yield from _destination(ingestion, schema, f"{path}/columnName", column)
        yield from _expression(f"{path}/transformFunction", column, expression, schema)
    yield from _enrichment_problems(ingestion, schema)
    for column, expression in schema.transforms_besides(seen):
        yield from _expression(pointer("schema", column, "transformFunction"), column, expression, schema)
    yield from _cycles(ingestion)


def _enrichment_problems(ingestion: IngestionConfig, schema: Schema) -> Iterator[Problem]:
    for at, enrichment in enumerate(ingestion.enrichment_configs or []):
        path = f"{_ENRICHMENTS}/{at}"
        if not enrichment.generates:
            text = f"no enricher of this type is there, only {GENERATE_COLUMN}: leave it out"
            yield Problem(f"{path}/enricherType", enrichment.enricher_type, text)
        for column, expression in enrichment.functions.items():
            place = f"{path}/properties/fieldToFunctionMap{pointer(column)}"
            yield from _destination(ingestion, schema, place, column)
            yield from _expression(place, column, str(expression), schema)


def _destination(ingestion: IngestionConfig, schema: Schema, place: str, column: str) -> Iterator[Problem]:
    used = {name for other, text in ingestion.transforms if other != column for name in columns_of(text)}
    for aggregation in ingestion.aggregation_configs or []:
        used.update(columns_of(aggregation.aggregation_function or ""))
    used.update(columns_of(ingestion.filter_expression or ""))
    if column not in schema.columns and column not in used:
        text = f"The destination column '{column}' of the transform function must be present in the schema"
        hint = did_you_mean(column, schema.columns)
        yield Problem(place, column, f"{text}, or be used by another transform{hint}")


def _expression(place: str, column: str, expression: str, schema: Schema) -> Iterator[Problem]:
    wrong = syntax_error(expression)
    if wrong:
        text = f"Invalid transform function '{expression}' for column '{column}', exception: {wrong}"
        yield Problem(place, expression, text)
        return
    if column in columns_of(expression):
        text = f"Arguments of a transform function '{expression}' cannot contain the destination column '{column}'"
        yield Problem(place, expression, text)
        return
    found = list(_functions(place, expression, "transform"))
    yield from found or _printable(
        place, expression, schema, f"transform function '{expression}' for column '{column}'"
    )


def _printable(place: str, expression: str, schema: Schema, what: str) -> Iterator[Problem]:
    """What the evaluator has against an expression; source fields that the schema lacks are text to it."""
    from dialects.expressions import print_scalar  # loads sqlglot: only where there is an expression

    fields = dict.fromkeys(columns_of(expression), ColumnType("STRING"))
    columns = {name: ColumnType(str(c.data_type), not c.single_value_field) for name, c in schema.columns.items()}
    try:
        print_scalar(expression, fields | columns, None)
    except QueryFault as fault:
        yield Problem(place, expression, f"Invalid {what}, exception: {fault.message}")


def _functions(place: str, expression: str, kind: str) -> Iterator[Problem]:
    for name in functions_of(expression):
        if name.lower() == "groovy":
            text = f"Groovy {kind} functions are disabled for table config, use Pinot's built-in functions"
            yield Problem(place, expression, text)
        elif name.lower().replace("_", "") in VOLATILE:
            text = f"Function '{name}' has VOLATILE volatility and is not allowed: rows would differ between replicas"
            yield Problem(place, expression, text)


def _cycles(ingestion: IngestionConfig) -> Iterator[Problem]:
    others = {column: [name for name in columns_of(text) if name != column] for column, text in ingestion.transforms}
    try:
        TopologicalSorter(others).prepare()
    except CycleError as error:
        shown = " -> ".join(error.args[1])
        yield Problem(_TRANSFORMS, None, f"transform functions depend on each other in a circle: {shown}")


def filter_problems(ingestion: IngestionConfig, schema: Schema) -> Iterator[Problem]:
    """The filter expression, if there is one."""
    expression = ingestion.filter_expression
    if expression is None:
        return
    wrong = syntax_error(expression)
    if wrong:
        yield Problem(_FILTER, expression, f"Invalid filter function '{expression}', exception: {wrong}")
        return
    found = list(_functions(_FILTER, expression, "filter"))
    yield from found or _printable(_FILTER, expression, schema, f"filter function '{expression}'")
