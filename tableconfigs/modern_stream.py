"""One stream config in today's words: new names of keys and classes, and nothing that is not read any more. Pure."""

from collections.abc import Mapping

from tableconfigs.decoders import DECODERS, JSON_DECODER, KAFKA_FACTORIES, DecoderKind
from tableconfigs.options.registry import stream_option

KAFKA_FACTORY = "org.apache.pinot.plugin.stream.kafka30.KafkaConsumerFactory"
_FACTORY = "stream.kafka.consumer.factory.class.name"
_DECODER = "stream.kafka.decoder.class.name"
_RESET = "stream.kafka.consumer.prop.auto.offset.reset"
_BYGONE = (
    *("stream.kafka.consumer.type", "stream.kafka.zk.", "stream.kafka.hlc.", "stream.kafka.buffer.size"),
    *("stream.kafka.socket.timeout", "stream.kafka.fetcher.", "zookeeper.", "rebalance.", "auto.commit.enable"),
)
"""Keys of consumers that are gone, in Pinot too."""
_WORDS = {"earliest": "smallest", "latest": "largest"}

_FORMAT = "org.apache.pinot.plugin.inputformat"
TODAYS_DECODERS: Mapping[DecoderKind, str] = {
    DecoderKind.JSON: JSON_DECODER,
    DecoderKind.AVRO_SIMPLE: f"{_FORMAT}.avro.SimpleAvroMessageDecoder",
    DecoderKind.AVRO_REGISTRY: f"{_FORMAT}.avro.KafkaAvroMessageDecoder",
}
"""The kinds whose decoder had other names; the others have one name only."""


def modern_stream(written: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
    """The stream in the order written, and by old key what became of it."""
    modern: dict[str, object] = {}
    said: dict[str, str] = {}
    for key, value in written.items():
        name = _name(key, written, said)
        if name is not None:
            modern[name] = _value(name, value, key, said)
    return modern, said


def _name(key: str, written: Mapping[str, object], said: dict[str, str]) -> str | None:
    """What the key is called today; None when it is not written any more."""
    option = stream_option(key)
    if option is not None and option.path == key and key.startswith(_BYGONE):
        said[key] = f"left out: {option.doc[0].lower()}{option.doc[1:].rstrip('.')}"
        return None
    if option is None or option.path == key:
        return key
    if option.path in written:
        said[key] = f"left out: {option.path} says it"
        return None
    said[key] = f"is now {option.path}"
    return option.path


def _value(name: str, value: object, key: str, said: dict[str, str]) -> object:
    text = str(value)
    if name == _DECODER and text in DECODERS:
        today = TODAYS_DECODERS.get(DECODERS[text], text)
    elif name == _FACTORY and text in KAFKA_FACTORIES and "kafka40" not in text:
        today = KAFKA_FACTORY
    elif name == _RESET:
        today = _WORDS.get(text.strip().lower(), text)
    else:
        return value
    if today != text:
        said[key] = f"{text} is now {today}"
        return today
    return value
