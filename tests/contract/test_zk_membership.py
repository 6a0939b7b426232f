"""Who is there and who leads, in a real ZooKeeper: through lost sessions too."""

from __future__ import annotations

import threading
from queue import SimpleQueue

import pytest

from tests.contract.zk_sessions import started
from tests.crash.lossy_proxy import LossyProxy
from zk import paths
from zk.client import SessionSettings
from zk.instances import Instance, Registration, instances
from zk.leader import Leadership
from zk.session import SessionState

SOON_S = 10
SETTINGS = SessionSettings(session_timeout_s=6, operation_timeout_s=3, reconnect_delay_s=0.01)


def an_instance(name: str = "host-1", nonce: str = "5eed", port: int = 9000) -> Instance:
    return Instance(id=name, host="127.0.0.1", port=port, started_ms=1_760_000_000_000, nonce=nonce)


@pytest.fixture
def session(zk_root):
    with started(zk_root, SETTINGS) as session:
        session.wait_connected(SOON_S)
        yield session


class TestInstances:
    def test_a_registered_host_is_listed_until_it_leaves(self, session, zk_root):
        assert instances(session) == {}
        with started(zk_root) as other:
            registration = Registration(other, an_instance())
            registration.start()
            assert registration.wait_registered(SOON_S)
            assert instances(session) == {"host-1": an_instance()}
            registration.close()
            other.ask(other.client.sync_async, "/")
            assert instances(other) == {}

    def test_a_host_that_dies_goes_with_its_session(self, session, zk_root):
        with started(zk_root) as other:
            registration = Registration(other, an_instance())
            registration.start()
            assert registration.wait_registered(SOON_S)
        assert instances(session) == {}

    def test_after_a_fresh_session_the_host_replaces_its_own_older_znode(self, zookeeper, zk_root, session):
        with (
            LossyProxy(zookeeper) as proxy,
            started(f"{proxy.address}/{zk_root.partition('/')[2]}", SETTINGS) as other,
        ):
            registration = Registration(other, an_instance())
            registration.start()
            assert registration.wait_registered(SOON_S)
            before = session.client.exists(paths.instance("host-1")).ephemeralOwner
            replaced = threading.Event()
            session.client.exists(paths.instance("host-1"), watch=lambda event: replaced.set())
            proxy.cut(forget_session=True)
            assert replaced.wait(SOON_S)
            assert registration.wait_registered(SOON_S)
            assert session.client.exists(paths.instance("host-1")).ephemeralOwner != before
            registration.close()

    def test_an_id_that_another_live_process_has_is_not_taken_from_it(self, session, zk_root):
        first = Registration(session, an_instance())
        first.start()
        assert first.wait_registered(SOON_S)
        with started(zk_root) as other:
            second = Registration(other, an_instance(nonce="other", port=9001))
            second.start()
            assert not second.wait_registered(0.3)
            assert instances(session) == {"host-1": an_instance()}
            first.close()
            assert second.wait_registered(SOON_S)
            second.close()


class Terms:
    """Leads until told to stop, and says when."""

    def __init__(self) -> None:
        self.told: SimpleQueue[str] = SimpleQueue()

    def lead(self, lost: threading.Event) -> None:
        self.told.put("elected")
        lost.wait()
        self.told.put("stepped down")

    def next(self) -> str:
        return self.told.get(timeout=SOON_S)


class TestLeadership:
    def test_one_leads_and_the_next_follows_when_it_leaves(self, session, zk_root):
        first, second = Terms(), Terms()
        one = Leadership(session, "host-1", first.lead)
        one.start()
        assert first.next() == "elected"
        with started(zk_root, SETTINGS) as other:
            two = Leadership(other, "host-2", second.lead)
            two.start()
            one.close()
            assert first.next() == "stepped down"
            assert second.next() == "elected"
            two.close()
            assert second.next() == "stepped down"

    @pytest.mark.parametrize("forget_session", [False, True])
    def test_a_leader_stops_as_soon_as_its_connection_is_unsure_and_may_be_elected_again(
        self, zookeeper, zk_root, session, forget_session
    ):
        terms = Terms()
        with (
            LossyProxy(zookeeper) as proxy,
            started(f"{proxy.address}/{zk_root.partition('/')[2]}", SETTINGS) as other,
        ):
            leadership = Leadership(other, "host-1", terms.lead)
            leadership.start()
            assert terms.next() == "elected"
            proxy.cut(forget_session)
            assert terms.next() == "stepped down"
            assert terms.next() == "elected"
            leadership.close()

    def test_who_waits_can_give_up(self, session, zk_root):
        terms = Terms()
        leader = Leadership(session, "host-1", terms.lead)
        leader.start()
        assert terms.next() == "elected"
        with started(zk_root, SETTINGS) as other:
            waiting = Leadership(other, "host-2", Terms().lead)
            waiting.start()
            waiting.close()
        leader.close()


def test_a_closed_session_is_lost(zk_root):
    seen: SimpleQueue[SessionState] = SimpleQueue()
    with started(zk_root) as session:
        session.wait_connected(SOON_S)
        session.on_state(seen.put)
    assert seen.get(timeout=SOON_S) is SessionState.LOST
