"""What sealing costs: CPU a row by step, bytes a row, and the ratio to a plain zstd Parquet file of the same rows.

    python -m scripts.bench_seal [--rows 500000] [--rounds 5]

The rows are the nine-field click stream with system columns, in frames of 2,000 rows as a consuming file holds them.
CPU is that of the whole process, all threads; the least of the rounds is shown.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from segments.arrow_schema import OFFSET, ORDINAL, PARTITION, TIMESTAMP
from segments.encoding import Sample, choose
from segments.metadata import SegmentFacts
from segments.seal import SealRequest, SealResult, row_groups, seal, sort_order
from segments.sealed import SealedSegment
from segments.stores.files import digest_of
from segments.time_bounds import TimeColumn, time_bounds
from tableconfigs.datetime_format import DateTimeFormat

START_MS = 1_790_000_000_000
FRAME_ROWS = 2_000
TIME = TimeColumn("ts", DateTimeFormat.parse("1:MILLISECONDS:EPOCH"))


def click_stream(rows: int, seed: int = 1) -> pa.Table:
    """Clicks in arrival order: times up to two seconds out of order, 50,000 urls, random 16-digit sessions."""
    chance = np.random.default_rng(seed)
    times = START_MS + np.cumsum(chance.integers(0, 3, rows)) + chance.integers(-2000, 2000, rows)
    sessions = chance.bytes(rows * 8).hex()
    columns = {
        "ts": times,
        "user_id": chance.integers(0, 2_000_000, rows),
        "event": one_of(chance, ["view", "click", "cart", "buy", "search"], rows),
        "city": one_of(chance, [f"city of {number}" for number in range(10)], rows),
        "amount": np.round(chance.random(rows) * 500, 2),
        "qty": chance.integers(1, 10, rows).astype(np.int32),
        "session": pa.array([sessions[at : at + 16] for at in range(0, rows * 16, 16)]),
        "url": one_of(chance, [f"/shop/item/{number:05d}/details" for number in range(50_000)], rows),
        "ok": chance.random(rows) < 0.9,
        PARTITION: np.zeros(rows, np.int32),
        OFFSET: np.arange(rows),
        TIMESTAMP: pa.array(times + 5, pa.timestamp("ms")),
        ORDINAL: np.zeros(rows, np.int32),
    }
    return pa.Table.from_batches(pa.table(columns).to_batches(max_chunksize=FRAME_ROWS))


def one_of(chance: np.random.Generator, words: list[str], rows: int) -> pa.Array:
    return pa.array(words).take(pa.array(chance.integers(0, len(words), rows)))


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def least_cpu_s(rounds: int, work: Callable[[], object]) -> float:
    def once() -> float:
        before = cpu_s()
        work()
        return cpu_s() - before

    return min(once() for _ in range(rounds))


def request(rows: pa.Table, path: Path, blooms: tuple[str, ...] = ()) -> SealRequest:
    facts = SegmentFacts(
        name="clicks__0__0__20260921T1146Z",
        table="clicks_REALTIME",
        incarnation="bench",
        topic="clicks",
        topic_id="bench",
        partition=0,
        sequence=0,
        start=0,
        end=rows.num_rows,
        leader_epoch=0,
        config_version=1,
        schema_version=1,
        attempt="bench",
        created_ms=START_MS,
        sealed_ms=START_MS,
        crushpad_version="bench",
    )
    return SealRequest(rows, facts, path, sort_column="ts", time=TIME, bloom_columns=blooms)


def steps(rows: pa.Table, folder: Path, sealed: SealResult) -> dict[str, Callable[[], object]]:
    """What a seal does, one by one, and what it is compared with."""
    order = sort_order(rows, "ts")
    sample = Sample.of(rows, order)
    return {
        "sort order": lambda: sort_order(rows, "ts"),
        "sample": lambda: Sample.of(rows, order),
        "choose encodings": lambda: choose(sample),
        "time bounds": lambda: time_bounds(rows, TIME),
        "gather": lambda: list(row_groups(rows, order)),
        "digest": lambda: digest_of(sealed.path),
        "seal, all of it": lambda: seal(request(rows, sealed.path)),
        "seal with a bloom filter": lambda: seal(request(rows, folder / "bloom.parquet", ("user_id",))),
        "read bounds back": lambda: SealedSegment.open(sealed.path).column_stats(),
        "plain zstd, unsorted": lambda: pq.write_table(rows, folder / "plain.parquet", compression="zstd"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--columns", action="store_true", help="print the encoding of each column and its reason")
    options = parser.parse_args()
    rows = click_stream(options.rows)
    with tempfile.TemporaryDirectory() as name:
        report(rows, Path(name), options.rounds, options.columns)


def report(rows: pa.Table, folder: Path, rounds: int, columns: bool) -> None:
    sealed = seal(request(rows, folder / "sealed.parquet"))
    costs = {what: least_cpu_s(rounds, work) for what, work in steps(rows, folder, sealed).items()}
    for what, cost in costs.items():
        print(f"{what:26} {cost / rows.num_rows * 1e6:7.3f} us a row")
    for file in ("sealed", "bloom", "plain"):
        print(f"{file:26} {(folder / f'{file}.parquet').stat().st_size / rows.num_rows:7.2f} bytes a row")
    print(f"{'seal / plain zstd':26} {costs['seal, all of it'] / costs['plain zstd, unsorted']:7.2f} of the CPU")
    print(f"{'peak memory':26} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:7.0f} MB")
    if columns:
        print_columns(sealed)


def print_columns(sealed: SealResult) -> None:
    for column, chosen in sealed.footer.encodings.items():
        print(f"{column:12} {chosen.encoding:24} {chosen.codec:5} {chosen.reason}")


if __name__ == "__main__":
    main()
