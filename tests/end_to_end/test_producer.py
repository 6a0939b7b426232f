"""Producing to a real Kafka: every value once and in order, and a broker that is not there is said."""

from __future__ import annotations

import pytest
from confluent_kafka import Consumer, TopicPartition

from ingest.streams.producer import BatchProducer, ProduceFailed, create_topic, end_offsets
from tests.conftest import KafkaBroker
from tests.kafka_topics import fresh_name

NOBODY = "127.0.0.1:1"


def values_of(brokers: str, topic: str, partition: int, count: int) -> list[bytes | None]:
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "test", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, 0)])
    values: list[bytes | None] = []
    while len(values) < count:
        values += [message.value() for message in consumer.consume(count - len(values), timeout=10)]
    consumer.close()
    return values


def test_a_topic_is_created_once(kafka: KafkaBroker):
    topic = fresh_name()

    assert create_topic(kafka.bootstrap, topic, 3, {"retention.bytes": "1000000"}) is True
    assert create_topic(kafka.bootstrap, topic, 3) is False
    assert end_offsets(kafka.bootstrap, topic) == [0, 0, 0]


def test_values_arrive_once_and_in_order_although_the_queue_is_small(kafka: KafkaBroker):
    topic = fresh_name()
    create_topic(kafka.bootstrap, topic, 2)
    values = [b"%d" % number for number in range(5_000)]

    with BatchProducer(kafka.bootstrap, {"queue.buffering.max.messages": 100}) as producer:
        producer.send(topic, 0, values[:3_000])
        producer.send(topic, 0, values[3_000:])
        producer.send(topic, 1, [None])
        producer.flush()

    assert end_offsets(kafka.bootstrap, topic) == [5_000, 1]
    assert values_of(kafka.bootstrap, topic, 0, 5_000) == values
    assert values_of(kafka.bootstrap, topic, 1, 1) == [None]


def test_a_topic_that_does_not_exist_is_a_failure(kafka: KafkaBroker):
    with BatchProducer(kafka.bootstrap, {"topic.metadata.propagation.max.ms": 100}) as producer:
        producer.send("no-such-topic", 0, [b"1"])
        with pytest.raises(ProduceFailed, match="1 messages were not delivered"):
            producer.flush()


def test_a_broker_that_is_not_there_is_said():
    with pytest.raises(ProduceFailed, match=NOBODY):
        create_topic(NOBODY, "topic", 1, timeout_s=0.5)
    with pytest.raises(ProduceFailed, match=NOBODY):
        end_offsets(NOBODY, "topic", timeout_s=0.5)
    with BatchProducer(NOBODY) as producer:
        producer.send("topic", 0, [b"1"])
        with pytest.raises(ProduceFailed, match=r"after 0\.2 s"):
            producer.flush(0.2)
