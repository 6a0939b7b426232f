"""Decoder benchmark: each decoder beside the best library doing the same on the same bytes, as ratios of one run.

    python -m scripts.bench_decoders [--rows 10000] [--rounds 15]

These machines are noisy: processor time is measured, not the clock's; the sides of a ratio take turns, and the best
round of each counts. All of them work in one thread.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Callable, Mapping, Sequence

import duckdb
import fastavro
import msgspec
import numpy as np
import orjson
import ptars
import pyarrow as pa
import pyarrow.json as pj
from google.protobuf.message import Message

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
from scripts.click_formats import AVRO_SCHEMA, avro_clicks, click_message, csv_clicks, protobuf_clicks
from segments.arrow_schema import row_schema

TYPES = {
    "ts": "LONG", "user_id": "LONG", "event": "STRING", "city": "STRING", "amount": "DOUBLE", "qty": "INT",
    "session": "STRING", "url": "STRING", "ok": "BOOLEAN",
}  # fmt: skip
COLUMNS: Columns = {name: SourceColumn(kind, False) for name, kind in TYPES.items()}
FIRST_MS = 1_700_000_000_000

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

Work = Callable[[], object]


def best(works: Mapping[str, Work], rounds: int) -> dict[str, float]:
    """Seconds of the processor in the best round of each; they take turns in an order that turns too.

    (Who comes after a reader that leaves ten thousand objects behind finds cold caches, who comes after that does not.)
    """
    found = dict.fromkeys(works, float("inf"))
    for turn in range(rounds):
        first = turn % len(works)
        for name, work in [*works.items()][first:] + [*works.items()][:first]:
            began = time.process_time()
            work()
            found[name] = min(found[name], time.process_time() - began)
    return found


def speed(title: str, ours: Work, others: Mapping[str, Work], rows: int, rounds: int, line: float = 0.9) -> None:
    """Our speed as a share of the fastest of the others."""
    found = best({"ours": ours, **others}, rounds)
    fastest = min(others, key=lambda name: found[name])
    ratio = found[fastest] / found["ours"]
    shown = ", ".join(f"{name} {rows / seconds / 1e3:,.0f}" for name, seconds in found.items())
    print(f"{title:<28} {ratio:5.2f}  of {fastest} (line: {line})   k rows/s: {shown}")


def cost(title: str, plain: Work, more: Work, rounds: int, line: float) -> None:
    """What `more` costs, in units of `plain`."""
    found = best({"plain": plain, "more": more}, rounds)
    print(f"{title:<28} {found['more'] / found['plain']:5.2f}  (line: {line})")


def json_readers(payloads: Sequence[bytes]) -> dict[str, Work]:
    """The readers of one thread that this installation has; each makes the same columns."""
    schema = arrow_schema(COLUMNS)
    options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    connection = duckdb.connect(config={"threads": 1})
    shape = json.dumps({"ts": "BIGINT", "user_id": "BIGINT", "event": "VARCHAR", "city": "VARCHAR", "amount": "DOUBLE",
                        "qty": "INTEGER", "session": "VARCHAR", "url": "VARCHAR", "ok": "BOOLEAN"})  # fmt: skip

    def by_pyarrow() -> pa.Table:
        joined = b"\n".join(payloads)
        read = pj.ReadOptions(use_threads=False, block_size=len(joined) + 1)
        return pj.read_json(pa.py_buffer(joined), read_options=read, parse_options=options)

    def by_duckdb() -> pa.Table:
        texts = pa.table({"j": pa.array(payloads, pa.string())})
        query = f"SELECT unnest(json_transform(j, '{shape}')) FROM texts"
        return connection.register("texts", texts).execute(query).to_arrow_table()

    return {
        "pyarrow.json": by_pyarrow,
        "DuckDB": by_duckdb,
        "orjson": lambda: pa.RecordBatch.from_pylist([orjson.loads(p) for p in payloads], schema),
        "msgspec": lambda: pa.RecordBatch.from_pylist([msgspec.json.decode(p) for p in payloads], schema),
    }


def fastavro_alone(payloads: Sequence[bytes]) -> Work:
    schema, read = fastavro.parse_schema(AVRO_SCHEMA), fastavro.schemaless_reader
    return lambda: [read(io.BytesIO(payload), schema, None) for payload in payloads]


def ptars_alone(message: type[Message], payloads: Sequence[bytes]) -> Work:
    handler = ptars.HandlerPool([message.DESCRIPTOR.file]).get_for_message(message.DESCRIPTOR)
    batch = list(payloads)
    return lambda: handler.list_to_record_batch(batch)


def with_bad(payloads: Sequence[bytes], broken: Sequence[Callable[[bytes], bytes]]) -> list[bytes]:
    """Every hundredth payload broken, in one way after the other."""
    found = list(payloads)
    for count, at in enumerate(range(37, len(found), 100)):
        found[at] = broken[count % len(broken)](found[at])
    return found


JSON_BREAKS: Sequence[Callable[[bytes], bytes]] = (
    lambda _: b"not json",
    lambda p: p[: len(p) // 2],
    lambda p: p.replace(b'"qty":', b'"qty":"many","was":'),
    lambda p: p.replace(b'"ok":', b'"ok":[1,2],"was":'),
    lambda _: b"",
)
CUT: Sequence[Callable[[bytes], bytes]] = (lambda p: p[: len(p) // 2],)


def bad_rows(title: str, decoder: Decoder, payloads: Sequence[bytes], bad: Sequence[bytes], rounds: int) -> None:
    cost(f"{title}, 1 % bad rows", lambda: decoder.decode(payloads), lambda: decoder.decode(bad), rounds, 1.5)


def transforms(payloads: Sequence[bytes], rounds: int) -> None:
    """The whole pipeline with ten transforms beside the same without."""
    made = {name: SourceColumn(kind, False) for name, (kind, _) in TRANSFORMS.items()}
    transform, source = transform_of([(n, text) for n, (_, text) in TRANSFORMS.items()], None, {**COLUMNS, **made})
    plain = Pipeline(JsonDecoder(COLUMNS), tuple(COLUMNS), row_schema(COLUMNS), None, (), Transform())
    columns = {**COLUMNS, **made}
    more = Pipeline(JsonDecoder(source), tuple(columns), row_schema(columns), None, (), transform)
    offsets = np.arange(len(payloads))
    fetched = Fetched(0, payloads, offsets, offsets + FIRST_MS, len(payloads), 0)
    cost("ten transforms", lambda: plain.run(fetched, 0), lambda: more.run(fetched, 0), rounds, 1.4)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    rows, rounds = options.rows, options.rounds
    texts = clicks(7, 0, rows, FIRST_MS, 1.0)
    avro, message = avro_clicks(texts), click_message()
    protobuf, csv = protobuf_clicks(texts, message), csv_clicks(texts)
    read_json, read_protobuf = JsonDecoder(COLUMNS), ProtobufDecoder(message.DESCRIPTOR, COLUMNS, lenient=False)
    read_avro = AvroDecoder(AvroReader(json.dumps(AVRO_SCHEMA)), COLUMNS, lenient=False)
    read_csv = RecordDecoder(CsvReader(CsvForm(tuple(COLUMNS), frozenset())), COLUMNS, CASTS)
    speed("JSON", lambda: read_json.decode(texts), json_readers(texts), rows, rounds)
    speed("Avro", lambda: read_avro.decode(avro), {"fastavro": fastavro_alone(avro)}, rows, rounds)
    speed("Protobuf", lambda: read_protobuf.decode(protobuf), {"ptars": ptars_alone(message, protobuf)}, rows, rounds)
    transforms(texts, rounds)
    bad_rows("JSON", read_json, texts, with_bad(texts, JSON_BREAKS), rounds)
    bad_rows("Avro", read_avro, avro, with_bad(avro, CUT), rounds)
    bad_rows("Protobuf", read_protobuf, protobuf, with_bad(protobuf, CUT), rounds)
    bad_rows("CSV", read_csv, csv, with_bad(csv, [lambda _: b"x", lambda p: p + b",1"]), rounds)


if __name__ == "__main__":
    main()
