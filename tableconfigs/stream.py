"""A stream config: one Kafka topic, read from Pinot's flat map of strings (contract section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tableconfigs.client_properties import translate
from tableconfigs.decoder_properties import PROPERTIES, property_problems, unknown_properties
from tableconfigs.decoders import DECODERS, INSTEAD, JSON_DECODER, KAFKA_FACTORIES, DecoderKind
from tableconfigs.flush import FlushThresholds
from tableconfigs.offset_criteria import EXPECTED, Largest, OffsetCriteria, offset_criteria
from tableconfigs.options.decoder_options import DECODER_OPTIONS
from tableconfigs.options.option import Fate
from tableconfigs.options.stream_options import STREAM_OPTIONS
from tableconfigs.problems import InvalidConfig, Problem, did_you_mean, pointer
from tableconfigs.stream_map import StreamMap

PARTITIONS_PER_TOPIC = 10_000
PARTITION_IDS_MAX = 10_000
FROM_END: OffsetCriteria = Largest()
NOT_CREATED = "Could not create StreamConfig using the streamConfig map"


class IsolationLevel(StrEnum):
    """Which records of transactions are read."""

    READ_UNCOMMITTED = "read_uncommitted"
    READ_COMMITTED = "read_committed"


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """One topic and how to read it.

    `brokers` is a bootstrap list `host:port,...`. `partition_subset` None means all partitions. `client_properties`
    are librdkafka's names; they and the decoder's properties may hold secrets, so no repr shows them. Rates are
    messages per second. `unrecognized` maps JSON pointers to values of keys that nobody knows; `warnings` says which
    known keys have no effect, and why.
    """

    topic: str
    brokers: str
    decoder: DecoderKind
    decoder_properties: Mapping[str, str] = field(repr=False)
    offset_criteria: OffsetCriteria
    partition_subset: frozenset[int] | None
    isolation_level: IsolationLevel
    client_properties: Mapping[str, str] = field(repr=False)
    metadata_populate: bool
    stop_on_decode_error: bool
    flush: FlushThresholds
    idle_timeout_ms: int
    topic_rate_limit: float | None
    partition_rate_limit: float | None
    unrecognized: Mapping[str, object]
    warnings: tuple[str, ...]

    @classmethod
    def parse(cls, entries: Mapping[str, str], path: str = "") -> "StreamConfig":
        """Read one map that stands at `path` of the table config. Raises `InvalidConfig` with every problem."""
        stream = StreamMap(entries, path)
        _check_type(stream)
        config = _read(stream)
        if stream.problems:
            raise InvalidConfig(stream.problems)
        return config

    def rate_limit(self, partitions: int) -> float | None:
        """Records per second of one of `partitions`: the partition's limit wins over its share of the topic's."""
        share = None if self.topic_rate_limit is None else self.topic_rate_limit / max(1, partitions)
        return self.partition_rate_limit if self.partition_rate_limit is not None else share

    def reads(self, kafka_partition: int) -> bool:
        """Whether this table takes rows of that Kafka partition."""
        return self.partition_subset is None or kafka_partition in self.partition_subset


def partition_id(topic_index: int, kafka_partition: int) -> int:
    """Pinot's partition id: the topic's index in the table config times 10000, plus Kafka's partition."""
    return topic_index * PARTITIONS_PER_TOPIC + kafka_partition


def split_partition_id(identifier: int) -> tuple[int, int]:
    """The topic's index and Kafka's partition of a Pinot partition id."""
    return divmod(identifier, PARTITIONS_PER_TOPIC)


def _check_type(stream: StreamMap) -> None:
    found = stream.first("streamType")
    if found is None:
        stream.wrong("streamType", f"{NOT_CREATED}: streamType cannot be null, must be kafka")
    elif found[1].lower() != "kafka":
        stream.wrong("streamType", f"{NOT_CREATED}: streamType must be kafka")


def _read(stream: StreamMap) -> StreamConfig:
    decoder = _decoder(stream)
    config = StreamConfig(
        topic=_topic(stream),
        brokers=_brokers(stream),
        decoder=decoder,
        decoder_properties=_decoder_properties(stream, decoder),
        offset_criteria=stream.parsed(offset_criteria, FROM_END, f"{_PROP}auto.offset.reset", expected=EXPECTED),
        partition_subset=stream.parsed(partition_subset, None, _PARTITION_IDS, expected=_PARTITION_IDS_EXPECTED),
        isolation_level=_isolation_level(stream),
        client_properties={},
        metadata_populate=stream.flag("stream.kafka.metadata.populate"),
        stop_on_decode_error=stream.flag("stopOnDecodeError"),
        flush=FlushThresholds.read(stream),
        idle_timeout_ms=stream.tolerant(int, 180_000, "stream.kafka.idle.timeout.millis"),
        topic_rate_limit=stream.tolerant(_rate, None, "topic.consumption.rate.limit"),
        partition_rate_limit=stream.tolerant(_rate, None, "partition.consumption.rate.limit"),
        unrecognized={},
        warnings=(),
    )
    _consumer_class(stream)
    _without_effect(stream)
    client_properties, unrecognized = _remaining(stream)
    warnings = tuple(stream.warnings)
    return replace(config, client_properties=client_properties, unrecognized=unrecognized, warnings=warnings)


