"""The config source in a real ZooKeeper keeps the contract; and how its znodes look."""

from __future__ import annotations

import json

import pytest
import zstandard

from tableconfigs.source import NotFound, SourceUnavailable
from tests.contract.config_source_suite import ConfigSourceSuite, a_schema, a_table
from tests.contract.zk_sessions import started
from zk import paths
from zk.client import SessionSettings
from zk.table_configs import ZooKeeperConfigSource
from zk.znodes import STORED_BYTES_MAX, MalformedZnode


@pytest.fixture
def session(zk_root):
    with started(zk_root) as session:
        yield session


@pytest.fixture
def source(session):
    return ZooKeeperConfigSource(session)


class TestZooKeeperConfigSource(ConfigSourceSuite):
    pass


def big_config(columns: int) -> dict[str, object]:
    return {"columns": [{"name": f"column_{number}", "dataType": "STRING"} for number in range(columns)]}


def test_a_table_is_one_znode_of_plain_json(source, session):
    source.put_table(a_table(), None)
    stored = json.loads(session.get_all([paths.table("clicks_REALTIME")])[0].data)
    assert stored["config"] == a_table().config
    assert stored["state"] == "active"


def test_a_large_config_is_packed_and_comes_back_whole(source, session):
    table = a_table(config=big_config(5_000))
    source.put_table(table, None)
    assert len(session.get_all([paths.table("clicks_REALTIME")])[0].data) < 64 * 1024
    assert source.table("clicks_REALTIME").value == table


def test_what_fits_into_no_znode_is_refused_with_its_size(source):
    with pytest.raises(ValueError, match=f"at most {STORED_BYTES_MAX}"):
        source.put_table(a_table(config=big_config(250_000)), None)


def test_a_packed_znode_may_not_grow_without_limit(source, session):
    source.put_table(a_table(), None)

    session.client.set(paths.table("clicks_REALTIME"), zstandard.compress(b" " * 9_000_000))
    with pytest.raises(MalformedZnode, match="9000000 unpacked bytes"):
        source.table("clicks_REALTIME")


@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"{", "Invalid JSON"), (b"{}", "name_with_type: Field required"), (b"\x28\xb5\x2f\xfd...", "zstandard")],
)
def test_a_znode_that_cannot_be_read_is_named(source, session, data, problem):
    source.put_table(a_table(), None)
    session.client.set(paths.table("clicks_REALTIME"), data)
    with pytest.raises(MalformedZnode, match=f"/tables/clicks_REALTIME.*{problem}"):
        source.table("clicks_REALTIME")


@pytest.mark.parametrize("name", ["../partitions", "", "a/b", ".", "ü", "a" * 201])
def test_what_cannot_be_a_name_is_not_found(source, name):
    with pytest.raises(NotFound):
        source.schema(name)


def test_a_schema_with_an_impossible_name_is_refused(source):
    with pytest.raises(ValueError, match="schema name 'a/b' must be"):
        source.put_schema(a_schema("a/b"), None)


def test_without_a_server_the_source_is_unavailable():
    with started("127.0.0.1:1/nowhere", SessionSettings(operation_timeout_s=0.1)) as session:
        source = ZooKeeperConfigSource(session)
        with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1:1/nowhere"):
            source.tables()
        with pytest.raises(SourceUnavailable):
            source.put_table(a_table(), None)
