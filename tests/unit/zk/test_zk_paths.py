"""The layout in ZooKeeper, and the names that may stand in it."""

import pytest

from zk import paths
from zk.paths import PartitionChanged, RootChanged


def test_the_layout():
    assert paths.schema("clicks") == "/schemas/clicks"
    assert paths.table("clicks_REALTIME") == "/tables/clicks_REALTIME"
    assert paths.record("3f9c", 10_002) == "/partitions/3f9c/10002"
    assert paths.step("3f9c", 10_002, 7) == "/partitions/3f9c/10002/0000000007"
    assert paths.history("3f9c", 10_002) == "/partitions/3f9c/10002/history"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "ü", "-a", ".a", "a" * 201, "a\n", "a\0"])
@pytest.mark.parametrize("place", [paths.schema, paths.table])
def test_what_is_no_name_gets_no_path(place, name):
    with pytest.raises(ValueError, match="must be 1 to 200"):
        place(name)


@pytest.mark.parametrize("incarnation", ["", "..", "a/b", "a.b", "a" * 65])
def test_what_is_no_incarnation_gets_no_path(incarnation):
    with pytest.raises(ValueError, match="table incarnation"):
        paths.record(incarnation, 0)


def test_numbers_out_of_range_get_no_path():
    with pytest.raises(ValueError, match="partition id -1"):
        paths.record("3f9c", -1)
    with pytest.raises(ValueError, match="ten digits"):
        paths.step("3f9c", 0, 10_000_000_000)
    with pytest.raises(ValueError, match="ten digits"):
        paths.step("3f9c", 0, -1)


@pytest.mark.parametrize("node", ["history", "0000000001", "01", "-1", "", "1e3", "٣"])
def test_what_is_no_partition_is_passed_over(node):
    assert paths.partition_of(node) is None


def test_a_watched_path_says_what_changed():
    assert paths.place("/tables") == RootChanged("/tables", None)
    assert paths.place("/tables/clicks_REALTIME") == RootChanged("/tables", "clicks_REALTIME")
    assert paths.place("/schemas/clicks") == RootChanged("/schemas", "clicks")
    assert paths.place("/partitions/3f9c") == PartitionChanged("3f9c", None)
    assert paths.place("/partitions/3f9c/12") == PartitionChanged("3f9c", 12)
    assert paths.place("/partitions/3f9c/12/history") == PartitionChanged("3f9c", 12, is_history=True)


@pytest.mark.parametrize("path", ["/", "/elsewhere", "/partitions/3f9c/12/0000000001", "/tables/a/b"])
def test_nobody_watches_the_rest(path):
    assert paths.place(path) is None
