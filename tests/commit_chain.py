"""What a table's history says in ZooKeeper, and whether it is sound: I1, I3, P6, read past our own code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError

OFFSET = "$offset"


@dataclass(frozen=True)
class Chain:
    """One partition: its steps in order of sequence, and the consuming record behind them."""

    partition: int
    steps: list[dict[str, Any]]
    record: dict[str, Any]


@contextmanager
def client(zk_root: str) -> Iterator[KazooClient]:
    """A connection to `host:port/chroot`."""
    connected = KazooClient(zk_root)
    connected.start(30)
    try:
        yield connected
    finally:
        connected.stop()
        connected.close()


def incarnation_of(zk_root: str, name: str) -> str:
    with client(zk_root) as zk:
        return str(json.loads(zk.get(f"/tables/{name}_REALTIME")[0])["incarnation"])


def chains(zk_root: str, incarnation: str) -> list[Chain]:
    """Every partition's chain; none when the incarnation is gone."""
    with client(zk_root) as zk:
        try:
            partitions = sorted(zk.get_children(f"/partitions/{incarnation}"), key=int)
        except NoNodeError:
            return []
        return [_chain(zk, f"/partitions/{incarnation}/{partition}") for partition in partitions]


def assert_sound(zk_root: str, name: str, data_dir: Path) -> list[Chain]:
    """The steps chain without hole or overlap, and every file is what its step says. The chains."""
    found = chains(zk_root, incarnation_of(zk_root, name))
    assert found, f"{name} has no partition"
    for chain in found:
        _assert_chained(chain)
        for step in chain.steps:
            if step["kind"] == "segment":
                _assert_file(step, data_dir / "segments" / step["uri"])
    return found


def _chain(zk: KazooClient, path: str) -> Chain:
    """As of one look at the consuming record: a commit may add a step while we read."""
    record = json.loads(zk.get(path)[0])
    steps = [json.loads(zk.get(f"{path}/{sequence:010d}")[0]) for sequence in range(record["sequence"])]
    return Chain(int(path.rpartition("/")[2]), steps, record)


def _assert_chained(chain: Chain) -> None:
    sequences = [step["sequence"] for step in chain.steps]
    assert sequences == list(range(chain.record["sequence"])), chain
    ends = [step["end"] for step in chain.steps]
    starts = [*(step["start"] for step in chain.steps), chain.record["start"]]
    assert starts[1:] == ends, chain
    attempts = [step["attempt"] for step in chain.steps]
    predecessors = [*(step.get("predecessor") for step in chain.steps), chain.record.get("last_attempt")]
    assert predecessors == [None, *attempts], chain


def _assert_file(step: dict[str, Any], path: Path) -> None:
    assert hashlib.sha256(path.read_bytes()).hexdigest() == step["digest"], path
    offsets = pq.read_table(path, columns=[OFFSET]).column(OFFSET).to_pylist()
    assert len(offsets) == step["rows"], path
    assert all(step["start"] <= offset < step["end"] for offset in offsets), path
    assert len(set(offsets)) == len(offsets), path
