"""What a commit asks of ZooKeeper: counted on a real one, at the first segment and behind many (P8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.bench.counted_session import CountedSession, counted
from segments.commit import Accepted, SegmentCommit, Versioned, plan_commit
from segments.identity import PartitionIdentity
from tests.contract.registry_suite import NOW_MS, first_record, new_incarnation, sealed_file
from zk.registry import ZooKeeperRegistry

BEHIND = 150


@pytest.fixture
def session(zk_root: str) -> Iterator[CountedSession]:
    with counted(zk_root) as session:
        yield session


def planned(identity: PartitionIdentity, current: Versioned) -> SegmentCommit:
    return plan_commit(identity, current, sealed_file(current, 10), config_version=1, schema_version=1, now_ms=NOW_MS)


def test_a_commit_is_one_request_and_one_round_trip_whatever_is_behind_it(session):
    registry, incarnation = ZooKeeperRegistry(session), new_incarnation()
    registry.create(incarnation, {0: first_record()})
    current = registry.partitions(incarnation)[0]
    identity = PartitionIdentity(incarnation, current.record.topic_id, 0)
    asked = []
    for _ in range(BEHIND):
        commit, before = planned(identity, current), (session.requests, session.waits)
        outcome = registry.commit(commit)
        assert isinstance(outcome, Accepted)
        current = Versioned(commit.following, outcome.version)
        asked.append((session.requests - before[0], session.waits - before[1]))
    assert set(asked) == {(1, 1)}


def test_a_commit_changes_two_znodes_and_no_other(session):
    registry, incarnation = ZooKeeperRegistry(session), new_incarnation()
    registry.create(incarnation, {0: first_record(), 1: first_record()})
    current = registry.partitions(incarnation)[0]
    before = tree(session, f"/partitions/{incarnation}")
    registry.commit(planned(PartitionIdentity(incarnation, current.record.topic_id, 0), current))
    after = tree(session, f"/partitions/{incarnation}")
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {f"/partitions/{incarnation}/0", f"/partitions/{incarnation}/0/{0:010d}"}


def tree(session: CountedSession, root: str) -> dict[str, int]:
    """Every znode below `root` with the id of its last change."""
    found = {root: session.client.get(root)[1].mzxid}
    for child in session.client.get_children(root):
        found |= tree(session, f"{root}/{child}")
    return found