_PROP = "stream.kafka.consumer.prop."
_PARTITION_IDS = "stream.kafka.partition.ids"
_PARTITION_IDS_EXPECTED = f"partition ids and ranges as in 0,2,5-9, at most {PARTITION_IDS_MAX} of them"


def _isolation_level(stream: StreamMap) -> IsolationLevel:
    found = stream.first("stream.kafka.isolation.level", "isolation.level")
    if found is None:
        return IsolationLevel.READ_UNCOMMITTED
    if found[1].lower() not in set(IsolationLevel):
        stream.wrong(found[0], "Unrecognized Kafka isolation level, must be read_uncommitted or read_committed")
        return IsolationLevel.READ_UNCOMMITTED
    return IsolationLevel(found[1].lower())


def _topic(stream: StreamMap) -> str:
    key = "stream.kafka.topic.name"
    topic = stream.text(key, default="")
    if not topic:
        stream.wrong(key, f"{NOT_CREATED}: Stream topic name {key} cannot be null")
    return topic


def _brokers(stream: StreamMap) -> str:
    key = "stream.kafka.broker.list"
    brokers = stream.text(key, "stream.kafka.hlc.bootstrap.server", default="")
    if not brokers:
        stream.wrong(key, f"Must specify kafka brokers list {key}, as in localhost:9092")
    return brokers


def _decoder(stream: StreamMap) -> DecoderKind:
    key = "stream.kafka.decoder.class.name"
    name = stream.text(key, default="")
    kind = DECODERS.get(name)
    if not name:
        stream.wrong(key, f"{NOT_CREATED}: Must specify decoder class name {key}, as in {JSON_DECODER}")
    elif kind is None:
        stream.wrong(key, f"no such decoder{did_you_mean(name, DECODERS)}; JSON is read by {JSON_DECODER}")
    elif kind not in PROPERTIES:
        stream.wrong(key, f"{kind} messages are not read by this version: {INSTEAD[kind]}")
    return kind if kind is not None and kind in PROPERTIES else DecoderKind.JSON


def _decoder_properties(stream: StreamMap, decoder: DecoderKind) -> dict[str, str]:
    prefix = "stream.kafka.decoder.prop."
    properties = stream.with_prefix(prefix)
    if stream.text("stream.kafka.decoder.class.name", default="") in DECODERS:
        for name, problem in property_problems(decoder, properties):
            stream.wrong(prefix + name, problem)
        for name, hint in unknown_properties(decoder, properties):
            stream.warn(prefix + name, f"has no effect: {decoder} messages have no such property{hint}")
    return properties


def partition_subset(text: str) -> frozenset[int]:
    """Ids of `0,2,5-9`. Raises ValueError."""
    bounds = [_range(part) for part in text.split(",")]
    if sum(high - low + 1 for low, high in bounds) > PARTITION_IDS_MAX:
        raise ValueError(text)
    return frozenset(number for low, high in bounds for number in range(low, high + 1))


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    bounds = int(low), int(high or low)
    if not 0 <= bounds[0] <= bounds[1]:
        raise ValueError(text)
    return bounds


def _rate(text: str) -> float:
    rate = float(text)
    if not rate > 0:
        raise ValueError(text)
    return rate


def _consumer_class(stream: StreamMap) -> None:
    found = stream.first("stream.kafka.consumer.factory.class.name")
    if found and found[1] not in KAFKA_FACTORIES:
        stream.wrong(found[0], f"not a Kafka consumer factory{did_you_mean(found[1], KAFKA_FACTORIES)}")


_TYPE = "stream.kafka.consumer.type"
_WITHOUT_EFFECT = {
    option.path: option.doc for option in (*STREAM_OPTIONS, *DECODER_OPTIONS) if option.fate is Fate.WITHOUT_EFFECT
}


def _without_effect(stream: StreamMap) -> None:
    if stream.text(_TYPE, default="").lower().replace("-", "") == "highlevel":
        stream.warn(_TYPE, "there is no high-level consumer: partitions are read one by one, without a consumer group")
    for key, why in _WITHOUT_EFFECT.items():
        if stream.first(key):
            stream.warn(key, f"has no effect: {why}")
    for name in stream.with_prefix(_PROP):
        if name != "auto.offset.reset":
            stream.warn(f"{_PROP}{name}", f"has no effect: Pinot hands it to nobody either, write {name}")


def _remaining(stream: StreamMap) -> tuple[dict[str, str], dict[str, object]]:
    """What is left: Kafka's own properties, and keys that nobody knows."""
    left = {key: stream.entries[key] for key in stream.unread()}
    made = translate(left)
    for key, text in made.warnings:
        stream.warn(key, text)
    for key, text in made.problems:
        stream.wrong(key, text)
    return made.settings, {stream.path + pointer(key): left[key] for key in made.unknown}


def across_topics(streams: list[StreamConfig], path: str) -> list[Problem]:
    """What is wrong between the several topics of one table."""
    topics = [stream.topic for stream in streams]
    problems = []
    for at, topic in enumerate(topics):
        if topic in topics[:at]:
            problems.append(Problem(f"{path}/{at}/stream.kafka.topic.name", topic, _DUPLICATE_TOPIC))
    if any(stream.flush != streams[0].flush for stream in streams):
        problems.append(Problem(path, None, _INCONSISTENT_FLUSH))
    return problems


_DUPLICATE_TOPIC = "Duplicate topic names found in streamConfigs"
_INCONSISTENT_FLUSH = "Segment flush parameters must be consistent across all streamConfigs"
