"""The keys of a stream config: a flat map of texts (contract 3.1 to 3.4, 3.7). Kafka's own are in `client_options`."""

from tableconfigs import flush
from tableconfigs.data_size import size_bytes
from tableconfigs.offset_criteria import offset_criteria
from tableconfigs.options.option import Fate, Kind, Option
from tableconfigs.periods import duration_ms

_FLUSH = "realtime.segment.flush."
_AUTO_RESET = "realtime.segment.offsetAutoReset."
_NO_SKIP = "an offset is never skipped silently: accept a gap, or seek"
_NO_HLC = "the high-level consumer is gone: partitions are read without a consumer group"
_COMMIT = "a commit is one ZooKeeper transaction"
_LIBRDKAFKA = "librdkafka's own buffers are used; `fetch.min.bytes` and `max.partition.fetch.bytes` tune them"


def _honoured(path: str, kind: Kind, default: object, doc: str, **more: object) -> Option:
    return Option(path, kind, default, Fate.HONOURED, doc, **more)  # type: ignore[arg-type]


def _own_way(path: str, kind: Kind, doc: str, aliases: tuple[str, ...] = ()) -> Option:
    return Option(path, kind, None, Fate.OWN_WAY, doc, aliases=aliases)


def _no_effect(path: str, kind: Kind, why: str) -> Option:
    return Option(path, kind, None, Fate.WITHOUT_EFFECT, why)


STREAM_OPTIONS: tuple[Option, ...] = (
    _honoured("streamType", Kind.TEXT, None, "Required.", choices=("kafka",)),
    _honoured("stream.kafka.topic.name", Kind.TEXT, None, "Required. The topic."),
    _honoured(
        "stream.kafka.broker.list",
        Kind.TEXT,
        None,
        "Required. `host:port,...`",
        aliases=("stream.kafka.hlc.bootstrap.server",),
    ),
    _honoured("stream.kafka.decoder.class.name", Kind.TEXT, None, "Required. Old and new class names are known."),
    _own_way("stream.kafka.consumer.factory.class.name", Kind.TEXT, "Every class name that means Kafka is taken."),
    _own_way("stream.kafka.consumer.type", Kind.TEXT, "Partitions are read one by one, whatever is written."),
    _honoured(
        "stream.kafka.consumer.prop.auto.offset.reset",
        Kind.TEXT,
        "largest",
        "Where a new table begins: `smallest`, `largest`, a period such as `2d`, an ISO-8601 instant. "
        "Partitions found later begin at the smallest offset.",
        parse=offset_criteria,
    ),
    _honoured("stream.kafka.isolation.level", Kind.TEXT, "read_uncommitted", "Or `read_committed`.",
              choices=("read_uncommitted", "read_committed"), aliases=("isolation.level",)),
    _honoured("stream.kafka.partition.ids", Kind.TEXT, None, "A subset of the partitions, as in `0,2,5-9`."),
    _honoured("stream.kafka.metadata.populate", Kind.FLAG, False, "Fills `__header$...` and `__metadata$...` columns."),
    _no_effect("stream.kafka.fetch.timeout.millis", Kind.WHOLE, "a fetch takes what is there"),
    _no_effect("stream.kafka.connection.timeout.millis", Kind.WHOLE, "connecting is tried until it works"),
    _own_way("stream.kafka.idle.timeout.millis", Kind.WHOLE,
             "A client that is idle too long is not made anew: librdkafka keeps its connections, and mends them."),
    _honoured("topic.consumption.rate.limit", Kind.NUMBER, None,
              "Records per second of the topic, shared out evenly among the partitions that the table reads."),
    _honoured("partition.consumption.rate.limit", Kind.NUMBER, None,
              "Records per second of each partition; wins over the topic's limit."),
    _own_way("stopOnDecodeError", Kind.FLAG, "As `rejectsConfig` with policy FAIL, if there is none."),
    _honoured(
        f"{_FLUSH}threshold.rows",
        Kind.WHOLE,
        flush.ROWS_DEFAULT,
        "Rows of this table on one host, divided by its partitions there; 0: by size.",
        aliases=(f"{_FLUSH}threshold.size", f"{_FLUSH}threshold.size.llc"),
        parse=int,
    ),
    _honoured(f"{_FLUSH}threshold.segment.rows", Kind.WHOLE, None, "Rows of a segment, exactly.", parse=int),
    _honoured(
        f"{_FLUSH}threshold.segment.size",
        Kind.SIZE,
        "200M",
        "Size wanted of a sealed segment; the rows are tuned from one segment to the next. Only one of the three "
        "thresholds may be above 0.",
        aliases=(f"{_FLUSH}desired.size",),
        parse=size_bytes,
    ),
    _honoured(
        f"{_FLUSH}threshold.time",
        Kind.PERIOD,
        "6h",
        "Age at which a consuming segment ends: a period, or milliseconds; above 0.",
        aliases=(f"{_FLUSH}threshold.time.llc",),
        parse=duration_ms,
    ),
    _honoured(f"{_FLUSH}threshold.variance.fraction", Kind.NUMBER, 0.0, "Spread of the tuned row target; below 0.5.",
              low=0, high=0.5, parse=float),
    _honoured(f"{_FLUSH}autotune.initialRows", Kind.WHOLE, flush.AUTOTUNE_INITIAL_ROWS_DEFAULT,
              "First row target when size decides.", low=1, parse=int),
    _no_effect("realtime.segment.commit.timeoutSeconds", Kind.WHOLE, _COMMIT),
    _no_effect("realtime.segment.serverUploadToDeepStore", Kind.FLAG, "the host that seals a segment stores it"),
    _no_effect("realtime.segment.pauseless.download.timeoutSeconds", Kind.WHOLE, _COMMIT),
    _no_effect(f"{_AUTO_RESET}enable", Kind.FLAG, _NO_SKIP),
    _no_effect(f"{_AUTO_RESET}offsetThreshold", Kind.WHOLE, _NO_SKIP),
    _no_effect(f"{_AUTO_RESET}timeThresholdSeconds", Kind.WHOLE, _NO_SKIP),
    _no_effect("realtime.segment.isBackfillTopic", Kind.FLAG, _NO_SKIP),
    _no_effect("stream.kafka.buffer.size", Kind.WHOLE, _LIBRDKAFKA),
    _no_effect("stream.kafka.socket.timeout", Kind.WHOLE, "`request.timeout.ms` says it"),
    _no_effect("stream.kafka.fetcher.size", Kind.WHOLE, _LIBRDKAFKA),
    _no_effect("stream.kafka.fetcher.minBytes", Kind.WHOLE, _LIBRDKAFKA),
    _no_effect("stream.kafka.zk.broker.url", Kind.TEXT, "brokers are found through `stream.kafka.broker.list`"),
    _no_effect("stream.kafka.hlc.zk.connect.string", Kind.TEXT, _NO_HLC),
    _no_effect("stream.kafka.hlc.group.id", Kind.TEXT, _NO_HLC),
)  # fmt: skip

STREAM_PREFIXES: tuple[Option, ...] = (
    Option("stream.kafka.decoder.prop.*", Kind.TEXT, None, Fate.HONOURED, "Properties of the decoder, see below."),
    Option("stream.kafka.consumer.prop.*", Kind.TEXT, None, Fate.WITHOUT_EFFECT,
           "Pinot hands them to nobody either: write Kafka's properties by their bare names"),
)  # fmt: skip
"""Families of keys; a key that stands in the table above is not meant."""
