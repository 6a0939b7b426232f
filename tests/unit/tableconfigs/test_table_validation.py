"""A table config against its schema: every check names the place and the cure."""

from typing import Any

import pytest

from tableconfigs.expressions import columns_of, functions_of, syntax_error
from tableconfigs.ingestion import IngestionConfig
from tableconfigs.problems import InvalidConfig
from tableconfigs.schema import Schema
from tableconfigs.table import TableConfig
from tableconfigs.transform_checks import filter_problems, transform_problems
from tableconfigs.validation import validate_table

TRANSFORMS = "/ingestionConfig/transformConfigs"


def problems(table: Any, schema: Any) -> dict[str, str]:
    with pytest.raises(InvalidConfig) as caught:
        validate_table(TableConfig.parse(table).value, Schema.parse(schema).value)
    assert caught.value.subject == "Invalid table config: clicks_REALTIME"
    return {problem.path: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("enricher", "functions", "place", "message"),
    [
        ("clpEnricher", {}, "enricherType", "only generateColumn"),
        ("generateColumn", {"nosuch": "upper(page)"}, "properties/fieldToFunctionMap/nosuch", "present in the schema"),
        ("generateColumn", {"page": "upper("}, "properties/fieldToFunctionMap/page", "Invalid transform function"),
        ("generateColumn", {"page": "upper(page)"}, "properties/fieldToFunctionMap/page", "cannot contain"),
    ],
)
def test_enrichments_are_checked_as_transforms_are(
    clicks_table: dict[str, Any], clicks_schema: dict[str, Any], enricher: str, functions: Any, place: str, message: str
) -> None:
    config = {"enricherType": enricher, "properties": {"fieldToFunctionMap": functions}}
    clicks_table["ingestionConfig"]["enrichmentConfigs"] = [config]
    assert message in problems(clicks_table, clicks_schema)[f"/ingestionConfig/enrichmentConfigs/0/{place}"]


def transforms(*pairs: tuple[str | None, str | None]) -> list[dict[str, str | None]]:
    return [{"columnName": column, "transformFunction": function} for column, function in pairs]


def test_a_good_config_passes(clicks_table: dict[str, Any], clicks_schema: dict[str, Any]) -> None:
    validate_table(TableConfig.parse(clicks_table).value, Schema.parse(clicks_schema).value)


@pytest.mark.parametrize("column", ["tz", "userId"])
def test_the_time_column_must_be_a_date_time(
    clicks_table: dict[str, Any], clicks_schema: dict[str, Any], column: str
) -> None:
    clicks_table["segmentsConfig"]["timeColumnName"] = column
    assert problems(clicks_table, clicks_schema)["/segmentsConfig/timeColumnName"].startswith(
        f"Cannot find valid fieldSpec for timeColumn: {column} from the table config: clicks_REALTIME, "
        "in the schema: clicks"
    )


def test_the_time_column_must_sort_in_time_order(clicks_table: dict[str, Any], clicks_schema: dict[str, Any]) -> None:
    clicks_schema["dateTimeFieldSpecs"][0] |= {"format": "1:DAYS:SIMPLE_DATE_FORMAT:dd-MM-yyyy", "dataType": "STRING"}
    assert problems(clicks_table, clicks_schema)["/segmentsConfig/timeColumnName"].startswith(
        "SIMPLE_DATE_FORMAT pattern dd-MM-yyyy has to be sorted by both lexicographical and datetime order"
    )


def test_unknown_columns_are_named_everywhere_with_a_hint(
    clicks_table: dict[str, Any], clicks_schema: dict[str, Any]
) -> None:
    clicks_table["tableIndexConfig"] = {
        "sortedColumn": ["userid"],
        "invertedIndexColumns": ["page", "pages"],
        "bloomFilterColumns": ["nosuch"],
        "jsonIndexConfigs": {"nosuch": {}},
        "segmentPartitionConfig": {"columnPartitionMap": {"nosuch": {"functionName": "Modulo", "numPartitions": 2}}},
    }
    clicks_table["fieldConfigList"] = [{"name": "Tags"}]
    assert problems(clicks_table, clicks_schema) == {
        "/tableIndexConfig/sortedColumn": "Failed to find sorted column: userid in schema, did you mean 'userId'?",
        "/tableIndexConfig/invertedIndexColumns/1": "Failed to find column: pages in schema, did you mean 'page'?",
        "/tableIndexConfig/bloomFilterColumns/0": "Failed to find column: nosuch in schema",
        "/tableIndexConfig/jsonIndexConfigs/nosuch": "Failed to find column: nosuch in schema",
        "/tableIndexConfig/segmentPartitionConfig/columnPartitionMap/nosuch": "Failed to find column: nosuch in schema",
        "/fieldConfigList/0/name": "Failed to find column: Tags in schema, did you mean 'tags'?",
    }


