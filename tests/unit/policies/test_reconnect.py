"""After an outage the call waits a limited time for an absent caller."""

from offhook.core.decisions import EndCall
from offhook.core.facts import CallerAbsent, CallerRejoined, OtherParticipants, Tick
from offhook.policies.reconnect import ReconnectPolicy

WHY = "the caller did not rejoin within 10 s after the connection was interrupted"


def test_a_caller_who_does_not_come_back_ends_the_call() -> None:
    policy = ReconnectPolicy()
    policy.handle(CallerAbsent(), now=5)
    assert policy.deadline == 15
    assert policy.handle(Tick(), now=14.9) == ()
    ended = EndCall("caller_hung_up", goodbye="", scope="room", by="reconnect", why=WHY)
    assert policy.handle(Tick(), now=15) == [ended]
    assert policy.deadline is None


def test_a_new_session_of_the_caller_that_is_never_connected_ends_the_call() -> None:
    policy = ReconnectPolicy()
    policy.handle(CallerAbsent("unknown_reason"), now=5)
    why = "the caller's session was replaced (unknown_reason), and no new session joined within 10 s"
    ended = EndCall("caller_hung_up", goodbye="", scope="room", by="reconnect", why=why)
    assert policy.handle(Tick(), now=15) == [ended]


def test_other_people_stay_in_their_room() -> None:
    policy = ReconnectPolicy()
    policy.handle(OtherParticipants(1), now=1)
    policy.handle(CallerAbsent(), now=5)
    ended = EndCall("caller_hung_up", goodbye="", scope="agent", by="reconnect", why=WHY)
    assert policy.handle(Tick(), now=15) == [ended]


def test_a_caller_who_is_back_in_time_goes_on() -> None:
    policy = ReconnectPolicy()
    policy.handle(CallerAbsent(), now=5)
    policy.handle(CallerRejoined(), now=8)
    assert policy.deadline is None
    assert policy.handle(Tick(), now=15) == ()
