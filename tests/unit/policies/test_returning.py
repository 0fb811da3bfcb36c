"""A caller who is missing after an outage is waited for, and not for ever."""

from offhook.core.facts import CallerBack, CallerMissing, Others, Tick
from offhook.core.wishes import EndCall
from offhook.policies.returning import Doorkeeper

WHY = "the caller did not come back within 10 s after the connection was interrupted"


def test_a_caller_who_does_not_come_back_ends_the_call() -> None:
    doorkeeper = Doorkeeper()
    doorkeeper.handle(CallerMissing(), now=5)
    assert doorkeeper.deadline == 15
    assert doorkeeper.handle(Tick(), now=14.9) == ()
    ended = EndCall("caller_hung_up", goodbye="", scope="room", by="doorkeeper", why=WHY)
    assert doorkeeper.handle(Tick(), now=15) == [ended]
    assert doorkeeper.deadline is None


def test_other_people_stay_in_their_room() -> None:
    doorkeeper = Doorkeeper()
    doorkeeper.handle(Others(1), now=1)
    doorkeeper.handle(CallerMissing(), now=5)
    ended = EndCall("caller_hung_up", goodbye="", scope="agent", by="doorkeeper", why=WHY)
    assert doorkeeper.handle(Tick(), now=15) == [ended]


def test_a_caller_who_is_back_in_time_goes_on() -> None:
    doorkeeper = Doorkeeper()
    doorkeeper.handle(CallerMissing(), now=5)
    doorkeeper.handle(CallerBack(), now=8)
    assert doorkeeper.deadline is None
    assert doorkeeper.handle(Tick(), now=15) == ()