def test_multi_value_columns_cannot_sort_or_partition(
    clicks_table: dict[str, Any], clicks_schema: dict[str, Any]
) -> None:
    clicks_table["tableIndexConfig"] |= {
        "sortedColumn": ["tags"],
        "segmentPartitionConfig": {"columnPartitionMap": {"tags": {"functionName": "Modulo", "numPartitions": 2}}},
    }
    found = problems(clicks_table, clicks_schema)
    assert found["/tableIndexConfig/sortedColumn"] == "Cannot sort on multi-value column: tags"
    assert "/tableIndexConfig/segmentPartitionConfig/columnPartitionMap/tags" in found


def test_timestamp_indexes_and_delta_codecs_need_whole_numbers(
    clicks_table: dict[str, Any], clicks_schema: dict[str, Any]
) -> None:
    clicks_table["fieldConfigList"] = [
        {"name": "page", "timestampConfig": {"granularities": ["DAY"]}},
        {"name": "price", "compressionCodec": "DELTA"},
        {"name": "ts", "timestampConfig": {"granularities": ["DAY"]}, "compressionCodec": "DELTA"},
    ]
    found = problems(clicks_table, clicks_schema)
    assert found.keys() == {"/fieldConfigList/0/timestampConfig", "/fieldConfigList/1/compressionCodec"}
    assert (
        found["/fieldConfigList/0/timestampConfig"]
        == "Cannot create TIMESTAMP index on column: page of stored type other than LONG"
    )


@pytest.mark.parametrize(
    ("pairs", "place", "message"),
    [
        ([("day", None)], "/0", "columnName/transformFunction cannot be null in TransformConfig"),
        ([("day", "f(ts)"), ("day", "g(ts)")], "/1/columnName", "Duplicate transform config found for column 'day'"),
        ([("dya", "f(ts)")], "/0/columnName", "The destination column 'dya' of the transform function must be present"),
        ([("day", "f(day)")], "/0/transformFunction", "Arguments of a transform function 'f(day)' cannot contain"),
        ([("day", "f(ts")], "/0/transformFunction", "Invalid transform function 'f(ts' for column 'day', exception: "),
        ([("day", "f('a)")], "/0/transformFunction", "Invalid transform function"),
        ([("day", "Groovy({a}, ts)")], "/0/transformFunction", "Groovy transform functions are disabled"),
        ([("day", "toEpochDays(now())")], "/0/transformFunction", "Function 'now' has VOLATILE volatility and is not"),
        ([("day", "f(page)"), ("page", "f(day)")], "", "transform functions depend on each other in a circle"),
    ],
)
def test_bad_transforms(
    clicks_table: dict[str, Any], clicks_schema: dict[str, Any], pairs: list[Any], place: str, message: str
) -> None:
    clicks_table["ingestionConfig"]["transformConfigs"] = transforms(*pairs)
    assert problems(clicks_table, clicks_schema)[TRANSFORMS + place].startswith(message)


def test_a_transform_may_fill_a_column_that_only_other_transforms_use(
    clicks_table: dict[str, Any], clicks_schema: dict[str, Any]
) -> None:
    clicks_table["ingestionConfig"]["transformConfigs"] = transforms(("half", "ts / 2"), ("day", "toEpochDays(half)"))
    validate_table(TableConfig.parse(clicks_table).value, Schema.parse(clicks_schema).value)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("Groovy({x}, page)", "Groovy filter functions are disabled"),
        ("page = 'x", "Invalid filter function 'page = 'x'"),
    ],
)
def test_bad_filters(
    clicks_table: dict[str, Any], clicks_schema: dict[str, Any], expression: str, message: str
) -> None:
    clicks_table["ingestionConfig"]["filterConfig"] = {"filterFunction": expression}
    assert problems(clicks_table, clicks_schema)["/ingestionConfig/filterConfig/filterFunction"].startswith(message)


