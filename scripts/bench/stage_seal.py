"""B3: consuming rows to one sealed Parquet file; its steps, its bytes, and what appending waits for meanwhile."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.bench.click_table import FRAME_ROWS, START_MS, TIME, click_stream, seal_request
from scripts.bench.figures import Figure, Target
from scripts.bench.turns import Work, repeated
from scripts.bench.world import World
from segments.consuming.file import Appended, ConsumingFile, Opening
from segments.encoding import Sample, choose
from segments.identity import PartitionIdentity
from segments.seal import SealResult, row_groups, seal, sort_order
from segments.sealed import SealedSegment
from segments.stores.files import digest_of
from segments.time_bounds import time_bounds

ROUNDS = 2
PLAIN = "plain zstd, unsorted"
SEAL = "seal"
STALL_MS_MAX = 50.0


def run(world: World) -> Iterator[Figure]:
    rows = click_stream(50_000 if world.quick else 500_000)
    with tempfile.TemporaryDirectory(dir=world.folder) as name:
        folder = Path(name)
        sealed = seal(seal_request(rows, folder / "sealed.parquet"))
        found = repeated(steps(rows, folder, sealed), ROUNDS, world.repetitions)
        yield from speeds(rows, found)
        yield from sizes(rows, folder)
        yield from stalls(rows, folder, world.repetitions)


def steps(rows: pa.Table, folder: Path, sealed: SealResult) -> dict[str, Work]:
    """A seal, what it does one by one, and what it is compared with."""
    order = sort_order(rows, "ts")
    sample = Sample.of(rows, order)
    bloom = seal_request(rows, folder / "bloom.parquet", ("user_id",))
    return {
        SEAL: lambda: seal(seal_request(rows, sealed.path)),
        PLAIN: lambda: pq.write_table(rows, folder / "plain.parquet", compression="zstd"),
        "seal with a bloom filter": lambda: seal(bloom),
        "sort order": lambda: sort_order(rows, "ts"),
        "sample": lambda: Sample.of(rows, order),
        "choose encodings": lambda: choose(sample),
        "time bounds": lambda: time_bounds(rows, TIME),
        "gather": lambda: list(row_groups(rows, order)),
        "digest": lambda: digest_of(sealed.path),
        "read bounds back": lambda: SealedSegment.open(sealed.path).column_stats(),
    }


def speeds(rows: pa.Table, found: Mapping[str, tuple[float, ...]]) -> Iterator[Figure]:
    def mb_s(name: str) -> tuple[float, ...]:
        return tuple(rows.nbytes / 1e6 / seconds for seconds in found[name])

    targets = (Target(150.0, None),)
    yield Figure(
        "stages", "seal: Arrow a core", "MB/s", "higher", mb_s(SEAL), limits={PLAIN: mb_s(PLAIN)}, targets=targets
    )
    for name in [name for name in found if name not in (SEAL, PLAIN)]:
        cost = tuple(seconds / rows.num_rows * 1e6 for seconds in found[name])
        yield Figure("stages", f"seal: {name}", "us a row", "lower", cost)


def sizes(rows: pa.Table, folder: Path) -> Iterator[Figure]:
    """Bytes a row of the files that the steps left behind."""
    sealed, bloom, plain = (
        ((folder / f"{file}.parquet").stat().st_size / rows.num_rows,) for file in ("sealed", "bloom", "plain")
    )
    yield Figure("stages", "seal: size", "bytes a row", "lower", sealed, limits={PLAIN: plain})
    yield Figure("stages", "seal: size with a bloom filter", "bytes a row", "lower", bloom)


def stalls(rows: pa.Table, folder: Path, repetitions: int) -> Iterator[Figure]:
    """The longest append to the next consuming file while this one is sealed, and while nothing else is done."""
    with ThreadPoolExecutor(1) as pool:
        alone, beside = [], []
        for turn in range(repetitions):
            alone.append(longest_append_ms(rows, folder / f"alone{turn}", lambda: False))
            sealing = pool.submit(seal, seal_request(rows, folder / "beside.parquet"))
            beside.append(longest_append_ms(rows, folder / f"beside{turn}", lambda: not sealing.done()))  # noqa: B023
            sealing.result()
    limits = {"no seal": tuple(alone)}
    targets = (Target(STALL_MS_MAX, None),)
    yield Figure(
        "stages", "seal: longest append beside it", "ms", "lower", tuple(beside), limits=limits, targets=targets
    )


def longest_append_ms(rows: pa.Table, folder: Path, goes_on: Callable[[], bool]) -> float:
    """Frame by frame into a new file, until there are no more of them and it does not go on."""
    began = time.perf_counter()
    file = ConsumingFile.create(folder, _opening(), rows.schema, 4 * rows.nbytes)
    longest = time.perf_counter() - began
    batches = rows.to_batches()
    for number in range(len(batches)):
        began = time.perf_counter()
        end = (number + 1) * FRAME_ROWS
        file.append(Appended(batches[number], None, next_offset=end, leader_epoch=0))
        longest = max(longest, time.perf_counter() - began)
        if number >= len(batches) // 4 and not goes_on():
            break
    file.unlink()
    return longest * 1000


def _opening() -> Opening:
    return Opening(PartitionIdentity("bench", "bench", 0), 0, 0, 0, 1, 1, START_MS, "bench", "bench")
