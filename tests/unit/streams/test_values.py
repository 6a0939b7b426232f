"""Values of a fetch: a list like any other, which knows its sizes and its text already."""

import pytest

from ingest.streams.values import Values, sizes_of, text_of

PLAIN = [b'{"a": 1}', b"", b'{"a": 22}']


@pytest.fixture
def values():
    found = Values()
    found.take(PLAIN[:1])
    found.take(PLAIN[1:])
    return found


def test_values_taken_in_pieces_are_the_list_of_all(values):
    assert values == PLAIN


def test_text_and_sizes_are_those_of_a_plain_list(values):
    assert text_of(values) == text_of(PLAIN) == b'{"a": 1}\n\n{"a": 22}\n'
    assert sizes_of(values).tolist() == sizes_of(PLAIN).tolist() == [8, 0, 9]
    assert values.size_bytes == 17


def test_a_part_is_a_plain_list_with_a_text_of_its_own(values):
    assert text_of(values[1:]) == b'\n{"a": 22}\n'


def test_a_record_without_a_value_is_refused_and_nothing_is_taken(values):
    with pytest.raises(TypeError):
        values.take([b"x", None])
    assert values == PLAIN
    assert text_of(values) == text_of(PLAIN)
