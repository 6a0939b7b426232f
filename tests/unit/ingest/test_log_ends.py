"""Lag in seconds: zero when caught up, else the age of the oldest unread record."""

from __future__ import annotations

from ingest.log_ends import LOOKS_MAX, LogEnds

MS = 1_000


def test_an_idle_topic_has_no_lag():
    ends = LogEnds()
    for second in range(3):
        ends.look(second * MS, 100)

        assert ends.lag_ms(second * MS, 100, newest_ms=-86_400 * MS) == 0


def test_a_record_after_a_quiet_night_is_as_old_as_its_arrival():
    ends = LogEnds()
    ends.look(0, 100)
    ends.lag_ms(0, 100, newest_ms=None)
    ends.look(28_800 * MS, 101)

    assert ends.lag_ms(28_802 * MS, 100, newest_ms=-5 * MS) == 2 * MS


def test_a_backlog_from_before_the_first_look_is_as_old_as_the_record_before_it():
    ends = LogEnds()
    ends.look(10 * MS, 1_000)

    assert ends.lag_ms(10 * MS, 0, newest_ms=None) == 0
    assert ends.lag_ms(12 * MS, 500, newest_ms=-600 * MS) == 612 * MS
    ends.look(13 * MS, 1_100)
    assert ends.lag_ms(14 * MS, 1_050, newest_ms=-600 * MS) == 1 * MS


def test_lag_grows_while_nothing_is_read_and_falls_as_it_is():
    ends = LogEnds()
    for second in range(11):
        ends.look(second * MS, 100 * second)

    assert [ends.lag_ms(10 * MS, offset, None) for offset in (0, 450, 999, 1_000)] == [9 * MS, 5 * MS, 0, 0]


def test_a_long_backlog_is_remembered_in_little_and_never_taken_for_younger_than_it_is():
    ends = LogEnds()
    for second in range(1_000):
        ends.look(second * MS, 100 + second)

    assert 999 * MS <= ends.lag_ms(1_000 * MS, 100, None) <= 1_000 * MS
    assert 500 * MS <= ends.lag_ms(1_000 * MS, 600, None) <= 1_000 * MS
    assert len(ends._seen) <= LOOKS_MAX


def test_a_log_that_was_cut_begins_anew():
    ends = LogEnds()
    ends.look(0, 100)
    ends.look(5 * MS, 40)

    assert ends.lag_ms(7 * MS, 30, None) == 2 * MS