def test_renamed_prefixes_must_not_be_those_of_columns(
    clicks_table: dict[str, Any], clicks_schema: dict[str, Any]
) -> None:
    clicks_table["ingestionConfig"]["complexTypeConfig"] = {"prefixesToRename": {"pa": "", "zz": ""}}
    found = problems(clicks_table, clicks_schema)
    assert found.keys() == {"/ingestionConfig/complexTypeConfig/prefixesToRename/pa"}


@pytest.mark.parametrize(
    ("section", "value", "path"),
    [
        ("upsertConfig", {}, "/upsertConfig"),
        ("dedupConfig", {}, "/dedupConfig"),
        ("tableType", "OFFLINE", "/tableType"),
    ],
)
def test_what_would_change_answers_and_is_not_there_yet_is_refused(
    clicks_table: dict[str, Any], clicks_schema: dict[str, Any], section: str, value: Any, path: str
) -> None:
    clicks_table[section] = value
    with pytest.raises(InvalidConfig) as caught:
        validate_table(TableConfig.parse(clicks_table).value, Schema.parse(clicks_schema).value)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert "not there yet" in str(caught.value) or "this version" in str(caught.value)


@pytest.mark.parametrize(
    ("column", "function", "key", "message"),
    [
        (
            "price",
            "AVG(price)",
            "/aggregationFunction",
            "AVG(price) is not kept while consuming, only COUNT, MAX, MIN, SUM",
        ),
        ("price", "DISTINCTCOUNTHLL(page, 12)", "/aggregationFunction", "aggregate in the query"),
        ("price", "SUM(*)", "/aggregationFunction", "SUM(*) is not kept"),
        ("prise", "SUM(price)", "/columnName", "must be present in the schema, did you mean 'price'?"),
        ("price", None, "", "columnName/aggregationFunction cannot be null in AggregationConfig"),
    ],
)
def test_bad_aggregations(
    clicks_table: dict[str, Any],
    clicks_schema: dict[str, Any],
    column: str,
    function: str | None,
    key: str,
    message: str,
) -> None:
    aggregation = {"columnName": column, "aggregationFunction": function}
    clicks_table["ingestionConfig"]["aggregationConfigs"] = [aggregation]
    assert message in problems(clicks_table, clicks_schema)[f"/ingestionConfig/aggregationConfigs/0{key}"]


def test_names_are_told_apart_in_expressions() -> None:
    expression = """caseWhen("group" = 'it''s now()', toEpochDays( ts ), a.b + 1.5e3) AND NOT x"""
    assert columns_of(expression) == ["group", "ts", "a.b", "x"]
    assert functions_of(expression) == ["caseWhen", "toEpochDays"]
    assert syntax_error(expression) is None
    assert columns_of('"1704067200000"') == ["1704067200000"]


@pytest.mark.parametrize("expression", ["", " ", "f(", "f)", "f(a))", "'x", '"x'])
def test_what_cannot_be_an_expression(expression: str) -> None:
    assert syntax_error(expression) is not None


@pytest.mark.parametrize(
    ("section", "expression", "said"),
    [
        ("transform", "nosuch(ts)", "Invalid transform function 'nosuch(ts)' for column 'city', exception:"),
        ("filter", "nosuch(ts) > 5", "Invalid filter function 'nosuch(ts) > 5', exception:"),
    ],
)
def test_an_expression_that_the_evaluator_does_not_know_is_refused_at_upload(section, expression, said):
    schema = Schema.parse(
        {
            "schemaName": "clicks",
            "dimensionFieldSpecs": [{"name": "city", "dataType": "STRING"}],
            "dateTimeFieldSpecs": [
                {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:SECONDS"}
            ],
        }
    ).value
    if section == "transform":
        transforms = [{"columnName": "city", "transformFunction": expression}]
        ingestion = IngestionConfig.model_validate({"transformConfigs": transforms})
        found = list(transform_problems(ingestion, schema))
    else:
        ingestion = IngestionConfig.model_validate({"filterConfig": {"filterFunction": expression}})
        found = list(filter_problems(ingestion, schema))
    assert [problem.message.startswith(said) for problem in found] == [True]
