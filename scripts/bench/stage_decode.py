"""B2: payloads to columns, each decoder beside the best library doing the same on the same bytes, all in one thread."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median

import numpy as np

from crushpad.quickstart.clicks import clicks
from ingest.decoders.avro import AvroDecoder, AvroReader
from ingest.decoders.base import Columns, Decoder, SourceColumn
from ingest.decoders.coercion import CASTS
from ingest.decoders.columns import arrow_schema
from ingest.decoders.csv import CsvForm, CsvReader
from ingest.decoders.json import JsonDecoder
from ingest.decoders.protobuf import ProtobufDecoder
from ingest.decoders.records import RecordDecoder
from ingest.pipeline import Pipeline, Transform
from ingest.streams.base import Fetched
from ingest.transforms import transform_of
from scripts.bench.figures import Figure, Target
from scripts.bench.libraries import fastavro_alone, json_readers, ptars_alone
from scripts.bench.turns import Work, repeated
from scripts.bench.world import World
from scripts.click_formats import AVRO_SCHEMA, avro_clicks, click_message, csv_clicks, protobuf_clicks
from segments.arrow_schema import row_schema

PART = "stages"
TYPES = {
    "ts": "LONG", "user_id": "LONG", "event": "STRING", "city": "STRING", "amount": "DOUBLE", "qty": "INT",
    "session": "STRING", "url": "STRING", "ok": "BOOLEAN",
}  # fmt: skip
COLUMNS: Columns = {name: SourceColumn(kind, False) for name, kind in TYPES.items()}
FIRST_MS = 1_700_000_000_000
ROWS = 10_000
ROUNDS, ROUNDS_QUICK = 7, 2
OURS = "ours"
BEST = "best library"
"""The fastest of the libraries, by the median."""

TRANSFORMS = {
    "hour": ("LONG", "toEpochHours(ts)"),
    "day": ("LONG", "toEpochDays(ts)"),
    "bucket": ("LONG", "round(ts, 300000)"),
    "place": ("STRING", "upper(city)"),
    "kind": ("STRING", "concat(event, city, '-')"),
    "total": ("DOUBLE", "times(amount, qty)"),
    "cents": ("LONG", "CAST(amount * 100 AS LONG)"),
    "large": ("STRING", "CASE WHEN amount > 1000 THEN 'large' ELSE 'small' END"),
    "page": ("STRING", "splitPart(url, '/', 0)"),
    "short": ("STRING", "substr(session, 0, 4)"),
}

Break = Callable[[bytes], bytes]
JSON_BREAKS: Sequence[Break] = (
    lambda _: b"not json",
    lambda p: p[: len(p) // 2],
    lambda p: p.replace(b'"qty":', b'"qty":"many","was":'),
    lambda p: p.replace(b'"ok":', b'"ok":[1,2],"was":'),
    lambda _: b"",
)
CUT: Sequence[Break] = (lambda p: p[: len(p) // 2],)
CSV_BREAKS: Sequence[Break] = (lambda _: b"x", lambda p: p + b",1")


def run(world: World) -> Iterator[Figure]:
    rounds, repetitions = ROUNDS_QUICK if world.quick else ROUNDS, world.repetitions
    texts = clicks(7, 0, ROWS, FIRST_MS, 1.0)
    message = click_message()
    avro, protobuf, csv = avro_clicks(texts), protobuf_clicks(texts, message), csv_clicks(texts)
    by_json, by_protobuf = JsonDecoder(COLUMNS), ProtobufDecoder(message.DESCRIPTOR, COLUMNS, lenient=False)
    by_avro = AvroDecoder(AvroReader(json.dumps(AVRO_SCHEMA)), COLUMNS, lenient=False)
    by_csv = RecordDecoder(CsvReader(CsvForm(tuple(COLUMNS), frozenset())), COLUMNS, CASTS)

    def speed(name: str, decoder: Decoder, payloads: Sequence[bytes], others: Mapping[str, Work]) -> Figure:
        works = {OURS: lambda: decoder.decode(payloads), **others}
        return speed_figure(name, repeated(works, rounds, repetitions), sum(map(len, payloads)))

    yield speed("JSON", by_json, texts, json_readers(texts, arrow_schema(COLUMNS)))
    yield speed("Avro", by_avro, avro, {"fastavro": fastavro_alone(avro)})
    yield speed("Protobuf", by_protobuf, protobuf, {"ptars": ptars_alone(message, protobuf)})
    yield speed("CSV", by_csv, csv, {})
    yield cost_figure("ten transforms", 1.4, repeated(transforms(texts), rounds, repetitions))
    for name, decoder, payloads, breaks in (
        ("JSON", by_json, texts, JSON_BREAKS),
        ("Avro", by_avro, avro, CUT),
        ("Protobuf", by_protobuf, protobuf, CUT),
        ("CSV", by_csv, csv, CSV_BREAKS),
    ):
        works = bad_rows(decoder, payloads, with_bad(payloads, breaks))
        yield cost_figure(f"{name}, 1 % bad rows", 1.5, repeated(works, rounds, repetitions))


def speed_figure(name: str, seconds: Mapping[str, tuple[float, ...]], size_bytes: int) -> Figure:
    """Megabytes of payload a second of one core: ours at least 0.95 of the fastest library."""
    speeds = {who: tuple(size_bytes / 1e6 / each for each in taken) for who, taken in seconds.items()}
    ours = speeds.pop(OURS)
    if not speeds:
        return Figure(PART, f"decode {name}", "MB/s", "higher", ours)
    limits = {**speeds, BEST: max(speeds.values(), key=median)}
    return Figure(PART, f"decode {name}", "MB/s", "higher", ours, limits=limits, targets=(Target(0.95, BEST),))


def cost_figure(name: str, line: float, seconds: Mapping[str, tuple[float, ...]]) -> Figure:
    """What `more` costs, as a multiple of `plain`."""
    ratios = tuple(more / plain for more, plain in zip(seconds["more"], seconds["plain"], strict=True))
    return Figure(PART, f"decode {name}: beside plain", "times", "lower", ratios, targets=(Target(line),))


def bad_rows(decoder: Decoder, payloads: Sequence[bytes], bad: Sequence[bytes]) -> dict[str, Work]:
    return {"plain": lambda: decoder.decode(payloads), "more": lambda: decoder.decode(bad)}


def with_bad(payloads: Sequence[bytes], breaks: Sequence[Break]) -> list[bytes]:
    """Every hundredth payload broken, in one way after the other."""
    found = list(payloads)
    for number, at in enumerate(range(37, len(found), 100)):
        found[at] = breaks[number % len(breaks)](found[at])
    return found


def transforms(payloads: Sequence[bytes]) -> dict[str, Work]:
    """The whole pipeline without transforms, and with ten."""
    columns = {**COLUMNS, **{name: SourceColumn(kind, False) for name, (kind, _) in TRANSFORMS.items()}}
    transform, source = transform_of([(name, text) for name, (_, text) in TRANSFORMS.items()], None, columns)
    plain = Pipeline(JsonDecoder(COLUMNS), tuple(COLUMNS), row_schema(COLUMNS), None, (), Transform())
    more = Pipeline(JsonDecoder(source), tuple(columns), row_schema(columns), None, (), transform)
    offsets = np.arange(len(payloads))
    fetched = Fetched(0, payloads, offsets, offsets + FIRST_MS, len(payloads), 0)
    return {"plain": lambda: plain.run(fetched, 0), "more": lambda: more.run(fetched, 0)}
