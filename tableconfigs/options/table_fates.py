"""What becomes of the top-level keys of a table config and of `segmentsConfig` (contract 1.2, 1.3)."""

from collections.abc import Mapping

from tableconfigs.options.option import Said, honoured, no_effect, own_way, refused

_RETENTION = "Segments whose newest row is older are deleted, but for the newest one of each partition."
_ONE_TENANT = "every host serves every table"
_SEGMENTS = "segmentsConfig."

TABLE_FATES: Mapping[str, Said] = {
    "tableName": honoured("Name, with or without `_REALTIME`; stored with it."),
    "tableType": honoured("`REALTIME` in any case; `OFFLINE` is refused: load files into Kafka, or query them apart."),
    "segmentsConfig": honoured("Time column, retention, replication."),
    "tenants": honoured("May be `{}`."),
    "tenants.broker": no_effect(_ONE_TENANT),
    "tenants.server": no_effect(_ONE_TENANT),
    "tenants.tagOverrideConfig": no_effect(_ONE_TENANT),
    "tableIndexConfig": honoured("Sorting, indexes, encodings; the old place of the stream config. May be `{}`."),
    "metadata": honoured("Free-form `customConfigs`, returned as written."),
    "quota": honoured("How many queries a second the table takes."),
    "quota.storage": no_effect("consuming is never stopped for it, since Kafka would lose rows: bound it by retention"),
    "quota.maxQueriesPerSecond": honoured(
        "Queries of the table on this host; one too many is answered with error 429."
    ),
    "task": no_effect("there are no minions: segments are merged, swept and expired by the service itself"),
    "routing": own_way("Queries go to every partition; segments are pruned from their statistics."),
    "query": honoured("Limits of queries on the table; what a query says itself wins."),
    "instanceAssignmentConfigMap": no_effect(_ONE_TENANT),
    "instancePartitionsMap": no_effect(_ONE_TENANT),
    "segmentAssignmentConfigMap": no_effect("segments are placed by the hash of their partition"),
    "fieldConfigList": honoured("Encoding and indexes by column."),
    "upsertConfig": refused("Upsert is not there yet; leave the section out, or write `mode: NONE`."),
    "dedupConfig": refused("Dedup is not there yet; leave the section out, or write `dedupEnabled: false`."),
    "dimensionTableConfig": no_effect("dimension tables are OFFLINE tables"),
    "ingestionConfig": honoured("Streams, transforms, filter."),
    "tierConfigs": no_effect("there is one tier of storage"),
    "tierOverwrites": no_effect("there is one tier of storage"),
    "tunerConfigs": no_effect("encodings are chosen from the data"),
    "tableSamplers": no_effect("segments are not sampled"),
    "description": honoured("Returned as written."),
    "tags": honoured("Returned as written."),
    "isDimTable": refused("Dimension tables are OFFLINE tables; write `false`: LOOKUP and joins take any table."),
    "isMaterializedView": refused("Materialized views are OFFLINE tables; write `false`."),
    f"{_SEGMENTS}timeColumnName": honoured("Required. Prunes segments; the sort order when no column is sorted."),
    f"{_SEGMENTS}timeType": no_effect("the time column's format says its unit"),
    f"{_SEGMENTS}retentionTimeUnit": honoured(_RETENTION),
    f"{_SEGMENTS}retentionTimeValue": honoured(_RETENTION),
    f"{_SEGMENTS}deletedSegmentsRetentionPeriod": honoured(
        "Files of segments that are gone stay so long; the setting `deleted_keep_days` if not said."
    ),
    f"{_SEGMENTS}replacedSegmentsRetentionPeriod": no_effect("there is no segment lineage"),
    f"{_SEGMENTS}lineageEntryCleanupRetentionPeriod": no_effect("there is no segment lineage"),
    f"{_SEGMENTS}untrackedSegmentsDeletionBatchSize": own_way("Files that no step names are swept always."),
    f"{_SEGMENTS}untrackedSegmentsRetentionTimeUnit": own_way("The setting `deleted_keep_days` says it."),
    f"{_SEGMENTS}untrackedSegmentsRetentionTimeValue": own_way("The setting `deleted_keep_days` says it."),
    f"{_SEGMENTS}segmentPushFrequency": no_effect("segments of a stream are not pushed"),
    f"{_SEGMENTS}segmentPushType": no_effect("segments of a stream are not pushed"),
    f"{_SEGMENTS}replication": own_way("Checked and shown; one host holds one copy."),
    f"{_SEGMENTS}replicasPerPartition": own_way("Deprecated; wins over `replication`, which is the key to write."),
    f"{_SEGMENTS}replicaGroupStrategyConfig": no_effect(_ONE_TENANT),
    f"{_SEGMENTS}completionConfig": own_way("A replica that did not commit fetches the file that was committed."),
    f"{_SEGMENTS}peerSegmentDownloadScheme": own_way("Checked; segments are read from the store."),
    f"{_SEGMENTS}crypterClassName": no_effect("no classes are loaded; encrypt the disk, or the store's bucket"),
    f"{_SEGMENTS}minimizeDataMovement": own_way("Placement by hash moves as little as can be."),
}
