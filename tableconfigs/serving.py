"""Sections that say who serves a table and how queries on it behave (contract 1.2 and 1.7)."""

from collections.abc import Iterator
from typing import Annotated, Any

from tableconfigs.data_size import size_bytes
from tableconfigs.parsing import UPPER, OptionalText, PinotModel, Text
from tableconfigs.problems import Problem


class TagOverrideConfig(PinotModel):
    """Full tags for the two ages of a segment."""

    realtime_consuming: OptionalText = None
    realtime_completed: OptionalText = None


class Tenants(PinotModel):
    """`tenants`."""

    broker: Text = "DefaultTenant"
    server: Text = "DefaultTenant"
    tag_override_config: TagOverrideConfig | None = None


class Metadata(PinotModel):
    """`metadata`: free-form, returned as it is."""

    custom_configs: dict[str, Text] = {}


class Quota(PinotModel):
    """`quota`."""

    storage: OptionalText = None
    max_queries_per_second: OptionalText = None

    def problems(self) -> Iterator[Problem]:
        """Values that are no size or no positive number."""
        if self.storage is not None:
            try:
                size_bytes(self.storage)
            except ValueError:
                text = f"Invalid 'storage': {self.storage}, must be a data size as in 10G"
                yield Problem("/quota/storage", self.storage, text)
        if self.max_queries_per_second is not None and not _is_positive(self.max_queries_per_second):
            text = f"Invalid 'maxQueriesPerSecond': {self.max_queries_per_second}, must be a positive number"
            yield Problem("/quota/maxQueriesPerSecond", self.max_queries_per_second, text)


class Routing(PinotModel):
    """`routing`."""

    routing_table_builder_name: OptionalText = None
    segment_pruner_types: list[Text] | None = None
    instance_selector_type: OptionalText = None
    use_fixed_replica: bool | None = None


class QueryConfig(PinotModel):
    """`query`: limits of queries on this table."""

    timeout_ms: int | None = None
    disable_groovy: bool | None = None
    use_approximate_function: bool | None = None
    expression_override_map: dict[str, Text] | None = None
    max_query_response_size_bytes: int | None = None
    max_server_response_size_bytes: int | None = None
    max_entries_scanned_in_filter: int | None = None
    max_docs_scanned: int | None = None
    max_entries_scanned_post_filter: int | None = None
    scan_killing_mode: OptionalText = None

    def problems(self) -> Iterator[Problem]:
        """Limits that are not positive."""
        for name, field in type(self).model_fields.items():
            value, key = getattr(self, name), field.alias or name
            if isinstance(value, int) and not isinstance(value, bool) and value <= 0:
                yield Problem(f"/query/{key}", value, f"Invalid '{key}': {value}, must be positive")
        if self.scan_killing_mode and self.scan_killing_mode not in {"disabled", "logOnly", "enforce"}:
            text = "must be one of disabled, logOnly, enforce"
            yield Problem("/query/scanKillingMode", self.scan_killing_mode, f"Invalid 'scanKillingMode', {text}")


class TaskConfig(PinotModel):
    """`task`: minion tasks and their options."""

    task_type_configs_map: dict[str, dict[str, Text]] = {}


class TierConfig(PinotModel):
    """One entry of `tierConfigs`."""

    name: Text
    segment_selector_type: Text
    segment_age: OptionalText = None
    segment_list: list[Text] | None = None
    storage_type: Text
    server_tag: OptionalText = None
    tier_backend: OptionalText = None
    tier_backend_properties: dict[str, Text] | None = None


class ReplicaGroupPartitionConfig(PinotModel):
    """How the instances of one assignment form replica groups."""

    replica_group_based: bool = False
    num_instances: int = 0
    num_replica_groups: int = 0
    num_instances_per_replica_group: int = 0
    num_partitions: int = 0
    num_instances_per_partition: int = 0
    partition_column: OptionalText = None
    minimize_data_movement: bool = False


class TagPoolConfig(PinotModel):
    """Which instances an assignment may use."""

    tag: Text
    pool_based: bool = False
    num_pools: int = 0
    pools: list[int] | None = None


class InstanceAssignmentConfig(PinotModel):
    """One entry of `instanceAssignmentConfigMap`."""

    tag_pool_config: TagPoolConfig
    constraint_config: dict[str, Any] | None = None
    replica_group_partition_config: ReplicaGroupPartitionConfig
    partition_selector: Annotated[Text, UPPER] = "INSTANCE_REPLICA_GROUP_PARTITION_SELECTOR"
    minimize_data_movement: bool = False


def _is_positive(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False
