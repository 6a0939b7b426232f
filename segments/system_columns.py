"""The columns that every row has beside its own: its place in Kafka (P3) and its record's time. Loads no Arrow."""

PARTITION = "$partition"
OFFSET = "$offset"
TIMESTAMP = "$timestamp"
ORDINAL = "$ordinal"
