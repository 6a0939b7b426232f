"""What becomes of `ingestionConfig` (contract 1.6)."""

from collections.abc import Mapping

from tableconfigs.options.option import Said, honoured, no_effect, own_way, refused

_INGESTION = "ingestionConfig."
_STREAM = f"{_INGESTION}streamIngestionConfig."

INGESTION_FATES: Mapping[str, Said] = {
    f"{_INGESTION}streamIngestionConfig": honoured("The topics."),
    f"{_STREAM}streamConfigMaps": honoured("One stream config per topic; several topics share the flush settings."),
    f"{_STREAM}streamConfigs": refused("A misspelling: write `streamConfigMaps`, a list of maps."),
    f"{_STREAM}disasterRecoveryMode": own_way("Segments are committed with their file, so none must be read again."),
    f"{_STREAM}pauselessConsumptionEnabled": own_way("The next segment is always open while the last one is sealed."),
    f"{_STREAM}columnMajorSegmentBuilderEnabled": own_way("Segments are always built column by column."),
    f"{_STREAM}trackFilteredMessageOffsets": own_way("Offsets always advance over filtered rows."),
    f"{_STREAM}enforceConsumptionInOrder": own_way("A partition is always consumed in the order of its offsets."),
    f"{_STREAM}useIdealStateToCalculatePreviousSegment": own_way("The chain of committed steps says what came before."),
    f"{_STREAM}parallelSegmentConsumptionPolicy": own_way("The next segment consumes while the last one is sealed."),
    f"{_STREAM}realtimeOffsetAutoResetHandlerClass": no_effect("no classes are loaded; offsets are never skipped"),
    f"{_STREAM}dropRecordOnPartitionMismatch": no_effect("the partition of a row is the one that Kafka says"),
    f"{_STREAM}oomProtection": own_way("Consuming rows are files under a budget, not heap."),
    f"{_INGESTION}batchIngestionConfig": no_effect("a key of OFFLINE tables"),
    f"{_INGESTION}filterConfig": honoured("Rows for which the expression is true are dropped."),
    f"{_INGESTION}transformConfigs": honoured("Columns computed from expressions, where the record has no value."),
    f"{_INGESTION}enrichmentConfigs": own_way(
        "`generateColumn`: the expressions of `fieldToFunctionMap` as `transformConfigs`, before those; a value that "
        "the record has stays. Other enrichers are refused."
    ),
    f"{_INGESTION}enrichmentConfigs[].preComplexTypeTransform": no_effect(
        "expressions are evaluated on columns, after `complexTypeConfig`"
    ),
    f"{_INGESTION}complexTypeConfig": honoured("Nested values are flattened; one record may become several rows."),
    f"{_INGESTION}schemaConformingTransformerConfig": honoured("Fields without a column are gathered in JSON columns."),
    f"{_INGESTION}schemaConformingTransformerV2Config": honoured("Another name of the same; wins over it."),
    f"{_INGESTION}aggregationConfigs": own_way(
        "SUM, MIN, MAX and COUNT: rows are kept, the metric holds each row's share. Other functions are refused."
    ),
    f"{_INGESTION}sourceFieldConfigs": honoured("Types that source fields have for transforms and filter."),
    f"{_INGESTION}rejectsConfig": honoured("What becomes of records that cannot be rows; not a key of Pinot's."),
    f"{_INGESTION}rejectsConfig.policy": honoured("Keep their bytes, skip them, or stop the partition."),
    f"{_INGESTION}rejectsConfig.budgetRows": honoured("Most rejects of one segment."),
    f"{_INGESTION}rejectsConfig.budgetShare": honoured("Most rejects as a share of a segment's records."),
    f"{_INGESTION}rejectsConfig.deadLetterTopic": honoured("Topic that rejects are copied to."),
    f"{_INGESTION}gapPolicy": honoured(
        "STOP: a partition whose next records are gone waits for a person; ACCEPT: it goes on behind a gap in its "
        "history; not a key of Pinot's."
    ),
    f"{_INGESTION}segmentTimeValueCheck": own_way("Without effect in Pinot's realtime tables too."),
    f"{_INGESTION}continueOnError": honoured(
        "A value that fails becomes null and the row is kept; else the record is a reject."
    ),
    f"{_INGESTION}retryOnSegmentBuildPrecheckFailure": own_way("Sealing is always tried again."),
    f"{_INGESTION}rowTimeValueCheck": honoured("A time outside of 1971 to 2071 is an error of its row."),
    f"{_INGESTION}ingestionExceptionLogRateLimitPerMin": own_way("Failed rows are rejects, counted and kept."),
    f"{_INGESTION}maxConsecutiveRecordFetchFailuresAllowed": own_way("Fetching is tried again until Kafka answers."),
}
