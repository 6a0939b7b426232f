"""What a follower knows after each look at a real ZooKeeper, told of what changed one thing at a time."""

from __future__ import annotations

import pytest

from tableconfigs.source import TableState
from tests.contract.config_source_suite import a_schema, a_table
from tests.contract.registry_suite import new_incarnation
from tests.contract.zk_sessions import started
from zk import paths
from zk.mirror import EVERYTHING, Mirror
from zk.paths import RootChanged
from zk.table_configs import ZooKeeperConfigSource

NAME = "clicks_REALTIME"
LISTED, RECORD = RootChanged(paths.TABLES, None), RootChanged(paths.TABLES, NAME)


@pytest.fixture
def world(zk_root):
    """An administrator, and a mirror that has seen nothing."""
    with started(zk_root) as session:
        yield ZooKeeperConfigSource(session), Mirror(session, lambda event: None)


def create(source: ZooKeeperConfigSource) -> str:
    incarnation = new_incarnation()
    source.put_table(a_table(incarnation=incarnation), None)
    return incarnation


def drop(source: ZooKeeperConfigSource) -> None:
    found = source.table(NAME)
    deleting = found.value.model_copy(update={"state": TableState.DELETING})
    source.delete_table(NAME, source.put_table(deleting, found.version))


def test_a_table_created_again_between_the_news_of_its_record_and_of_the_list_is_read_anew(world):
    source, mirror = world
    create(source)
    mirror.refresh({EVERYTHING})
    drop(source)
    mirror.refresh({RECORD})
    assert mirror.tables == {}
    again = create(source)
    mirror.refresh({LISTED})
    assert mirror.tables[NAME].incarnation == again


def test_a_table_created_again_before_any_news_is_read_anew(world):
    source, mirror = world
    create(source)
    mirror.refresh({EVERYTHING})
    drop(source)
    again = create(source)
    mirror.refresh({LISTED})
    mirror.refresh({RECORD})
    assert mirror.tables[NAME].incarnation == again


def test_a_schema_deleted_and_written_again_is_known_again(world):
    source, mirror = world
    source.put_schema(a_schema(), None)
    mirror.refresh({EVERYTHING})
    name = a_schema().name
    source.delete_schema(name, source.schema(name).version)
    mirror.refresh({RootChanged(paths.SCHEMAS, name), RootChanged(paths.SCHEMAS, None)})
    assert mirror.schemas == {}
    source.put_schema(a_schema(), None)
    mirror.refresh({RootChanged(paths.SCHEMAS, None), RootChanged(paths.SCHEMAS, name)})
    assert set(mirror.schemas) == {name}
