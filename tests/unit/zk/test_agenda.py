"""When the follower reads what."""

import threading
from types import SimpleNamespace

import pytest

from zk.agenda import Agenda
from zk.mirror import EVERYTHING
from zk.paths import PartitionChanged, RootChanged
from zk.session import SessionState

PARTITION = PartitionChanged("3f9c", 0)


@pytest.fixture
def alive():
    event = threading.Event()
    event.set()
    return event


@pytest.fixture
def agenda(alive):
    return Agenda(alive)


def changed(path: str | None) -> SimpleNamespace:
    return SimpleNamespace(path=path)


def test_first_everything_is_read(agenda):
    assert agenda.next() == {EVERYTHING}


def test_what_was_told_meanwhile_is_read_together(agenda):
    agenda.next()
    agenda.done(set())
    for path in ("/tables/a_REALTIME", "/partitions/3f9c/0", "/partitions/3f9c/0", "/unknown"):
        agenda.watch(changed(path))
    assert agenda.next() == {RootChanged("/tables", "a_REALTIME"), PARTITION}


def test_a_lost_watch_means_everything(agenda):
    agenda.next()
    agenda.done(set())
    agenda.watch(changed(None))
    assert agenda.next() == {EVERYTHING}


def test_what_could_not_be_read_is_read_again_with_all_the_rest(agenda):
    agenda.next()
    agenda.failed()
    assert agenda.next() == {EVERYTHING}


def test_what_is_missing_here_is_looked_for_again(agenda):
    agenda.next()
    agenda.done({PARTITION})
    assert agenda.next() == {PARTITION}
    agenda.done({PARTITION})
    assert agenda.next() == {PARTITION}


def test_nothing_is_due_while_the_session_is_away(agenda, alive):
    alive.clear()
    taken: list[object] = []
    follower = threading.Thread(target=lambda: taken.append(agenda.next()))
    follower.start()
    agenda.on_state(SessionState.SUSPENDED)
    follower.join(0.05)
    assert follower.is_alive()
    alive.set()
    agenda.on_state(SessionState.CONNECTED)
    follower.join(5)
    assert taken == [{EVERYTHING}]


def test_a_closed_agenda_ends_the_wait(agenda):
    agenda.close()
    assert agenda.next() is None
