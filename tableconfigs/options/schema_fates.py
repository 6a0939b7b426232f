"""What becomes of the keys of a schema (contract 2.1)."""

from collections.abc import Mapping

from tableconfigs.options.option import Said, honoured, no_effect, own_way

_FIELD_FATES: Mapping[str, Said] = {
    "name": honoured("Name of the column and of the record's field; case matters."),
    "dataType": honoured("Type of the column. BIG_DECIMAL, JSON, MAP and UUID are stored as text."),
    "fieldType": honoured("Printed by GET, so it is taken; the list that a field stands in decides."),
    "singleValueField": honoured("`false`: a list of values. Not for metrics, times and JSON."),
    "notNull": honoured("With `enableColumnBasedNullHandling`: nulls read as the default."),
    "maxLength": honoured("Longest STRING, JSON (characters) or BYTES value; 512 if not said."),
    "maxLengthExceedStrategy": honoured("What becomes of a longer value. STRING: trimmed if not said; others: kept."),
    "allowTrailingZeros": honoured("Trailing zeros of a BIG_DECIMAL are kept."),
    "defaultNullValue": honoured("What null reads as without null handling."),
    "transformFunction": honoured("Deprecated; as an entry of `transformConfigs`, which wins over it."),
    "virtualColumnProvider": no_effect("no classes are loaded"),
    "description": honoured("Returned as written."),
    "tags": honoured("Returned as written."),
    "fieldId": honoured("Returned as written."),
    "aliases": honoured("Returned as written; not read, as in Pinot."),
    "metadata": honoured("Returned as written."),
}
_LISTS = ("dimensionFieldSpecs", "metricFieldSpecs", "dateTimeFieldSpecs", "complexFieldSpecs")

SCHEMA_FATES: Mapping[str, Said] = {
    "schemaName": honoured("The raw name of its table."),
    "description": honoured("Returned as written."),
    "tags": honoured("Returned as written."),
    "enableColumnBasedNullHandling": honoured("`notNull` of each column decides, not the table's flag."),
    "dimensionFieldSpecs": honoured("Columns to filter and group by."),
    "metricFieldSpecs": honoured("Columns to aggregate."),
    "dateTimeFieldSpecs": honoured("Columns that hold moments."),
    "complexFieldSpecs": honoured("MAP, LIST, STRUCT and OPEN_STRUCT columns, kept as JSON text."),
    "timeFieldSpec": own_way("Deprecated; read as the dateTime field that replaced it, with its conversion."),
    "primaryKeyColumns": no_effect("upsert and dedup are not there yet"),
    **{f"{fields}[].{key}": said for fields in _LISTS for key, said in _FIELD_FATES.items()},
    "dateTimeFieldSpecs[].format": honoured("EPOCH, TIMESTAMP or SIMPLE_DATE_FORMAT, in the colon or the pipe form."),
    "dateTimeFieldSpecs[].granularity": honoured("Checked, and printed; values are kept as they came, as in Pinot."),
    "dateTimeFieldSpecs[].sampleValue": honoured("Checked against the format."),
    "complexFieldSpecs[].childFieldSpecs": honoured("Types of a MAP's key and value."),
}
