"""What becomes of `routing` and `query` (contract 1.7)."""

from collections.abc import Mapping

from tableconfigs.options.option import Said, no_effect, own_way

_ENGINE = "the memory and time of an engine process bound every query"

SERVING_FATES: Mapping[str, Said] = {
    "routing.segmentPrunerTypes": own_way("Segments are always pruned, by the bounds of every column."),
    "routing.instanceSelectorType": own_way("A partition is always read from one host, as with strictReplicaGroup."),
    "routing.routingTableBuilderName": no_effect("a leftover of old versions of Pinot"),
    "routing.useFixedReplica": own_way("A partition is always read from one host."),
    "query.timeoutMs": no_effect(
        "`timeoutMs` of the query, else the setting `query_timeout_ms`, says how long it may take"
    ),
    "query.disableGroovy": own_way("Groovy is never run."),
    "query.useApproximateFunction": own_way("Functions mean what they say: exact ones stay exact."),
    "query.expressionOverrideMap": no_effect("expressions are evaluated as written"),
    "query.maxQueryResponseSizeBytes": own_way("The setting `query_rows_max` bounds answers."),
    "query.maxServerResponseSizeBytes": own_way("The setting `query_rows_max` bounds answers."),
    "query.maxEntriesScannedInFilter": no_effect(_ENGINE),
    "query.maxDocsScanned": no_effect(_ENGINE),
    "query.maxEntriesScannedPostFilter": no_effect(_ENGINE),
    "query.scanKillingMode": no_effect(_ENGINE),
}
