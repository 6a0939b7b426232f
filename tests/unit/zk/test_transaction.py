"""How operations are packed into transactions."""

from zk.transaction import Create, Delete, batches


def records(count: int, size: int) -> list[list[Create]]:
    return [[Create(f"/p/{number:04d}", bytes(size)), Create(f"/p/{number:04d}/h")] for number in range(count)]


def test_nothing_makes_no_transaction():
    assert batches([]) == []


def test_what_fits_is_one_transaction_in_order():
    groups = records(10, 100)
    assert batches(groups) == [[each for group in groups for each in group]]


def test_no_transaction_is_larger_than_the_limit_and_no_group_is_split():
    packed = batches(records(100, 400), bytes_max=5_000)
    assert len(packed) > 1
    assert sum(len(batch) for batch in packed) == 200
    for batch in packed:
        assert len(batch) % 2 == 0
        assert sum(len(each.path) + 64 + (0 if isinstance(each, Delete) else len(each.data)) for each in batch) <= 5_000


def test_a_group_that_is_too_large_stands_alone():
    assert [len(batch) for batch in batches(records(3, 9_000), bytes_max=5_000)] == [2, 2, 2]
