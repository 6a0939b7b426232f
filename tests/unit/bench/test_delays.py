"""What a run of counts says of freshness, and of its own truth."""

from __future__ import annotations

import numpy as np

from scripts.bench.delays import Seen, around_seals, delays, wrong_answers


def test_a_row_waits_from_its_append_to_the_first_answer_that_counts_it():
    appended = np.array([100.0, 100.0, 130.0])
    seen = [Seen(0, 90), Seen(1, 110), Seen(2, 125), Seen(3, 150)]
    assert delays(appended, seen).tolist() == [10, 25, 20]


def test_a_row_that_a_later_answer_forgets_was_fresh_when_it_was_first_counted():
    assert delays(np.array([0.0, 0.0]), [Seen(2, 7), Seen(1, 9), Seen(2, 11)]).tolist() == [7, 7]


def test_a_row_that_no_answer_counts_waits_until_the_last_one_at_least():
    assert delays(np.array([0.0, 10.0]), [Seen(1, 5), Seen(1, 500)]).tolist() == [5, 490]


def test_an_answer_in_the_millisecond_of_the_append_took_no_time():
    assert delays(np.array([100.0]), [Seen(1, 100)]).tolist() == [0]


def test_counts_that_only_grow_within_what_kafka_has_are_right():
    assert wrong_answers(np.array([1.0, 2.0, 3.0]), [Seen(0, 0), Seen(1, 1), Seen(1, 2), Seen(3, 3)]) == 0


def test_each_answer_below_an_earlier_one_is_wrong():
    seen = [Seen(2, 10), Seen(1, 11), Seen(1, 12), Seen(2, 13)]
    assert wrong_answers(np.array([1.0, 2.0]), seen) == 2


def test_an_answer_that_counts_what_kafka_does_not_have_yet_is_wrong():
    assert wrong_answers(np.array([1.0, 2.0, 30.0]), [Seen(3, 20), Seen(3, 30)]) == 1


def test_rows_around_each_seal_are_those_from_half_a_second_before_to_a_second_behind_it():
    waited = np.arange(100.0)
    assert around_seals(waited, segment_rows=40, rate=4, first=0).tolist() == [
        38,
        39,
        40,
        41,
        42,
        43,
        78,
        79,
        80,
        81,
        82,
        83,
    ]


def test_seals_while_it_warms_up_are_not_looked_at():
    assert around_seals(np.arange(100.0), segment_rows=40, rate=4, first=60).tolist() == [78, 79, 80, 81, 82, 83]
