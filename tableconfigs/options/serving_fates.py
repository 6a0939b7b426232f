"""What becomes of `routing` and `query` (contract 1.7)."""

from collections.abc import Mapping

from tableconfigs.options.option import Said, honoured, no_effect, own_way

_RESPONSE = "Bytes of a result, unless the query says it; a larger one is an error"
_ENGINE = "the memory and time of an engine process bound every query"

SERVING_FATES: Mapping[str, Said] = {
    "routing.segmentPrunerTypes": own_way("Segments are always pruned, by the bounds of every column."),
    "routing.instanceSelectorType": own_way("A partition is always read from one host, as with strictReplicaGroup."),
    "routing.routingTableBuilderName": no_effect("a leftover of old versions of Pinot"),
    "routing.useFixedReplica": own_way("A partition is always read from one host."),
    "query.timeoutMs": honoured(
        "How long a query on the table may take, unless it says `timeoutMs`; wins over the setting `query_timeout_ms`."
    ),
    "query.disableGroovy": own_way("Groovy is never run."),
    "query.useApproximateFunction": own_way("Functions mean what they say: exact ones stay exact."),
    "query.expressionOverrideMap": honoured(
        "What stands for an expression wherever a query writes it; not in the multi-stage engine, as in Pinot."
    ),
    "query.maxQueryResponseSizeBytes": honoured(f"{_RESPONSE}."),
    "query.maxServerResponseSizeBytes": honoured(f"{_RESPONSE}: one host answers, so both are the same."),
    "query.maxEntriesScannedInFilter": no_effect(_ENGINE),
    "query.maxDocsScanned": no_effect(_ENGINE),
    "query.maxEntriesScannedPostFilter": no_effect(_ENGINE),
    "query.scanKillingMode": no_effect(_ENGINE),
}
