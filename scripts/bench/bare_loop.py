"""The least that any ingestion into columns must do: consume from Kafka and parse with pyarrow.json. Prints JSON.

python -m scripts.bench.bare_loop BROKERS TOPIC ROWS
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.json as pj
from confluent_kafka import Consumer, TopicPartition

from ingest.streams.kafka import consumer_settings
from scripts.bench.data.clicks import CLICKS

RECORDS = 10_000


def rows_per_cpu_s(brokers: str, topic: str, rows: int) -> float:
    """Measured in a fresh process."""
    argv = [sys.executable, "-m", "scripts.bench.bare_loop", brokers, topic, str(rows)]
    answer = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    return float(answer["rows_per_cpu_s"])


def main() -> None:
    brokers, topic, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
    consumer = Consumer(consumer_settings(brokers, "read_uncommitted", {}, 64 * 1024) | {"enable.partition.eof": False})
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    parse = pj.ParseOptions(explicit_schema=pa.schema(CLICKS.columns), unexpected_field_behavior="ignore")
    began, seen = time.process_time(), 0
    consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
    while seen < rows:
        messages = consumer.consume(RECORDS, 1.0)
        joined = b"\n".join([message.value() or b"" for message in messages])
        read = pj.ReadOptions(use_threads=False, block_size=len(joined) + 1)
        if messages:
            seen += pj.read_json(pa.py_buffer(joined), read_options=read, parse_options=parse).num_rows
    print(json.dumps({"rows_per_cpu_s": seen / (time.process_time() - began)}))


if __name__ == "__main__":
    main()
