"""The message decoders that Pinot configs name, by every class name in use (contract 3.5). A closed table."""

from enum import StrEnum


class DecoderKind(StrEnum):
    """What a message is made of."""

    JSON = "json"
    AVRO_SIMPLE = "avro with an inline schema"
    AVRO_REGISTRY = "avro with a schema hash"
    AVRO_CONFLUENT = "confluent avro"
    JSON_CONFLUENT = "confluent JSON schema"
    PROTOBUF = "protobuf"
    PROTOBUF_CLASSES = "protobuf by compiled classes"
    PROTOBUF_CONFLUENT = "confluent protobuf"
    CSV = "csv"
    BSON = "bson"
    ARROW = "arrow"
    CLP_LOG = "CLP-encoded logs"


_PLUGIN = "org.apache.pinot.plugin"
_FORMAT = f"{_PLUGIN}.inputformat"

DECODERS: dict[str, DecoderKind] = {
    f"{_PLUGIN}.stream.kafka.KafkaJSONMessageDecoder": DecoderKind.JSON,
    f"{_FORMAT}.json.JSONMessageDecoder": DecoderKind.JSON,
    "org.apache.pinot.core.realtime.impl.kafka.KafkaJSONMessageDecoder": DecoderKind.JSON,
    "com.linkedin.pinot.core.realtime.impl.kafka.KafkaJSONMessageDecoder": DecoderKind.JSON,
    "org.apache.pinot.core.realtime.stream.SimpleAvroMessageDecoder": DecoderKind.AVRO_SIMPLE,
    "com.linkedin.pinot.core.realtime.stream.SimpleAvroMessageDecoder": DecoderKind.AVRO_SIMPLE,
    f"{_FORMAT}.avro.SimpleAvroMessageDecoder": DecoderKind.AVRO_SIMPLE,
    "org.apache.pinot.core.realtime.impl.kafka.KafkaAvroMessageDecoder": DecoderKind.AVRO_REGISTRY,
    "com.linkedin.pinot.core.realtime.impl.kafka.KafkaAvroMessageDecoder": DecoderKind.AVRO_REGISTRY,
    f"{_PLUGIN}.stream.kafka.KafkaAvroMessageDecoder": DecoderKind.AVRO_REGISTRY,
    f"{_FORMAT}.avro.KafkaAvroMessageDecoder": DecoderKind.AVRO_REGISTRY,
    f"{_FORMAT}.avro.confluent.KafkaConfluentSchemaRegistryAvroMessageDecoder": DecoderKind.AVRO_CONFLUENT,
    f"{_FORMAT}.json.confluent.KafkaConfluentSchemaRegistryJsonMessageDecoder": DecoderKind.JSON_CONFLUENT,
    f"{_FORMAT}.protobuf.KafkaConfluentSchemaRegistryProtoBufMessageDecoder": DecoderKind.PROTOBUF_CONFLUENT,
    f"{_FORMAT}.protobuf.ProtoBufMessageDecoder": DecoderKind.PROTOBUF,
    f"{_FORMAT}.protobuf.ProtoBufCodeGenMessageDecoder": DecoderKind.PROTOBUF_CLASSES,
    f"{_FORMAT}.csv.CSVMessageDecoder": DecoderKind.CSV,
    f"{_FORMAT}.bson.BSONMessageDecoder": DecoderKind.BSON,
    f"{_FORMAT}.arrow.ArrowMessageDecoder": DecoderKind.ARROW,
    f"{_FORMAT}.clplog.CLPLogMessageDecoder": DecoderKind.CLP_LOG,
}

JSON_DECODER = f"{_FORMAT}.json.JSONMessageDecoder"
"""The class name to recommend."""

INSTEAD: dict[DecoderKind, str] = {
    DecoderKind.AVRO_REGISTRY: f"use Confluent's wire format, {_FORMAT}.avro.confluent."
    "KafkaConfluentSchemaRegistryAvroMessageDecoder",
    DecoderKind.PROTOBUF_CLASSES: f"give a descriptor file to {_FORMAT}.protobuf.ProtoBufMessageDecoder",
    DecoderKind.BSON: f"send JSON and use {JSON_DECODER}",
    DecoderKind.ARROW: f"send JSON and use {JSON_DECODER}",
    DecoderKind.CLP_LOG: f"send JSON and use {JSON_DECODER}",
}
"""The kinds that are not read, and what to use instead."""

KAFKA_FACTORIES = frozenset(
    {
        f"{_PLUGIN}.stream.kafka20.KafkaConsumerFactory",
        f"{_PLUGIN}.stream.kafka30.KafkaConsumerFactory",
        f"{_PLUGIN}.stream.kafka40.KafkaConsumerFactory",
        "org.apache.pinot.core.realtime.impl.kafka.KafkaConsumerFactory",
        "org.apache.pinot.core.realtime.impl.kafka2.KafkaConsumerFactory",
        "org.apache.pinot.core.realtime.impl.kafka3.KafkaConsumerFactory",
        "com.linkedin.pinot.core.realtime.impl.kafka.KafkaConsumerFactory",
    }
)
"""Every consumer factory that means Kafka."""
